"""`signal.alarm` and `signal.setitimer`, on program time: the runtime has the signal sent."""

from __future__ import annotations

import errno
import operator
import os
import signal
from typing import TYPE_CHECKING, Any

from tracer.primitives.timeouts import SECOND
from tracer.runtime import door

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import ModuleType


def alarm(original: Any) -> Any:
    """What stands for `signal.alarm`."""

    def alarm(seconds: int, /) -> int:
        runtime = door.runtime
        if runtime is None:
            return int(original(seconds))
        left, _ = runtime.set_timer(operator.index(seconds) * SECOND, 0)
        return left and max(1, round(left / SECOND))

    return alarm


def setitimer(original: Any) -> Any:
    """What stands for `signal.setitimer`. Timers of processor time are the operating system's."""

    def setitimer(which: int, seconds: float, interval: float = 0.0, /) -> tuple[float, float]:
        runtime = door.runtime
        if runtime is None or which != signal.ITIMER_REAL:
            return tuple(original(which, seconds, interval))
        if seconds < 0 or interval < 0:
            raise signal.ItimerError(errno.EINVAL, os.strerror(errno.EINVAL))
        left, every = runtime.set_timer(round(seconds * SECOND), round(interval * SECOND))
        return left / SECOND, every / SECOND

    return setitimer


def getitimer(original: Any) -> Any:
    """What stands for `signal.getitimer`."""

    def getitimer(which: int, /) -> tuple[float, float]:
        runtime = door.runtime
        if runtime is None or which != signal.ITIMER_REAL:
            return tuple(original(which))
        left, every = runtime.timer
        return left / SECOND, every / SECOND

    return getitimer


#: Where it is, its name, and what makes the function that stands for it; not every system has all of them.
FUNCTIONS: list[tuple[ModuleType, str, Callable[[Any], Any]]] = [
    (signal, "alarm", alarm),
    (signal, "setitimer", setitimer),
    (signal, "getitimer", getitimer),
]
