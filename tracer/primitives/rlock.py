"""`threading.RLock`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NoReturn, Self

from tracer import real
from tracer.elsewhere import elsewhere
from tracer.names import Birth, birth
from tracer.primitives.lock import OUTSIDE, released_all_the_same
from tracer.primitives.timeouts import nanoseconds
from tracer.runtime import Queue, Runtime, door, limited

if TYPE_CHECKING:
    from types import TracebackType

_NOT_OWNED = "cannot release un-acquired lock"


class RLock:
    """A re-entrant lock with the behaviour of `_thread.RLock`.

    Acquiring it again, and releasing it but for the last time, concerns nobody else: those are events, but no
    scheduling points. `owner` and `real` are as in `Lock`.
    """

    __slots__ = ("__weakref__", "_threadtrace_label", "acquired", "birth", "depth", "owner", "queue", "real")

    kind = "RLock"
    birth: Birth

    def __new__(cls, *args: object, **kwargs: object) -> Self:
        """Takes any arguments, as the C class does: a subclass may have an `__init__` of its own."""
        self = object.__new__(cls)
        self._set_up()
        self.birth = birth()
        return self

    def __init__(self, *args: object, **kwargs: object) -> None:
        pass

    def _set_up(self) -> None:
        self._threadtrace_label: object = None
        self.owner: Any = None
        self.depth = 0
        self.acquired: object = None  # the place of the last acquire that found it free
        self.queue: Queue = {}
        self.real: Any = real.RLockType()

    def acquire(self, blocking: bool = True, timeout: float = -1) -> bool:
        """Acquires the lock; returns whether it did, which is always so without limits."""
        runtime = door.runtime
        if runtime is None:
            return bool(elsewhere(self.acquire, self._acquire_real, blocking, timeout))
        unlimited = blocking is True and timeout == -1
        if not unlimited:
            # A fresh real lock judges the arguments, with the messages of this version of Python.
            real.RLockType().acquire(blocking, timeout)
        if self.owner is runtime.current:
            return self._again(runtime)
        if unlimited:
            self.acquired = runtime.reach("rlock.acquire", self, self.owner is None, self.queue, True)
        elif not self._acquire_limited(runtime, blocking, timeout):
            return False
        self.take_back(runtime, 1)
        return True

    def __enter__(self) -> bool:
        runtime = door.runtime
        if runtime is None:
            return bool(elsewhere(self.acquire, self._acquire_real, True, -1))
        if self.owner is runtime.current:
            return self._again(runtime)
        self.acquired = runtime.reach("rlock.acquire", self, self.owner is None, self.queue, True)
        self.take_back(runtime, 1)
        return True

    def release(self) -> None:
        """Releases the lock once. Only its owner may do so."""
        runtime = door.runtime
        if runtime is None:
            elsewhere(self.release, self._release_real)
        elif self._may_free(runtime):
            try:
                runtime.reach("rlock.release", self, True, None)
            except BaseException as raised:
                if released_all_the_same(runtime, self, "rlock.release", self.give_up, raised):
                    return
                raise
            self.give_up(runtime)

    def __exit__(
        self,
        kind: type[BaseException] | None = None,
        error: BaseException | None = None,
        traceback: TracebackType | None = None,
    ) -> None:
        runtime = door.runtime
        if runtime is None:
            elsewhere(self.release, self._release_real)
        elif self._may_free(runtime):
            try:
                runtime.reach("rlock.release", self, True, None)
            except BaseException as raised:
                if released_all_the_same(runtime, self, "rlock.release", self.give_up, raised):
                    return
                raise
            self.give_up(runtime)

    def locked(self) -> bool:
        """Whether the lock is held by anybody (part of the public class since 3.14)."""
        runtime = door.runtime
        if runtime is None:
            return self.owner is not None
        runtime.point("rlock.locked", self)
        held = self.owner is not None
        runtime.log("rlock.locked", self, held)
        return held

    # For a condition that waits with this lock: give it up and take it back as a part of the wait.

    def give_up(self, runtime: Runtime) -> int:
        """Releases the lock whole, without an operation of its own; returns what `take_back` needs."""
        depth = self.depth
        if self.owner is OUTSIDE:
            self.real._release_save()
        self.owner = None
        self.depth = 0
        if self.queue:
            runtime.enable(self.queue)
        return depth

    def take_back(self, runtime: Runtime, depth: int) -> None:
        """Acquires the lock, which is free, without an operation of its own."""
        self.owner = runtime.current
        self.depth = depth
        if self.queue:
            runtime.disable(self.queue)

    def _again(self, runtime: Runtime) -> bool:
        self.depth += 1
        runtime.log("rlock.acquire", self, True)
        return True

    def _may_free(self, runtime: Runtime) -> bool:
        """Whether this release frees the lock; if it does not, it is done here."""
        if self.owner is not runtime.current and not (self.owner is OUTSIDE and self.real._is_owned()):
            if runtime.over:
                return False
            runtime.log("rlock.release", self, "RuntimeError")
            raise RuntimeError(_NOT_OWNED)
        if self.depth > 1:
            self.depth -= 1
            runtime.log("rlock.release", self)
            return False
        return True

    def _acquire_limited(self, runtime: Runtime, blocking: bool, timeout: float) -> bool:
        if blocking and timeout < 0:
            self.acquired = runtime.reach("rlock.acquire", self, self.owner is None, self.queue, True)
            return True
        if not blocking or timeout == 0:
            runtime.point("rlock.acquire", self)
        else:
            runtime.reach_within("rlock.acquire", self, self.owner is None, self.queue, nanoseconds(timeout))
            if self.owner is not None:
                runtime.time_out("rlock.timeout", self, False)
                return False
        if self.owner is not None:
            runtime.log("rlock.acquire", self, False)
            return False
        self.acquired = runtime.log("rlock.acquire", self, limited(True))
        return True

    def _acquire_real(self, blocking: bool, timeout: float) -> bool:
        acquired: bool = self.real.acquire(blocking, timeout)
        if acquired:
            self.owner = OUTSIDE
            self.depth += 1
        return acquired

    def _release_real(self) -> None:
        if self.owner is not None and self.owner is not OUTSIDE:  # left held by an execution that is over
            self.owner = None
            self.depth = 0
            return
        self.real.release()
        self.depth -= 1
        if self.depth == 0:
            self.owner = None

    # What `threading.Condition` of the standard library asks of a lock, with and without a runtime.

    def _is_owned(self) -> bool:
        runtime = door.runtime
        if runtime is None:
            return bool(elsewhere(self._is_owned, self.real._is_owned))
        return self.owner is runtime.current

    def _recursion_count(self) -> int:
        return self.depth if self._is_owned() else 0

    def _release_save(self) -> Any:
        runtime = door.runtime
        if runtime is not None:
            if self.owner is not runtime.current:
                raise RuntimeError(_NOT_OWNED)
            depth = self.depth
            self.depth = 1
            self.release()
            return depth
        state = self.real._release_save()
        self.owner, self.depth, depth = None, 0, self.depth
        return state, depth

    def _acquire_restore(self, state: Any) -> None:
        runtime = door.runtime
        if runtime is not None:
            self.acquire()
            self.depth = state
            return
        saved, depth = state
        self.real._acquire_restore(saved)
        self.owner, self.depth = OUTSIDE, depth

    def _at_fork_reinit(self) -> None:
        self._set_up()

    def __reduce__(self) -> NoReturn:
        raise TypeError("cannot pickle '_thread.RLock' object")

    def __repr__(self) -> str:
        owner = getattr(self.owner, "ident", 0) if self.owner is not OUTSIDE else real.get_ident()
        held = "locked" if self.owner is not None else "unlocked"
        return f"<{held} _thread.RLock object owner={owner} count={self.depth} at {id(self):#x}>"
