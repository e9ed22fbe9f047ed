"""When threads that can never go on are looked for, and what happens then.

At once where a blocked thread closes a ring, or waits for one that has ended; otherwise now and then, rarer and rarer,
so that it never takes more than a small part of the time. Before threads are given up, garbage is collected: finalizers
may release them.
"""

from __future__ import annotations

import gc
from typing import TYPE_CHECKING

from replay.stuck.search import lost_threads
from tracer.outcome import Ending
from tracer.primitives.timeouts import SECOND
from tracer.real import getframe

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import FrameType

    from replay.kernel import Kernel
    from replay.thread import Thread

#: With the clock `real` lost threads are looked for while time passes, after this many nanoseconds.
_WHILE_WAITING = SECOND // 2


class Watch:
    """Watches over one execution. `often` is the least number of scheduling points between two searches.

    The `frame` that its methods take is that of the running thread.
    """

    def __init__(self, kernel: Kernel, often: int) -> None:
        self._kernel = kernel
        self._often = often
        #: Threads that were found, and what to do with them instead of ending the execution.
        self.lost: list[Thread] = []
        self.go_on_without: Callable[[list[Thread]], None] | None = None
        #: Before so many events nobody is looked for: a recording that is followed is known to go on.
        self.quiet_until = 0
        #: Whether they may go unnoticed until the execution ends. They are looked for only where it might not end.
        self.is_patient = False
        self._suspect_from = 0
        self._look_from = often
        self._wait_until = 0

    def suspect(self, frame: FrameType) -> None:
        """A thread waits for itself, through others, or for one that has ended: unless somebody else helps, it is lost.

        A program that hands locks from thread to thread is suspected in vain, time and again.
        """
        points = self._kernel.points
        if points >= self._suspect_from and not self._is_quiet:
            self._suspect_from = points + max(points, self._often)
            self.look_at_once(frame)

    def look(self, frame: FrameType) -> None:
        """Looks for threads that nobody suspected, if it is time."""
        points = self._kernel.points
        if points >= self._look_from and not self._is_quiet:
            self._look_from = 2 * points
            self.look_at_once(frame)

    @property
    def _is_quiet(self) -> bool:
        return self.is_patient or self._kernel.recorder.count < self.quiet_until

    def look_while_waiting(self, frame: FrameType) -> bool:
        """The same while nobody can go on and real time passes. Whether it was time."""
        now = self._kernel.now
        if now < self._wait_until:
            return False
        self._wait_until = now + _WHILE_WAITING
        self.look_at_once(frame)
        return True

    def look_soon(self) -> None:
        """Has them looked for at the next scheduling point."""
        self._look_from = self._suspect_from = 0
        self._kernel.attend_soon()

    def look_at_once(self, frame: FrameType) -> None:
        """Ends the execution, or reports them, if there are any."""
        kernel = self._kernel
        if kernel.recorder.count < self.quiet_until:
            return
        before = gc.get_count()[0]
        lost = [thread for thread in lost_threads(kernel, frame) if thread not in self.lost]
        kernel.collector.ignore(gc.get_count()[0] - before)
        if all(thread.daemon for thread in lost):
            return
        if kernel.collector.may_help(kernel):
            collector = kernel.collector.collect(kernel, lambda: self.look_at_once(getframe()))
            if collector is not None:
                kernel.detour(collector)
            return
        self.lost += lost
        if self.go_on_without is None:
            kernel.stop(Ending.DEADLOCK)
        self.go_on_without(lost)
