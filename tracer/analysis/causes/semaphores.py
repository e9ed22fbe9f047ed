"""Waits for a permit of a semaphore that nobody gives.

A semaphore is used in two ways: as a lock for several, where whoever acquires a permit releases it, and as a counter
between threads, where one releases and another acquires. Only in the first way can a permit leak, so that is said only
where every release so far was by a thread that had acquired a permit, and the semaphore began with some.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from tracer.analysis.causes.case import common_place, names, plural
from tracer.analysis.causes.library import part_of
from tracer.analysis.finding import FindingKind

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tracer.analysis.causes.case import Case
    from tracer.analysis.finding import Finding, Step
    from tracer.analysis.state import Hold, ObjectState
    from tracer.analysis.waitfor import Wait


def permit_waits(case: Case, in_rings: set[str]) -> Iterator[Finding]:
    """A finding for each semaphore of the user's whose permits stuck threads wait for."""
    for semaphore, waits in case.groups("semaphore.acquire"):
        if part_of(case.history, semaphore.name) is not None or all(one.thread in in_rings for one in waits):
            continue
        holds = list(semaphore.holds.values())
        ended = [hold for hold in holds if case.ended(hold.thread)]
        if not _is_lock(case, semaphore):
            yield _never(case, semaphore, waits)
        elif ended:
            yield _leaked(case, semaphore, waits, ended)
        elif holds and all(hold.thread in case.waits for hold in holds):
            yield _held(case, semaphore, waits, holds)
        else:
            yield _never(case, semaphore, waits)


def _is_lock(case: Case, semaphore: ObjectState) -> bool:
    """Whether it was used like a lock, as far as the trace goes: all permits are with those who acquired them."""
    permits = case.history.permits.get(semaphore.name)
    held = sum(hold.count for hold in semaphore.holds.values())
    return bool(semaphore.size) and held == semaphore.size and permits is not None and permits.own


def _leaked(case: Case, semaphore: ObjectState, waits: list[Wait], ended: list[Hold]) -> Finding:
    first = ended[0]
    what = "a permit" if first.count == 1 else f"{plural(first.count, 'permit')}, the first"
    them = "it" if first.count == 1 else "them"
    more = f", and so did {names(hold.thread for hold in ended[1:])}" if len(ended) > 1 else ""
    message = (
        f"no permit of {semaphore.name} is left for {names(one.thread for one in waits)}{common_place(case, waits)}: "
        f"{first.thread} acquired {what} at {case.where(first.since)} and {case.fate(first.thread)} without "
        f"releasing {them}{more}"
    )
    steps = [case.step(hold.since, "has a permit") for hold in ended]
    steps += [case.step(end, "ended") for hold in ended if (end := case.state.threads[hold.thread].ended) is not None]
    steps += _waits(case, waits)
    advice = f"acquire it with `with {semaphore.name}:`, which releases it on every way out, exceptions included"
    return case.finding(FindingKind.LEAKED_PERMIT, message, [one.thread for one in waits], steps, advice)


def _held(case: Case, semaphore: ObjectState, waits: list[Wait], holds: list[Hold]) -> Finding:
    """All permits are with threads that can never go on."""
    owners = [case.waits[hold.thread] for hold in holds]
    among = all(owner in waits for owner in owners)
    first = owners[0].standing
    if among:
        message = (
            f"{names(hold.thread for hold in holds)} have all {plural(semaphore.size or 0, 'permit')} of "
            f"{semaphore.name}, and each waits for one more{common_place(case, waits)}"
        )
        advice = f"have a thread acquire all that it needs before others can, or no second permit of {semaphore.name}"
        kind = FindingKind.DEADLOCK
    else:
        message = (
            f"no permit of {semaphore.name} is left for {names(one.thread for one in waits)}"
            f"{common_place(case, waits)}: {first.thread} has one, acquired at {case.where(holds[0].since)}, and "
            f"{case.doing(first)}"
        )
        advice = f"release the permit of {semaphore.name} before waiting for something else"
        kind = FindingKind.WAITING_WHILE_HOLDING
    steps = [case.step(hold.since, "has a permit") for hold in holds]
    steps += [case.waits_step(owner.standing) for owner in owners if owner not in waits]
    threads = [*(hold.thread for hold in holds), *(one.thread for one in waits)]
    return case.finding(kind, message, threads, [*steps, *_waits(case, waits)], advice)


def _never(case: Case, semaphore: ObjectState, waits: list[Wait]) -> Finding:
    permits = case.history.permits.get(semaphore.name)
    verb = "waits" if len(waits) == 1 else "wait"
    message = (
        f"{names(one.thread for one in waits)} {verb} for a permit of {semaphore.name}{common_place(case, waits)}: "
        f"it began with {plural(semaphore.size or 0, 'permit')}"
    )
    steps: list[Step] = []
    if permits is None or permits.last is None:
        message += ", and nobody ever released one"
    else:
        message += f", was released {plural(permits.releases, 'time')}, and all permits were acquired"
        steps.append(case.step(permits.last, "released last"))
    steps += [case.step(hold.since, "acquired") for hold in semaphore.holds.values()]
    advice = "count who releases and who acquires: each acquire needs a release, on every path, exceptions included"
    return case.finding(
        FindingKind.NEVER_WOKEN, message, [one.thread for one in waits], [*steps, *_waits(case, waits)], advice
    )


def _waits(case: Case, waits: list[Wait]) -> list[Step]:
    return [case.waits_step(one.standing) for one in waits]
