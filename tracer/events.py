"""Events: the operations that were executed, in order.

While a program runs, an event is a plain tuple; making it costs less than anything that has a name. An `Event` is
the same as it stands in a trace file, with names and places as text.
"""

from __future__ import annotations

from collections.abc import Callable
from types import CodeType
from typing import Any, Protocol

import msgspec

from tracer.labels import Labels
from tracer.runtime import OperationResult

#: An instruction: its code object and its offset in bytes.
Place = tuple[CodeType, int]

#: thread, operation, target, result, place of the user's frame, nanoseconds, and a number that grows when the enabled
#: threads change. A recorder must not keep the target: objects of the program live as long as the program lets them.
RawEvent = tuple[Any, str, Any, OperationResult, Place, int, int]

#: The same with the target's label in its place.
LabelledEvent = tuple[Any, str, str | None, OperationResult, Place, int, int]


class Event(msgspec.Struct, frozen=True, omit_defaults=True):
    """An operation that was executed.

    `time` is in seconds of program time. In the first event of each object, `created` is its place of creation, `lock`
    the lock of a condition, and `size` the parties of a barrier or the permits that a semaphore began with. `stack` are
    the callers of `place`, innermost first, where a thread executes such an operation there for the first time.
    `makers`, too, comes with the first event of an object: what in the standard library made it, innermost first, such
    as `queue.Queue` for the conditions inside a queue; empty for what the user's code made itself.
    `enabled` are the numbers of the threads that could go on when it happened, or how many these were where they were
    too many to be written down; None where they are as in the event before.

    Of an access to memory `result` is what the value looks like. `part_of`, in the first event of an element of a
    container, is the container; `atomic` tells that the access is one operation of a container, which Python documents
    to be one step.

    `limited` tells that an acquire or a join that succeeded, or an event's wait, would not have waited for ever; older
    traces do not tell.
    """

    number: int
    thread: str
    operation: str
    object: str | None = None
    result: OperationResult = None
    place: str = ""
    time: float = 0.0
    created: str | None = None
    lock: str | None = None
    size: int | None = None
    stack: list[str] = []
    makers: list[str] = []
    enabled: list[int] | int | None = None
    limited: bool = False
    part_of: str | None = None
    atomic: bool = False


def phrase(thread: str, operation: str, target: str | None, result: OperationResult = None, place: str = "") -> str:
    """An operation in words: `Consumer: condition.wait condition at examples/condition.py:29`."""
    what = f"{operation} {target}" if target else operation
    given = "" if result is None or result is True else f" → {result}"
    return f"{thread}: {what}{given}" + (f" at {place}" if place else "")


def last_in_words(event: Event | None) -> str:
    """What the last event before a crash was."""
    if event is None:
        return "there was no event before"
    what = f"{event.operation} {event.object or ''}".rstrip()
    return f"the last event before was {what} by {event.thread}" + (f" at {event.place}" if event.place else "")


class Recorder(Protocol):
    """Takes the events of one execution as they happen; `count` is how many there were."""

    @property
    def count(self) -> int: ...

    def watch(self, enabled: dict[Any, None]) -> None:
        """These are going to be the enabled threads."""

    def record(self, event: RawEvent) -> object:
        """The next event."""

    def amend(self, result: OperationResult) -> None:
        """The last event had this result instead."""


class MemoryRecorder:
    """Keeps the events in a list."""

    def __init__(self, labels: Labels) -> None:
        self.events: list[LabelledEvent] = []
        self.record = self._recorder(labels)

    def _recorder(self, labels: Labels) -> Callable[[RawEvent], None]:
        keep = self.events.append
        find = labels.of

        def record(event: RawEvent) -> None:
            thread, operation, target, result, place, now, changes = event
            if target is None:
                keep(event)
                return
            known = target._threadtrace_label
            label = known[1] if known is not None and known[0] is labels else find(target)
            keep((thread, operation, label, result, place, now, changes))

        return record

    def watch(self, enabled: dict[Any, None]) -> None:
        """They are not kept."""

    @property
    def count(self) -> int:
        """How many events there were."""
        return len(self.events)

    def amend(self, result: OperationResult) -> None:
        """The last event had this result instead."""
        last = self.events[-1]
        self.events[-1] = (*last[:3], result, *last[4:])
