"""Threads that were interrupted while they computed: neither enabled nor blocked, and gone on with later.

A thread that computes meets no scheduling point, and keeps all others from going on; `replay.interruptions` notices.
Then it is set aside between two instructions, as CPython does it all the time. It goes on when no other thread can,
and now and then. What it does comes later in the order of events, and the order is all that a replay needs.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from replay.collector import COLLECTOR
from tracer.places import describe, user_frame

if TYPE_CHECKING:
    from types import FrameType

    from replay.kernel import Kernel
    from replay.thread import Thread

#: Why an execution is no basis for a claim on all others.
INTERRUPTED = "a thread was interrupted while it computed: the moment depends on the machine"


class Computing:
    """Those of one execution."""

    def __init__(self, kernel: Kernel) -> None:
        self._kernel = kernel
        #: In the order in which they were interrupted.
        self.threads: dict[Thread, None] = {}
        #: Whether anything came of it that would not have come otherwise.
        self.was_interrupted = False
        self._warnings: dict[str, str] = {}

    @property
    def warnings(self) -> list[str]:
        """What the outcome has to say: a line for each thread that others went on before."""
        return [*self._warnings.values()]

    def interrupt(self, frame: FrameType) -> None:
        """Lets others go on before the running thread, which has computed for long, and is at `frame`."""
        kernel = self._kernel
        thread = kernel.current
        if thread not in kernel.enabled or thread.path is COLLECTOR:
            return
        kernel.stuck.look_at_once(frame)
        thread.operation = "running"
        thread.target = None
        del kernel.enabled[thread]
        kernel.changes += 1
        self.threads[thread] = None
        if kernel.next_in_recording() == thread.path:
            chosen = self.longest_ago()  # it may do what this one polls for; all others have to wait for this one
            self.go_on(chosen)
        else:
            if not kernel.enabled and len(self.threads) == 1:
                self._let_time_pass()
            chosen = kernel.next_thread(thread)
        if chosen is thread:
            return
        self.was_interrupted = True
        where = user_frame(frame)
        self._warnings[thread.label] = (
            f"{thread.label} was interrupted at {describe(where.f_code, where.f_lasti)}: it had computed for long "
            "without an operation that others see. The moment depends on the machine: another execution with this "
            "seed may differ, a replay does not"
        )
        kernel.current = chosen
        chosen.switch()
        if thread.interrupted:
            kernel.signals.handle()

    def interrupt_soon(self, frame: FrameType) -> None:
        """The same at its next jump back. To be called in the middle of an access, from `frame`."""
        watch = self._kernel.watch
        assert watch is not None
        watch.call_soon(frame, self.interrupt)

    def longest_ago(self) -> Thread:
        """The one that was interrupted before all others."""
        return next(iter(self.threads))

    def go_on(self, thread: Thread) -> None:
        """Enables a thread that was interrupted."""
        del self.threads[thread]
        self._kernel.enabled[thread] = None
        self._kernel.changes += 1

    def go_on_with(self, path: tuple[int, ...] | None) -> None:
        """A recording goes on with this thread: enables it, if it was interrupted here and not there."""
        for thread in self.threads:
            if thread.path == path:
                self.go_on(thread)
                return

    def go_on_all(self) -> None:
        """Enables all of them."""
        while self.threads:
            self.go_on(self.longest_ago())

    def _let_time_pass(self) -> None:
        """While a thread computes, others come to their deadlines."""
        kernel = self._kernel
        deadline = kernel.deadlines.earliest()
        if deadline is None:
            return
        self.was_interrupted = True
        if kernel.clock.runs_by_itself:
            kernel.clock.read(kernel)
        else:
            kernel.clock.advance(kernel, deadline)
            kernel.expire()
