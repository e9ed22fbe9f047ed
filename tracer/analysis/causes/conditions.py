"""Waits at a condition that nobody ends: a notify that came too early, went to another waiter, or never came.

A notify is not remembered: it wakes who waits at that moment. Whether a thread would have waited at all had it looked
at what the notify announced is not in the trace, so a message says which notify came when, and whom it woke, and
`lost-wakeup` is said only where the next one to have the lock after the notify was the thread that then waited.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from tracer.analysis.causes.case import common_place, names
from tracer.analysis.causes.history import Conditions
from tracer.analysis.causes.library import part_of
from tracer.analysis.finding import FindingKind

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tracer.analysis.causes.case import Case
    from tracer.analysis.causes.history import Notice
    from tracer.analysis.finding import Finding, Step
    from tracer.analysis.waitfor import Wait

_LOOP = (
    "a notify is not remembered: before waiting, and after, look at what it announces, under the lock: "
    "`while not ready: {}.wait()`; where that is done, nobody has made it ready again"
)


def condition_waits(case: Case) -> Iterator[Finding]:
    """A finding or two for each condition of the user's at which threads are stuck."""
    for condition, waits in case.groups("condition.wait"):
        if part_of(case.history, condition.name) is not None:
            continue
        past = case.history.conditions.get(condition.name, Conditions())
        lost = [one for one in waits if _is_lost(case, past, one)]
        if lost:
            yield _lost(case, past, lost)
        others = [one for one in waits if one not in lost]
        wasted = _wasted(past, others)
        if wasted is not None:
            yield _another(case, past, others, wasted)
        elif others:
            yield _never(case, past, others)


def _is_lost(case: Case, past: Conditions, wait: Wait) -> bool:
    """Whether the last notify that there was came too early for this wait."""
    notice = case.history.lost.get(wait.thread)
    return notice is not None and bool(past.notices) and notice is past.notices[-1]


def _lost(case: Case, past: Conditions, waits: list[Wait]) -> Finding:
    notice = past.notices[-1]
    name = notice.event.object
    message = (
        f"{_notify(case, notice)} by {notice.event.thread} happened before the wait of "
        f"{names(one.thread for one in waits)}{common_place(case, waits)}: it woke nobody, and nobody has notified it "
        "since"
    )
    steps = [case.step(notice.event, "notified nobody"), *_waits(case, waits)]
    threads = [one.thread for one in waits]
    return case.finding(FindingKind.LOST_WAKEUP, message, threads, steps, _LOOP.format(name))


def _wasted(past: Conditions, waits: list[Wait]) -> Notice | None:
    """The last notify that reached only threads which waited again at once, while these waited already."""
    if not waits or not past.notices:
        return None
    notice = past.notices[-1]
    if not notice.woke or any(name not in notice.wasted for name in notice.woke):
        return None
    return notice if any(0 < one.standing.since < notice.event.number for one in waits) else None


def _another(case: Case, past: Conditions, waits: list[Wait], notice: Notice) -> Finding:
    since = [one for one in waits if one.standing.since < notice.event.number]
    again = notice.wasted[notice.woke[0]]
    where = case.where(again)
    message = (
        f"{_notify(case, notice)} by {notice.event.thread} woke {names(notice.woke)}, which waited again at once"
        f"{f' at {where}' if where else ''}; {names(one.thread for one in since)} waited, too, and "
        f"{'was' if len(since) == 1 else 'were'} not woken, and nobody has notified it since"
    )
    steps = [case.step(notice.event, f"woke {names(notice.woke)}")]
    steps += [case.step(event, "waits again") for event in notice.wasted.values()]
    steps += [case.waits_step(one.standing) for one in since if one.thread not in notice.wasted]
    advice = (
        "use notify_all() where threads wait for different things at one condition, or give each thing a condition of "
        "its own on the same lock"
    )
    return case.finding(FindingKind.NOTIFIED_ANOTHER, message, [one.thread for one in waits], steps, advice)


def _never(case: Case, past: Conditions, waits: list[Wait]) -> Finding:
    name = waits[0].standing.object
    who = names(one.thread for one in waits)
    verb = "waits" if len(waits) == 1 else "wait"
    message = f"{who} {verb} for a notify of {name}{common_place(case, waits)}, and nobody"
    steps: list[Step] = []
    if not past.notices:
        message += " ever notified it"
        advice = f"whoever changes what is waited for has to say so, under the same lock: `{name}.notify()`"
    else:
        notice = past.notices[-1]
        message += f" has notified it since {_notify(case, notice)} by {notice.event.thread}"
        woke = f"woke {names(notice.woke)}" if notice.woke else "notified nobody"
        message += f", which {woke}" if notice.woke else ", when nobody waited"
        steps.append(case.step(notice.event, woke))
        advice = _advice(case, notice, waits)
    steps += _waits(case, waits)
    return case.finding(FindingKind.NEVER_WOKEN, message, [one.thread for one in waits], steps, advice)


def _advice(case: Case, notice: Notice, waits: list[Wait]) -> str:
    name = notice.event.object
    left_out = [one for one in waits if 0 < one.standing.since < notice.event.number]
    if left_out and notice.woke:
        return (
            "use notify_all() if what changed lets more than one of them go on; otherwise whoever was woken has to "
            "notify the next"
        )
    if case.ended(notice.event.thread):
        return (
            f"{notice.event.thread}, which notified it last, {case.fate(notice.event.thread)}: have it say that no "
            f"more is to come, in a variable that the loop around {name}.wait() looks at, and then notify_all()"
        )
    return f"whoever changes what is waited for has to say so, under the same lock: `{name}.notify()`"


def _notify(case: Case, notice: Notice) -> str:
    where = case.where(notice.event)
    return f"notify #{notice.number} of {notice.event.object}" + (f" at {where}" if where else "")


def _waits(case: Case, waits: list[Wait]) -> list[Step]:
    return [case.waits_step(one.standing) for one in waits]
