"""`time.sleep` and the clocks of the `time` module, on program time.

`time.time` begins at a fixed moment, so that what a program computes from it is the same in every execution.
"""

from __future__ import annotations

import operator
import time
from typing import TYPE_CHECKING, Any

from tracer import real
from tracer.primitives.builtin import Home, like_builtin
from tracer.primitives.timeouts import SECOND
from tracer.runtime import door

if TYPE_CHECKING:
    from collections.abc import Callable

#: `time.time()` when an execution begins: 2026-01-01T00:00:00Z.
EPOCH = 1_767_225_600 * SECOND

#: `time.monotonic()` and `time.perf_counter()` then. Not zero: on a real machine they are large, and programs
#: write `last = 0; if monotonic() - last > interval`.
UPTIME = 100_000 * SECOND


def _sleep(_: object, seconds: float, /) -> None:
    runtime = door.runtime
    if runtime is None:
        real.sleep(seconds)
        return
    if not isinstance(seconds, float):
        seconds = operator.index(seconds)  # the same TypeError as the real one's
    if not seconds >= 0:
        real.sleep(seconds)  # which refuses
    runtime.reach("time.sleep", None, True, None, seconds)
    if seconds:
        runtime.park("time.sleep", None, {}, round(seconds * SECOND))
        runtime.time_out("time.wake", None)


def _clock(name: str, since: int, real_ns: Callable[[], int]) -> list[tuple[Any, Any]]:
    """A clock that shows `since` when an execution begins, in seconds and in nanoseconds: real one, traced one."""

    def in_nanoseconds(_: object, /) -> int:
        runtime = door.runtime
        return real_ns() if runtime is None else since + runtime.read_clock()

    def in_seconds(_: object, /) -> float:
        runtime = door.runtime
        return (real_ns() if runtime is None else since + runtime.read_clock()) / SECOND

    return [
        (getattr(time, name), like_builtin(in_seconds, _TIME, name)),
        (getattr(time, f"{name}_ns"), like_builtin(in_nanoseconds, _TIME, f"{name}_ns")),
    ]


_TIME = Home("time")

FUNCTIONS = [
    (time.sleep, like_builtin(_sleep, _TIME, "sleep")),
    *_clock("time", EPOCH, real.time_ns),
    *_clock("monotonic", UPTIME, real.monotonic_ns),
    *_clock("perf_counter", UPTIME, real.perf_counter_ns),
]
