"""What a pending operation touches, and which others it races with, as far as that shows before it is executed.

Two pending operations *race* when their order may matter: they are of different threads, touch the same object, and
are not both pure reads. An element of a container races with all of the container. What a condition's waiter needs to
go on is the lock, which is the object of its reacquire.

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

_REACQUIRE = "condition.reacquire"

#: Their order follows from that of other operations: what is done while a lock is held comes in the order in which
#: that was acquired.
_ORDERED_BY_OTHERS = frozenset(
    ["lock.release", "rlock.release", "condition.wait", "condition.notify", "import.wait", "program.exit",
     "uncontrolled.run"]
)  # fmt: skip

#: What touches no object whose operations are to be counted.
APART = _ORDERED_BY_OTHERS | {word for word in OPERATIONS if word.startswith(("thread.", "time."))}


class Priorities(dict["Thread", float]):
    """A number between 0 and 1 for each thread, drawn when it is first asked for."""

    def __init__(self, random: Callable[[], float]) -> None:
        super().__init__()
        self._random = random

    def __missing__(self, thread: Thread) -> float:
        self[thread] = drawn = self._random()
        return drawn


def touched(thread: Thread) -> Any:
    """The object that the pending operation of a thread is an operation on; None where none is to be counted."""
    operation = thread.operation
    target: Any = thread.target
    if operation in APART:
        return None
    return _lock_of(target) if operation == _REACQUIRE else target


def _lock_of(condition: Any) -> Any:
    lock = condition._lock
    return lock if isinstance(lock, Lock | RLock) else condition


def label_of(target: Any, labels: Labels) -> str | None:
    """The label of what a pending operation touches, without giving it one; None where that cannot be told.

    For an object without a label that is the one it gets if this operation is the next of those on such objects.
    """
    known: tuple[Labels, str] | None = target._threadtrace_label
    if known is not None and known[0] is labels:
        return known[1]
    if type(target) is Variable:
        thing = target.thing
        of_thing = thing._label
        if of_thing is None or of_thing[0] is not labels:
            thing._label = (labels, _free(thing.name, labels._things))
        name = target.name(labels)
        thing._label = of_thing
        return _free(name, labels._objects)
    made = birth_of(target)
    if made is None or made.given == "":
        return None
    kind = getattr(target, "kind", None)
    return _free(numbered(made, kind if isinstance(kind, str) else type(target).__name__), labels._objects)


def _free(name: str, taken: dict[str, int]) -> str:
    """What a name becomes, so that it is none of those that were given."""
    label, number = name, taken.get(name, 1)
    while label in taken:
        number += 1
        label = f"{name}#{number}"
    return label


def race_with(thread: Thread, enabled: dict[Thread, None]) -> list[Thread]:
    """The threads among `enabled` whose pending operations race with that of `thread`; it may be among them itself."""
    target: Any = thread.target
    operation = thread.operation
    kind = type(target)
    if kind is Variable:
        found = [other for other in enabled if other.target is target]
        if target.kind == "attribute":
            pass
        elif target.kind == "item":
            whole = target.thing.whole
            found += [other for other in enabled if other.target is whole]
        elif target.kind == "all":
            thing = target.thing
            found += [
                other
                for other in enabled
                if type(one := other.target) is Variable and one.thing is thing and one is not target
            ]
    elif kind is Lock or kind is RLock or operation == _REACQUIRE:
        lock = _lock_of(target) if operation == _REACQUIRE else target
        found = [
            other
            for other in enabled
            if other.target is lock or (other.operation == _REACQUIRE and _lock_of(other.target) is lock)
        ]
    else:
        found = [other for other in enabled if other.target is target]
    if len(found) > 1 and operation in READS:
        return [other for other in found if other.operation not in READS]
    return found
