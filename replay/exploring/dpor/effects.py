"""What each operation touches: the table of dependence.

Correct is a table in which independent operations neither enable nor disable each other, and commute wherever both can
be executed. What time has to do with it is added by `replay.exploring.dpor.course`. Operations whose effect depends on
what they find are labelled by what they found: a `lock.acquire` that was tried in vain only reads the lock. Whoever is
woken by another thread is ordered after it without any entry here.
"""

from __future__ import annotations

from itertools import chain
from typing import TYPE_CHECKING, Any

from replay.exploring.dpor.conflicts import GIVE, NEED, READ, READ_PART, WRITE, WRITE_PART
from tracer.operations import MEMORY, OUTSIDE
from tracer.primitives.lock import Lock
from tracer.primitives.rlock import RLock
from tracer.runtime import Limited

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from replay.thread import Thread

#: Objects that are no objects of the program. What all threads are: who starts and ends, who looks at all of them.
THREADS = "all threads"
#: Program time: who looks at it, and who moves it.
TIME = "the clock"
#: The end of the program, which daemon threads do not outlive.
END = "the end"
#: Everything that is not under control.
ELSEWHERE = "the outside"

#: Classes of keys that are the same in each execution.
_PLAIN = frozenset([int, str, bytes, bool, float, type(None)])

Touch = tuple[object, int]


def _reads(target: Any, result: Any, thread: Thread) -> Iterator[Touch]:
    yield target, READ


def _writes(target: Any, result: Any, thread: Thread) -> Iterator[Touch]:
    yield target, WRITE


def _acquires(target: Any, result: Any, thread: Thread) -> Iterator[Touch]:
    if result is False or (isinstance(result, Limited) and not result):
        yield target, READ
    else:
        yield target, WRITE if isinstance(result, Limited) else WRITE | NEED


def _releases(target: Any, result: Any, thread: Thread) -> Iterator[Touch]:
    yield target, WRITE | GIVE if result is None else WRITE  # where it was not held, it raised an exception


def _acquires_again(target: Any, result: Any, thread: Thread) -> Iterator[Touch]:
    """To acquire a lock once more that the thread holds concerns nobody else."""
    return iter(()) if target.owner is thread else _acquires(target, result, thread)


def _releases_again(target: Any, result: Any, thread: Thread) -> Iterator[Touch]:
    return iter(()) if target.depth > 1 else _releases(target, result, thread)


def _releases_permits(target: Any, result: Any, thread: Thread) -> Iterator[Touch]:
    """The event comes before the permits are there."""
    yield target, WRITE | GIVE if target._value == 0 else WRITE


def _lock_of(condition: Any) -> Touch | None:
    lock = condition._lock
    return (lock, WRITE) if isinstance(lock, Lock | RLock) else None


def _waits(target: Any, result: Any, thread: Thread) -> Iterator[Touch]:
    yield target, WRITE
    if (lock := _lock_of(target)) is not None:
        yield lock[0], WRITE | GIVE


def _reacquires(target: Any, result: Any, thread: Thread) -> Iterator[Touch]:
    if (lock := _lock_of(target)) is not None:
        yield lock[0], WRITE | NEED
    if result is not True:  # only now it is no waiter any more
        yield target, WRITE


def _arrives(target: Any, result: Any, thread: Thread) -> Iterator[Touch]:
    yield target, WRITE | NEED


def _leaves(target: Any, result: Any, thread: Thread) -> Iterator[Touch]:
    yield target, WRITE_PART | GIVE if result is None else WRITE


def _starts(target: Any, result: Any, thread: Thread) -> Iterator[Touch]:
    yield target, WRITE
    yield THREADS, WRITE_PART


def _ends(target: Any, result: Any, thread: Thread) -> Iterator[Touch]:
    yield thread, WRITE | GIVE
    yield THREADS, WRITE_PART if thread.daemon else WRITE_PART | GIVE
    if not thread.path:
        yield END, WRITE


def _joins(target: Any, result: Any, thread: Thread) -> Iterator[Touch]:
    yield target, READ if isinstance(result, Limited) or result is False else READ | NEED


def _sees_all_threads(target: Any, result: Any, thread: Thread) -> Iterator[Touch]:
    yield THREADS, READ


def _waits_for_all(target: Any, result: Any, thread: Thread) -> Iterator[Touch]:
    yield THREADS, READ | NEED


def _reads_clock(target: Any, result: Any, thread: Thread) -> Iterator[Touch]:
    yield TIME, WRITE


def _reads_memory(target: Any, result: Any, thread: Thread) -> Iterator[Touch]:
    yield target, READ
    if (whole := target.part_of_all) is not None:
        yield whole, READ_PART if is_plain(target.key) else READ
    if target.default is not None:
        yield from _reads_memory(target.default, result, thread)


def _writes_memory(target: Any, result: Any, thread: Thread) -> Iterator[Touch]:
    yield target, WRITE
    if (whole := target.part_of_all) is not None:
        yield whole, WRITE_PART if is_plain(target.key) else WRITE


def is_plain(key: Any) -> bool:
    """Whether a key of a container is the same in each execution; others are taken for any key."""
    return type(key) in _PLAIN or (type(key) is tuple and all(map(is_plain, key)))


def _nothing(target: Any, result: Any, thread: Thread) -> Iterator[Touch]:
    return iter(())


_EFFECTS: dict[str, Callable[[Any, Any, Thread], Iterator[Touch]]] = {
    "lock.acquire": _acquires,
    "lock.release": _releases,
    "lock.timeout": _reads,
    "lock.locked": _reads,
    "rlock.acquire": _acquires_again,
    "rlock.release": _releases_again,
    "rlock.timeout": _reads,
    "rlock.locked": _reads,
    "condition.wait": _waits,
    "condition.reacquire": _reacquires,
    "condition.timeout": _writes,
    "condition.notify": _writes,
    "semaphore.acquire": _acquires,
    "semaphore.release": _releases_permits,
    "semaphore.timeout": _reads,
    "event.set": _writes,
    "event.clear": _writes,
    "event.is_set": _reads,
    "event.wait": _reads,
    "event.wake": _nothing,
    "event.timeout": _reads,
    "barrier.wait": _arrives,
    "barrier.leave": _leaves,
    "barrier.timeout": _writes,
    "barrier.reset": _writes,
    "barrier.abort": _writes,
    "barrier.n_waiting": _reads,
    "barrier.broken": _reads,
    "thread.begin": _nothing,
    "thread.end": _ends,
    "thread.start": _starts,
    "thread.join": _joins,
    "thread.timeout": _reads,
    "thread.is_alive": _reads,
    "thread.enumerate": _sees_all_threads,
    "program.exit": _waits_for_all,
    "program.note": _nothing,
    "program.atomic": _nothing,
    "time.sleep": _nothing,
    "time.wake": _nothing,
    "time.read": _reads_clock,
    "memory.read": _reads_memory,
    "memory.write": _writes_memory,
    "memory.use": _writes_memory,
}

#: What a blocked thread stands in the middle of: it needs nobody's permission but that of whoever wakes it.
_PARKED = frozenset(["condition.wait", "event.wait", "barrier.wait", "time.sleep"])


def touched(operation: str, target: Any, result: Any, thread: Thread) -> Iterator[Touch]:
    """What an event touches: objects, or one of the names above, and how."""
    effect = _EFFECTS.get(operation)
    if effect is None:
        effect = _reads if operation.endswith(".locked") else _somewhere
    return effect(target, result, thread)


def _somewhere(target: Any, result: Any, thread: Thread) -> Iterator[Touch]:
    yield ELSEWHERE, WRITE
    if target is not None:
        yield target, WRITE


def wanted(thread: Thread, *, parked: bool) -> Iterator[Touch]:
    """What the pending operation of a thread would touch, as far as can be said: rather too much."""
    operation = thread.operation
    if parked and operation in _PARKED:
        return iter(())
    if operation.startswith(MEMORY):
        return chain(_reads_memory(thread.target, None, thread), _writes_memory(thread.target, None, thread))
    if operation.endswith(".release") and not isinstance(thread.target, Lock | RLock):
        return _writes(thread.target, None, thread)
    result = True if operation.endswith((".acquire", ".join", ".reacquire")) else None
    return touched(operation, thread.target, result, thread)


#: Operations that give nothing that what comes next could depend on.
WITHOUT_VALUE = frozenset(
    ["lock.release", "rlock.release", "semaphore.release", "event.set", "event.clear", "condition.notify",
     "memory.write", "barrier.reset", "barrier.abort", "thread.start", "thread.begin", "time.sleep", "time.wake"]
)  # fmt: skip


def is_sure(operation: str, result: Any) -> bool:
    """Whether an operation touches the same whatever it finds: not what was only tried, or had a limit."""
    if operation.endswith(".timeout"):
        return False
    return not (operation.endswith(".acquire") and (result is False or isinstance(result, Limited)))


def is_outside(operation: str) -> bool:
    """Whether what is not under control has to do with it: then the same choices may lead elsewhere the next time."""
    return operation.startswith(OUTSIDE) or operation in ("database.wait", "uncontrolled.run", "signal.handle")
