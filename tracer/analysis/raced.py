"""Data races in words: what was accessed, by whom, and why nothing orders the two accesses."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tracer.analysis.finding import Finding, FindingKind, Step

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from tracer.analysis.races import Race, Races, Side
    from tracer.events import Event

_BENIGN = "benign under the GIL"


def findings(races: Races) -> list[Finding]:
    """A finding for each race, the benign ones last."""
    return [_finding(one, races.knowledge.started) for one in races.races]


def found_in(events: Iterable[Event]) -> list[Finding]:
    """All data races of an execution."""
    from tracer.analysis.races import Races

    races = Races()
    for event in events:
        races.feed(event)
    return findings(races)


def _finding(race: Race, started: Mapping[str, Event | None]) -> Finding:
    first, second = race.first, race.second
    sides = (first, second)
    steps = [_step(side, role) for side, role in zip(sides, ("first", "second"), strict=True)]
    accesses = ", ".join(_access(side, race) for side in sides)
    benign = f" ({_BENIGN}: each is one atomic operation)" if race.benign else ""
    return Finding(
        FindingKind.DATA_RACE,
        f"data race on {_subject(race)}: {accesses}{benign}",
        [side.event.thread for side in sides],
        list(dict.fromkeys(side.event.object or "" for side in sides)),
        list(dict.fromkeys(side.event.place for side in sides if side.event.place)),
        steps,
        _advice(race),
        reason=f"{_locks(first, second)}; {_threads(first, second, started)}",
        benign=race.benign,
    )


def _step(side: Side, role: str) -> Step:
    event = side.event
    return Step(
        event.thread,
        event.operation,
        event.object,
        event.place,
        event.number,
        role,
        list(side.stack),
        list(side.holding),
    )


def _subject(race: Race) -> str:
    """The variable, as the program calls it; of two that are not the same, the container."""
    first, second = race.first.event.object or "", race.second.event.object or ""
    if first == second:
        return first
    return min(first, second, key=len)


def _access(side: Side, race: Race) -> str:
    """`Adder-1 writes at bank.py:12`."""
    event = side.event
    verb = "writes" if event.operation == "memory.write" else "reads"
    what = "" if event.object == _subject(race) else f" {event.object}"
    return f"{event.thread} {verb}{what}" + (f" at {event.place}" if event.place else "")


def _locks(first: Side, second: Side) -> str:
    """The locks that each thread held: Eraser asks for one that both hold."""
    names = (first.event.thread, second.event.thread)
    if not first.holding and not second.holding:
        return "neither holds a lock"
    told = ", ".join(
        f"{name} holds {_and(side.holding) or 'no lock'}" for name, side in zip(names, (first, second), strict=True)
    )
    both = first.holding and second.holding
    return f"no lock in common: {told}" if both else told


def _threads(first: Side, second: Side, started: Mapping[str, Event | None]) -> str:
    one, other = first.event.thread, second.event.thread
    places = [(name, started.get(name)) for name in (one, other)]
    told = [f"{name} was started at {event.place}" for name, event in places if event is not None and event.place]
    if len(told) == 2:
        told[1] = told[1].replace(" was started", "", 1)
    return ", ".join([*told, f"and nothing makes {other} wait for what {one} did there"]).removeprefix("and ")


def _advice(race: Race) -> str:
    if race.benign:
        return "nothing, as long as each operation stands for itself; hold a lock around those that belong together"
    first, second = race.first, race.second
    held = next(
        ((lock, here, there) for here, there in ((first, second), (second, first)) for lock in here.holding), None
    )
    if held is None:
        return "hold the same lock at both accesses, from the first reading of the variable until it is written"
    lock, here, there = held
    there_place = there.event.place or "the other access"
    return f"hold {lock} at {there_place} too, as {here.event.thread} does at {here.event.place or 'its own'}"


def _and(names: Iterable[str]) -> str:
    return " and ".join(names)
