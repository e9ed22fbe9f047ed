"""The locks of `multiprocessing`, which are semaphores of the operating system.

Pools of threads use them, too. Other processes may release them, and only asking tells.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tracer.primitives.outside.descriptors import known
from tracer.primitives.outside.waiting import execute
from tracer.primitives.timeouts import nanoseconds
from tracer.runtime import Whence, door

if TYPE_CHECKING:
    from collections.abc import Mapping

_RECURSIVE = 0


class _Permit:
    """A permit of one of them. Implements `tracer.runtime.Awaited`."""

    def __init__(self, semlock: Any) -> None:
        self._semlock = semlock

    def is_ready(self) -> bool:
        """Whether there is one."""
        return bool(self._semlock.may_be_acquired())

    def hold(self) -> Mapping[int, int]:
        """No file tells."""
        return {}

    def let_go(self) -> None:
        """There is nothing to be closed."""

    def whence(self) -> Whence:
        """From whoever has it: other processes that were started here may."""
        return Whence.OUTSIDE if known.shared else Whence.INSIDE


def controlled(original: type) -> type:
    """What stands for `_multiprocessing.SemLock`."""

    class SemLock(original):  # type: ignore[misc]
        """A semaphore of the operating system, which threads under control wait for without blocking the process."""

        _threadtrace_label: object = None
        holder: Any = None

        def may_be_acquired(self) -> bool:
            """Whether the running thread would get it."""
            runtime = door.runtime
            if self.kind == _RECURSIVE and self.holder is not None and runtime is not None:
                return self.holder is runtime.current
            return not self._is_zero()

        def acquire(self, block: bool = True, timeout: float | None = None) -> bool:
            """Acquires it; returns whether it did."""
            runtime = door.runtime
            if runtime is None:
                return bool(super().acquire(block, timeout))
            limit = None if timeout is None else nanoseconds(timeout)
            limit = limit if block else 0
            while True:
                if not runtime.reach_outside("semlock.acquire", self, _Permit(self), limit):
                    runtime.time_out("semlock.timeout", self, False)
                    return False
                found = self.may_be_acquired() and super().acquire(False)
                if found or limit == 0:
                    break
            if found:
                self.holder = runtime.current
            runtime.log("semlock.acquire", self, bool(found))
            return bool(found)

        def release(self) -> None:
            """Gives it back."""
            runtime = door.runtime
            if runtime is None:
                super().release()
                return
            runtime.point("semlock.release", self)
            execute(runtime, "semlock.release", self, super().release)
            if self._is_free():
                self.holder = None
                runtime.outside_changed()

        def _is_free(self) -> bool:
            return self.kind != _RECURSIVE or not self._count()

        def __enter__(self) -> bool:
            return self.acquire()

        def __exit__(self, *error: object) -> None:
            self.release()

    SemLock.__name__ = SemLock.__qualname__ = original.__name__
    return SemLock
