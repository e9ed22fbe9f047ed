"""What a pending operation touches, and which other ones it races with, as far as that shows before it is executed.

Two pending operations *race* when their order may matter: they are of different threads, touch the same object, and
are not both pure reads. An element of a container races with all of the container. What a condition's waiter needs to go
on is the lock, which is the object of its reacquire.

To tell an object from others across executions takes its label, and labels are numbered in the order of the first
events. So nobody may ask for one before it is due: `label_of` foresees what it is going to be.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tracer.access.variables import Variable
from tracer.names import numbered
from tracer.operations import OPERATIONS
from tracer.primitives.lock import Lock
from tracer.primitives.model import birth_of
from tracer.primitives.rlock import RLock

if TYPE_CHECKING:
    from collections.abc import Callable

    from replay.thread import Thread
    from tracer.labels import Labels

#: These change nothing that others can see. `memory.use` is none of them: what is done there is not known.
READS = frozenset(
    ["memory.read", "lock.locked", "rlock.locked", "event.is_set", "event.wait", "event.wake", "barrier.n_waiting",
     "barrier.broken"]
)  # fmt: skip

REACQUIRE = "condition.reacquire"

#: Their order among the operations of others is of no interest, or follows from that of operations that are of some:
#: what is done while a lock is held comes in the order of the acquires.
_ORDERED_BY_OTHERS = frozenset(
    ["lock.release", "rlock.release", "condition.wait", "condition.notify", "import.wait", "program.exit",
     "uncontrolled.run"]
)  # fmt: skip
APART = _ORDERED_BY_OTHERS | {word for word in OPERATIONS if word.startswith(("thread.", "time."))}


def touched(thread: Thread) -> Any:
    """The object whose operations the pending one of `thread` is to be ordered among; None for none."""
    operation = thread.operation
    if operation in APART:
        return None
    if operation == REACQUIRE:
        lock = thread.target._lock  # type: ignore[attr-defined]  # a condition's
        return lock if isinstance(lock, Lock | RLock) else thread.target
    return thread.target


def label_of(thread: Thread, target: Any) -> str | None:
    """The label of what the pending operation of `thread` touches, without giving it one; None where it is not known.

    An object without a label gets the foreseen one if its operation is the next to be executed of those without.
    """
    labels = thread._threadtrace_label[0]
    known: tuple[Labels, str] | None = target._threadtrace_label
    return known[1] if known is not None and known[0] is labels else _foreseen(labels, target)


def _foreseen(labels: Labels, target: Any) -> str | None:
    if type(target) is Variable:
        thing = target.thing
        known = thing._label
        if known is None or known[0] is not labels:
            thing._label = (labels, _free(thing.name, labels._things))
        name = target.name(labels)
        thing._label = known
        return _free(name, labels._objects)
    made = birth_of(target)
    if made is None or made.given == "":
        return None
    kind = getattr(target, "kind", None)
    return _free(numbered(made, kind if isinstance(kind, str) else type(target).__name__), labels._objects)


def _free(name: str, taken: dict[str, int]) -> str:
    """What a name becomes that is told from those that were given before."""
    label, number = name, taken.get(name, 1)
    while label in taken:
        number += 1
        label = f"{name}#{number}"
    return label


def race_with(thread: Thread, enabled: dict[Thread, None]) -> list[Thread]:
    """The threads among `enabled` whose pending operations race with that of `thread`, and perhaps itself."""
    operation, target = thread.operation, thread.target
    if operation == REACQUIRE:
        target = touched(thread)
    found = [
        other
        for other in enabled
        if (other.target is target or (other.operation == REACQUIRE and touched(other) is target))
        and other.target is not None
    ]
    if type(target) is Variable:
        if target.kind == "item":
            whole = target.thing.whole
            found += [other for other in enabled if other.target is whole]
        elif target.kind == "all":
            found += [
                other
                for other in enabled
                if type(other.target) is Variable and other.target.thing is target.thing and other.target is not target
            ]
    if operation in READS:
        return [other for other in found if other.operation not in READS]
    return found


class Priorities(dict["Thread", float]):
    """A number between 0 and 1 for each thread, drawn when it is first asked for."""

    def __init__(self, random: Callable[[], float]) -> None:
        super().__init__()
        self._random = random

    def __missing__(self, thread: Thread) -> float:
        self[thread] = drawn = self._random()
        return drawn
