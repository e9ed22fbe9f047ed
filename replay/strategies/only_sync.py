"""Makes accesses to shared memory, where they are watched, no scheduling points.

A thread that polls a variable would never let the thread go on that it waits for. Where nothing is watched it is
interrupted after a while (`replay.interruptions`). Here it meets scheduling points all the time, so that nobody would
take it for one that computes: it is interrupted after so many accesses in a row.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from tracer.operations import MEMORY
from tracer.real import getframe

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import FrameType

    from replay.strategies import Choose
    from replay.thread import Thread


#: Some tenths of a second, in which it has changed nothing.
_MOST_READS = 50_000

#: The same of any accesses. Who does not poll hardly makes so many between two operations that synchronise.
_MOST_ACCESSES = 500_000


class OnlySync:
    """Wraps a strategy's choices: others go first only before operations that synchronise.

    `interrupt` is called to have them go on soon before a thread that meets none.
    """

    def __init__(self, choose: Choose, interrupt: Callable[[FrameType], object]) -> None:
        self._choose = choose
        self._interrupt = interrupt
        self._reads = 0
        self._accesses = 0

    def choose(self, enabled: dict[Thread, None], current: Thread) -> Thread:
        """What the strategy chooses, or the current thread."""
        operation = current.operation
        if current not in enabled or not operation.startswith(MEMORY):
            self._reads = self._accesses = 0
            return self._choose(enabled, current)
        self._accesses += 1
        self._reads = self._reads + 1 if operation == "memory.read" else 0
        if self._reads == _MOST_READS or self._accesses == _MOST_ACCESSES:
            self._reads = self._accesses = 0
            self._interrupt(getframe(0))
        return current
