"""Waiting for the end of a thread; and the handle with which the `threading` module of 3.13 does it."""

from __future__ import annotations

import _thread
from typing import TYPE_CHECKING, Any

from tracer.primitives.timeouts import nanoseconds
from tracer.runtime import ControlledThread, door, limited

if TYPE_CHECKING:
    from tracer.runtime import Runtime

_real: Any = getattr(_thread, "_ThreadHandle", None)


def join_controlled(runtime: Runtime, target: object, other: ControlledThread, timeout: float | None) -> None:
    """Waits for the end of `other`, which the program knows as `target`."""
    if timeout is None:
        runtime.reach("thread.join", target, other.finished, other.ending_queue, True)
        return
    limit = nanoseconds(timeout)
    if limit:
        runtime.reach_within("thread.join", target, other.finished, other.ending_queue, limit)
        if not other.finished:
            runtime.time_out("thread.timeout", target, False)
            return
    else:
        runtime.point("thread.join", target)
    runtime.log("thread.join", target, other.finished and limited(True))


class ThreadHandle:
    """A handle with the behaviour of `_thread._ThreadHandle`: of a thread under control, or of a real one."""

    __slots__ = ("_real", "controlled")

    def __init__(self) -> None:
        self.controlled: ControlledThread | None = None
        self._real: Any = None

    @property
    def real(self) -> Any:
        """The handle of a real thread."""
        if self._real is None:
            self._real = _real()
        return self._real

    @property
    def ident(self) -> int:
        """The thread's ident; 0 before it is started."""
        ident: int = self.controlled.ident if self.controlled is not None else self.real.ident
        return ident

    def join(self, timeout: float | None = None, /) -> None:
        """Waits for the thread's end."""
        runtime, other = door.runtime, self.controlled
        if other is None:
            self.real.join(timeout)
        elif runtime is not None:
            if other is runtime.current:
                raise RuntimeError("Cannot join current thread")
            # A negative time is no limit here.
            join_controlled(runtime, other, other, None if timeout is not None and timeout < 0 else timeout)

    def is_done(self) -> bool:
        """Whether the thread has ended."""
        return bool(self.real.is_done()) if self.controlled is None else self.controlled.finished

    def _set_done(self) -> None:
        if self.controlled is None:
            self.real._set_done()

    def __repr__(self) -> str:
        return f"<_ThreadHandle object: ident={self.ident}>"
