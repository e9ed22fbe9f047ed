"""Cycles of locks in words: a finding for each, those at the same places taken together."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from tracer.analysis.finding import Finding, FindingKind, Step

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tracer.analysis.cycles import Cycle

#: Locks that are named in a message. A line with more turns than these cannot be read: then the first ones are told.
_MOST_NAMED = 4
_MOST_TOLD = 3
_FIRST_TOLD = 2

_REACQUIRE = "condition.reacquire"


def describe(cycles: Sequence[Cycle]) -> list[Finding]:
    """The findings, in the order of the cycles."""
    groups: dict[object, list[Cycle]] = {}
    for cycle in cycles:
        groups.setdefault(cycle.alike, []).append(cycle)
    return [_finding(alike[0], len(alike) - 1) for alike in groups.values()]


def _finding(cycle: Cycle, others: int) -> Finding:
    steps: list[Step] = []
    for turn, one in enumerate(cycle.requests):
        outer = cycle.outer(turn)
        thread = one.at.thread
        steps.append(
            Step(thread, outer.operation, cycle.locks[turn], outer.place, outer.number, "holds", list(outer.stack))
        )
        number = one.at.number if one.executed else 0
        steps.append(Step(thread, one.operation, one.lock, one.place, number, "acquires", list(one.stack)))
    threads = dict.fromkeys([one.at.thread for one in cycle.requests])
    threads.update(dict.fromkeys(name for names in cycle.threads for name in names))
    return Finding(
        FindingKind.LOCK_ORDER,
        _message(cycle, others),
        list(threads),
        list(cycle.locks),
        list(dict.fromkeys(step.place for step in steps if step.place)),
        steps,
        _advice(cycle),
    )


def _message(cycle: Cycle, others: int) -> str:
    size = len(cycle.locks)
    names = _listed(sorted(cycle.locks) if size == 2 else cycle.locks)
    head = f"{names} are taken in opposite orders" if size == 2 else f"{size:,} locks are taken in a circle: {names}"
    turns = [_turn(cycle, turn) for turn in range(size if size <= _MOST_TOLD else _FIRST_TOLD)]
    if size > _MOST_TOLD:
        turns.append(f"and so on, {size:,} threads in all")
    more = f" ({others:,} more such cycle{'s' if others > 1 else ''} of other locks at these places)" if others else ""
    return f"{head}: {'; '.join(turns)}{more}"


def _turn(cycle: Cycle, turn: int) -> str:
    """`A takes lock_b at bank.py:12 while it holds lock_a since bank.py:11`."""
    one, outer = cycle.requests[turn], cycle.outer(turn)
    alike = len(cycle.threads[turn]) - 1
    who = f"{one.at.thread} (and {alike:,} more)" if alike else one.at.thread
    back = " back after a wait" if one.operation == _REACQUIRE else ""
    return f"{who} takes {one.lock}{back}{_at(one.place)} while it holds {cycle.locks[turn]}{_since(outer.place)}"


def _advice(cycle: Cycle) -> str:
    waits = next((turn for turn, one in enumerate(cycle.requests) if one.operation == _REACQUIRE), None)
    if waits is not None:
        one, held = cycle.requests[waits], cycle.locks[waits]
        return (
            f"a wait gives back the lock of its condition only: in {one.at.thread}, release {held} "
            f"({_short(cycle.outer(waits).place)}) before the wait ({_short(one.place)})"
        )
    last = len(cycle.locks) - 1
    one, held, outer = cycle.requests[last], cycle.locks[last], cycle.outer(last)
    like = f", as {cycle.requests[0].at.thread} does" if last == 1 else ""
    return (
        f"take them in one order everywhere: in {one.at.thread}, acquire {one.lock} (now {_short(one.place)}) before "
        f"{held} (now {_short(outer.place)}){like}; or take one more lock around both, the same one in all threads"
    )


def _listed(names: Sequence[str]) -> str:
    shown = [*names[:_MOST_NAMED]]
    if len(names) > _MOST_NAMED:
        shown.append(f"{len(names) - _MOST_NAMED:,} more")
    return f"{', '.join(shown[:-1])} and {shown[-1]}"


def _at(place: str) -> str:
    return f" at {place}" if place else ""


def _since(place: str) -> str:
    return f" since {place}" if place else ""


def _short(place: str) -> str:
    return os.path.basename(place) or "place unknown"
