"""Locks that are older than the patch.

Each keeps the object that it stands for as its `real`, and holds that whenever it is held itself: so whoever has the
original still, a frame of another OS thread or something written in C, excludes and is excluded as before. That costs
more than a lock made under the patch, whose real one is not touched under control; these are few.

What the outside does with the original nobody reports. So each operation first looks at it, and what threads under
control wait for is looked at again when none of them can go on: `look_again`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Self

from tracer.elsewhere import elsewhere
from tracer.names import Birth
from tracer.primitives.lock import OUTSIDE, Lock
from tracer.primitives.rlock import RLock
from tracer.runtime import door

if TYPE_CHECKING:
    from tracer.runtime import Runtime

#: Those that a thread under control holds.
_held: dict[EarlierLock | EarlierRLock, None] = {}

#: Tells what is not among them from what is.
_NOT_HELD = object()

#: Locks of any kind that the outside holds, or held a moment ago.
_held_outside: dict[Lock | RLock, None] = {}


class EarlierLock(Lock, of_this_project=True):
    """A `Lock` that stands for a real one."""

    __slots__ = ()

    def __init__(self, original: Any) -> None:
        super().__init__()
        self.real = original
        self.birth = Birth([], 0, given="")
        self.owner = OUTSIDE if original.locked() else None

    def acquire(self, blocking: bool = True, timeout: float = -1) -> bool:
        if door.runtime is None:
            return bool(elsewhere(self.acquire, self._acquire_real, blocking, timeout))
        self._look()
        if not Lock.acquire(self, blocking, timeout):
            return False
        _hold(self)
        return True

    def __enter__(self) -> bool:
        return self.acquire()

    def locked(self) -> bool:
        self._look()
        return Lock.locked(self)

    def give_up(self, runtime: Runtime) -> int:
        if self.owner is OUTSIDE:
            self.real.release()
        _let_go(self)
        return Lock.give_up(self, runtime)

    def take_back(self, runtime: Runtime, depth: int) -> None:
        Lock.take_back(self, runtime, depth)
        _hold(self)

    def _free(self, runtime: Runtime) -> None:
        self._look()
        _let_go(self)
        Lock._free(self, runtime)

    def _look(self) -> None:
        """Looks whether the original was acquired or released outside."""
        runtime = door.runtime
        if self.owner is None and self.real.locked():
            self.owner = OUTSIDE
            if runtime is not None and self.queue:
                runtime.disable(self.queue)
        elif self.owner is OUTSIDE and not self.real.locked():
            self.owner = None
            if runtime is not None and self.queue:
                runtime.enable(self.queue)
        if self.owner is OUTSIDE:
            _held_outside[self] = None

    def _acquire_real(self, blocking: bool, timeout: float) -> bool:
        return self.real.acquire(blocking, timeout)

    def _release_real(self) -> None:
        _held.pop(self, None)
        self.owner = None
        self.real.release()

    def _at_fork_reinit(self) -> None:
        original: Any = self.real
        original._at_fork_reinit()
        self.owner = None
        self.queue.clear()
        _held.pop(self, None)

    acquire_lock = acquire
    locked_lock = locked


class EarlierRLock(RLock):
    """An `RLock` that stands for a real one.

    That one is held once however often this one was acquired. Who holds it outside is in another OS thread, or in the
    one of the execution, before it began.
    """

    __slots__ = ()

    def __new__(cls, original: Any) -> Self:
        self = object.__new__(cls)
        self._set_up()
        self.real = original
        self.birth = Birth([], 0, given="")
        self._look()
        return self

    def acquire(self, blocking: bool = True, timeout: float = -1) -> bool:
        if door.runtime is None:
            return bool(elsewhere(self.acquire, self._acquire_real, blocking, timeout))
        self._look()
        return RLock.acquire(self, blocking, timeout)

    def __enter__(self) -> bool:
        return self.acquire()

    def locked(self) -> bool:
        self._look()
        return RLock.locked(self)

    def give_up(self, runtime: Runtime) -> int:
        depth = RLock.give_up(self, runtime)
        _let_go(self)
        return depth

    def take_back(self, runtime: Runtime, depth: int) -> None:
        RLock.take_back(self, runtime, depth)
        _hold(self)

    def _may_free(self, runtime: Runtime) -> bool:
        self._look()
        return RLock._may_free(self, runtime)

    def _look(self) -> None:
        """Looks whether the original was acquired or released outside."""
        if self.owner is not None and self.owner is not OUTSIDE:
            return
        runtime = door.runtime
        count = _count(self.real)
        if count and self.owner is None:
            self.owner = OUTSIDE
            if runtime is not None and self.queue:
                runtime.disable(self.queue)
        elif not count and self.owner is OUTSIDE:
            self.owner = None
            if runtime is not None and self.queue:
                runtime.enable(self.queue)
        self.depth = count
        if count:
            _held_outside[self] = None

    def _acquire_real(self, blocking: bool, timeout: float) -> bool:
        acquired: bool = self.real.acquire(blocking, timeout)
        return acquired

    def _release_real(self) -> None:
        _held.pop(self, None)
        self.real.release()

    def _recursion_count(self) -> int:
        return self.depth if door.runtime is not None else _count(self.real) if self.real._is_owned() else 0

    def _release_save(self) -> Any:
        return self.real._release_save() if door.runtime is None else RLock._release_save(self)

    def _acquire_restore(self, state: Any) -> None:
        if door.runtime is None:
            self.real._acquire_restore(state)
        else:
            RLock._acquire_restore(self, state)

    def _at_fork_reinit(self) -> None:
        original = self.real
        original._at_fork_reinit()
        _held.pop(self, None)
        self._set_up()
        self.real = original


def _count(lock: Any) -> int:
    """How often a real RLock was acquired, by whomever; 3.14 is the first version with a method for that."""
    shown = repr(lock)
    return int(shown[shown.index(" count=") + 7 : shown.rindex(" at ")])


def _hold(lock: EarlierLock | EarlierRLock) -> None:
    """Has the original held, too. Where somebody outside was faster, the whole process waits for him."""
    _held_outside.pop(lock, None)
    if lock not in _held:
        _held[lock] = None
        lock.real.acquire()


def _let_go(lock: EarlierLock | EarlierRLock) -> None:
    if lock in _held:
        del _held[lock]
        lock.real.release()


def look_again() -> bool:
    """Enables the threads that waited for what the outside has released since; whether anything is held there still."""
    runtime = door.runtime
    for lock in list(_held_outside):
        if isinstance(lock, EarlierLock | EarlierRLock):
            lock._look()
        if lock.owner is not OUTSIDE:
            del _held_outside[lock]
            if runtime is not None and lock.owner is None and lock.queue:  # whoever released it does not tell
                runtime.enable(lock.queue)
    return bool(_held_outside)


def look_after(lock: Lock | RLock) -> None:
    """The outside holds it and may be about to release it: it is among those that `look_again` looks at."""
    _held_outside[lock] = None


def keep_held(lock: Any) -> bool:
    """Whether a thread under control held this one, and so the original: that stays held, by whom is others' affair."""
    return _held.pop(lock, _NOT_HELD) is None


def let_all_go() -> None:
    """After an execution: what its threads left held is held by nobody."""
    for lock in list(_held):
        _let_go(lock)
        lock.owner = None
        if isinstance(lock, EarlierRLock):
            lock.depth = 0
    _held_outside.clear()
