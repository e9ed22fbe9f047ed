"""Makes accesses to shared memory, where they are watched, no scheduling points."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tracer.operations import MEMORY

if TYPE_CHECKING:
    from replay.strategies import Choose
    from replay.thread import Thread


class OnlySync:
    """Wraps a strategy's choices: others go first only before operations that synchronise."""

    def __init__(self, choose: Choose) -> None:
        self._choose = choose

    def choose(self, enabled: dict[Thread, None], current: Thread) -> Thread:
        """What the strategy chooses, or the current thread."""
        if current in enabled and current.operation.startswith(MEMORY):
            return current
        return self._choose(enabled, current)
