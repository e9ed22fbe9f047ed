"""Non-preemptive but for given switches: the form in which schedules are shrunk."""

from __future__ import annotations

from typing import TYPE_CHECKING

from replay.strategies.no_preemption import NoPreemption

if TYPE_CHECKING:
    from replay.following.schedule import Path
    from replay.thread import Thread

#: Thread and number of its operations so far -> the thread that goes first then.
Switches = dict[tuple["Path", int], "Path"]


class Constrained:
    """After its nth operation a thread is left for another one, where `switches` says so and that one is enabled.

    `executed` holds the number of operations of each thread so far; whoever records keeps it up to date.
    """

    def __init__(self, switches: Switches, executed: dict[Path, int]) -> None:
        self._switches = switches
        self._executed = executed
        self._otherwise = NoPreemption().choose

    def choose(self, enabled: dict[Thread, None], current: Thread) -> Thread:
        """The thread that a switch leads to, else the current one, else the oldest."""
        wanted = self._switches.get((current.path, self._executed.get(current.path, 0)))
        if wanted is not None:
            for thread in enabled:
                if thread.path == wanted:
                    return thread
        return self._otherwise(enabled, current)
