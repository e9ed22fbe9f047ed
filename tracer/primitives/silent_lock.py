"""Locks that are silent while nobody contends for them.

An import takes a dozen locks, which are no affair of the program's. But a module that starts threads, sleeps or waits
while it is imported must keep other threads out until it is complete, so these locks are modelled too. So are those
of buffers: reading a pipe must keep others out who read from the same buffer.
"""

from __future__ import annotations

from tracer.elsewhere import elsewhere
from tracer.primitives.lock import Lock
from tracer.runtime import door


class SilentLock:
    """A lock whose operations are neither events nor scheduling points, unless it has to wait, which is `waiting`."""

    def __init__(self, waiting: str) -> None:
        self._lock = Lock()
        self._waiting = waiting

    def acquire(self, blocking: bool = True) -> bool:
        """Acquires the lock; returns whether it did."""
        runtime = door.runtime
        lock = self._lock
        if runtime is None:
            return bool(elsewhere(self.acquire, lambda blocking: lock._acquire_real(blocking, -1), blocking))
        if lock.owner is not None:
            if not blocking:
                return False
            runtime.reach(self._waiting, None, False, lock.queue)
        lock.take_back(runtime, 1)
        return True

    def release(self) -> None:
        """Releases the lock."""
        runtime = door.runtime
        if runtime is None:
            elsewhere(self.release, self._lock._release_real)
        elif self._lock.owner is None:
            self._lock.release()
        else:
            self._lock.give_up(runtime)

    def is_mine(self) -> bool:
        """Whether the running thread holds the lock."""
        runtime = door.runtime
        return runtime is not None and self._lock.owner is runtime.current

    def __enter__(self) -> bool:
        return self.acquire()

    def __exit__(self, kind: object, error: object, traceback: object) -> None:
        self.release()


def import_lock() -> SilentLock:
    """A lock of importlib."""
    return SilentLock("import.wait")
