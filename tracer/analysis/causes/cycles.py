"""Threads that wait for each other in a ring: each needs something that the next one has.

A lock has one owner and a join one thread, so every thread waits for one other, and the rings are found by walking:
each thread is passed once. A semaphore counts as a lock where one thread has all of its permits.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from tracer.analysis.causes.case import FOR_A_LOCK, names
from tracer.analysis.finding import FindingKind

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tracer.analysis.causes.case import Case
    from tracer.analysis.finding import Finding, Step
    from tracer.analysis.state import Hold
    from tracer.analysis.waitfor import Wait

#: Rings of more threads than this are told by their beginning.
_TOLD_WHOLE = 3


def cycles(case: Case) -> Iterator[Finding]:
    """A finding for each ring."""
    for ring in rings(case):
        hold = _hold(case, ring[0])
        if len(ring) == 1:
            yield _itself(case, ring[0], hold)
        else:
            yield _ring(case, ring)


def rings(case: Case) -> list[list[str]]:
    """All rings, each from the thread that was created first."""
    following = {thread: other for thread in case.stuck if (other := _next(case, thread)) is not None}
    found: list[list[str]] = []
    done: set[str] = set()
    for first in following:
        path: dict[str, None] = {}
        thread: str | None = first
        while thread is not None and thread not in done and thread not in path:
            path[thread] = None
            thread = following.get(thread)
        if thread is not None and thread in path:
            listed = list(path)
            ring = listed[listed.index(thread) :]
            start = min(range(len(ring)), key=lambda at: case.state.threads[ring[at]].number)
            found.append(ring[start:] + ring[:start])
        done.update(path)
    return found


def _next(case: Case, thread: str) -> str | None:
    """The thread that a stuck one certainly waits for."""
    wait = case.waits[thread]
    operation = wait.standing.operation
    if operation == "thread.join":
        return wait.standing.object
    hold = _hold(case, thread)
    if hold is not None:
        return hold.thread
    if operation == "import.wait":
        holders = case.holders.get(thread, [])
        return holders[0].thread if holders else None
    return None


def _hold(case: Case, thread: str) -> Hold | None:
    """What somebody else, or itself, has of what a stuck thread waits for; None where it is not one thread's."""
    wait = case.waits[thread]
    if wait.standing.operation in FOR_A_LOCK:
        return wait.holds[0] if wait.holds else None
    if wait.standing.operation == "semaphore.acquire" and len(wait.holds) == 1:
        semaphore = case.state.objects[wait.standing.object or ""]
        hold = wait.holds[0]
        permits = case.history.permits.get(semaphore.name)
        return hold if hold.count == semaphore.size and permits is not None and permits.own else None
    return None


def _itself(case: Case, thread: str, hold: Hold | None) -> Finding:
    wait = case.waits[thread]
    standing = wait.standing
    where = case.where(standing)
    if hold is None:
        message = f"{thread} waits for itself: it {case.doing(standing)}"
        return case.finding(FindingKind.SELF_DEADLOCK, message, [thread], [case.waits_step(standing)], "")
    at = f" at {where}" if where else ""
    if standing.operation == "semaphore.acquire":
        message = f"{thread} waits for itself: it has {case.held(hold)} and waits for another{at}"
        advice = f"release {hold.object} before it is acquired again, or let whoever has it pass it on"
    else:
        message = f"{thread} waits for itself: it holds {case.held(hold)} and acquires it again{at}"
        advice = (
            "acquire it once, and call what needs it from inside; or make it a threading.RLock, which one thread may "
            "acquire again; a lock that another thread is to release as a signal is better a threading.Event"
        )
    steps = [case.step(hold.since, "holds"), case.waits_step(standing)]
    return case.finding(FindingKind.SELF_DEADLOCK, message, [thread], steps, advice)


def _ring(case: Case, ring: list[str]) -> Finding:
    waits = [case.waits[thread] for thread in ring]
    holds = [_hold(case, thread) for thread in ring]
    steps = _steps(case, waits, holds)
    joins = [wait for wait in waits if wait.standing.operation == "thread.join"]
    locks = [hold for hold in holds if hold is not None]
    kind = FindingKind.DEADLOCK
    if len(joins) == len(ring):
        advice = "let one thread join the others, such as the one that started them; a thread that works joins nobody"
    elif joins:
        kind = FindingKind.WAITING_WHILE_HOLDING
        waiter = joins[0].standing
        held = [hold for hold in locks if hold.thread == waiter.thread]
        advice = f"release {held[0].object if held else 'the lock'} before joining {waiter.object}"
    elif len(locks) == len(ring):
        mine, other = locks[-1].object, locks[0].object
        advice = f"acquire them in one order everywhere, such as {mine} before {other}: then no ring can form"
    else:
        advice = "release what another thread needs before waiting for that thread"
    return case.finding(kind, _message(case, waits, holds), ring, steps, advice)


def _message(case: Case, waits: list[Wait], holds: list[Hold | None]) -> str:
    """Who has what and waits for what; the hold of the thread at each place is what the one before it waits for."""
    told = []
    for number, wait in enumerate(waits[:_TOLD_WHOLE]):
        before = holds[number - 1]
        has = f"{_verb(before)} {case.held(before)} and " if before is not None else ""
        told.append(f"{wait.thread} {has}{case.doing(wait.standing)}")
    more = len(waits) - len(told)
    tail = f"; and so on, through {more:,} more, back to {waits[0].thread}" if more else ""
    return f"{names(wait.thread for wait in waits)} wait for each other: {'; '.join(told)}{tail}"


def _verb(hold: Hold) -> str:
    return "has" if hold.since.operation == "semaphore.acquire" else "holds"


def _steps(case: Case, waits: list[Wait], holds: list[Hold | None]) -> list[Step]:
    steps = []
    for number, wait in enumerate(waits):
        before = holds[number - 1]
        if before is not None:
            steps.append(case.step(before.since, "holds"))
        steps.append(case.waits_step(wait.standing))
    return steps
