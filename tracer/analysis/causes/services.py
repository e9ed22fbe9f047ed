"""Queues, futures and pools that leave somebody waiting: nobody puts, takes or completes; a pool waits for itself."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tracer.analysis.causes.case import common_place, names, plural
from tracer.analysis.causes.library import Part, is_of_a_pool, part_of
from tracer.analysis.finding import FindingKind

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tracer.analysis.causes.case import Case
    from tracer.analysis.causes.history import Notice
    from tracer.analysis.finding import Finding, Step
    from tracer.analysis.waitfor import Wait
    from tracer.events import Event

#: Where the threads of a pool begin.
_WORKERS_CODE = "concurrent/futures/thread.py"

_ADVICE = {
    "get": "put something in on every path, or end who takes with a last item that says so: `{0}.put(None)`",
    "put": "somebody has to take items out at the same time: start who does before, or give {0} a larger maxsize",
    "join": "call {0}.task_done() once for each item that was taken, also where handling it failed (try … finally)",
}


def starved_pools(case: Case) -> Iterator[Finding]:
    """Pools all of whose workers wait for futures, while work is queued that no worker is left for."""
    for queue, workers in case.history.acquirers.items():
        part = part_of(case.history, queue)
        jobs = [entry.event for entry in case.history.queued.get(queue, ()) if entry.submitted]
        if part is None or part.kind != "pool" or not jobs:
            continue
        waits = [case.waits[name] for name in workers if name in case.waits and _is_worker(case, name)]
        alive = [name for name in workers if _is_worker(case, name) and not case.ended(name)]
        if not waits or len(waits) < len(alive) or not all(_waits_for_futures(case, one) for one in waits):
            continue
        waits.sort(key=lambda one: case.state.threads[one.thread].number)
        message = _starved(case, part, waits, len(jobs))
        steps = [case.step(event, "queued") for event in jobs]
        steps += [case.waits_step(one.standing) for one in waits]
        advice = (
            "a job must not wait for another job of its own pool: return the future instead, use a second pool for the "
            "inner jobs, or call them directly"
        )
        yield case.finding(FindingKind.STARVED_POOL, message, [one.thread for one in waits], steps, advice)


def _starved(case: Case, part: Part, waits: list[Wait], queued: int) -> str:
    one = len(waits) == 1
    who = f"{'the only worker' if one else f'all {len(waits)} workers'} of {part.name}"
    return (
        f"{who} ({names(wait.thread for wait in waits)}) {'waits' if one else 'wait'} for futures"
        f"{common_place(case, waits)}, while {plural(queued, 'job')} of the same pool {'is' if queued == 1 else 'are'} "
        "queued and no worker is left"
    )


def _is_worker(case: Case, thread: str) -> bool:
    return case.history.began.get(thread, "").replace("\\", "/").startswith(_WORKERS_CODE)


def _waits_for_futures(case: Case, wait: Wait) -> bool:
    return wait.standing.operation in ("condition.wait", "event.wait") and (
        is_of_a_pool(case.history, wait.standing.object or "")
    )


def service_waits(case: Case, explained: set[str], *, starved: bool) -> Iterator[Finding]:
    """A finding for each queue and future that stuck threads wait for, but for those in `explained`.

    Where a pool is `starved`, nobody needs to be told that its futures are not completed.
    """
    for operation in ("condition.wait", "semaphore.acquire", "event.wait"):
        for which, waits in case.groups(operation):
            part = part_of(case.history, which.name)
            left = [one for one in waits if one.thread not in explained]
            if part is None or part.kind == "pool" or not left or (starved and is_of_a_pool(case.history, which.name)):
                continue
            yield _queue(case, part, left) if part.kind == "queue" else _future(case, part, left)


def _queue(case: Case, part: Part, waits: list[Wait]) -> Finding:
    verb = "waits" if len(waits) == 1 else "wait"
    message = f"{names(one.thread for one in waits)} {verb} in {part.name}.{part.method}(){common_place(case, waits)}: "
    steps: list[Step] = []
    past = case.history.conditions.get(waits[0].standing.object or "")
    last = past.notices[-1] if past is not None and past.notices else None
    if part.method == "get":
        message += _get(case, part, last)
    elif part.method == "put":
        message += _put(case, last)
    else:
        message += "task_done() was not called for every item that was put in"
    if last is not None and part.method != "join":
        steps.append(case.step(last.event, "put" if part.method == "get" else "took"))
    steps += [case.waits_step(one.standing) for one in waits]
    threads = [one.thread for one in waits]
    return case.finding(FindingKind.NEVER_WOKEN, message, threads, steps, _ADVICE[part.method].format(part.name))


def _get(case: Case, part: Part, last: Notice | None) -> str:
    permits = case.history.permits.get(f"{part.name}._count")  # of a SimpleQueue, which has no condition
    event = last.event if last is not None else permits.last if permits is not None else None
    if event is None:
        return "it is empty, and nobody ever put anything in"
    return f"nobody puts more in; the last put was by {_who(case, event)}"


def _put(case: Case, last: Notice | None) -> str:
    if last is None:
        return "it is full, and nobody ever took anything out"
    return f"it is full, and nobody takes more out; the last one who did was {_who(case, last.event)}"


def _who(case: Case, event: Event) -> str:
    where = case.where(event)
    ended = f", which {case.fate(event.thread)}" if case.ended(event.thread) else ""
    return event.thread + (f" at {where}" if where else "") + ended


def _future(case: Case, part: Part, waits: list[Wait]) -> Finding:
    verb = "waits" if len(waits) == 1 else "wait"
    what = case.doing(waits[0].standing, place=False).removeprefix("waits ")
    message = (
        f"{names(one.thread for one in waits)} {verb} {what}{common_place(case, waits)}, and nobody is left who "
        "could complete it"
    )
    advice = (
        "complete the future on every path: set_result(), or set_exception() where the work failed; a future of a pool "
        "is completed by its worker, so look at where that one waits"
    )
    steps = [case.waits_step(one.standing) for one in waits]
    return case.finding(FindingKind.NEVER_WOKEN, message, [one.thread for one in waits], steps, advice)
