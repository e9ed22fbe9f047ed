"""Signals that the program handles: their handlers run in the main thread, whatever it is doing.

CPython runs a handler in the main thread, between two instructions, once that thread runs. If the thread waits, the
operating system wakes it, unless the signal went to another thread; when the handler is over, it waits on. Here all
threads share one OS thread, so that CPython would run a handler in whichever of them is running. So a signal is kept
until it is the main thread's turn:

    between two operations    the handler runs before the next one is executed;
    while the thread waits    it is *set aside*: something stands for it in the queue, and is let through, times out, or
                              is notified in its place. The thread itself can go on, with the handler. When that is
                              over it takes back its place in the queue, and what has happened there meanwhile.

What the handler raises leaves the operation that the thread stood before, as in CPython.
"""

from __future__ import annotations

import dis
import signal
import sys
from typing import TYPE_CHECKING, Any

from replay.callers import Callers
from replay.stuck.reach import Reach
from replay.stuck.search import may_go_on
from replay.timers import Timers
from tracer import real
from tracer.places import Origin, is_the_programs, origins, user_frame
from tracer.primitives.signals import handler_of, is_handled, signal_of
from tracer.real import getframe
from tracer.runtime import HandlersAfter

if TYPE_CHECKING:
    from collections.abc import Iterable
    from types import FrameType

    from replay.kernel import Kernel
    from replay.thread import Thread
    from tracer.events import Place
    from tracer.runtime import Awaited, Queue

#: How long is slept in one go while a signal is waited for, in seconds.
_SLICE = 0.05

#: At instructions whose names begin so CPython looks for signals, or code is called that does.
_LOOKS = ("CALL", "JUMP_BACKWARD", "SEND", "YIELD", "FOR_ITER", "IMPORT")


class Aside:
    """Stands for the main thread before an operation, while that runs handlers.

    `ready`: the operation could be executed now, or its time is over. It is never enabled itself.
    """

    __slots__ = ("alarm", "awaited", "deadline", "operation", "queue", "ready", "target")

    def __init__(self, thread: Thread, ready: bool, awaited: Awaited | None = None) -> None:
        self.operation = thread.operation
        self.target = thread.target
        self.queue: Queue | None = None
        self.deadline = thread.deadline
        self.alarm = 0
        self.ready = ready
        self.awaited = awaited


class Signals:
    """Those of one execution."""

    def __init__(self, kernel: Kernel) -> None:
        self._kernel = kernel
        self._timers: Timers | None = None
        self.callers = Callers(kernel)
        #: Signals whose handlers have not run yet, each once: whether it wakes the main thread.
        self.waiting: dict[int, bool] = {}
        #: What stands for the main thread: more than one while a handler, too, was interrupted.
        self.asides: list[Any] = []  # `Aside`: where the kernel expects a thread
        #: Those that have come from the program itself.
        self.sent: set[int] = set()
        #: Whether the process waits in real time for a signal.
        self.is_waiting = False
        #: In a recording the handler of a signal runs next.
        self._is_due = False
        #: The last access to shared memory of the main thread, since there is a signal.
        self._passed: Place | None = None
        #: The last of them, until its handlers run.
        self._set: Aside | None = None

    @property
    def timers(self) -> Timers:
        """What sends SIGALRM. Made when it is asked for, since hardly any execution does."""
        if self._timers is None:  # no `cached_property`: up to 3.11 that takes a lock
            self._timers = Timers(self._kernel)
        return self._timers

    # Signals that come -----------------------------------------------------------------------------------------

    def came(self, number: int, frame: FrameType | None, sent: bool, wakes: bool) -> bool:
        """See `Kernel.signalled`."""
        kernel = self._kernel
        if not sent and self.callers.is_for_them(number):
            self.callers.came(number, frame)
            return False
        if not sent and kernel.next_in_recording() is not None:
            return False  # it comes when it came in the recording
        theirs = frame is not None and is_the_programs(frame)
        if theirs and kernel.current is kernel.threads[0]:
            kernel.log("signal.handle", signal_of(number))
            return True
        self.waiting[number] = self.waiting.get(number, False) or wakes
        if theirs:
            self.look()
        else:  # the kernel may be in the middle of anything
            kernel.attend_soon()
        return False

    def comes_as_recorded(self, number: int) -> None:
        """In a recording the main thread handles this signal next, from wherever it came."""
        self._is_due = True
        if number not in self.waiting:
            self.waiting[number] = True
            self._kernel.attend_soon()
        self.look()

    def look(self) -> bool:
        """Has the main thread run the handlers as soon as it goes on. Whether it can go on because of them."""
        self.callers.look()
        kernel, main = self._kernel, self._kernel.threads[0]
        if not self.waiting or main.greenlet.dead:
            return False
        main.interrupted = True
        if self._set is not None or main in kernel.computing.threads:
            return False
        if main in kernel.enabled:
            if main is not kernel.current:
                self._set_aside(main)
            return False
        if not any(self.waiting.values()):
            return False
        self._set_aside(main)
        return True

    def heed(self, sent: int) -> None:
        """See `Kernel.heed_signals`."""
        if sent:
            self.sent.add(sent)
        self.look()
        thread = self._kernel.current
        if thread.interrupted:
            thread.operation, thread.target = "signal.handle", None
            self.handle_before(True, None)

    def may_come(self) -> bool:
        """Nobody can go on: waits for a signal from outside, if there is a handler that might change that."""
        kernel = self._kernel
        if not self._could_help():
            return False
        self.is_waiting = True
        try:
            kernel.stuck.look_at_once(getframe(1))  # others may be lost all the same
            while not self.waiting and kernel.next_in_recording() is None:
                real.sleep(_SLICE)
        finally:
            self.is_waiting = False
        return bool(self.waiting)

    @property
    def has_handlers(self) -> bool:
        """Whether the program handles any signal."""
        return any(is_handled(number) for number in signal.valid_signals())

    def _could_help(self) -> bool:
        """What the program sends to itself is not expected from others."""
        handled = [number for number in signal.valid_signals() - self.sent if is_handled(number)]
        if all(self.callers.is_for_them(number) for number in handled):
            return False
        kernel = self._kernel
        waiting = [thread for thread in kernel.program_threads if not thread.finished]
        reach = Reach()
        reach.settle()
        return any(may_go_on(thread, {}, reach, waiting) for thread in waiting)

    # In the main thread ----------------------------------------------------------------------------------------

    def handle(self) -> None:
        """The main thread has just gone on: runs the handlers. Comes back when it may execute its operation."""
        kernel = self._kernel
        thread = kernel.current
        while thread.interrupted:
            aside, self._set = self._set or self._set_aside(thread), None
            if _is_never_between(aside.operation, aside.target):
                self._take_back(thread, aside)
                raise HandlersAfter
            self._run_handlers(aside)
            self._take_back(thread, aside)
            if aside.awaited is not None:
                return  # whoever waits for the outside asks it again
            kernel.changes += 1
            if not aside.ready and aside.operation != "signal.pause":
                del kernel.enabled[thread]
            chosen = kernel.next_thread(thread)
            if chosen is not thread:
                kernel.current = chosen
                chosen.switch()

    def handle_at(self, place: Place) -> None:
        """The main thread is about to access shared memory: runs the handlers if CPython could since its last access.

        Between the reading and the writing of `x += 1` no handler runs. In a recording they run where they ran.
        """
        kernel = self._kernel
        passed, self._passed = self._passed, place
        follows = kernel.next_in_recording() is not None
        if self._is_due if follows else passed is not None and _looks_between(passed, place):
            sys.call_tracing(self.handle, ())  # with the accesses of a handler watched, as those of other code are
            return
        if self._set is not None:
            aside, self._set = self._set, None
            self._take_back(kernel.current, aside)
        kernel.attend_soon()

    def handle_before(self, ready: bool, queue: Queue | None) -> bool:
        """The main thread comes to an operation, and runs the handlers first. Whether it is `ready` afterwards."""
        thread = self._kernel.current
        if _is_never_between(thread.operation, thread.target):
            raise HandlersAfter
        aside = Aside(thread, ready)
        if queue is not None:
            queue[aside] = None
            aside.queue = queue
        self.asides.append(aside)
        self._run_handlers(aside)
        self._drop(aside)
        thread.operation, thread.target = aside.operation, aside.target
        return aside.ready

    def _run_handlers(self, aside: Aside) -> None:
        kernel = self._kernel
        kernel.current.interrupted = self._is_due = False
        self._passed = None
        frame = getframe(1)
        while frame.f_back is not None and origins[frame.f_code.co_filename] is Origin.OWN:
            frame = frame.f_back
        try:
            while self.waiting:
                number = next(iter(self.waiting))
                del self.waiting[number]
                handler = handler_of(number)
                if handler is not None:
                    kernel.log("signal.handle", signal_of(number))
                    handler(number, frame)
        except BaseException:
            self._drop(aside)
            raise

    # What stands for it ----------------------------------------------------------------------------------------

    def _set_aside(self, thread: Thread) -> Any:
        kernel = self._kernel
        aside: Any = Aside(thread, thread in kernel.enabled, kernel.outside.waits.get(thread))
        kernel.outside.forget(thread)
        if thread.queue is not None:
            _exchange(thread.queue, thread, aside)
            aside.queue, thread.queue = thread.queue, None
        if thread.alarm:
            kernel.deadlines.remove(thread)
            kernel.deadlines.add(aside, aside.deadline)
        self.asides.append(aside)
        self._set = aside
        thread.operation, thread.target = "signal.handle", None
        kernel.enabled[thread] = None
        kernel.changes += 1
        return aside

    def _take_back(self, thread: Thread, aside: Any) -> None:
        self.asides.remove(aside)
        thread.operation, thread.target = aside.operation, aside.target
        thread.deadline = aside.deadline
        if aside.queue is not None:
            _exchange(aside.queue, aside, thread)
            thread.queue = aside.queue
        if aside.alarm:
            self._kernel.deadlines.remove(aside)
            self._kernel.deadlines.add(thread, aside.deadline)

    def _drop(self, aside: Any) -> None:
        """The thread does not wait any more."""
        self.asides.remove(aside)
        self._kernel.deadlines.remove(aside)
        if aside.queue is not None:
            del aside.queue[aside]

    def hold_back(self) -> None:
        """What was let through is noted for the thread that it stands for."""
        enabled = self._kernel.enabled
        for aside in self.asides:
            if aside in enabled:
                del enabled[aside]
                aside.ready = True

    def without_asides(self, queue: Queue) -> Iterable[Thread]:
        """The threads of a queue that is about to be disabled."""
        for aside in self.asides:
            if aside.queue is queue:
                aside.ready = False
        return [thread for thread in queue if not isinstance(thread, Aside)]

    def in_queue(self, thread: Thread) -> Any:
        """What stands among the waiters of a condition for a thread that is notified."""
        if thread is self._kernel.threads[0]:
            for aside in reversed(self.asides):
                if aside.operation == "condition.wait":
                    return aside
        return thread


def _is_never_between(operation: str, target: Any) -> bool:
    """Whether CPython does not look for signals between the acquire and this release of a lock."""
    if target is None or operation not in ("lock.release", "rlock.release"):
        return False
    acquired = target.acquired
    frame = user_frame(getframe(2))
    if not isinstance(acquired, tuple) or acquired[0] is not frame.f_code:
        return False
    return not _looks_between(acquired, (frame.f_code, frame.f_lasti))


def _looks_between(before: Place, after: Place) -> bool:
    """Whether CPython surely looks for signals on the way from one instruction of a function to another one."""
    (code, begin), (other, end) = before, after
    if code is not other:
        return False
    if end <= begin:  # by a jump backwards, or in another call
        return True
    return any(one.opname.startswith(_LOOKS) for one in dis.get_instructions(code) if begin < one.offset < end)


def _exchange(queue: Queue, one: Thread | Aside, other: Thread | Aside) -> None:
    """Puts another one in somebody's place in a queue."""
    places = [other if each is one else each for each in queue]
    queue.clear()
    queue.update(dict.fromkeys(places))
