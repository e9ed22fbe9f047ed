"""Why threads can never go on: from a trace to findings that name the cause.

A deadlock's report says where each thread stands. Why nobody comes to release it is another question, whose answer
lies in the past of the objects: a notify that came too early, a permit that somebody took to the grave. Each kind of
cause is a file:

history.py      what is kept of the past while the events are read
case.py         the end of an execution, its past, and the words for both
library.py      waits inside the standard library, in the words of whoever called it
cycles.py       rings: locks in opposite orders, threads that join each other, a lock acquired twice
locks.py        locks of ended threads; locks kept through a wait
conditions.py   notifies that came too early, woke another one, or never came
signals.py      events that were never set, or cleared too early
semaphores.py   permits that leaked, or are with threads that can never go on
barriers.py     barriers short of parties
services.py     queues, futures, and pools that wait for themselves

What a finding says is in the trace. That a thread *would* have notified is not, so it is never said; where the trace
shows no cause, the finding says only where the threads stand.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from tracer.analysis.causes.barriers import barrier_waits
from tracer.analysis.causes.case import Case, names
from tracer.analysis.causes.conditions import condition_waits
from tracer.analysis.causes.cycles import cycles
from tracer.analysis.causes.history import History
from tracer.analysis.causes.locks import abandoned_locks, held_while_waiting
from tracer.analysis.causes.semaphores import permit_waits
from tracer.analysis.causes.services import service_waits, starved_pools
from tracer.analysis.causes.signals import event_waits
from tracer.analysis.finding import Finding, FindingKind

if TYPE_CHECKING:
    from tracer.analysis.moment import Moment
    from tracer.outcome import Outcome

__all__ = ["History", "causes"]

#: Waits that say only that another thread has not ended.
_FOR_THREADS = ("thread.join", "program.exit")


def causes(moment: Moment, history: History, outcome: Outcome | None) -> list[Finding]:
    """Why the threads that can never go on at the end of a trace cannot; the weightiest first.

    `moment` is the end, `history` was fed with all events. Empty where every thread ended or may go on.
    """
    case = Case(moment, history, outcome)
    if not case.stuck:
        return []
    found = list(cycles(case))
    in_rings = {thread for one in found for thread in one.threads}
    found += [*abandoned_locks(case), *held_while_waiting(case, in_rings), *starved_pools(case)]
    found += [*permit_waits(case, in_rings), *condition_waits(case), *event_waits(case), *barrier_waits(case)]
    explained = {thread for one in found for thread in one.threads}
    starved = any(one.kind is FindingKind.STARVED_POOL for one in found)
    found += service_waits(case, explained, starved=starved)
    return _sorted([*_without_echoes(found), *_unexplained(case, found)])


def _without_echoes(found: list[Finding]) -> list[Finding]:
    """Drops that nobody woke a thread where another finding says what keeps those who might."""
    better = {one.threads[0] for one in found if one.kind is FindingKind.WAITING_WHILE_HOLDING}
    better |= {thread for one in found if one.kind is FindingKind.STARVED_POOL for thread in one.threads}
    return [one for one in found if one.kind is not FindingKind.NEVER_WOKEN or not better.issuperset(one.threads)]


def _unexplained(case: Case, found: list[Finding]) -> list[Finding]:
    """Where the threads stand, of an execution that failed without a cause that is known here."""
    if any(one.failure for one in found) or not case.failed:
        return []
    waits = [case.waits[name] for name in case.stuck if name in case.failed]
    told = [one for one in waits if one.standing.operation not in _FOR_THREADS] or waits
    doing = "; ".join(f"{one.thread} {case.doing(one.standing)}" for one in told[:3])
    message = f"{names(one.thread for one in told)} can never go on: {doing}"
    steps = [case.waits_step(one.standing) for one in told]
    return [case.finding(FindingKind.DEADLOCK, message, [one.thread for one in told], steps, "")]


def _sorted(found: list[Finding]) -> list[Finding]:
    """Failures first, then by weight; the order of the kinds is that of their weight."""
    weight = {kind: number for number, kind in enumerate(FindingKind)}
    return sorted(found, key=lambda one: (not one.failure, weight[one.kind]))
