"""What the tracer keeps beside an object of one of the standard library's own classes."""

from __future__ import annotations

from typing import Any

from tracer.names import Birth, birth
from tracer.runtime import Queue

_ATTRIBUTE = "_threadtrace"


class Model:
    """Birth and queues of an object. `queue` holds the threads that stand before its blocking operation.

    `waiting` holds those in the middle of it, for the primitives whose wait has a beginning and an end.
    """

    __slots__ = ("birth", "busy", "excluded", "queue", "waiting")

    def __init__(self, made: Birth) -> None:
        self.birth = made
        self.queue: Queue = {}
        self.waiting: Queue = {}
        self.excluded: Queue = {}
        self.busy = False


#: What every patched class has: see `tracer.labels`.
UNLABELLED: dict[str, Any] = {"_threadtrace_label": None}


def give_model(owner: Any, depth: int = 3) -> None:
    """Called by the patched `__init__` of `owner`, which is `depth - 1` frames below the creator."""
    owner.__dict__[_ATTRIBUTE] = Model(birth(depth))


def give_known_model(owner: Any, made: Birth) -> None:
    """The same where the birth is known."""
    owner.__dict__[_ATTRIBUTE] = Model(made)


def model_of(owner: Any) -> Model:
    """The model of an object, made now for one that is older than the patch."""
    found: Model | None = owner.__dict__.get(_ATTRIBUTE)
    if found is None:
        found = owner.__dict__[_ATTRIBUTE] = Model(Birth([], 0, given=""))
    return found


def birth_of(target: Any) -> Birth | None:
    """The birth of a traced object of any kind."""
    found = getattr(target, _ATTRIBUTE, target)
    made = getattr(found, "birth", None)
    return made if isinstance(made, Birth) else None
