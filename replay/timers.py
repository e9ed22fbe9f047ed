"""`signal.alarm` and `signal.setitimer`: a signal that comes when some program time has passed.

The operating system's own timer would send it in real time, which here is not the time that the program sees. So it is
a thread under control that sleeps, sends the signal to this process, and is none of the program's threads.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from tracer.primitives.signals import send_alarm

if TYPE_CHECKING:
    from replay.kernel import Kernel
    from replay.thread import Thread
    from tracer.runtime import Queue

#: Paths of timers begin here: after those of what stands for a real thread, see `replay.uncontrolled`.
_FIRST_PATH = 1 << 25


class Timers:
    """The timer of one execution: as in the operating system, there is one at a time."""

    def __init__(self, kernel: Kernel) -> None:
        self._kernel = kernel
        self._timer: _Timer | None = None
        self._made = 0

    @property
    def left(self) -> tuple[int, int]:
        """Nanoseconds until the signal, 0 for never, and the interval after it."""
        timer = self._timer
        if timer is None or timer.is_over:
            return 0, 0
        return max(1, timer.end - self._kernel.now), timer.interval

    @property
    def is_set(self) -> bool:
        """Whether a signal is going to be sent."""
        return self.left != (0, 0)

    def set(self, delay: int, interval: int) -> tuple[int, int]:
        """Sets the timer, in nanoseconds; a `delay` of 0 takes it away. Gives what was `left` of the last one."""
        before = self.left
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        if delay:
            kernel = self._kernel
            self._made += 1
            timer = self._timer = _Timer(kernel, kernel.now + delay, interval)
            timer.thread = kernel.add_thread(timer.run, "timer of SIGALRM", (_FIRST_PATH + self._made,), daemon=True)
        return before


class _Timer:
    thread: Thread

    def __init__(self, kernel: Kernel, end: int, interval: int) -> None:
        self._kernel = kernel
        self.end = end
        self.interval = interval
        self.is_over = False
        self._queue: Queue = {}

    def run(self) -> None:
        """The life of its thread."""
        kernel = self._kernel
        while not self.is_over:
            left = max(0, self.end - kernel.now)
            kernel.log("time.sleep", None, left / 1e9)
            kernel.park("time.sleep", None, self._queue, left)
            if self.is_over:
                break
            kernel.time_out("time.wake", None)
            self.is_over = not self.interval
            self.end += self.interval
            send_alarm()

    def cancel(self) -> None:
        """No signal is sent any more."""
        self.is_over = True
        if self._queue:
            self._kernel.requeue(self.thread, "time.wake", None, True)
