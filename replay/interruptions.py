"""Interrupts a thread that computes and meets no scheduling point, so that the others go on.

CPython switches threads every few milliseconds wherever they are. Here a thread that computes for long, or polls a
variable until another thread changes it, would keep all others from going on: their deadlock would not be found, and
what it polls for would never come. So when the process has computed for a while without a scheduling point, the
running thread is set aside, and goes on when no other can, or after some more scheduling points.

When that happens depends on the machine, as nothing else does. In a recording it is a matter of the order of events
like any other, so that a replay is exact; but another execution with the same seed may differ, which the outcome says.
"""

from __future__ import annotations

import signal
from typing import TYPE_CHECKING

from tracer import real
from tracer.places import describe, is_the_programs, user_frame
from tracer.primitives import signals
from tracer.runtime import door

if TYPE_CHECKING:
    from types import FrameType

    from replay.kernel import Kernel

#: How often a look is taken, in seconds.
LOOK_EVERY = 0.1

#: How long the process computes without a scheduling point before the thread is interrupted, in seconds of its own.
_PATIENCE = 0.4

#: The same for a thread that was interrupted before: it is likely to go on as it did.
_PATIENCE_AGAIN = 0.1

#: Reaches the main thread between two instructions. Nothing is sent; it is a signal that hardly any program handles.
_SIGNAL = getattr(signal, "SIGURG", None)


class Interruptions:
    """Of one execution, by the main thread, when another one that looks finds reason to."""

    def __init__(self, kernel: Kernel) -> None:
        self._kernel = kernel
        self._progress = kernel.progress
        self._since = real.process_time()
        #: What the outcome has to say: one line for each thread that was interrupted.
        self.warnings: list[str] = []
        self._warned: set[str] = set()

    def install(self) -> None:
        """To be called in the main thread."""
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
        again = self._kernel.current.label in self._warned
        return now - self._since >= (_PATIENCE_AGAIN if again else _PATIENCE)

    def interrupt(self, signum: int, frame: FrameType | None) -> None:
        """Interrupts the running thread if it computes: called by a signal, in the main thread."""
        kernel = self._kernel
        if door.runtime is not kernel or kernel.ending is not None or not self._is_computing():
            return
        if frame is None or not is_the_programs(frame):
            return
        self._since = real.process_time()
        thread = kernel.current
        if thread.interrupted:  # a signal that came at a moment when its handler could not run
            kernel.signals.handle_before(True, None)
        if kernel.computing.interrupt(frame) and thread.label not in self._warned:
            self._warned.add(thread.label)
            where = user_frame(frame)
            self.warnings.append(
                f"{thread.label} was interrupted at {describe(where.f_code, where.f_lasti)}: it had computed for "
                f"{_PATIENCE:g} s without an operation that others see. The moment depends on the machine: another "
                "execution with this seed may differ, a replay does not"
            )
