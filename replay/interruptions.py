"""Interrupts a thread that computes and meets no scheduling point, so that the others go on.

CPython switches threads every few milliseconds wherever they are. Here a thread that computes for long, or polls a
variable until another thread changes it, would keep all others from going on: their deadlock would not be found, and
what it polls for would never come. So when the process has computed for a while without a scheduling point, the
running thread is set aside, and goes on when no other can, or after some more scheduling points.

A process that executes a program has its own arrangements, since a thread that watches over it looks, or a timer of its
own; one that executes functions is somebody's, and has `interrupting`.

When that happens depends on the machine, as nothing else does. In a recording it is a matter of the order of events
like any other, so that a replay is exact; but another execution with the same seed may differ, which the outcome says.
"""

from __future__ import annotations

import signal
import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING

from replay.kernel import Kernel
from tracer import real
from tracer.outcome import Ending
from tracer.places import is_the_programs
from tracer.primitives import signals
from tracer.runtime import door

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from types import FrameType


#: How often a look is taken, in seconds.
LOOK_EVERY = 0.1

#: How long the process computes without a scheduling point before the thread is interrupted, in seconds of its own.
_PATIENCE = 0.4

#: The same for a thread that was interrupted before: it is likely to go on as it did.
_PATIENCE_AGAIN = 0.1

#: How often a timer looks, in seconds of processor time.
_TIMER = 0.1

#: Reaches the main thread between two instructions. Nothing is sent; it is a signal that hardly any program handles.
_SIGNAL = getattr(signal, "SIGURG", None)


class Interruptions:
    """Of one execution, by the main thread, when another one that looks finds reason to.

    `before` are the threads that were interrupted in executions before this one, and is added to.
    """

    def __init__(self, kernel: Kernel, before: set[str] | None = None) -> None:
        self._kernel = kernel
        self._progress = kernel.progress
        self._since = real.process_time()
        self._before = before if before is not None else set()

    @property
    def kernel(self) -> Kernel:
        """That of the execution."""
        return self._kernel

    def install(self) -> None:
        """To be called in the main thread. From then on `look` looks."""
        if _SIGNAL is not None:
            signals.use(_SIGNAL, self.interrupt)

    def look(self) -> None:
        """To be called now and then, in any thread."""
        if self._is_computing() and _SIGNAL is not None and signals.is_used(_SIGNAL):
            real.interrupt_main(_SIGNAL)

    def _is_computing(self) -> bool:
        now = real.process_time()
        if self._kernel.progress != self._progress:
            self._progress = self._kernel.progress
            self._since = now
        again = self._kernel.current.label in self._before
        return now - self._since >= (_PATIENCE_AGAIN if again else _PATIENCE)

    def interrupt(self, signum: int, frame: FrameType | None) -> None:
        """Interrupts the running thread if it computes: called by a signal, in the main thread."""
        if frame is None or is_the_programs(frame):
            self._interrupt_at(frame)
        elif self._kernel.watch is not None and self._is_computing():  # in the middle of an access, most likely
            self._kernel.watch.call_soon(frame, self._interrupt_at)

    def _interrupt_at(self, frame: FrameType | None) -> None:
        kernel = self._kernel
        if door.runtime is not kernel or kernel.ending is not None or not self._is_computing():
            return
        if frame is None or not is_the_programs(frame):
            return
        if kernel.until is not None and real.monotonic() >= kernel.until:
            kernel.stop(Ending.TIME)
        self._since = real.process_time()
        thread = kernel.current
        if thread.interrupted:  # a signal that came at a moment when its handler could not run
            kernel.signals.handle_before(True, None)
        self._before.add(thread.label)
        kernel.computing.interrupt(frame)


def look_by_timer(interrupt: Callable[[int, FrameType | None], object]) -> bool:
    """Has a timer call this in the main thread, which calls here. Whether there is one, and nobody else's."""
    if not hasattr(signal, "setitimer") or any(signal.getitimer(signal.ITIMER_VIRTUAL)):  # none on Windows
        return False
    signals.use(signal.SIGVTALRM, interrupt)
    real.setitimer(signal.ITIMER_VIRTUAL, _TIMER, _TIMER)
    return True


@contextmanager
def interrupting() -> Iterator[None]:
    """While functions are executed in this process: where that is the main thread, and nobody uses the timer."""
    interruptions: Interruptions | None = None
    before: set[str] = set()

    def interrupt(signum: int, frame: FrameType | None) -> None:
        nonlocal interruptions
        kernel = door.runtime
        if not isinstance(kernel, Kernel):  # none, or one that stands in, where nobody is to be interrupted
            return
        if interruptions is None or interruptions.kernel is not kernel:
            interruptions = Interruptions(kernel, before)
        interruptions.interrupt(signum, frame)

    is_free = (
        threading.current_thread() is threading.main_thread()
        and hasattr(signal, "SIGVTALRM")  # not on Windows
        and signal.getsignal(signal.SIGVTALRM) in (signal.SIG_DFL, signals.late)
    )
    if not is_free or not look_by_timer(interrupt):
        yield
        return
    try:
        yield
    finally:
        real.setitimer(signal.ITIMER_VIRTUAL, 0)
        signals.no_longer_use(signal.SIGVTALRM, interrupt)
