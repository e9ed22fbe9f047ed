"""What has to hold at every moment of an execution: a function of the user's, called before each event.

What it does itself is neither scheduled nor recorded. Where it raises, or returns False, the execution ends, with that
as an exception of the thread whose event was the last: nobody else has done anything since.
"""

from __future__ import annotations

from inspect import unwrap
from typing import TYPE_CHECKING

from replay.kernel import Kernel
from replay.unscheduled import unscheduled
from tracer.outcome import Ending
from tracer.places import describe
from tracer.runtime import door

if TYPE_CHECKING:
    from collections.abc import Callable

    from replay.thread import Thread
    from tracer.events import RawEvent


def keep(invariant: Callable[[], object]) -> None:
    """From now on it is checked before each event of the execution that is under way, and now."""
    kernel = door.runtime
    assert isinstance(kernel, Kernel)
    check(invariant)
    _Keeper(kernel, invariant)


def check(invariant: Callable[[], object], when: str = "") -> None:
    """Raises what it raises, and AssertionError where it returns False; `when` is what has happened just before."""
    if invariant() is False:
        code = getattr(unwrap(invariant), "__code__", None)
        where = f" at {describe(code, 0)}" if code is not None else ""
        raise AssertionError(f"the invariant{where} does not hold{when}")


class _Keeper:
    """Stands between the kernel and its strategy and recorder.

    It is the choice after an event that comes too late to be executed, where there is one: what a recording ends with
    is the event that broke the invariant.
    """

    def __init__(self, kernel: Kernel, invariant: Callable[[], object]) -> None:
        self._kernel = kernel
        self._invariant = invariant
        self._last: RawEvent
        self._is_checked = True
        self._record = kernel.notice(self.record)
        self._choose = kernel.choose_by(self.choose)
        kernel.has_invariant = True

    def choose(self, enabled: dict[Thread, None], current: Thread) -> Thread:
        """Checks what the last event has left, and has the strategy choose."""
        self._look()
        return self._choose(enabled, current)

    def record(self, event: RawEvent) -> None:
        """The same where nobody was asked."""
        self._look()
        self._last = event
        self._is_checked = False
        self._record(event)

    def _look(self) -> None:
        if self._is_checked:
            return
        self._is_checked = True
        kernel = self._kernel
        thread, operation, _, _, place, *_ = self._last
        try:
            with unscheduled(kernel, "in an invariant"):
                check(self._invariant, f" after the {operation} at {describe(*place)}")
        except Exception as error:
            kernel.errors.append((thread, error))
            kernel.stop(Ending.STOPPED)
