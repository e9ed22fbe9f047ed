"""The one door between the primitives and whoever decides.

A primitive never blocks and never chooses. Under control it tells the active *runtime* which operation
its thread stands before and whether it could be executed now; the runtime comes back when it is this
thread's turn, and the primitive changes its own state. With no runtime the primitive acts as the real one.

Threads that stand before an operation of one object wait in that object's *queue*. The invariant that
makes everything incremental: all threads of a queue are enabled while the object lets an operation
through, and none of them while it does not. So a lock that is taken disables its queue, and a lock that is
freed enables it; nothing polls. A thread whose timeout has expired leaves the queue: it is enabled in any case.
"""

from __future__ import annotations

from enum import IntEnum
from typing import TYPE_CHECKING, Any, Protocol

from tracer import real

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from types import FrameType

    from tracer.events import Place

#: What an operation gave, as it stands in the event.
OperationResult = bool | int | float | str | None


class Limited(int):
    """The result of an operation that would not have waited for ever: see `limited`."""

    def __repr__(self) -> str:
        return repr(bool(self))


_LIMITED = (Limited(False), Limited(True))


def limited(result: bool) -> Limited:
    """A result that equals the plain one, and is marked in a trace: the operation had a time limit, or was only tried.

    A thread is never stuck in such an operation, and in another execution may go on without what it waited for here.
    The mark travels with the result because that is free: an operation without limit passes no more than it did,
    whoever records events sees the result it always saw, and a recording without marks compares equal to one with them.
    """
    return _LIMITED[result]


class ThreadAbandoned(BaseException):
    """Unwinds a thread whose execution is over. Not an `Exception`: programs must not handle it."""


class HandlersAfter(BaseException):
    """Before the release of a lock: the handlers of signals that have come run after it, not before.

    CPython looks for signals at calls and backward jumps. Where there were none since the lock was acquired, no handler
    can run while it is held. Whoever releases does so, and then calls `Runtime.heed_signals`.
    """


class Life:
    """Exists as long as a thread does, for what is to be forgotten with it."""

    __slots__ = ("__weakref__",)


class ControlledThread(Protocol):
    """What the primitives may know of a thread that is under control."""

    @property
    def life(self) -> Life: ...

    @property
    def ident(self) -> int: ...
    @property
    def name(self) -> str: ...
    #: Empty for the main thread.
    @property
    def path(self) -> tuple[int, ...]: ...
    @property
    def finished(self) -> bool: ...
    @property
    def ending_queue(self) -> Queue: ...

    #: What it does now is part of one operation, and is no event by itself.
    within: bool
    #: Since its last access to shared memory it passed a place where CPython may switch threads under the GIL.
    may_switch: bool
    #: Since then it called something.
    called: bool


#: The threads that stand before an operation of one object, in the order in which they came.
Queue = dict[Any, None]


class Whence(IntEnum):
    """Where that may come from which a thread waits for outside."""

    #: Only from threads of this process, and then it is there the moment it is sent.
    INSIDE = 0
    #: The same, but through the network of this machine.
    LOOPBACK = 1
    #: From whoever likes to: a client of a server.
    ANYBODY = 2
    #: From another process, another machine, or a person.
    OUTSIDE = 3


class Awaited(Protocol):
    """Something outside that lets an operation through: a file that can be read, a process that has ended.

    What "outside" means is that no primitive knows of it: only the operating system does.
    """

    def is_ready(self) -> bool:
        """Whether the operation would not block now."""

    def hold(self) -> Mapping[int, int]:
        """Open files, and what is to be polled for in each; they stay open until `let_go`, whatever others close.

        Empty where nothing tells: then `is_ready` is asked again and again.
        """

    def let_go(self) -> None:
        """Nobody waits for it any more."""

    def whence(self) -> Whence:
        """Where it may come from."""


class Runtime(Protocol):
    """Decides who runs, and hears of every operation.

    `operation` is a word such as `lock.acquire`, `target` the object (or a thread, or None), times are
    nanoseconds. All methods are called by the thread that is running.
    """

    @property
    def current(self) -> Any:
        """The thread that is running."""

    @property
    def now(self) -> int:
        """Nanoseconds of program time since the execution began."""

    @property
    def main_ended(self) -> bool:
        """The main thread's own code has ended; it waits for the threads that are no daemons."""

    @property
    def thread_count(self) -> int:
        """How many threads there are beside the main thread."""

    @property
    def over(self) -> bool:
        """The execution is over and its threads are being unwound: nothing they do wrong matters any more."""

    def point(self, operation: str, target: object) -> None:
        """A scheduling point before an operation that can always be executed."""

    def reach(
        self, operation: str, target: object, ready: bool, queue: Queue | None, result: OperationResult = None
    ) -> object:
        """A scheduling point; returns when the operation can be executed, and logs it with `result`.

        Gives the place in the source. `ready` says whether it could be executed now; `queue` is where
        the thread waits meanwhile.
        """

    def access(
        self,
        operation: str,
        variable: object,
        offered: bool,
        place: Place,
        value: str | Callable[[], str | None] | None,
    ) -> None:
        """Logs an access to shared memory that is about to be made; if it is `offered`, others may go first.

        `value` is what the value looks like, or tells it once nobody goes first any more.
        """

    def begin_atomic(self) -> None:
        """No other thread is to go first from now on, while the running one can go on."""

    def end_atomic(self) -> None:
        """That is over."""

    def not_controlled(self, what: str) -> None:
        """From now on something is not under control, which the outcome has to say."""

    def reach_within(self, operation: str, target: object, ready: bool, queue: Queue | None, timeout: int) -> None:
        """Like `reach`, but for at most `timeout` nanoseconds, and logs nothing.

        The primitive looks whether the operation can be executed now, and calls `time_out` if not.
        """

    def park(self, operation: str, target: object, queue: Queue, timeout: int | None = None) -> None:
        """Blocks the running thread, in `queue`, in the middle of an operation: this is no scheduling point.

        It goes on after `requeue`, or when `timeout` nanoseconds are over. `queue` is only a list of those who wait:
        it is never enabled or disabled as a whole.
        """

    def requeue(self, thread: Any, operation: str, queue: Queue | None, ready: bool) -> None:
        """A parked thread now stands before `operation`, in `queue`, enabled if `ready`."""

    def reach_outside(self, operation: str, target: object, awaited: Awaited, timeout: int | None) -> bool:
        """A scheduling point before an operation that the outside lets through, within `timeout` nanoseconds.

        Returns whether it did; logs nothing. With a timeout of 0 nobody waits.
        """

    def complete(self, operation: str, target: object) -> None:
        """The running thread has done all of an operation that has parts, and is going to log it."""

    def polls(self, awaited: Awaited) -> None:
        """The running thread has asked for what is not ready yet, and will ask again: until then time is real."""

    def outside_changed(self) -> None:
        """The running thread did something outside that others may wait for: it wrote, connected, closed."""

    def time_out(self, operation: str, target: object, result: OperationResult = None) -> object:
        """Logs that the time of the running thread's last `reach_within` is over."""

    def log(self, operation: str, target: object, result: OperationResult = None) -> object:
        """Logs an operation that was executed just now, at the user's frame, and gives that place."""

    def signalled(self, number: int, frame: FrameType | None, *, sent: bool, wakes: bool) -> bool:
        """A signal has come that the program handles, while `frame` was executed, the innermost one.

        Whether its handler is to be run at once. Otherwise the main thread will run it. `sent`: the program has sent it
        to itself; `wakes`: it ends a wait of the main thread.
        """

    def heed_signals(self, sent: int = 0) -> None:
        """The running thread has sent this signal, if any; if it is the main thread, it handles what has come now."""

    def set_timer(self, delay: int, interval: int) -> tuple[int, int]:
        """Has SIGALRM sent in `delay` nanoseconds, and then in each `interval`; 0 for never. What was set before."""

    @property
    def timer(self) -> tuple[int, int]:
        """The nanoseconds until SIGALRM is sent, 0 for never, and the interval after that."""

    def amend(self, result: OperationResult) -> None:
        """Replaces the result of the event that was logged last."""

    def enable(self, queue: Queue) -> None:
        """The object lets operations through from now on."""

    def disable(self, queue: Queue) -> None:
        """The object lets no operation through from now on."""

    def spawn(self, body: Callable[[], None], name: str, daemon: bool, begins: Place | None = None) -> ControlledThread:
        """Makes a new enabled thread that will execute `body`, whose code begins at `begins`."""

    def after_each_switch(self, call: Callable[[], None]) -> None:
        """Has this called each time another thread goes on, in that thread: for what CPython keeps per OS thread."""

    def uncaught(self, error: BaseException) -> None:
        """The running thread is ended by this exception."""

    def read_clock(self) -> int:
        """What a clock shows, in nanoseconds since the execution began. Reading it is an operation."""

    def count_birth(self, place: tuple[int, ...]) -> int:
        """How many objects were created at this place before."""

    def next_birth(self) -> tuple[tuple[int, ...], int]:
        """The path of the running thread, and how many objects it has created before."""


class Door(real.local):
    """Holds the active runtime. There is one, `door`.

    It holds it for one OS thread, that of the execution: to every other one, such as a timer of the test runner's, the
    primitives are the real ones. Otherwise such a thread would walk into the kernel.
    """

    runtime: Runtime | None = None


door = Door()
