"""Sections of the program in which no other thread goes first, because the user wants it so.

The strategy is not asked while the thread of such a section can go on. Where it has to wait, others go on, and the
section continues afterwards. Schedules that go first inside of one are not executed by any search: so what was executed
is never called all there is, once a section has kept another thread back.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from replay.kernel import Kernel
    from replay.strategies import Choose
    from replay.thread import Thread


class Atomic:
    """Those of one execution."""

    def __init__(self, kernel: Kernel) -> None:
        self._kernel = kernel
        self._choose: Choose | None = None
        #: How deep in sections each thread is.
        self._depths: dict[Thread, int] = {}
        #: Whether a thread was kept back that the strategy could have chosen.
        self.held_back = False

    def begin(self) -> None:
        """The running thread enters a section."""
        kernel = self._kernel
        kernel.reach("program.atomic", None, True, None)
        if self._choose is None:
            self._choose = kernel.choose_by(self._go_on)
        self._depths[kernel.current] = self._depths.get(kernel.current, 0) + 1

    def end(self) -> None:
        """It leaves it."""
        kernel = self._kernel
        self._depths[kernel.current] -= 1
        if not self._depths[kernel.current]:
            del self._depths[kernel.current]

    def _go_on(self, enabled: dict[Thread, None], current: Thread) -> Thread:
        for thread in (current, *self._depths):
            if thread in self._depths and thread in enabled:
                self.held_back = self.held_back or len(enabled) > 1
                return thread
        assert self._choose is not None
        return self._choose(enabled, current)
