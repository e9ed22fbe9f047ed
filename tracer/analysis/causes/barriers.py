"""Barriers at which fewer threads arrived than they need."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tracer.analysis.causes.case import common_place, names
from tracer.analysis.finding import FindingKind

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tracer.analysis.causes.case import Case
    from tracer.analysis.finding import Finding
    from tracer.analysis.state import ObjectState
    from tracer.analysis.waitfor import Wait

#: How many threads that did not arrive a message tells of.
_ABSENT_TOLD = 3


def barrier_waits(case: Case) -> Iterator[Finding]:
    """A finding for each barrier at which threads are stuck."""
    for barrier, waits in case.groups("barrier.wait"):
        arrived = [one for one in waits if one.thread in barrier.waiters]
        if arrived and barrier.size is not None:
            yield _short(case, barrier, arrived)


def _short(case: Case, barrier: ObjectState, arrived: list[Wait]) -> Finding:
    absent = _absent(case, barrier)
    message = (
        f"{len(barrier.waiters)} of {barrier.size} arrived at {barrier.name}: {names(one.thread for one in arrived)}"
        f"{common_place(case, arrived)}"
    )
    if absent:
        message += "; " + ", ".join(absent[:_ABSENT_TOLD])
        message += f" and {len(absent) - _ABSENT_TOLD} more did not" if len(absent) > _ABSENT_TOLD else ""
    else:
        message += "; no other thread is left"
    steps = [case.waits_step(one.standing, "arrived") for one in arrived]
    advice = (
        f"make the number of parties that of the threads that come, each round; a thread that cannot come calls "
        f"{barrier.name}.abort(), and a timeout breaks the barrier for all"
    )
    return case.finding(FindingKind.BARRIER_SHORT, message, [one.thread for one in arrived], steps, advice)


def _absent(case: Case, barrier: ObjectState) -> list[str]:
    """What became of the threads that came to the barrier before, and of all others that can never go on."""
    before = case.history.arrivals.get(barrier.name, {})
    told: list[str] = []
    joining: list[str] = []
    for thread, standing in case.standings.items():
        if thread in barrier.waiters:
            continue
        came = "came in an earlier round and " if thread in before else ""
        if case.ended(thread) and came:
            told.append(f"{thread} {came}{case.fate(thread)}")
        elif thread in case.waits and not case.ended(thread) and (came or not standing.daemon):
            kept = joining if standing.operation == "thread.join" and not came else told
            kept.append(f"{thread} {came}{case.doing(standing)}")
    return told or joining
