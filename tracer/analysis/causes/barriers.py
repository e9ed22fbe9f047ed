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
    absent, others = _absent(case, barrier)
    message = (
        f"{len(barrier.waiters)} of {barrier.size} arrived at {barrier.name}: {names(one.thread for one in arrived)}"
        f"{common_place(case, arrived)}"
    )
    if absent:
        message += f"; {', '.join(absent)}" + (f", and {others:,} more did not arrive" if others > 0 else "")
    else:
        going = [name for name in case.standings if name not in case.waits and not case.ended(name)]
        message += f"; of the others {names(going)} can go on" if going else "; no other thread is left"
    steps = [case.waits_step(one.standing, "arrived") for one in arrived]
    advice = (
        f"make the number of parties that of the threads that come, each round; a thread that cannot come calls "
        f"{barrier.name}.abort(), and a timeout breaks the barrier for all"
    )
    return case.finding(FindingKind.BARRIER_SHORT, message, [one.thread for one in arrived], steps, advice)


def _absent(case: Case, barrier: ObjectState) -> tuple[list[str], int]:
    """What became of the threads that came to the barrier before, and of others that can never go on; how many more."""
    before = case.history.arrivals.get(barrier.name, {})
    arrived = set(barrier.waiters)
    came = [thread for thread in before if thread not in arrived and (case.ended(thread) or thread in case.waits)]
    stuck = [
        thread
        for thread in case.waits
        if thread not in arrived and thread not in before and not (case.ended(thread) or case.standings[thread].daemon)
    ]
    elsewhere = [thread for thread in stuck if case.standings[thread].operation != "thread.join"]
    told = came + (elsewhere if came or elsewhere else stuck)
    return [_told(case, thread, thread in before) for thread in told[:_ABSENT_TOLD]], len(told) - _ABSENT_TOLD


def _told(case: Case, thread: str, came: bool) -> str:
    earlier = "came in an earlier round and " if came else ""
    return f"{thread} {earlier}{case.fate(thread) if case.ended(thread) else case.doing(case.standings[thread])}"
