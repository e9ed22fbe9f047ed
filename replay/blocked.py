"""Why threads cannot go on: the report of a deadlock, from the live threads at the moment it happened."""

from __future__ import annotations

import linecache
import threading
from typing import TYPE_CHECKING, Any

from tracer.analysis.waitfor import find_cycle
from tracer.operations import OUTSIDE
from tracer.outcome import Failure, FailureKind, Holder, Waiting
from tracer.places import Origin, describe, line_of, origins, user_frame, user_stack
from tracer.primitives.thread import controlled

if TYPE_CHECKING:
    from types import FrameType

    from replay.kernel import Kernel
    from replay.thread import Thread

#: Frames of a stack that a report keeps, innermost first.
_DEEPEST_STACK = 40


def fingerprint(kind: FailureKind, *parts: str) -> str:
    """Tells failures apart: the same for the same kind at the same places, whatever the order of the threads."""
    import hashlib  # which maps OpenSSL into the process; hardly any execution fails

    return hashlib.sha1("|".join([kind.value, *sorted(parts)]).encode(), usedforsecurity=False).hexdigest()[:12]


def deadlock(kernel: Kernel, lost: list[Thread] | None = None) -> Failure:
    """The failure of an execution in which no thread can go on, or only others than those that are `lost`."""
    stuck_threads = kernel.stuck_threads
    lost = lost or stuck_threads
    waiting = [waiting_of(kernel, thread) for thread in lost]
    never = {*lost, *kernel.stuck.lost}
    others = [thread.label for thread in kernel.program_threads if not thread.finished and thread not in never]
    stuck = [one for one in waiting if not one.daemon]
    objects = list(dict.fromkeys(one.object for one in stuck if one.object))
    cycle = find_cycle({one.thread: (one.object, [h.thread for h in one.holders]) for one in waiting if one.holders})
    go_on = f", while {_names(others)} can" if others else ""
    return Failure(
        kind=FailureKind.DEADLOCK,
        fingerprint=fingerprint(
            FailureKind.DEADLOCK, *(f"{one.operation}@{one.place}" for one in _core(waiting, cycle))
        ),
        message=f"deadlock: {_names([one.thread for one in stuck])} can never go on{go_on}",
        threads=[one.thread for one in stuck],
        objects=objects,
        sites=list(dict.fromkeys(one.place for one in stuck)),
        waiting=waiting,
        cycle=cycle,
    )


def _names(threads: list[str]) -> str:
    if len(threads) > 3:
        return f"{len(threads)} threads"
    return " and ".join([*([", ".join(threads[:-1])] if threads[:-1] else []), *threads[-1:]])


def _core(waiting: list[Waiting], cycle: list[str]) -> list[Waiting]:
    """The threads that make it a deadlock, without those that only wait for these: what a fingerprint is made of."""
    return (
        [one for one in waiting if one.thread in cycle]
        or [one for one in waiting if not one.daemon and one.operation not in ("thread.join", "program.exit")]
        or waiting
    )


def waiting_of(kernel: Kernel, thread: Thread) -> Waiting:
    """What a thread stands before, where, and who holds it up."""
    frame = thread.greenlet.gr_frame
    place, source, stack = _where(frame)
    target: Any = thread.target
    return Waiting(
        thread=thread.label,
        operation=thread.operation,
        object=kernel.labels.of(target),
        place=place,
        source=source,
        daemon=thread.daemon,
        holders=_holders(kernel, thread),
        note=_note(thread),
        stack=stack,
        timed=bool(thread.alarm),
        makers=kernel.labels.makers(target) if target is not None else [],
    )


def running(thread: Thread, frame: FrameType | None) -> Waiting:
    """The thread that was running when it was stopped, at `frame`."""
    place, source, stack = _where(frame)
    return Waiting(thread.label, "running", None, place, source, thread.daemon, stack=stack)


def _where(frame: FrameType | None) -> tuple[str, str, list[str]]:
    """The user's place of a suspended frame, its source line, and the stack of the user's frames."""
    if frame is None:
        return "", "", []
    stack = user_stack(frame, _DEEPEST_STACK)
    found = user_frame(frame)
    code = found.f_code
    if origins[code.co_filename] is Origin.OWN:  # nothing but the tool's own frames: the program's exit
        return "", "", stack
    source = linecache.getline(code.co_filename, line_of(code, found.f_lasti)).strip()
    return describe(code, found.f_lasti), source, stack


def in_the_way(kernel: Kernel, thread: Thread) -> list[Any]:
    """Who has to do something before the thread can go on, where that is certain: threads, under control or not."""
    target: Any = thread.target
    if isinstance(target, threading.Thread):
        other = controlled(target)
        return [other] if other is not None else []
    if thread.operation == "program.exit":
        return [other for other in kernel.threads if not (other.finished or other.daemon)]
    owner = getattr(_lock_of(thread), "owner", None)
    return [owner] if owner is not None else []


def _lock_of(thread: Thread) -> Any:
    """The object that the thread waits for, which may be a lock: that of the condition, after a wait."""
    target: Any = thread.target
    return target._lock if thread.operation == "condition.reacquire" else target


def _holders(kernel: Kernel, thread: Thread) -> list[Holder]:
    """Who is in the way, and where it got what the thread waits for."""
    lock = _lock_of(thread)
    acquired = getattr(lock, "acquired", None) if hasattr(lock, "owner") else None
    place = describe(*acquired) if acquired else None
    return [Holder(getattr(other, "label", other.name), place) for other in in_the_way(kernel, thread)]


def _note(thread: Thread) -> str:
    """What is known of an operation that nobody in particular holds up."""
    target: Any = thread.target
    match thread.operation:
        case "condition.wait":
            return "nobody is left who could notify it"
        case "event.wait":
            return "nobody is left who could set it"
        case "semaphore.acquire":
            return "no permit is left, and nobody is left who could release one"
        case "barrier.wait":
            return f"{target._count} of {target._parties} arrived"
        case "lock.acquire" | "rlock.acquire" if target.owner is thread:
            return "it waits for itself"
        case "lock.acquire" | "rlock.acquire" if getattr(target.owner, "finished", False):
            return f"{target.owner.label} has ended without releasing it"
        case operation if operation.startswith(OUTSIDE):
            return "only threads of this process could let it go on, and none of them can"
        case "program.exit":
            return "the main thread has ended and waits for the others"
    return ""
