"""The locks and semaphores of `multiprocessing`, which processes share, and the threads of a process with them.

Loggers, progress bars and the standard library's own thread pool use them between threads. Those of the system block
the whole process, and take all threads under control for one. So nobody waits in one: it is asked whether it would
block, and which thread holds it is known here.
"""

from __future__ import annotations

import sys
from types import ModuleType
from typing import TYPE_CHECKING, Any

from tracer.primitives.model import UNLABELLED, give_model
from tracer.primitives.outside.descriptors import known
from tracer.primitives.outside.waiting import execute
from tracer.primitives.timeouts import nanoseconds
from tracer.runtime import Whence, door, limited

if TYPE_CHECKING:
    from collections.abc import Mapping

#: Kind of a SemLock that its owner may acquire again.
_RECURSIVE = 0

#: How far away the frame of `multiprocessing.Lock` and its like is: it is that lock which users know.
_CREATOR = 4


class _Released:
    """A semaphore that lets somebody through. Implements `tracer.runtime.Awaited`."""

    def __init__(self, semaphore: Any) -> None:
        self._semaphore = semaphore

    def is_ready(self) -> bool:
        """Whether acquiring it would not block."""
        semaphore = self._semaphore
        return not (semaphore.kind == _RECURSIVE and semaphore._holds) and not semaphore._is_zero()

    def hold(self) -> Mapping[int, int]:
        """No file tells."""
        return {}

    def let_go(self) -> None:
        """Nobody waits for it any more."""

    def whence(self) -> Whence:
        """From another process, if there is one that knows of it."""
        return Whence.OUTSIDE if known.shared or _has_relatives() else Whence.INSIDE


def _has_relatives() -> bool:
    """Whether there are other processes that `multiprocessing` started."""
    module: Any = sys.modules.get("multiprocessing.process")
    return module is not None and (bool(module._children) or module._parent_process is not None)


def for_synchronize(module: Any) -> ModuleType:
    """A `_multiprocessing` for `multiprocessing.synchronize`, with another SemLock."""
    own = ModuleType("_multiprocessing")
    own.__dict__.update(vars(module))
    own.__dict__["SemLock"] = _controlled(module.SemLock)
    return own


def _controlled(real_kind: Any) -> type:
    """The SemLock for threads under control."""

    def acquire(self: Any, block: bool = True, timeout: float | None = None) -> bool:
        runtime = door.runtime
        if runtime is None or runtime.current.within:
            return bool(real_kind.acquire(self, block, timeout))
        if self.kind == _RECURSIVE and self._is_mine():
            self._holds += 1
            return True
        free = _Released(self)
        limit = None if block and timeout is None else nanoseconds(timeout or 0.0) if block else 0
        while True:
            if not runtime.reach_outside("process.acquire", self, free, limit):
                runtime.time_out("process.timeout", self, False)
                return False
            # Another process may have been faster.
            if free.is_ready() and real_kind.acquire(self, False):
                break
            if limit == 0:
                runtime.log("process.acquire", self, False)
                return False
        self._owner = runtime.current.ident
        self._holds += 1
        runtime.log("process.acquire", self, True if limit is None else limited(True))
        return True

    def release(self: Any) -> None:
        runtime = door.runtime
        if runtime is None or runtime.current.within:
            real_kind.release(self)
            return
        if self.kind == _RECURSIVE:
            if not self._is_mine():
                raise AssertionError("attempt to release recursive lock not owned by thread")
            if self._holds > 1:
                self._holds -= 1
                return
        runtime.point("process.release", self)

        def let_go() -> None:
            real_kind.release(self)
            self._holds = max(0, self._holds - 1)

        execute(runtime, "process.release", self, let_go)

    def __new__(cls: Any, *args: Any, **kwargs: Any) -> Any:
        made = real_kind.__new__(cls, *args, **kwargs)
        give_model(made, _CREATOR)
        return made

    def _rebuild(*args: Any) -> Any:
        made = real_kind._rebuild.__func__(SemLock, *args)
        give_model(made, _CREATOR)
        return made

    def _is_mine(self: Any) -> bool:
        runtime = door.runtime
        if runtime is None:
            return bool(real_kind._is_mine(self))
        return bool(self._holds > 0 and self._owner == runtime.current.ident)

    def _count(self: Any) -> int:
        return int(real_kind._count(self)) if door.runtime is None else self._holds

    def __enter__(self: Any) -> bool:
        return acquire(self)

    def __exit__(self: Any, *args: object) -> None:
        release(self)

    SemLock: Any = type(  # noqa: N806 - a class
        "SemLock",
        (real_kind,),
        UNLABELLED
        | {
            "__module__": "_multiprocessing",
            "_owner": 0,
            "_holds": 0,
            "__new__": __new__,
            "_rebuild": staticmethod(_rebuild),
            "acquire": acquire,
            "release": release,
            "_is_mine": _is_mine,
            "_count": _count,
            "__enter__": __enter__,
            "__exit__": __exit__,
        },
    )
    return SemLock  # type: ignore[no-any-return]
