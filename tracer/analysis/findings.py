"""All that the analyses find in one trace."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from tracer.analysis.causes import History, causes
from tracer.analysis.finding import Finding, FindingKind
from tracer.analysis.lockorder import order_of
from tracer.analysis.moment import find_moment
from tracer.analysis.nesting import Nestings
from tracer.analysis.raced import findings
from tracer.analysis.races import Races
from tracer.trace import TraceReader, consistent

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from tracer.events import Event
    from tracer.outcome import Outcome

_INCOMPLETE = "there are too many ways round the locks of this program: not all cycles were looked for"

#: What the header of a trace says that can have no events of memory.
_NO_MEMORY = "sync"

#: What a deadlock is told as already: its locks need no warning that they are taken in opposite orders.
_TOLD = (FindingKind.DEADLOCK, FindingKind.SELF_DEADLOCK, FindingKind.WAITING_WHILE_HOLDING)


class Analysis(msgspec.Struct, frozen=True):
    """What was found, the weightiest first: the causes of failures, then what may go wrong elsewhere.

    `notes` say what was not looked at.
    """

    findings: list[Finding]
    notes: list[str] = []


def analysis(reader: TraceReader) -> Analysis:
    """All analyses of a trace.

    Reads the trace to its end: `reader.outcome` is known afterwards, and None of a trace that was cut off. Raises
    TraceError and OSError.
    """
    with consistent(reader.path):
        return analysis_of(reader, lambda: reader.outcome, memory=reader.header.preempt != _NO_MEMORY)


def analysis_of(events: Iterable[Event], outcome: Callable[[], Outcome | None], *, memory: bool = True) -> Analysis:
    """The same of any events; `outcome` is asked when all of them were read.

    `memory` tells that there may be events of memory: data races are looked for.
    """
    nestings = Nestings()
    races = Races()

    def watched() -> Iterator[Event]:
        for event in events:
            nestings.feed(event)
            if memory:
                races.feed(event)
            yield event

    found = causes_of(watched(), outcome)
    order = order_of(nestings.nesting())
    told = {name for one in found if one.kind in _TOLD for name in one.objects}
    raced = findings(races)
    benign = [one for one in raced if one.benign]
    found += [*(one for one in raced if not one.benign), *order.besides(told), *benign]
    return Analysis(folded(found), [*([] if order.complete else [_INCOMPLETE]), *races.notes])


def causes_of(events: Iterable[Event], outcome: Callable[[], Outcome | None]) -> list[Finding]:
    """Only why threads can never go on."""
    history = History()
    moment = find_moment(history.watch(events), outcome)
    return folded(causes(moment, history, outcome()))


def folded(found: Iterable[Finding]) -> list[Finding]:
    """Without findings that say what an earlier one has said: of the same kind, at the same places."""
    kept: dict[tuple[object, ...], Finding] = {}
    for one in found:
        kept.setdefault((one.kind, frozenset(one.objects), frozenset(one.sites), frozenset(one.threads)), one)
    return list(kept.values())
