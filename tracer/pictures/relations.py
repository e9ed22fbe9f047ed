"""Who stands in which relation to whom at a moment: the arrows of a wait-for picture, before anything is put together.

Threads and objects may have the same names, so each stands here as a `Key`. An arrow points at what has to act: a
thread that waits points at the object, the object at the thread that holds it.
"""

from __future__ import annotations

from collections import deque
from enum import Enum
from typing import TYPE_CHECKING, NamedTuple

import msgspec

if TYPE_CHECKING:
    from tracer.analysis.moment import Standing
    from tracer.analysis.state import State
    from tracer.analysis.waitfor import Wait, WaitFor
    from tracer.events import Event


class Key(NamedTuple):
    """A thread or an object."""

    thread: bool
    name: str


class Role(Enum):
    """What an arrow says."""

    HELD = "held"  # object -> the thread that holds it
    WAITS = "waits"  # thread -> the object that its holder must give back
    MAY = "may"  # thread -> an object that anybody who reaches it may release
    JOINS = "joins"  # thread -> the thread whose end it waits for
    EXIT = "exit"  # the main thread, which has ended -> a thread that it waits for
    RELEASED = "released"  # object -> a thread that released a waiter before


class Link(msgspec.Struct, frozen=True):
    """An arrow. `standing` is that of the thread that waits, `event` the one that got or released the object."""

    tail: Key
    head: Key
    role: Role
    place: str = ""
    standing: Standing | None = None
    event: Event | None = None
    count: int = 1


#: Roles of a thread that cannot go on before the other end acts.
MUST = (Role.WAITS, Role.JOINS, Role.HELD)


def links_of(found: WaitFor) -> list[Link]:
    """All arrows, in the order of the threads that wait."""
    links: dict[tuple[Key, Key, Role], Link] = {}
    for wait in found.waits:
        for link in _links(found.moment.state, wait):
            links.setdefault((link.tail, link.head, link.role), link)
    return list(links.values())


def target_of(state: State, standing: Standing) -> str | None:
    """The object that a thread really waits for: after a condition's wait that is its lock."""
    if standing.operation == "condition.reacquire" and standing.object is not None:
        condition = state.objects.get(standing.object)
        return (condition.lock if condition is not None else None) or standing.object
    return standing.object


def cycle_of(found: WaitFor) -> list[Key]:
    """The cycle, as it is drawn: threads, and what each waits for, in turn.

    `WaitFor.cycle` leaves out an object that is called like its holder.
    """
    waits = {one.thread: one for one in found.waits}
    keys: list[Key] = []
    left = deque(found.cycle)
    while left:
        name = left.popleft()
        keys.append(Key(True, name))
        wait = waits.get(name)
        if wait is None or wait.standing.operation == "thread.join":
            continue
        if left and left[0] == wait.standing.object and all(hold.thread != left[0] for hold in wait.holds):
            left.popleft()
        keys.append(Key(False, target_of(found.moment.state, wait.standing) or ""))
    return keys


def _links(state: State, wait: Wait) -> list[Link]:
    standing = wait.standing
    thread = Key(True, wait.thread)
    place = standing.place
    if standing.operation in ("thread.join", "program.exit"):
        role = Role.JOINS if standing.operation == "thread.join" else Role.EXIT
        return [Link(thread, Key(True, other), role, place, standing) for other in wait.awaited]
    name = target_of(state, standing)
    if name is None:
        return []
    target = Key(False, name)
    return [
        Link(thread, target, Role.MAY if wait.any_of else Role.WAITS, place, standing),
        *(
            Link(target, Key(True, hold.thread), Role.HELD, hold.since.place, None, hold.since, hold.count)
            for hold in wait.holds
        ),
        *_releases(state, wait, target),
    ]


def _releases(state: State, wait: Wait, target: Key) -> list[Link]:
    """Who released it before: the last release of each."""
    found = state.objects.get(target.name)
    if found is None or not wait.releasers:
        return []
    last = {event.thread: event for event in found.releases}
    return [
        Link(target, Key(True, name), Role.RELEASED, last[name].place, None, last[name])
        for name in wait.releasers
        if name in last
    ]
