"""`threading.Lock` and `_thread.allocate_lock`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NoReturn

from tracer import real
from tracer.elsewhere import elsewhere
from tracer.names import Birth, birth
from tracer.primitives.timeouts import nanoseconds
from tracer.runtime import HandlersAfter, Queue, Runtime, ThreadAbandoned, door, limited

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import TracebackType


class Outside:
    """Owns a lock that was acquired while nothing was under control."""

    name = "a thread outside the execution"


OUTSIDE = Outside()


def released_all_the_same(
    runtime: Runtime, lock: object, operation: str, free: Callable[[Runtime], object], raised: BaseException
) -> bool:
    """The handler of a signal raised something before a release, or is to run after it. Whether nothing is raised then.

    CPython runs handlers before or after a release, and never in its place.
    """
    if isinstance(raised, ThreadAbandoned):
        return False
    runtime.log(operation, lock)
    free(runtime)
    if not isinstance(raised, HandlersAfter):
        return False
    runtime.heed_signals()
    return True


class Lock:
    """A mutual exclusion lock with the behaviour of `_thread.lock`.

    `owner` is the thread that acquired it, or None. Under control it alone decides; with no runtime the real
    lock does, and `owner` is kept so that a lock that is held when an execution begins is held in it.
    """

    __slots__ = ("__weakref__", "_threadtrace_label", "acquired", "birth", "owner", "queue", "real")

    kind = "Lock"

    def __init__(self) -> None:
        self._threadtrace_label: object = None
        self.owner: Any = None
        self.acquired: object = None  # the place of the last acquire
        self.queue: Queue = {}
        self.real = real.allocate_lock()
        self.birth: Birth = birth()

    def __init_subclass__(cls, *, of_this_project: bool = False) -> None:
        if not of_this_project:
            raise TypeError("type '_thread.lock' is not an acceptable base type")

    def acquire(self, blocking: bool = True, timeout: float = -1) -> bool:
        """Acquires the lock; returns whether it did, which is always so without limits."""
        runtime = door.runtime
        if runtime is None:
            return bool(elsewhere(self.acquire, self._acquire_real, blocking, timeout))
        if blocking is True and timeout == -1:
            self.acquired = runtime.reach("lock.acquire", self, self.owner is None, self.queue, True)
        elif not self._acquire_limited(runtime, blocking, timeout):
            return False
        self.owner = runtime.current
        if self.queue:
            runtime.disable(self.queue)
        return True

    def __enter__(self) -> bool:
        runtime = door.runtime
        if runtime is None:
            return bool(elsewhere(self.acquire, self._acquire_real, True, -1))
        self.acquired = runtime.reach("lock.acquire", self, self.owner is None, self.queue, True)
        self.owner = runtime.current
        if self.queue:
            runtime.disable(self.queue)
        return True

    def release(self) -> None:
        """Releases the lock. Any thread may do so."""
        runtime = door.runtime
        if runtime is None:
            elsewhere(self.release, self._release_real)
            return
        try:
            runtime.reach("lock.release", self, True, None)
        except BaseException as raised:
            if released_all_the_same(runtime, self, "lock.release", self._free, raised):
                return
            raise
        self._free(runtime)

    def __exit__(
        self,
        kind: type[BaseException] | None = None,
        error: BaseException | None = None,
        traceback: TracebackType | None = None,
    ) -> None:
        runtime = door.runtime
        if runtime is None:
            elsewhere(self.release, self._release_real)
            return
        try:
            runtime.reach("lock.release", self, True, None)
        except BaseException as raised:
            if released_all_the_same(runtime, self, "lock.release", self._free, raised):
                return
            raise
        self._free(runtime)

    def locked(self) -> bool:
        """Whether the lock is held by anybody."""
        runtime = door.runtime
        if runtime is None:
            return bool(elsewhere(self.locked, self.real.locked))
        runtime.point("lock.locked", self)
        held = self.owner is not None
        runtime.log("lock.locked", self, held)
        return held

    def _free(self, runtime: Runtime) -> None:
        if self.owner is None:
            if runtime.over:
                return
            runtime.amend("RuntimeError")
            raise RuntimeError("release unlocked lock")
        if self.owner is OUTSIDE:
            self.real.release()
        self.owner = None
        if self.queue:
            runtime.enable(self.queue)

    def _acquire_limited(self, runtime: Runtime, blocking: bool, timeout: float) -> bool:
        # A fresh real lock judges the arguments, with the messages of this version of Python.
        real.allocate_lock().acquire(blocking, timeout)
        if blocking and timeout < 0:
            self.acquired = runtime.reach("lock.acquire", self, self.owner is None, self.queue, True)
            return True
        if not blocking or timeout == 0:
            runtime.point("lock.acquire", self)
        else:
            runtime.reach_within("lock.acquire", self, self.owner is None, self.queue, nanoseconds(timeout))
            if self.owner is not None:
                runtime.time_out("lock.timeout", self, False)
                return False
        if self.owner is not None:
            runtime.log("lock.acquire", self, False)
            return False
        self.acquired = runtime.log("lock.acquire", self, limited(True))
        return True

    # For a condition that waits with this lock: give it up and take it back as a part of the wait.

    def give_up(self, runtime: Runtime) -> int:
        """Releases the lock without an operation of its own; returns what `take_back` needs."""
        self.owner = None
        if self.queue:
            runtime.enable(self.queue)
        return 1

    def take_back(self, runtime: Runtime, depth: int) -> None:
        """Acquires the lock, which is free, without an operation of its own."""
        self.owner = runtime.current
        if self.queue:
            runtime.disable(self.queue)

    def _acquire_real(self, blocking: bool, timeout: float) -> bool:
        acquired = self.real.acquire(blocking, timeout)
        if acquired:
            self.owner = OUTSIDE
        return acquired

    def _release_real(self) -> None:
        owner, self.owner = self.owner, None
        if owner is None or owner is OUTSIDE:  # else it was left held by an execution that is over
            self.real.release()

    def _at_fork_reinit(self) -> None:
        self.real = real.allocate_lock()
        self.owner = None
        self.queue.clear()

    acquire_lock = acquire
    release_lock = release
    locked_lock = locked

    def __reduce__(self) -> NoReturn:
        raise TypeError("cannot pickle '_thread.lock' object")

    def __repr__(self) -> str:
        held = self.owner is not None or self.real.locked()
        return f"<{'locked' if held else 'unlocked'} _thread.lock object at {id(self):#x}>"
