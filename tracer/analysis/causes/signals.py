"""Waits for a `threading.Event` that nobody ends: it was never set, or cleared before anybody looked."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tracer.analysis.causes.case import common_place, names
from tracer.analysis.causes.history import Flag
from tracer.analysis.causes.library import part_of
from tracer.analysis.finding import FindingKind

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tracer.analysis.causes.case import Case
    from tracer.analysis.finding import Finding
    from tracer.analysis.waitfor import Wait
    from tracer.events import Event


def event_waits(case: Case) -> Iterator[Finding]:
    """A finding or two for each event that stuck threads wait for."""
    for event, waits in case.groups("event.wait"):
        if part_of(case.history, event.name) is not None:
            continue
        lost = [one for one in waits if one.thread in case.history.lost_sets]
        if lost:
            yield _lost(case, lost)
        others = [one for one in waits if one not in lost]
        if others:
            yield _never(case, event.name, others)


def _lost(case: Case, waits: list[Wait]) -> Finding:
    was_set, cleared = case.history.lost_sets[waits[0].thread]
    name = was_set.object
    message = (
        f"{name} was set{_by(case, was_set)} and cleared{_by(case, cleared)} before "
        f"{names(one.thread for one in waits)} waited for it{common_place(case, waits)}; nobody has set it since"
    )
    own = cleared.thread == waits[0].thread
    advice = (
        f"clear {name} before the work is given out that ends in its set(), not just before waiting for it"
        if own
        else f"leave {name} set, or let only who waits for it clear it, after the wait; a passing signal is better a "
        "condition with a counter that is looked at under its lock"
    )
    steps = [case.step(was_set, "set"), case.step(cleared, "cleared"), *(case.waits_step(o.standing) for o in waits)]
    return case.finding(FindingKind.LOST_WAKEUP, message, [one.thread for one in waits], steps, advice)


def _never(case: Case, name: str, waits: list[Wait]) -> Finding:
    flag = case.history.flags.get(name, Flag())
    verb = "waits" if len(waits) == 1 else "wait"
    message = f"{names(one.thread for one in waits)} {verb} for {name} to be set{common_place(case, waits)}, and nobody"
    steps = []
    if flag.was_set is None or flag.cleared is None:
        message += " ever set it"
    else:
        message += (
            f" has set it since {flag.cleared.thread} cleared it{_at(case, flag.cleared)}, after the set by "
            f"{flag.was_set.thread}{_at(case, flag.was_set)}"
        )
        steps += [case.step(flag.was_set, "set"), case.step(flag.cleared, "cleared")]
    steps += [case.waits_step(one.standing) for one in waits]
    advice = f"make sure that {name}.set() is reached on every path, exceptions included (try … finally)"
    return case.finding(FindingKind.NEVER_WOKEN, message, [one.thread for one in waits], steps, advice)


def _at(case: Case, event: Event) -> str:
    where = case.where(event)
    return f" at {where}" if where else ""


def _by(case: Case, event: Event) -> str:
    return f"{_at(case, event)} by {event.thread}"
