"""Who waits for whom: the wait-for graph of a moment, the threads that can never go on, and their cycle.

A thread that waits needs something of others. For a lock it is the owner, for a join the thread that is joined: they
*must* act, and the graph says so (AND). For a condition, an event, a semaphore or a barrier any thread that can reach
the object may act (OR), so that its arrow ends at the object. A deadlock of the first kind is a cycle; in general it is
a *knot*: a set of waiting threads such that whoever could release one of them is in the set, or has ended (Holt, *Some
deadlock properties of computer systems*, 1972). The set is found as a greatest fixed point: suppose that all waiting
threads are lost, and take out whoever can still be released, until nothing changes.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from tracer.analysis.moment import Status

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from tracer.analysis.moment import Moment, Standing
    from tracer.analysis.state import Hold, State


class Wait(msgspec.Struct, frozen=True):
    """A thread that waits, and what for.

    `holds` are those who have what it waits for (the owner of a lock, who has the permits of a semaphore), `awaited`
    the threads that it waits for themselves. If `any_of`, anybody who reaches the object may release it; then
    `releasers` are the threads that did so before and are alive, the last one first.
    """

    standing: Standing
    holds: list[Hold] = []
    awaited: list[str] = []
    any_of: bool = False
    releasers: list[str] = []

    @property
    def thread(self) -> str:
        """The thread that waits."""
        return self.standing.thread


class WaitFor(msgspec.Struct, frozen=True):
    """The wait-for graph of a moment.

    `stuck` are the threads that can never go on, in the order of creation. `cycle` names threads and the objects that
    they wait for, each waiting for the next and the last for the first; empty where no cycle is certain.
    """

    moment: Moment
    waits: list[Wait]
    stuck: list[str]
    cycle: list[str]


def wait_for(moment: Moment) -> WaitFor:
    """The wait-for graph of a moment."""
    waits = [_wait(moment, one) for one in moment.standings if one.status is Status.BLOCKED]
    stuck = _stuck(moment, waits)
    must = {one.thread: (one.standing.object, others) for one in waits if (others := _must(one))}
    inside = {thread: edge for thread, edge in must.items() if thread in stuck}
    return WaitFor(moment, waits, [one.thread for one in moment.standings if one.thread in stuck], find_cycle(inside))


def find_cycle(must: Mapping[str, tuple[str | None, list[str]]]) -> list[str]:
    """The first cycle among threads that each wait for an object and for its owners: see `WaitFor.cycle`.

    `must` gives for each thread the object (None, or the thread's own name, for a join) and the threads it waits for.
    """
    done: set[str] = set()
    for first in must:
        path: dict[str, Iterable[str]] = {}
        stack = [(first, iter(must[first][1]))]
        path[first] = ()
        while stack:
            thread, others = stack[-1]
            following = next(others, None)
            if following is None:
                stack.pop()
                del path[thread]
                done.add(thread)
            elif following in path:
                names = list(path)
                return _with_objects(names[names.index(following) :], must)
            elif following in must and following not in done:
                path[following] = ()
                stack.append((following, iter(must[following][1])))
    return []


def _with_objects(threads: list[str], must: Mapping[str, tuple[str | None, list[str]]]) -> list[str]:
    names: list[str] = []
    for number, thread in enumerate(threads):
        names.append(thread)
        waits_for = must[thread][0]
        if waits_for is not None and waits_for != threads[(number + 1) % len(threads)]:
            names.append(waits_for)
    return names


def _must(wait: Wait) -> list[str]:
    """The threads that have to act before a waiting thread can go on, where that is certain."""
    if wait.any_of or wait.standing.operation == "program.exit":
        return []
    return [*wait.awaited, *(hold.thread for hold in wait.holds)]


def _wait(moment: Moment, standing: Standing) -> Wait:
    state = moment.state
    operation, target = standing.operation, standing.object
    if operation == "program.exit":
        alive = [s.thread for s in moment.standings if s.status is not Status.ENDED and not s.daemon]
        return Wait(standing, awaited=[name for name in alive if name != standing.thread])
    if target is None:
        return Wait(standing)
    if operation == "thread.join":
        return Wait(standing, awaited=[target])
    if operation in ("lock.acquire", "rlock.acquire", "condition.reacquire"):
        return Wait(standing, holds=_owners(state, operation, target))
    found = state.objects.get(target)
    if found is None:
        return Wait(standing, any_of=True)
    releasers = dict.fromkeys(
        event.thread for event in reversed(found.releases) if state.threads[event.thread].ended is None
    )
    releasers.pop(standing.thread, None)
    return Wait(standing, list(found.holds.values()), any_of=True, releasers=list(releasers))


def _owners(state: State, operation: str, target: str) -> list[Hold]:
    found = state.objects.get(target)
    if operation == "condition.reacquire" and found is not None:
        found = state.objects.get(found.lock or "")
    return list(found.holds.values()) if found is not None else []


def _stuck(moment: Moment, waits: list[Wait]) -> set[str]:
    """The threads that can never go on."""
    lost = {one.thread: one for one in waits if not (one.standing.timed or one.standing.goes_on)}
    certain = set(moment.doomed)
    alive = {one.thread for one in moment.standings if one.status is not Status.ENDED} - set(lost)
    changed = True
    while changed and alive - certain:
        changed = False
        for thread, one in list(lost.items()):
            if thread not in certain and _may_be_released(one, alive):
                del lost[thread]
                alive.add(thread)
                changed = True
    return set(lost)


def _may_be_released(wait: Wait, alive: set[str]) -> bool:
    """Whether one of the threads `alive` could let the waiting thread go on."""
    if wait.any_of or not (wait.holds or wait.awaited):
        return True
    if wait.standing.operation == "program.exit":
        return all(thread in alive for thread in wait.awaited)
    return any(thread in alive for thread in _must(wait))
