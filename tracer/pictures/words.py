"""The words of a wait-for picture: of its boxes, its tooltips and its title."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tracer.analysis.moment import Status
from tracer.outcome import FailureKind
from tracer.pictures.relations import target_of
from tracer.pictures.text import count, shorten, some_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tracer.analysis.moment import Standing
    from tracer.analysis.state import ObjectState, State
    from tracer.analysis.waitfor import Wait, WaitFor
    from tracer.pictures.relations import Key
    from tracer.pictures.subject import Subject

#: A cycle of so many threads is told in words as well.
_TOLD = 3

#: So many reasons stand in a title.
_REASONS = 2

#: How many of its objects are named in a thread's tooltip.
_MOST_HELD = 12

_NOBODY = {
    "condition": "nobody is left who could notify it",
    "event": "nobody is left who could set it",
    "semaphore": "nobody is left who could release a permit",
    "barrier": "nobody is left who could arrive",
}


def nobody(known: ObjectState | None) -> str:
    """Why nobody who stands in an object is ever let go."""
    return _NOBODY.get(known.kind if known is not None else "", "nobody is left who could release it")


def thread_words(standing: Standing, *, stuck: bool, last: bool) -> str:
    """What a thread can do, in a few words."""
    if stuck:
        words = "can never go on"
    elif standing.status is Status.BLOCKED:
        words = "sleeps" if standing.operation == "time.sleep" else _waits(standing, last=last)
    else:
        words = {Status.ENABLED: "can go on", Status.ENDED: "has ended"}.get(
            standing.status, "what it does is not known"
        )
    return f"daemon, {words}" if standing.daemon else words


def _waits(standing: Standing, *, last: bool) -> str:
    words = "waits, for a limited time" if standing.timed else "waits"
    return f"{words}, and goes on later" if standing.goes_on and not last else words


def object_words(known: ObjectState | None) -> str:
    """An object's kind and state, in a few words."""
    if known is None:
        return "object"
    waiting = f", {len(known.waiters):,} waiting" if known.waiters else ""
    match known.kind:
        case "semaphore" if known.value is not None:
            total = f" of {known.size:,}" if known.size is not None else ""
            return f"semaphore, {known.value:,}{total} free"
        case "barrier" if known.size is not None:
            return f"barrier, {len(known.waiters):,} of {known.size:,} arrived"
        case "event":
            return f"event, {'' if known.flag else 'not '}set{waiting}"
    return f"{known.kind}{waiting}"


def thread_tip(state: State, standing: Standing, *, holds: bool = True) -> list[str]:
    """All that is known of where a thread stands: the operation, the stack, and what it holds."""
    target = f" {standing.object}" if standing.object else ""
    lines = [standing.thread]
    if standing.operation:
        since = f", since event {standing.since:,}" if standing.since else ""
        lines.append(f"{standing.operation}{target}{since}")
    # The stack of an outcome begins with the place itself, that of an event with its caller.
    callers = standing.stack
    if callers and callers[0].startswith(standing.place):
        lines.append(f"  at {callers[0]}")
        callers = callers[1:]
    elif standing.place:
        lines.append(f"  at {standing.place}")
    if standing.source:
        lines.append(f"      {standing.source}")
    lines += [f"  called from {place}" for place in callers]
    held = state.held_by(standing.thread) if holds else []
    lines += [f"holds {one.object}, since event {one.since.number:,} at {one.since.place}" for one in held[:_MOST_HELD]]
    if len(held) > _MOST_HELD:
        lines.append(f"holds {len(held) - _MOST_HELD:,} more objects")
    return lines


def verdict_of(found: WaitFor, subject: Subject) -> str:
    """The first line of the title."""
    moment = found.moment
    if moment.last and found.stuck and (message := subject.failure(FailureKind.DEADLOCK)):
        return message
    if moment.last and (message := subject.failure()):
        return message
    waiting = [one.standing for one in found.waits if one.standing.operation != "time.sleep"]
    if moment.last and subject.completed:
        left = f"; {count(len(waiting), 'daemon thread')} still waited" if waiting else ""
        return f"the program has ended{left}"
    if found.stuck:
        return f"{some_of(found.stuck)} can never go on"
    if waiting:
        names = [one.thread for one in waiting]
        later = f", and {'goes' if len(names) == 1 else 'go'} on later" if all(one.goes_on for one in waiting) else ""
        return f"{some_of(names)} {'waits' if len(names) == 1 else 'wait'}{later}"
    return nobody_waits(found)


def nobody_waits(found: WaitFor) -> str:
    """That nobody waits, as far as the trace tells."""
    unknown = any(one.status is Status.UNKNOWN for one in found.moment.standings)
    return "nobody is known to wait" if unknown else "nobody waits"


def why(found: WaitFor, subject: Subject, cycle: Sequence[Key]) -> str:
    """The second line of the title: the cycle in words, or what nobody is left to do."""
    threads = [key.name for key in cycle if key.thread]
    if len(threads) > _TOLD:
        return f"{len(threads):,} threads form a ring: each waits for the next one, and the last one for the first"
    if threads:
        return "; ".join(_turn(cycle, number) for number, key in enumerate(cycle) if key.thread)
    told = [words for one in found.waits if one.thread in found.stuck and (words := _abandoned(found, one))]
    hopeless: dict[str, list[Wait]] = {}
    for one in found.waits:
        if one.any_of and one.thread in found.stuck and one.standing.object:
            hopeless.setdefault(one.standing.object, []).append(one)
    told += [_hopeless(found, name, waits) for name, waits in hopeless.items()]
    return "; ".join(told[:_REASONS])


def _turn(cycle: Sequence[Key], number: int) -> str:
    """One thread of the cycle: `A waits for lock_b, which B holds`."""
    thread = shorten(cycle[number].name)
    following = cycle[(number + 1) % len(cycle)]
    if following.thread:
        return f"{thread} waits for {shorten(following.name)} to end"
    holder = cycle[(number + 2) % len(cycle)]
    who = "it holds itself" if holder == cycle[number] else f"{shorten(holder.name)} holds"
    return f"{thread} waits for {shorten(following.name)}, which {who}"


def _abandoned(found: WaitFor, wait: Wait) -> str:
    """`A waits for lock, which B still held when it ended`; empty where that is not so."""
    for hold in wait.holds:
        holder = found.moment.state.threads.get(hold.thread)
        if holder is not None and holder.ended is not None and not wait.any_of:
            target = target_of(found.moment.state, wait.standing) or ""
            thread, holder_name = shorten(wait.thread), shorten(hold.thread)
            return f"{thread} waits for {shorten(target)}, which {holder_name} still held when it ended"
    return ""


def _hopeless(found: WaitFor, name: str, waits: Sequence[Wait]) -> str:
    """`A waits for ready, and nobody is left who could notify it: B, who did so before, waits for A`."""
    names = [one.thread for one in waits]
    verb = "waits" if len(names) == 1 else "wait"
    text = f"{some_of(names)} {verb} for {shorten(name)}, and {nobody(found.moment.state.objects.get(name))}"
    for releaser in waits[0].releasers:
        waiter = _waits_in_turn(found, releaser, set(names))
        if waiter:
            return f"{text}: {shorten(releaser)}, who did so before, waits for {shorten(waiter)}"
    return text


def _waits_in_turn(found: WaitFor, thread: str, ends: set[str]) -> str:
    """Which of `ends` a thread waits for, itself or because somebody whom it waits for does; empty for none."""
    waits = {one.thread: one for one in found.waits}
    seen = {thread}
    left = [thread]
    for name in left:
        one = waits.get(name)
        if one is None or one.any_of:
            continue
        for other in [*one.awaited, *(hold.thread for hold in one.holds)]:
            if other in ends:
                return other
            if other not in seen:
                seen.add(other)
                left.append(other)
    return ""
