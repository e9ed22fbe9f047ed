"""From a trace to a picture of it, whatever it is to show."""

from __future__ import annotations

from enum import Enum
from typing import TYPE_CHECKING

from tracer.analysis.causes import History, causes
from tracer.analysis.lockorder import order_of
from tracer.analysis.moment import find_moment
from tracer.analysis.nesting import Nestings
from tracer.analysis.waitfor import wait_for
from tracer.pictures import happens_before, lock_order, threads
from tracer.pictures import wait_for as wait_for_picture
from tracer.pictures.lives import Lives
from tracer.pictures.subject import CUT_OFF, Subject
from tracer.pictures.window import Recent
from tracer.trace import outcome_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from tracer.analysis.moment import Moment
    from tracer.events import Event
    from tracer.pictures.style import Picture
    from tracer.trace import TraceReader


class Kind(Enum):
    """What a picture can show."""

    WAIT_FOR = "wait-for"
    THREADS = "threads"
    HAPPENS_BEFORE = "happens-before"
    LOCK_ORDER = "lock-order"


class NothingToDraw(Exception):
    """A trace without events, or a moment that it does not have. The message is one line."""


def draw(reader: TraceReader, kind: Kind, at: int | None = None) -> tuple[Picture, Moment]:
    """The picture of the moment after event `at`, or at the end.

    Raises TraceError, OSError, NothingToDraw.
    """
    lives = Lives(at)
    recent, nestings = Recent(), Nestings()
    history = History()
    watchers = {Kind.WAIT_FOR: history.feed, Kind.HAPPENS_BEFORE: recent.feed, Kind.LOCK_ORDER: nestings.feed}
    events = _watched(lives.watch(reader), watchers.get(kind), at)
    moment = find_moment(events, lambda: reader.outcome, at)
    if not moment.number:
        raise NothingToDraw(f"{reader.path}: has no events: there is nothing to draw")
    if at is not None and moment.number < at:
        raise NothingToDraw(f"there is no event {at:,}: the last event of {reader.path} is {moment.number:,}")
    # A moment in the middle is found before the outcome is read.
    outcome = reader.outcome or outcome_of(reader.path)
    subject = Subject(reader.header.program, reader.header.arguments, outcome, lives.stacks)
    found = wait_for(moment)
    if kind is Kind.THREADS:
        picture = threads.picture(found, lives, subject)
    elif kind is Kind.HAPPENS_BEFORE:
        picture = happens_before.picture(recent.window(), found, subject)
    elif kind is Kind.LOCK_ORDER:
        if moment.last:
            for one in found.waits:
                nestings.stand(one.standing)
        picture = lock_order.picture(order_of(nestings.nesting()), moment, subject)
    else:
        found_causes = causes(moment, history, outcome) if moment.last else []
        cause = next((one for one in found_causes if one.failure), None)
        picture = wait_for_picture.picture(found, subject, cause)
    if outcome is None:
        picture.notes.insert(0, CUT_OFF)
    return picture, moment


def _watched(events: Iterable[Event], watcher: Callable[[Event], None] | None, at: int | None) -> Iterator[Event]:
    """The same events; those up to number `at` are also given to somebody else."""
    for event in events:
        if watcher is not None and (at is None or event.number <= at):
            watcher(event)
        yield event
