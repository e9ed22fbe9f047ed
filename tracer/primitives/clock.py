"""`time.sleep` and the clocks of the `time` module, on program time.

`time.time` begins at a fixed moment, so that what a program computes from it is the same in every execution.
"""

from __future__ import annotations

import operator
import time
from typing import TYPE_CHECKING

from tracer import real
from tracer.primitives.builtin import stands_for
from tracer.primitives.timeouts import SECOND
from tracer.runtime import door

if TYPE_CHECKING:
    from collections.abc import Callable

#: `time.time()` when an execution begins: 2026-01-01T00:00:00Z.
EPOCH = 1_767_225_600 * SECOND

#: `time.monotonic()` and `time.perf_counter()` then. Not zero: on a real machine they are large, and programs
#: write `last = 0; if monotonic() - last > interval`.
UPTIME = 100_000 * SECOND


@stands_for(real.sleep)
def sleep(seconds: float, /) -> None:
    runtime = door.runtime
    if runtime is None:
        real.sleep(seconds)
        return
    # A plain number: an event has no text for one of numpy's. The TypeError is the real one's.
    seconds = float.__float__(seconds) if isinstance(seconds, float) else operator.index(seconds)
    if not seconds >= 0:
        real.sleep(seconds)  # which refuses
    runtime.reach("time.sleep", None, True, None, seconds)
    if seconds:
        runtime.park("time.sleep", None, {}, round(seconds * SECOND))
        runtime.time_out("time.wake", None)


def _clock(
    since: int, real_s: Callable[[], float], real_ns: Callable[[], int]
) -> tuple[Callable[[], float], Callable[[], int]]:
    """A clock in seconds and in nanoseconds that shows `since` when an execution begins."""

    @stands_for(real_ns)
    def in_nanoseconds() -> int:
        runtime = door.runtime
        return real_ns() if runtime is None else since + runtime.read_clock()

    @stands_for(real_s)
    def in_seconds() -> float:
        runtime = door.runtime
        return (real_ns() if runtime is None else since + runtime.read_clock()) / SECOND

    return in_seconds, in_nanoseconds


time_, time_ns = _clock(EPOCH, time.time, real.time_ns)
monotonic, monotonic_ns = _clock(UPTIME, real.monotonic, real.monotonic_ns)
perf_counter, perf_counter_ns = _clock(UPTIME, time.perf_counter, real.perf_counter_ns)

FUNCTIONS = [
    (time.sleep, sleep),
    (time.time, time_),
    (time.time_ns, time_ns),
    (time.monotonic, monotonic),
    (time.monotonic_ns, monotonic_ns),
    (time.perf_counter, perf_counter),
    (time.perf_counter_ns, perf_counter_ns),
]
