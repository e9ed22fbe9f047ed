"""Threads that are not under control: real ones, that something written in C has started during the execution.

Nothing can choose when such a thread runs, and the verdict says so. But what it does to the program's primitives is
*handed over*: a thread under control, its *proxy*, does it in its name, while the real one waits for the result. So it
excludes the others, and wakes them, as it would in CPython, and its operations are events like any other. While it
wants nothing its proxy waits for the outside (see `replay.outside`): nobody takes for a deadlock what it may end.

Threads that were there before the execution are the same if they run the user's code, as those of a test's fixture;
others, those of a test runner, are left alone.
"""

from __future__ import annotations

import os
import sys
import threading
from collections import deque
from typing import TYPE_CHECKING, Any

from tracer import real
from tracer.elsewhere import reception
from tracer.places import Origin, describe, in_package, origins, user_frame
from tracer.primitives.earlier import keep_held, look_after, look_again
from tracer.primitives.lock import OUTSIDE, Lock
from tracer.primitives.rlock import RLock
from tracer.runtime import ThreadAbandoned, Whence

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from types import FrameType

    from replay.kernel import Kernel
    from replay.thread import Thread

#: What a proxy stands before while the real thread wants nothing.
_WAITING = "uncontrolled.run"

#: How often a real thread whose operation was handed over looks whether the execution is over, in seconds.
_LOOK_EVERY = 0.01

#: A thread that runs no Python code now may come back, as one of a library that calls back does. So long is waited for
#: it, in seconds of real time, before it is nobody who could help.
_MAY_COME_BACK = 2.0

#: So long, in seconds, is waited for a thread that has never run Python code, and may be about to.
_MAY_COME = 0.5

#: So long is waited for who holds something outside, in seconds.
_MAY_RELEASE = 5.0

#: So long, in seconds, is waited for a thread of the user's that was there before, and may wait for something itself.
MAY_HELP = 1.0

#: Paths of proxies begin here: the main thread has fewer children, and theirs keep their numbers.
_FIRST_PATH = 1 << 24


class _Request:
    """One operation that was handed over."""

    def __init__(self, function: Callable[..., Any], args: tuple[Any, ...], frame: FrameType) -> None:
        self.function = function
        self.args = args
        self.place = (frame.f_code.co_filename, frame.f_lineno)
        self.done = real.allocate_lock()
        self.done.acquire()
        self.result: Any = None
        self.error: BaseException | None = None

    def execute(self) -> None:
        """Does it, at the place in the source where the real thread is."""
        file, line = self.place
        namespace: dict[str, Any] = {"function": self.function, "args": self.args}
        exec(compile("\n" * (line - 1) + "result = function(*args)", file, "exec"), namespace)  # noqa: S102
        self.result = namespace["result"]


class _Visitor:
    """A real thread that handed something over. Its proxy awaits it: implements `tracer.runtime.Awaited`."""

    def __init__(self, ident: int, name: str, *, is_earlier: bool) -> None:
        self.ident = ident
        self.name = name
        self.is_earlier = is_earlier
        self.requests: deque[_Request] = deque()
        #: Those that it has used.
        self.locks: dict[Lock | RLock, None] = {}
        self.has_proxy = False
        self._seen = real.monotonic()

    def hand_over(self, request: _Request) -> None:
        """It wants this."""
        self._seen = real.monotonic()
        self.requests.append(request)

    def is_ready(self) -> bool:
        """Whether it wants something, or is gone."""
        return bool(self.requests) or not self.may_come()

    def may_come(self) -> bool:
        """Whether it is running Python code, or did a moment ago.

        One that was there before may well wait for something itself, for ever: it has so much time for each step.
        """
        now = real.monotonic()
        is_there = self.ident in sys._current_frames()
        if self.is_earlier and is_there:
            return now - self._seen < MAY_HELP
        if is_there:
            self._seen = now
        return now - self._seen < _MAY_COME_BACK

    def hold(self) -> Mapping[int, int]:
        """No file tells."""
        return {}

    def let_go(self) -> None:
        """Nothing was held."""

    def whence(self) -> Whence:
        """From a thread that nobody controls."""
        return Whence.OUTSIDE


class Uncontrolled:
    """Those of one execution."""

    def __init__(self, kernel: Kernel) -> None:
        self._kernel = kernel
        self._os_thread = 0
        self._known: set[int] = set()
        #: Those of the user that were there before.
        self._earlier: set[int] = set()
        #: How many OS threads there were when they were last waited for, and when they were last counted.
        self._tasks = 0
        self._counted = 0.0
        self._visitors: dict[int, _Visitor] = {}
        self._proxies = 0
        #: Real threads that introduce themselves: what they do meanwhile is none of the program's affair.
        self._introducing: set[int] = set()
        #: What the outcome has to say of each thread, by its ident.
        self._found: dict[int, str] = {}
        #: The same, of calls that blocked: see `replay.blocking`.
        self.calls: list[str] = []

    @property
    def earlier(self) -> list[str]:
        """The names of the threads that were there before, and still are: who waits may wait for one of these."""
        return [self._name_of(ident) for ident in sorted(self._earlier & _idents())]

    @property
    def found(self) -> list[str]:
        """What was not controlled."""
        return [*self._found.values(), *self.calls]

    def begin(self) -> None:
        """The execution begins, in this OS thread; those that are there are none of its affair."""
        this = real.get_ident()
        self._earlier = _started_through_threading() - {this}
        self._known = _idents() - self._earlier
        self._tasks = _count_tasks()
        self._os_thread = this  # from here on any thread may `look`
        reception.take = self._take

    def end(self) -> None:
        """The execution is over."""
        self.look()
        for visitor in self._visitors.values():
            for lock in visitor.locks:
                _hand_back(lock)
        reception.take = None

    def forked(self) -> None:
        """In a child that the program forked, there is no execution, and there are no other threads."""
        reception.take = None

    def look(self) -> None:
        """Notes the threads that run Python code now and are new. Any thread may call this, at any time."""
        if not self._os_thread:
            return
        idents = _idents()
        self._known &= idents  # idents are given again
        for ident in idents - self._known - self._found.keys() - {self._os_thread}:
            frame = sys._current_frames().get(ident)
            if frame is not None:
                self._note(ident, frame)

    # In the real threads -------------------------------------------------------------------------------------

    def _take(self, controlled: Callable[..., Any], real_one: Callable[..., Any], args: tuple[Any, ...]) -> Any:
        """Stands for an operation of any OS thread that is not under control."""
        ident = real.get_ident()
        if self._is_over():
            while ident in self._visitors and reception.take == self._take:
                real.sleep(_LOOK_EVERY / 10)  # until what it has acquired under control is handed back
            return real_one(*args)
        if ident == self._os_thread or ident in self._known or ident in self._introducing:
            return real_one(*args)
        held = _held_really(_lock_of(controlled, args)) if ident in self._earlier else None
        if held is not None:  # what it did before was not done under control: neither is this
            look_after(held)
            if ident not in self._found:
                self._introduce(ident, user_frame(real.getframe(2)))
            return real_one(*args)
        frame = user_frame(real.getframe(2))
        visitor = self._visitors.get(ident)
        if visitor is None:
            visitor = self._visitors[ident] = self._introduce(ident, frame)
        request = _Request(controlled, args, frame)
        lock = _lock_of(controlled, args)
        if lock is not None:
            visitor.locks[lock] = None
        visitor.hand_over(request)
        while not request.done.acquire(timeout=_LOOK_EVERY):
            self._kernel.attend_soon()
            if self._is_over() and request in visitor.requests:
                return real_one(*args)
        if isinstance(request.error, ThreadAbandoned):  # the execution has ended meanwhile
            return _for_real(real_one, args)
        if request.error is not None:
            raise request.error
        return request.result

    def _introduce(self, ident: int, frame: FrameType) -> _Visitor:
        self._introducing.add(ident)
        try:
            name = threading.current_thread().name
            self._note(ident, frame)
            return _Visitor(ident, name, is_earlier=ident in self._earlier)
        finally:
            self._introducing.discard(ident)

    def _is_over(self) -> bool:
        return reception.take is None or self._kernel.ending is not None

    # In the execution's own thread ---------------------------------------------------------------------------

    def attend(self) -> bool:
        """Makes a proxy for each real thread that wants something and has none. Whether there was one."""
        before = self._proxies
        for visitor in list(self._visitors.values()):
            if visitor.requests and not visitor.has_proxy:
                visitor.has_proxy = True
                self._proxies += 1
                kernel, path = self._kernel, (_FIRST_PATH + self._proxies,)
                kernel.add_thread(lambda visitor=visitor: self._stand_for(visitor), visitor.name, path, daemon=True)  # type: ignore[misc]
        return self._proxies > before

    def _stand_for(self, visitor: _Visitor) -> None:
        """The life of a proxy."""
        kernel = self._kernel
        while True:
            if not visitor.requests:
                kernel.outside.wait(_WAITING, None, visitor, None)
            if not visitor.requests:
                visitor.has_proxy = False
                return
            request = visitor.requests.popleft()
            try:
                request.execute()
            except BaseException as error:
                request.error = error
                if kernel.ending is not None:  # unwound
                    raise
            finally:
                request.done.release()

    def may_help(self, deadline: int | None) -> bool:
        """Nobody is enabled: waits for the real threads that may do something about it. Whether somebody is enabled."""
        kernel = self._kernel
        self.look()
        begin = real.monotonic()
        if deadline is not None and not self._found and not look_again() and not self._is_anybody_new(begin):
            return bool(kernel.enabled)
        seconds = None if deadline is None else max(0, deadline - kernel.now) / 1e9
        held = look_again()
        while not kernel.enabled:
            waited = real.monotonic() - begin
            is_there = self._is_anybody_there(waited, held=held)
            self.attend()
            held = look_again()  # after that: who is gone now may have released it just before
            if kernel.enabled:
                break
            if not is_there or (seconds is not None and waited >= seconds):
                return False
            kernel.outside.is_waiting = True
            real.sleep(_LOOK_EVERY / 10)
            kernel.outside.is_waiting = False
        return True

    def _is_anybody_there(self, waited: float, *, held: bool) -> bool:
        """Whether a real thread may do something, after so many seconds in which none did."""
        self.look()
        idents = _idents()
        if (self._found.keys() - self._earlier) & idents:
            return True
        if self._earlier & idents and waited < MAY_HELP:
            return True
        if any(visitor.may_come() for visitor in self._visitors.values()):
            return True
        if held and waited < _MAY_RELEASE and len(idents) > 1:
            return True
        if waited < _MAY_COME and _count_tasks() > self._tasks:
            return True
        self._tasks = _count_tasks()
        return False

    def _is_anybody_new(self, now: float) -> bool:
        """Whether there are more OS threads than before, which may be about to run Python code."""
        if now - self._counted < _LOOK_EVERY:
            return False
        self._counted = now
        return _count_tasks() > self._tasks

    def _name_of(self, ident: int) -> str:
        thread = threading._active.get(ident)  # type: ignore[attr-defined]
        return thread.name if thread is not None else f"thread {ident}"

    def _note(self, ident: int, frame: FrameType) -> None:
        name = self._name_of(ident)
        where = user_frame(frame)
        if origins[where.f_code.co_filename] is Origin.OWN:
            return
        place = describe(where.f_code, where.f_lasti)
        what = "was started before" if ident in self._earlier else "was not started through threading"
        self._found[ident] = f"{name}, a thread that {what}, was running at {place}"


def is_proxy(thread: Thread) -> bool:
    """Whether a thread stands for a real one."""
    return bool(thread.path) and thread.path[0] > _FIRST_PATH


def _count_tasks() -> int:
    """Grows by one with each OS thread of this process, whatever it runs; 0 where nobody tells."""
    try:
        return os.stat("/proc/self/task").st_nlink  # one for each, and two; reading the folder takes ten times as long
    except OSError:
        return 0


def _for_real(real_one: Callable[..., Any], args: tuple[Any, ...]) -> Any:
    """Does an operation after all that was begun under control. Who waits for a condition had acquired its lock."""
    condition = args[0] if args else None
    if isinstance(condition, threading.Condition):
        lock: Any = condition._lock  # type: ignore[attr-defined]
        if isinstance(lock, Lock | RLock):
            lock._acquire_real(True, -1)
        else:
            lock.acquire()
    return real_one(*args)


def _lock_of(controlled: Callable[..., Any], args: tuple[Any, ...]) -> Lock | RLock | None:
    """The lock, or a condition's, that an operation is one of."""
    target = getattr(controlled, "__self__", args and args[0])
    lock = getattr(target, "_lock", target)
    return lock if isinstance(lock, Lock | RLock) else None


def _held_really(lock: Lock | RLock | None) -> Lock | RLock | None:
    """The lock, if a real thread has acquired it: this one, as far as anybody can tell."""
    held: Any = lock.real if lock is not None else None
    if held is None:
        return None
    return lock if (held._is_owned() if hasattr(held, "_is_owned") else held.locked()) else None


def _hand_back(lock: Lock | RLock) -> None:
    """The execution is over: what a real thread acquired under control, it holds for real. No RLock."""
    owner = lock.owner
    if owner is None or owner is OUTSIDE or not is_proxy(owner) or not isinstance(lock, Lock):
        return
    if keep_held(lock) or lock.real.acquire(False):
        lock.owner = OUTSIDE


def _started_through_threading() -> set[int]:
    """The OS threads that are the user's: what they execute is no package's affair, such as a test runner's.

    What a pool executes is to come.
    """
    found = set()
    idents = _idents()
    for ident, thread in list(threading._active.items()):  # type: ignore[attr-defined]
        if ident not in idents or isinstance(thread, threading._DummyThread):
            continue
        begun = getattr(thread, "function", None) or getattr(thread, "_target", None) or type(thread).run
        code = getattr(getattr(begun, "__func__", begun), "__code__", None)
        if code is None or _may_be_the_users(code.co_filename):
            found.add(ident)
    return found


def _may_be_the_users(filename: str) -> bool:
    origin = origins[filename]
    return origin is Origin.STANDARD_LIBRARY or (origin is Origin.USER and not in_package(filename))


def _idents() -> set[int]:
    """The OS threads that run Python code.

    Their frames are not kept, not even in a variable: this one's own frame is among them, and would keep what the
    program's frames hold until a collection of garbage finds that circle.
    """
    return set(sys._current_frames())
