"""Whether an object whose attribute is set is still only its maker's.

What `__init__` sets nobody else can read, as long as nobody else has the object: such a name needs no more attention
than that of a method. But others may have the object before its `__init__` is over, which has started a thread that
runs a method of it, or has put it into a registry. Whether they do is a question of the execution, not of the code, and
the interpreter has the answer: the number of references to the object. While it is only its maker's there are
those that are known: one that the call of the class has, one of each frame that is at work on it (of a subclass and
of the class that this derives from, `__post_init__`), and one of the stack from which the attribute is set. With any
other the object counts as shared; what is not understood errs to that side.

A second call of `__init__`, for an object that there is already, looks like the first one. It takes code that names
`__init__` where none is at work on the same object. Where the program has such code, an object is taken for a new one
only if it can be seen that its class is called.
"""

from __future__ import annotations

import sys
import weakref
from types import CellType, MethodType
from typing import TYPE_CHECKING

from tracer.access.accesses import base_of
from tracer.access.flow import flow
from tracer.access.names import names_of
from tracer.access.sites import CALL, CALL_SPREAD
from tracer.access.stack import OBJECTS, WORDS, references

if TYPE_CHECKING:
    from types import FrameType

    from tracer.access.variables import Thing

#: References beside those of the frames: of the call of the class, and of the stack.
_BESIDE_FRAMES = 2

#: References to a weak reference that only this tool has: its own, and of the variable here.
_OF_WEAK_REFERENCE = 2

#: Up to 3.11 a call is found before PRECALL, and is made in the CALL that follows, so many bytes later.
_UP_TO_CALL = 4 if sys.version_info < (3, 12) else 0

#: The class of an object comes after the number of references to it.
_CLASS = 1


def is_only_its_makers(slot: int, frame: FrameType, thing: Thing | None, *, makes_again: bool) -> bool:
    """Whether nobody but `frame`, which makes an object, and what has called it can reach that.

    The object lies on the stack in `slot`; `thing` is what is known by its address. With `makes_again` the program has
    code that calls `__init__` of objects that there may be already.
    """
    address = WORDS[slot]
    makers: list[FrameType] = []
    caller: FrameType | None = frame
    while caller is not None:
        names = names_of(caller.f_code)
        if not names.makes or not _is_making(caller, address):
            makes_again = makes_again or names.makes_again
            break
        makers.append(caller)
        caller = caller.f_back
    more = references(address) - _BESIDE_FRAMES - len(makers)
    if more > 0:
        more -= sum(_spreads(maker, address) for maker in makers)
    if more > 0 or makes_again:
        of_call = _of_call(caller, WORDS[(address >> 3) + _CLASS]) if caller is not None else None
        if of_call is None or more > of_call:
            return False
    return not _has_weak_references(slot, thing)


def _is_making(maker: FrameType, address: int) -> bool:
    """Whether it is this object that a frame makes: it has one reference, maybe in a cell that nobody else has."""
    base = base_of(maker)
    first = WORDS[base]
    if first == address:
        return True
    if not first or type(OBJECTS[base]) is not CellType or references(first) != 1:
        return False
    return id(OBJECTS[base].cell_contents) == address


def _spreads(maker: FrameType, address: int) -> int:
    """How many references more a frame has: a method that is called with `*arguments` lies on the stack meanwhile."""
    site = flow(maker.f_code).sites.get(maker.f_lasti)
    at = base_of(maker) + site.at if site is not None and site.kind == CALL_SPREAD else 0
    if not at or not WORDS[at] or type(OBJECTS[at]) is not MethodType:
        return 0
    return int(id(OBJECTS[at].__self__) == address and references(WORDS[at]) == 1)


def _of_call(caller: FrameType, kind: int) -> int | None:
    """How many references more a call of the class with this address has: one where arguments have names.

    None where it is not that class that is called.
    """
    code = caller.f_code
    offset = caller.f_lasti
    base = base_of(caller)
    sites = flow(code).sites
    site = sites.get(offset)
    if site is not None and site.kind == CALL_SPREAD:
        if WORDS[base + site.at] != kind:
            return None
        options = OBJECTS[base + site.value] if site.value >= 0 else {}
        return min(1, len(options)) if type(options) is dict else 0
    offset -= _UP_TO_CALL
    site = sites.get(offset)
    if site is None or site.kind != CALL or kind not in (WORDS[base + site.at], WORDS[base + site.at + 1]):
        return None
    return int(offset in names_of(code).calls_with_names)


def _has_weak_references(slot: int, thing: Thing | None) -> bool:
    """Whether anybody but this tool has weak references to an object; it has one where the object is known."""
    count = weakref.getweakrefcount(OBJECTS[slot])
    if count == 0:
        return False
    own = thing.reference if thing is not None else None
    return count > 1 or own is None or own() is not OBJECTS[slot] or references(id(own)) > _OF_WEAK_REFERENCE
