"""The runtime while the prompt is open, or an invariant is checked: nothing is scheduled, and nothing is recorded.

What can be done now acts on the state of the program and returns, so that `lock.locked()` and `queue.qsize()` show the
truth. What would have to wait raises `WouldBlock`: nobody could ever end the wait. Clocks stand still, and nothing is
counted. So whatever is only looked at leaves no trace in the rest of the replay. Something that is *changed* at the
prompt stays changed, like a variable; what comes of it is a divergence, which is reported as one.

One change must not stay. At an event the running thread is in the middle of an operation: it has been let through, and
takes effect as soon as the prompt closes. Its object has to be as it was then, whoever acquired it at the prompt.
"""

from __future__ import annotations

import contextlib
import gc
import random
from typing import TYPE_CHECKING, Any, NoReturn

from tracer.places import user_frame
from tracer.real import getframe
from tracer.runtime import door

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from types import FrameType

    from replay.kernel import Kernel
    from replay.thread import Thread
    from tracer.events import Place
    from tracer.runtime import Awaited, ControlledThread, OperationResult, Queue

#: What there is to a lock's or a semaphore's state, which an operation in the middle of taking effect relies on.
_STATE = ("owner", "depth", "acquired", "_value")


class WouldBlock(RuntimeError):
    """Something at the prompt would have to wait for another thread, or start one."""

    __module__ = "threadtrace"


class Unscheduled:
    """Stands for the kernel while the prompt is open. `current` is the thread that is looked at.

    Implements `tracer.runtime.Runtime`.
    """

    over = False

    def __init__(self, kernel: Kernel, where: str) -> None:
        self._kernel = kernel
        self._where = where
        self.current: Thread = kernel.current
        self.main_ended = kernel.main_ended
        self.thread_count = kernel.thread_count
        self.now = kernel.now

    def point(self, operation: str, target: object) -> None:
        """Lets pass what does not wait for certain."""
        if operation == "thread.start":
            raise WouldBlock(f"no thread is started {self._where}: nothing is scheduled there")
        if operation == "condition.wait":
            self._refuse(operation)

    def reach(
        self, operation: str, target: object, ready: bool, queue: Queue | None, result: OperationResult = None
    ) -> Place:
        """Lets pass what can be executed now."""
        if not ready:
            self._refuse(operation)
        return _place()

    def access(
        self,
        operation: str,
        variable: object,
        offered: bool,
        place: Place,
        value: str | Callable[[], str | None] | None,
    ) -> None:
        """Lets it pass."""

    def begin_atomic(self) -> None:
        """Nobody goes first."""

    def end_atomic(self) -> None:
        """Nor afterwards."""

    def not_controlled(self, what: str) -> None:
        """Nobody asks any more."""

    def reach_within(self, operation: str, target: object, ready: bool, queue: Queue | None, timeout: int) -> None:
        """Lets pass what can be executed now."""
        if not ready:
            self._refuse(operation)

    def park(self, operation: str, target: object, queue: Queue, timeout: int | None = None) -> None:
        """Would block."""
        self._refuse(operation)

    def requeue(self, thread: Thread, operation: str, queue: Queue | None, ready: bool) -> None:
        """A thread was notified at the prompt: it goes on when the program does."""
        self._kernel.requeue(thread, operation, queue, ready)

    def time_out(self, operation: str, target: object, result: OperationResult = None) -> Place:
        """Time stands still."""
        return _place()

    def log(self, operation: str, target: object, result: OperationResult = None) -> Place:
        """Nothing is recorded."""
        return _place()

    def signalled(self, number: int, frame: FrameType | None, *, sent: bool, wakes: bool) -> bool:
        """The program's handlers do not run at the prompt."""
        callers = self._kernel.signals.callers
        if not sent and callers.is_for_them(number):
            callers.came(number, frame)
        return False

    def heed_signals(self, sent: int = 0) -> None:
        """There are none."""

    def set_timer(self, delay: int, interval: int) -> tuple[int, int]:
        """Would send a signal later."""
        self._refuse("signal.alarm")

    @property
    def timer(self) -> tuple[int, int]:
        """There is none."""
        return 0, 0

    def amend(self, result: OperationResult) -> None:
        """Nothing is recorded."""

    def reach_outside(self, operation: str, target: object, awaited: Awaited, timeout: int | None) -> bool:
        """What would block is refused."""
        if timeout != 0 and not awaited.is_ready():
            self._refuse(operation)
        return True

    def complete(self, operation: str, target: object) -> None:
        """Nothing is logged."""

    def polls(self, awaited: Awaited) -> None:
        """Nobody waits for time to pass."""

    def outside_changed(self) -> None:
        """The kernel looks when the program goes on."""

    def after_each_switch(self, call: Callable[[], None]) -> None:
        """Nothing is switched at the prompt."""

    def enable(self, queue: Queue) -> None:
        """The object lets operations through from now on."""
        self._kernel.enable(queue)

    def disable(self, queue: Queue) -> None:
        """The object lets no operation through from now on."""
        for thread in queue:
            self._kernel.enabled.pop(thread, None)
        self._kernel.changes += 1

    def spawn(self, body: Callable[[], None], name: str, daemon: bool, begins: Place | None = None) -> ControlledThread:
        """Nothing would run it."""
        raise WouldBlock(f"no thread is started {self._where}: nothing is scheduled there")

    def _refuse(self, operation: str) -> NoReturn:
        raise WouldBlock(f"{operation} would block: nothing is scheduled {self._where}")

    def uncaught(self, error: BaseException) -> None:
        """No thread is ended at the prompt."""

    def read_clock(self) -> int:
        """Time stands still, also for who looks at it."""
        return self.now

    def count_birth(self, place: tuple[int, ...]) -> int:
        """Objects of the prompt's are not counted among the program's."""
        return self._kernel._births.get(place, 0)

    def next_birth(self) -> tuple[tuple[int, ...], int]:
        """Nor are they numbered among those of a thread."""
        return (), 0


def _place() -> Place:
    frame = user_frame(getframe(2))
    return frame.f_code, frame.f_lasti


@contextlib.contextmanager
def unscheduled(kernel: Kernel, where: str = "at the prompt") -> Iterator[Unscheduled]:
    """Nothing is scheduled or recorded meanwhile, and afterwards garbage is collected when it would have been."""
    runtime = Unscheduled(kernel, where)
    before, door.runtime = door.runtime, runtime
    objects = gc.get_count()[0]
    try:
        with undisturbed(kernel, None):
            yield runtime
    finally:
        door.runtime = before
        kernel.collector.ignore(gc.get_count()[0] - objects)


@contextlib.contextmanager
def undisturbed(kernel: Kernel, target: Any) -> Iterator[None]:
    """Puts back what must be as it was after a command.

    That is the state of the random generator, the order of the enabled threads where they are the same ones, and
    the state of `target`, the object of the operation that is about to take effect.
    """
    generator = random.getstate()
    state = {name: getattr(target, name) for name in _STATE if hasattr(target, name)} if target is not None else {}
    enabled, changes = list(kernel.enabled), kernel.changes
    try:
        yield
    finally:
        random.setstate(generator)
        changed = any(getattr(target, name) is not value for name, value in state.items())
        for name, value in state.items():
            setattr(target, name, value)
        if changed or kernel.enabled.keys() == set(enabled):
            kernel.enabled.clear()
            kernel.enabled.update(dict.fromkeys(enabled))
            kernel.changes = changes
