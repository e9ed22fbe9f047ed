"""The whole program at one moment: what is held, and what each thread stands before.

What a thread stands before is no event, but the trace tells it all the same: it is the next event of that thread, and
at the end of a trace the outcome says where the threads stood. So a moment is made in one pass that goes on, beyond the
moment, until every thread was seen once more.
"""

from __future__ import annotations

from enum import Enum
from typing import TYPE_CHECKING

import msgspec

from tracer.analysis.state import State
from tracer.operations import OUTCOMES

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from tracer.analysis.state import ThreadState
    from tracer.events import Event
    from tracer.outcome import Outcome, Waiting


class Status(Enum):
    """What a thread can do at a moment."""

    ENABLED = "enabled"
    BLOCKED = "blocked"
    ENDED = "ended"
    UNKNOWN = "unknown"  # the trace was cut off


#: What a thread stood before whose next event is this one: `lock.timeout` is the end of a `lock.acquire`.
_BEFORE = {
    outcome: operation
    for operation, outcomes in OUTCOMES.items()
    for outcome in outcomes
    if outcome.endswith(".timeout")
}


class Standing(msgspec.Struct, frozen=True):
    """Where a thread stands: before `operation`, or in the middle of it since event number `since` (0: before it).

    `timed`: it waits for a limited time only. `goes_on`: it executes something later in the trace.
    """

    thread: str
    status: Status
    operation: str = ""
    object: str | None = None
    place: str = ""
    since: int = 0
    timed: bool = False
    goes_on: bool = False
    daemon: bool = False
    note: str = ""
    source: str = ""
    stack: list[str] = []


class Moment(msgspec.Struct, frozen=True):
    """The program after event `number`, `time` seconds of program time after its beginning.

    `standings` has every thread that was started, in the order of creation. `doomed` are the threads that can never go
    on, where the outcome says so; `last` tells that there is no later event.
    """

    number: int
    time: float
    state: State
    standings: list[Standing]
    doomed: list[str] = []
    last: bool = True

    def standing(self, thread: str) -> Standing | None:
        """Where a thread stands."""
        return next((one for one in self.standings if one.thread == thread), None)


def moment_of(events: Iterable[Event], outcome: Outcome | None, at: int | None = None) -> Moment:
    """The moment after event number `at`, or at the end. `outcome` is None for a trace that was cut off.

    An event number beyond the end stands for the end.
    """
    return find_moment(iter(events), lambda: outcome, at)


def find_moment(events: Iterator[Event], outcome: Callable[[], Outcome | None], at: int | None = None) -> Moment:
    """The same, where the outcome is known only when all events were read."""
    state = State()
    event: Event | None = None
    time = 0.0
    for event in events:
        state.feed(event)
        time = event.time
        if event.number == at:
            break
    nexts, enabled = _look_ahead(events, state) if event is not None and event.number == at else ({}, None)
    last = not nexts
    end = outcome() if last or len(nexts) < len(state.threads) else None
    return at_end(state, time, end, nexts, enabled if not last else None, last=last)


def at_end(
    state: State,
    time: float,
    outcome: Outcome | None,
    nexts: dict[str, Event] | None = None,
    enabled: list[int] | int | None = None,
    *,
    last: bool = True,
) -> Moment:
    """The moment of a state that was fed already, with the `nexts` events of the threads."""
    failures = outcome.failures if outcome is not None else []
    waiting = [one for failure in failures for one in failure.waiting]
    final = {one.thread: one for one in [*waiting, *(outcome.waiting if outcome is not None else [])]}
    doomed = list(dict.fromkeys(one.thread for one in waiting))
    standings = [
        _standing(
            state, thread, (nexts or {}).get(thread.name), final.get(thread.name), enabled, stuck=thread.name in doomed
        )
        for thread in state.threads.values()
    ]
    for one in standings:
        state.stood_before(one.operation, one.object)
    return Moment(state.number, time, state, standings, doomed if last else [], last)


def _look_ahead(events: Iterator[Event], state: State) -> tuple[dict[str, Event], list[int] | int | None]:
    """The next event of each thread, and the threads that are enabled at the moment."""
    nexts: dict[str, Event] = {}
    alive = {name for name, thread in state.threads.items() if thread.ended is None}
    enabled = state.enabled
    first = True
    for event in events:
        if first and event.enabled is not None:
            enabled = event.enabled
        first = False
        if event.thread in alive:
            nexts.setdefault(event.thread, event)
            if len(nexts) == len(alive):
                break
    return nexts, enabled


def _standing(
    state: State,
    thread: ThreadState,
    following: Event | None,
    final: Waiting | None,
    enabled: list[int] | int | None,
    *,
    stuck: bool,
) -> Standing:
    name = thread.name
    if thread.ended is not None:
        return Standing(name, Status.ENDED)
    goes_on = following is not None
    status = Status.UNKNOWN
    if isinstance(enabled, list):
        status = Status.ENABLED if thread.number in enabled else Status.BLOCKED
    if final is not None and following is None:
        status = Status.ENABLED if final.operation == "running" else Status.BLOCKED if stuck else status
        status = _blocked_or_not(state, thread, final.operation, final.object) if status is Status.UNKNOWN else status
        inside = thread.inside
        if inside is not None and inside.operation != final.operation:
            inside = None
        return Standing(
            name,
            status,
            final.operation,
            final.object,
            final.place,
            inside.number if inside is not None and not thread.woken else 0,
            bool(inside is not None and inside.operation == "condition.wait" and inside.result is not None)
            or final.timed,
            goes_on,
            final.daemon,
            final.note,
            final.source,
            final.stack,
        )
    inside = thread.inside
    if inside is not None and not thread.woken and not _slept(inside, following):
        timed = inside.operation == "time.sleep" or (
            following is not None and following.operation in ("condition.timeout", "event.timeout", "barrier.timeout")
        )
        timed = timed or (inside.operation == "condition.wait" and inside.result is not None)
        status = Status.BLOCKED if status is Status.UNKNOWN else status
        return Standing(
            name, status, inside.operation, inside.object, inside.place, inside.number, timed, goes_on,
            stack=inside.stack,
        )  # fmt: skip
    if following is None:
        return Standing(name, status)
    operation = _BEFORE.get(following.operation, following.operation)
    if status is Status.UNKNOWN:
        status = _blocked_or_not(state, thread, operation, following.object)
    return Standing(
        name,
        status,
        operation,
        following.object,
        following.place,
        timed=operation != following.operation,
        goes_on=goes_on,
        stack=following.stack,
    )


def _slept(inside: Event, following: Event | None) -> bool:
    """Whether it was a sleep of no time, which has no end of its own."""
    return inside.operation == "time.sleep" and following is not None and following.operation != "time.wake"


def _blocked_or_not(state: State, thread: ThreadState, operation: str, target: str | None) -> Status:
    """Whether a thread can execute what it stands before, as far as the state tells."""
    blocked = False
    if operation in ("condition.wait", "event.wait", "barrier.wait", "time.sleep", "program.exit"):
        blocked = thread.inside is not None and not thread.woken
        blocked = blocked or operation == "program.exit"
    elif target is None:
        pass
    elif operation in ("lock.acquire", "rlock.acquire"):
        lock = state.objects.get(target)
        blocked = lock is not None and bool(lock.holds) and (operation[0] == "l" or thread.name not in lock.holds)
    elif operation == "condition.reacquire":
        condition = state.objects.get(target)
        lock = state.objects.get(condition.lock or "") if condition is not None else None
        blocked = lock is not None and bool(lock.holds)
    elif operation == "semaphore.acquire":
        semaphore = state.objects.get(target)
        blocked = semaphore is not None and semaphore.value == 0
    elif operation == "thread.join":
        joined = state.threads.get(target)
        blocked = joined is not None and joined.ended is None
    return Status.BLOCKED if blocked else Status.ENABLED
