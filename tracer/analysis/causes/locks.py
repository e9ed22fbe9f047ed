"""Locks that nobody is left to release, and locks kept through a wait.

A thread may end with a lock in its hand. Or it waits for something else without letting go: waiting at a condition
gives up that condition's own lock and no other, so that whoever has to pass the other one on its way to notify never
comes (the nested monitor problem).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from tracer.analysis.causes.case import FOR_A_LOCK, names
from tracer.analysis.causes.library import part_of
from tracer.analysis.finding import FindingKind

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tracer.analysis.causes.case import Case
    from tracer.analysis.finding import Finding
    from tracer.analysis.state import Hold
    from tracer.analysis.waitfor import Wait


def abandoned_locks(case: Case) -> Iterator[Finding]:
    """Locks whose owner has ended."""
    for hold, waits in _needed(case):
        if not case.ended(hold.thread) or not _counts(case, hold, waits):
            continue
        message = (
            f"{hold.thread} {case.fate(hold.thread)} without releasing {case.held(hold)}, and {_need(case, waits)}"
        )
        steps = [case.step(hold.since, "holds")]
        ended = case.state.threads[hold.thread].ended
        if ended is not None:
            steps.append(case.step(ended, "ended"))
        steps += [case.waits_step(wait.standing) for wait in waits]
        yield case.finding(
            FindingKind.ABANDONED_LOCK,
            message,
            (wait.thread for wait in waits),
            steps,
            f"acquire it with `with {hold.object}:`, which releases it on every way out, exceptions included",
        )


def held_while_waiting(case: Case, in_rings: set[str]) -> Iterator[Finding]:
    """Locks whose owner can never go on, because it waits for something that is no lock."""
    for hold, waits in _needed(case):
        owner = case.waits.get(hold.thread)
        if owner is None or owner.standing.operation in FOR_A_LOCK or case.ended(hold.thread):
            continue
        if hold.thread in in_rings or all(wait.standing.daemon for wait in [owner, *waits]):
            continue
        message = (
            f"{hold.thread} {case.doing(owner.standing)} while it holds {case.held(hold)}, and {_need(case, waits)}"
        )
        steps = [case.step(hold.since, "holds"), case.waits_step(owner.standing)]
        steps += [case.waits_step(wait.standing) for wait in waits]
        own = owner.standing.operation == "condition.wait" and part_of(case.history, owner.standing.object) is None
        why = "waiting at a condition gives up its own lock only" if own else "nobody else can acquire it meanwhile"
        yield case.finding(
            FindingKind.WAITING_WHILE_HOLDING,
            message,
            [hold.thread, *(wait.thread for wait in waits)],
            steps,
            f"release {hold.object} before waiting: {why}",
        )


def _needed(case: Case) -> list[tuple[Hold, list[Wait]]]:
    """The locks that stuck threads wait for, each with its owner and those that wait."""
    found: dict[str, tuple[Hold, list[Wait]]] = {}
    for thread in case.stuck:
        wait = case.waits[thread]
        if wait.standing.operation in FOR_A_LOCK and wait.holds and wait.holds[0].thread != thread:
            hold = wait.holds[0]
            found.setdefault(hold.object, (hold, []))[1].append(wait)
    return list(found.values())


def _need(case: Case, waits: list[Wait]) -> str:
    if len(waits) == 1:
        return f"{waits[0].thread} {case.doing(waits[0].standing)}"
    return f"{names(wait.thread for wait in waits)} need it, {waits[0].thread} at {case.where(waits[0].standing)}"


def _counts(case: Case, hold: Hold, waits: list[Wait]) -> bool:
    """Daemons may well be cut off in the middle of what the main thread had locked when it came to its end."""
    return not (case.is_main(hold.thread) and all(wait.standing.daemon for wait in waits))
