"""The locks of importlib: silent while nobody contends for them.

An import takes a dozen locks, which are no affair of the program's. But a module that starts threads, sleeps or waits
while it is imported must keep other threads out until it is complete, so these locks are modelled too.
"""

from __future__ import annotations

from tracer.primitives.lock import Lock
from tracer.runtime import door


class ImportLock:
    """A lock whose operations are neither events nor scheduling points, unless it has to wait (`import.wait`)."""

    def __init__(self) -> None:
        self._lock = Lock()

    def acquire(self, blocking: bool = True) -> bool:
        """Acquires the lock; returns whether it did."""
        runtime = door.runtime
        lock = self._lock
        if runtime is None:
            return lock.acquire(blocking)
        if lock.owner is not None:
            if not blocking:
                return False
            runtime.reach("import.wait", None, False, lock.queue)
        lock.take_back(runtime, 1)
        return True

    def release(self) -> None:
        """Releases the lock."""
        runtime = door.runtime
        if runtime is None or self._lock.owner is None:
            self._lock.release()
        else:
            self._lock.give_up(runtime)

    def __enter__(self) -> bool:
        return self.acquire()

    def __exit__(self, kind: object, error: object, traceback: object) -> None:
        self.release()
