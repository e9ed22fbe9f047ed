"""What time is, in an execution: three clocks, one of them active.

    virtual   sleeping takes no time; when no thread is enabled the clock moves to the next deadline
    any       the same, but a timed wait may be over whenever the strategy likes: finds code that relies on
              sleeping for its synchronisation
    real      time passes as it does; deadlines are met by really sleeping

All times are whole nanoseconds since the execution began, so that sums are exact and equal in every execution.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from tracer import real
from tracer.primitives.timeouts import SECOND

if TYPE_CHECKING:
    from replay.kernel import Kernel
    from replay.strategies import Choose
    from replay.thread import Thread

#: Looking at a virtual clock moves it by this much, so that a loop which polls the clock comes to an end.
#: Far less than any wait that a program distinguishes; large enough to poll a second in ten thousand looks.
LOOK = 100_000

#: How long the real clock sleeps in one go, in seconds: between two of these a signal can have its handler run.
_SLICE = 0.05


class VirtualClock:
    """Time moves only when no thread is enabled, and a little with each look at the clock."""

    runs_by_itself = False
    timeouts_at_will = False

    def __init__(self) -> None:
        #: The wait that was the next one to be over when it was hurried last.
        self._next = 0

    #: Whether time is waited for.
    is_waiting = False

    def watch(self, choose: Choose, kernel: Kernel) -> Choose:
        """How the kernel should choose, so that deadlines are met in time: as the strategy does."""
        return choose

    def read(self, kernel: Kernel) -> None:
        """Somebody looks at the clock."""
        kernel.now += LOOK
        kernel.expire()

    def advance(self, kernel: Kernel, deadline: int) -> None:
        """No thread is enabled before `deadline`."""
        kernel.now = max(kernel.now, deadline)

    def meet_next(self, kernel: Kernel) -> None:
        """Lets time pass until the next deadline, although there are enabled threads."""
        deadline = kernel.deadlines.earliest()
        if deadline is not None:
            self.advance(kernel, deadline)
            kernel.expire()

    def hurry(self, kernel: Kernel) -> None:
        """Many operations were executed in no time at all.

        They may well be those of a thread that polls until a sleeping one has done something; and on a real machine any
        time may pass between two operations. So the next deadline is met, although there are enabled threads: that of a
        wait which has lasted through all of these operations. One that has just begun, as threads do that meet at a
        barrier over and over, would be cut short.
        """
        if kernel.deadlines.first() == self._next:
            self.meet_next(kernel)
        self._next = kernel.deadlines.first()


class AnyClock(VirtualClock):
    """Virtual, and every timed wait may be over at will."""

    timeouts_at_will = True

    def meet_next(self, kernel: Kernel) -> None:
        """Who waits for a deadline is enabled in any case."""

    def hurry(self, kernel: Kernel) -> None:
        """Who waits for a deadline is enabled in any case."""


class RealClock:
    """Time is the machine's. Executions are not reproducible where they depend on it."""

    runs_by_itself = True
    timeouts_at_will = False

    def __init__(self) -> None:
        self._begin = real.monotonic_ns()
        self.is_waiting = False

    def watch(self, choose: Choose, kernel: Kernel) -> Choose:
        """Looks at the clock before each choice; there is one at every scheduling point."""

        def look_and_choose(enabled: dict[Thread, None], current: Thread) -> Thread:
            self.read(kernel)
            return choose(enabled, current) if len(enabled) > 1 else next(iter(enabled))

        return look_and_choose

    def read(self, kernel: Kernel) -> None:
        """Somebody looks at the clock."""
        kernel.now = real.monotonic_ns() - self._begin
        kernel.expire()

    def advance(self, kernel: Kernel, deadline: int) -> None:
        """No thread is enabled before `deadline`: sleeps until then."""
        self.is_waiting = True
        while (now := real.monotonic_ns() - self._begin) < deadline and not kernel.signals.waiting:
            real.sleep(min(_SLICE, (deadline - now) / SECOND))
        self.is_waiting = False
        kernel.now = now

    def meet_next(self, kernel: Kernel) -> None:
        """Real time passes by itself."""

    def hurry(self, kernel: Kernel) -> None:
        """Real time passes by itself."""


Clock = VirtualClock | RealClock

CLOCKS: dict[str, type[VirtualClock | RealClock]] = {
    "virtual": VirtualClock,
    "real": RealClock,
    "any": AnyClock,
}
