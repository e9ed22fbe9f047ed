"""Goes once more the way that an execution has gone."""

from __future__ import annotations

from typing import TYPE_CHECKING

from replay.strategies.no_preemption import NoPreemption

if TYPE_CHECKING:
    from collections.abc import Sequence

    from replay.thread import Thread
    from tracer.events import Recorder


class Retrace:
    """Lets the thread of the next operation go on, as `recorder` counts them. `trail` are their threads' numbers.

    What rests on it: a thread that is chosen executes its pending operation at once, which is the next event.
    """

    def __init__(self, trail: Sequence[int], recorder: Recorder) -> None:
        self._trail = trail
        self._recorder = recorder
        self._otherwise = NoPreemption().choose

    def choose(self, enabled: dict[Thread, None], current: Thread) -> Thread:
        """The thread whose turn it was."""
        count = self._recorder.count
        if count < len(self._trail):
            index = self._trail[count]
            for thread in enabled:
                if thread.index == index:
                    return thread
        return self._otherwise(enabled, current)
