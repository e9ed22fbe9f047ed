"""Ends the threads that an execution leaves behind.

A suspended greenlet cannot simply be dropped: its frames hold references, and a locked `with` may hold a lock of the
module. So each thread that is still alive is unwound, youngest first, so that a thread that others were started from
outlives them: `ThreadAbandoned` is raised where it stands, and its `finally` blocks run.

Nothing that these blocks do may block or let another thread run. While a thread is unwound the active runtime is
`TearDown`: releasing, notifying and setting take effect quietly; whatever could block raises `ThreadAbandoned` again.
Exceptions of the unwinding are dropped, so that they never mask the failure that ended the execution. A thread that
swallows `ThreadAbandoned` over and over is left suspended for good, in `unyielding`.
"""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, NoReturn

from greenlet import getcurrent

from tracer.primitives.earlier import let_all_go
from tracer.primitives.thread import forget_dummies
from tracer.runtime import ThreadAbandoned, door

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import FrameType

    from greenlet import greenlet

    from replay.callers import Callers
    from replay.kernel import Kernel
    from replay.thread import Thread
    from tracer.events import Place
    from tracer.runtime import Awaited, ControlledThread, OperationResult, Queue

#: After this many operations in its unwinding a thread is taken for one that will never end. Far more than
#: the `finally` blocks of a deep stack need, and done in a millisecond.
_PATIENCE = 10_000

#: Greenlets that could not be unwound. They must never be collected: that would unwind them once more.
unyielding: list[greenlet] = []


class TearDown:
    """The runtime of threads that are being unwound. Implements `tracer.runtime.Runtime`."""

    over = True
    main_ended = True
    thread_count = 0

    def __init__(self, now: int, callers: Callers) -> None:
        self.now = now
        self._callers = callers
        self.current: Thread
        self.operations_left = _PATIENCE
        self._runner = getcurrent()

    def _operation(self) -> None:
        self.operations_left -= 1
        if self.operations_left <= 0:
            self._runner.switch()

    def _refuse(self) -> NoReturn:
        self._operation()
        raise ThreadAbandoned

    def reach(
        self, operation: str, target: object, ready: bool, queue: Queue | None, result: OperationResult = None
    ) -> None:
        """Lets an operation pass that can never block; they have no queue."""
        if queue is not None:
            self._refuse()
        self._operation()

    def point(self, operation: str, target: object) -> None:
        """Lets the thread only ask and give."""
        if operation.endswith((".acquire", ".wait", ".start", ".join")):
            self._refuse()
        self._operation()

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
        """Could block."""
        self._refuse()

    def park(self, operation: str, target: object, queue: Queue, timeout: int | None = None) -> None:
        """Would block."""
        self._refuse()

    def requeue(self, thread: Thread, operation: str, queue: Queue | None, ready: bool) -> None:
        """Nobody is woken any more."""

    def reach_outside(self, operation: str, target: object, awaited: Awaited, timeout: int | None) -> bool:
        """Could block; what only gives, and what never waits, is let through."""
        if timeout != 0 and not operation.endswith((".close", ".shutdown")):
            self._refuse()
        self._operation()
        return True

    def complete(self, operation: str, target: object) -> None:
        """Nothing is logged."""

    def polls(self, awaited: Awaited) -> None:
        """Nobody waits for time to pass."""

    def outside_changed(self) -> None:
        """Nobody is woken any more."""

    def time_out(self, operation: str, target: object, result: OperationResult = None) -> None:
        """Nothing is logged any more."""

    def log(self, operation: str, target: object, result: OperationResult = None) -> None:
        """Nothing is logged any more."""

    def signalled(self, number: int, frame: FrameType | None, *, sent: bool, wakes: bool) -> bool:
        """The program's handlers do not run any more."""
        if not sent and self._callers.is_for_them(number):
            self._callers.came(number, frame)
        return False

    def heed_signals(self, sent: int = 0) -> None:
        """There are none."""

    def set_timer(self, delay: int, interval: int) -> tuple[int, int]:
        """No timer is set any more."""
        return 0, 0

    @property
    def timer(self) -> tuple[int, int]:
        """There is none."""
        return 0, 0

    def amend(self, result: OperationResult) -> None:
        """Nothing is logged any more."""

    def enable(self, queue: Queue) -> None:
        """Nobody is woken any more."""

    def disable(self, queue: Queue) -> None:
        """Nobody can go on in any case."""

    def spawn(self, body: Callable[[], None], name: str, daemon: bool, begins: Place | None = None) -> ControlledThread:
        """No thread is started any more."""
        self._refuse()

    def after_each_switch(self, call: Callable[[], None]) -> None:
        """No thread begins anything."""

    def uncaught(self, error: BaseException) -> None:
        """The execution has its failures already."""

    def read_clock(self) -> int:
        """Time stands still."""
        self._operation()
        return self.now

    def count_birth(self, place: tuple[int, ...]) -> int:
        """Nobody asks for names any more."""
        return 0

    def next_birth(self) -> tuple[tuple[int, ...], int]:
        """Nobody asks for names any more."""
        return (), 0


def unwind(kernel: Kernel) -> None:
    """Unwinds the threads of an execution that is over, and takes the kernel apart."""
    left = [thread for thread in reversed(kernel.threads) if thread.greenlet]  # begun and not ended
    if left:
        _unwind_all(kernel, left)
    let_all_go()
    for thread in kernel.threads:
        # What leads back to the thread, so that it need not wait for the garbage collector.
        del thread.greenlet, thread.switch, thread.target
    kernel.threads.clear()
    kernel.enabled.clear()
    del kernel.stuck, kernel.computing, kernel.outside, kernel.uncontrolled, kernel.signals, kernel.livelock
    del kernel.atomic, kernel.watch, kernel.errors
    kernel.forget_strategy()


def _unwind_all(kernel: Kernel, left: list[Thread]) -> None:
    runtime = TearDown(kernel.now, kernel.signals.callers)
    for thread in left:  # so that the primitives are empty for whoever uses them next
        if thread.queue is not None:
            thread.queue.clear()
            thread.queue = None
    before, door.runtime = door.runtime, runtime
    hook, sys.unraisablehook = sys.unraisablehook, _quiet(sys.unraisablehook)
    try:
        for thread in left:
            _unwind_one(runtime, kernel, thread)
    finally:
        door.runtime = before
        sys.unraisablehook = hook
        forget_dummies()


def _quiet(hook: Callable[[sys.UnraisableHookArgs], object]) -> Callable[[sys.UnraisableHookArgs], object]:
    """Says nothing of finalizers that were unwound with the thread that ran them."""

    def unraisable(arguments: sys.UnraisableHookArgs) -> None:
        if not isinstance(arguments.exc_value, ThreadAbandoned):
            hook(arguments)

    return unraisable


def _unwind_one(runtime: TearDown, kernel: Kernel, thread: Thread) -> None:
    runtime.current = kernel.current = thread
    runtime.operations_left = _PATIENCE
    thread.greenlet.parent = getcurrent()
    try:
        thread.greenlet.throw(ThreadAbandoned)
    except BaseException:  # noqa: S110 - nothing may mask the failure that ended the execution
        pass
    if thread.greenlet:
        unyielding.append(thread.greenlet)
