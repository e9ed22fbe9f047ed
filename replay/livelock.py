"""Finds a thread that polls for ever: everything is as it was before, and nobody else can change it.

A thread that looks again and again whether something has happened is no failure as long as others may let it happen. If
it is the only one that can go on, no time limit is pending, and it comes to the same place a second time with the same
values in all its variables, having only looked at things in between, then it will come there over and over.

That is a proof, so it is tried only where everything can be seen: accesses to memory are watched, all frames of the
thread are the user's own code, and none of them keeps anything besides its variables, as an iterator of a `for` would
be. All else that never ends meets the limit of scheduling points, or of time.
"""

from __future__ import annotations

import threading
from dataclasses import dataclass
from inspect import CO_GENERATOR
from typing import TYPE_CHECKING, Any

from replay.stuck.frames import kept_values
from tracer.access.depths import depth_at
from tracer.access.stack import variables_of
from tracer.places import Origin, origins

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import FrameType

    from replay.kernel import Kernel
    from tracer.events import RawEvent

#: Operations that change nothing, whatever they find.
_LOOKS = frozenset(
    ["memory.read", "event.is_set", "lock.locked", "rlock.locked", "thread.is_alive", "thread.enumerate",
     "barrier.n_waiting", "barrier.broken"]
)  # fmt: skip

#: A round of more operations than this is not recognised.
_LONGEST_ROUND = 200

#: Values that are the same if they are equal.
_PLAIN = (bool, int, float, str, bytes, type(None))

#: What the threading module has between a thread's beginning and the user's code.
_RUN = threading.Thread.run.__code__


@dataclass(frozen=True, slots=True)
class _Standing:
    """Where a frame stands, the values of its variables, and whether it keeps others."""

    frame: FrameType
    at: int
    variables: dict[str, Any]
    keeps: bool


class Livelock:
    """Watches over one execution. `message` says what was found; "" for nothing."""

    def __init__(self, kernel: Kernel) -> None:
        self._kernel = kernel
        self._before: list[_Standing] | None = None
        self._record: Callable[[RawEvent], object] | None = None
        self._left = 0
        self._count = 0
        self._only_looks = True
        self.message = ""

    def look(self, frame: FrameType) -> bool:
        """To be called before an operation of the running thread, in this frame. Whether it polls for ever.

        While that is possible it has itself called before each operation.
        """
        kernel = self._kernel
        if not self._is_alone() or kernel.current.operation not in _LOOKS:
            self._give_up()
            return False
        now = _standing(frame)
        if now is None:
            self._give_up()
            return False
        if self._before is None or not self._left or not self._only_looks:
            self._begin(now)
        elif _is_same(self._before, now):
            count = kernel.recorder.count - self._count
            self.message = (
                f"{kernel.current.label} polls for ever: after {count} operation{'s' if count != 1 else ''} everything "
                "is as it was before, and no other thread can go on"
            )
            return True
        self._left -= 1
        kernel.attend_soon()
        return False

    def _is_alone(self) -> bool:
        kernel = self._kernel
        return (
            kernel.watch is not None
            and len(kernel.enabled) == 1
            and kernel.deadlines.earliest() is None
            and not kernel.outside.waits
            and not kernel.computing.threads
            and not kernel.uncontrolled.found
            and not kernel.signals.has_handlers
        )

    def _begin(self, now: list[_Standing]) -> None:
        self._before = now
        self._left = _LONGEST_ROUND
        self._count = self._kernel.recorder.count
        self._only_looks = True
        if self._record is None:
            self._record = self._kernel.notice(self._notice)

    def _give_up(self) -> None:
        self._before = None
        if self._record is not None:
            self._kernel.notice(self._record)
            self._record = None

    def _notice(self, event: RawEvent) -> None:
        if event[1] not in _LOOKS:
            self._only_looks = False
        assert self._record is not None
        self._record(event)


def _standing(frame: FrameType | None) -> list[_Standing] | None:
    """The frames of a thread; None where not all of them can be seen through."""
    found = []
    while frame is not None:
        code = frame.f_code
        origin = origins[code.co_filename]
        if origin is Origin.USER:
            if code.co_flags & CO_GENERATOR:
                return None
            found.append(_Standing(frame, frame.f_lasti, dict(variables_of(frame)), _keeps(frame)))
        elif origin is not Origin.OWN and code is not _RUN:
            return None
        frame = frame.f_back
    return found


def _keeps(frame: FrameType) -> bool:
    """Whether a frame keeps more than the operands of the instruction that it is executing."""
    kept = kept_values(frame)
    if kept is not None:
        return bool(kept)
    try:
        return depth_at(frame.f_code, frame.f_lasti) > 0
    except KeyError:
        return True


def _is_same(before: list[_Standing], now: list[_Standing]) -> bool:
    if len(before) != len(now):
        return False
    inside = True  # whether all frames further in are the same, too
    for one, other in zip(before, now, strict=True):
        is_same_frame = one.frame is other.frame
        untouched = is_same_frame and inside and one is not before[0]
        if one.frame.f_code is not other.frame.f_code or one.at != other.at:
            return False
        if (one.keeps or other.keeps) and not untouched:
            return False
        if one.variables.keys() != other.variables.keys():
            return False
        if not all(_is_equal(value, other.variables[name]) for name, value in one.variables.items()):
            return False
        inside = inside and is_same_frame
    return True


def _is_equal(one: Any, other: Any) -> bool:
    return one is other or (type(one) is type(other) and type(one) in _PLAIN and one == other)
