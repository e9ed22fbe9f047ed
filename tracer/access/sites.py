"""What is known of an instruction that may touch shared memory, or at which CPython may switch threads."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tracer.access.attributes import Plan

#: What kind of access a site is.
GLOBAL, CELL, ATTRIBUTE, ITEM, MEMBER, ITERATE, NEXT, CONTENTS, COMBINE, CALL, CALL_SPREAD, BIRTH, SWITCH = range(13)

READ, WRITE, USE = "memory.read", "memory.write", "memory.use"


class Atomic(str):
    """The same operation, as one step of a container that Python documents to be one.

    The mark travels with the operation because that is free: see `tracer.runtime.limited`, where it is the result.
    """

    __slots__ = ()


ATOMIC = {READ: Atomic(READ), WRITE: Atomic(WRITE), USE: USE}

#: What the source calls a value, and how many references there are to it where nobody else can reach it.
Value = tuple[str, int]


@dataclass(slots=True)
class Site:
    """One instruction.

    `operation` is what it does. `at` is where the object lies whose part is touched, in words from the first variable
    of the frame; `key` likewise what it is indexed with, and `value` what is stored (-1: none). `name` is that of an
    attribute or a variable, `path` what the source calls the object. `alone` is how many references there are to the
    object when nobody but this frame has it, 0 where that cannot be told; `fresh` is the same for `value`. `arguments`
    are those of a call.
    """

    kind: int
    operation: str = READ
    at: int = -1
    key: int = -1
    value: int = -1
    name: str = ""
    path: str = ""
    alone: int = 0
    fresh: int = 0
    arguments: tuple[Value, ...] = ()
    #: Of a global: whether it is one even where names are first looked for among others, as in the body of a class.
    declared: bool = False
    #: Where a value lies that was made just now (-1: none): what had its address before is gone.
    born: int = -1
    #: Of an attribute: how it is accessed, by the class of the object.
    plans: dict[type, Plan] = field(default_factory=dict)


def is_jump(site: Site | None) -> bool:
    """Whether a jump back is made there, and CPython looks for other threads."""
    return site is not None and site.kind is SWITCH and site.name == "jump"
