"""All that the analyses find in one trace."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tracer.analysis.causes import History, causes
from tracer.analysis.moment import find_moment

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from tracer.analysis.finding import Finding
    from tracer.events import Event
    from tracer.outcome import Outcome
    from tracer.trace import TraceReader


def findings(reader: TraceReader) -> list[Finding]:
    """What is found in a trace, the weightiest first: the causes of failures, then what may go wrong elsewhere.

    Reads the trace to its end: `reader.outcome` is known afterwards, and None of a trace that was cut off. Raises
    TraceError and OSError.
    """
    return findings_of(reader, lambda: reader.outcome)


def findings_of(events: Iterable[Event], outcome: Callable[[], Outcome | None]) -> list[Finding]:
    """The same of any events; `outcome` is asked when all of them were read."""
    history = History()
    moment = find_moment(history.watch(events), outcome)
    return folded(causes(moment, history, outcome()))


def folded(found: Iterable[Finding]) -> list[Finding]:
    """Without findings that say what an earlier one has said: of the same kind, at the same places."""
    kept: dict[tuple[object, ...], Finding] = {}
    for one in found:
        kept.setdefault((one.kind, frozenset(one.objects), frozenset(one.sites), frozenset(one.threads)), one)
    return list(kept.values())
