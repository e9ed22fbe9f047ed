"""The date, on program time: `datetime.now`, `time.localtime` and the like where they are not told which time.

A program that computes from the date how long to wait would meet another time than that of the clocks, and wait
for ever, or not at all. `date.today` and `datetime.today` ask `time.time` themselves.
"""

from __future__ import annotations

import datetime
import sys
import time
import warnings
from typing import TYPE_CHECKING, Any

from tracer import in_c, real
from tracer.primitives.clock import EPOCH, UPTIME
from tracer.primitives.timeouts import SECOND
from tracer.runtime import door

if TYPE_CHECKING:
    from collections.abc import Callable

_MICROSECOND = 1000

_OBSOLETE = (
    "datetime.datetime.utcnow() is deprecated and scheduled for removal in a future version. Use timezone-aware "
    "objects to represent datetimes in UTC: datetime.datetime.now(datetime.UTC)."
)

_now = datetime.datetime.__dict__["now"]
_fromtimestamp = datetime.datetime.__dict__["fromtimestamp"]


def _timestamp(nanoseconds: int) -> float:
    """Seconds, in whole microseconds: a float tells those of many centuries apart."""
    return nanoseconds // _MICROSECOND / 1e6


def now(cls: Any, tz: datetime.tzinfo | None = None) -> Any:
    """Stands for `datetime.datetime.now`."""
    runtime = door.runtime
    if runtime is None:
        return _now.__get__(None, cls)(tz)
    return _fromtimestamp.__get__(None, cls)(_timestamp(EPOCH + runtime.read_clock()), tz)


def utcnow(cls: Any) -> Any:
    """Stands for `datetime.datetime.utcnow`."""
    if sys.version_info >= (3, 12):  # the real one would warn of this line
        warnings.warn(_OBSOLETE, DeprecationWarning, stacklevel=2)
    runtime = door.runtime
    nanoseconds = real.time_ns() if runtime is None else EPOCH + runtime.read_clock()
    return _fromtimestamp.__get__(None, cls)(_timestamp(nanoseconds), datetime.timezone.utc).replace(tzinfo=None)


def _seconds() -> float:
    runtime = door.runtime
    return (real.time_ns() if runtime is None else EPOCH + runtime.read_clock()) / SECOND


def _of_now(function: Callable[..., Any]) -> Callable[..., Any]:
    """A function of seconds that takes those of now where it is given none, or None."""

    def of_now(seconds: float | None = None, /) -> Any:
        return function(_seconds() if seconds is None else seconds)

    return of_now


def asctime(*moment: Any) -> str:
    return real.asctime(*moment or (real.localtime(_seconds()),))


def strftime(form: str, *moment: Any) -> str:
    return real.strftime(form, *moment or (real.localtime(_seconds()),))


#: Clocks of the system, and what they show when an execution begins. Others show what the processor did.
_BEGINS = {
    getattr(time, name): begin
    for name, begin in {
        "CLOCK_REALTIME": EPOCH,
        "CLOCK_MONOTONIC": UPTIME,
        "CLOCK_MONOTONIC_RAW": UPTIME,
        "CLOCK_BOOTTIME": UPTIME,
        "CLOCK_UPTIME": UPTIME,
        "CLOCK_UPTIME_RAW": UPTIME,
    }.items()
    if hasattr(time, name)
}


def clock_gettime_ns(clock: int, /) -> int:
    runtime = door.runtime
    if runtime is None or clock not in _BEGINS:
        return real.clock_gettime_ns(clock)
    return _BEGINS[clock] + runtime.read_clock()


def clock_gettime(clock: int, /) -> float:
    return clock_gettime_ns(clock) / SECOND


FUNCTIONS: list[tuple[Any, Any]] = [
    (real.localtime, _of_now(real.localtime)),
    (real.gmtime, _of_now(real.gmtime)),
    (real.ctime, _of_now(real.ctime)),
    (real.asctime, asctime),
    (real.strftime, strftime),
]
if hasattr(time, "clock_gettime"):  # not on Windows
    FUNCTIONS += [
        (real.clock_gettime, clock_gettime),
        (real.clock_gettime_ns, clock_gettime_ns),
    ]

METHODS = {"now": classmethod(now), "utcnow": classmethod(utcnow)} if in_c.can_be_changed(datetime.datetime) else {}
