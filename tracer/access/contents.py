"""Accesses to what a container holds: items, membership, iteration, all of it.

The methods are those of `tracer.access.named`. A container that nobody else has is of interest: where it is now may
next be one that threads share.
"""

from __future__ import annotations

from array import array
from types import FunctionType
from typing import TYPE_CHECKING, Any

from tracer.access import attributes
from tracer.access.accesses import ITERATORS, base_of
from tracer.access.attributes import MISSING
from tracer.access.containers import CONTAINERS, key_of, makes_missing, makes_unseen, underlying
from tracer.access.sites import ITEM, READ, USE, WRITE
from tracer.access.stack import OBJECTS, WORDS, references

if TYPE_CHECKING:
    from types import CodeType, FrameType

    from tracer.access.accesses import Accesses
    from tracer.access.sites import Site
    from tracer.access.variables import Thing, Variable

_WrapperOfMethod = type(list.__len__)

#: An iterator over one of these does not notice how many elements there were when it was made.
_UNSIZED = (list, bytearray, array)

#: To iterate over these looks at nothing yet.
_STARTED = ITERATORS - {type({}.keys()), type({}.values()), type({}.items())}


class Contents:
    """For one execution."""

    def __init__(self, accesses: Accesses) -> None:
        self._accesses = accesses
        #: What is gone through by the iterator that lies at an address of the stack; None for what nobody else has.
        self._loops: dict[int, tuple[str, Variable] | None] = {}

    def of_item(self, site: Site, frame: FrameType, code: CodeType, offset: int) -> bool | None:
        base = base_of(frame)
        kind = self._accesses.container(base + site.at, site.alone)
        if kind is None:
            return self._accesses.nothing(base + site.at)
        container = underlying(OBJECTS[base + site.at])
        key = key_of(container, OBJECTS[base + site.key])
        if site.operation is WRITE and self._accesses.scope.writes_namespaces:
            self._accesses.scope.written_by_key(container, OBJECTS[base + site.key])
        thing = self._accesses.thing_of(container, site.path, code)
        variable = thing.item(key)
        operation = site.operation
        if operation is READ and not isinstance(container, CONTAINERS):
            method = "__getitem__" if site.kind == ITEM else "__contains__"
            operation = self._accesses.opaque.effect_of_reading(kind, method)
        value = self._accesses.value(site, base, f"{thing.name}[{key!r}]")
        self._accesses.announce(operation, variable, (code, offset), value, atomic=True)
        if site.kind == ITEM and operation is READ and type(container) is not dict:
            self.of_missing(container, OBJECTS[base + site.key], thing, code, offset)
        return True

    def of_missing(self, container: Any, key: Any, thing: Thing, code: CodeType, offset: int) -> None:
        """What was not found in a dict may be made and inserted, after it was looked for."""
        method = makes_missing(container, key)
        if method is MISSING:
            return
        if type(method) is FunctionType and self._accesses.scope.is_watched(method.__code__, method.__globals__):
            return  # it makes its accesses itself
        if makes_unseen(container) or type(method) is FunctionType:
            self._accesses.announce(USE, thing.whole, (code, offset))
        else:
            self._accesses.announce(WRITE, thing.item(key_of(container, key)), (code, offset), atomic=True)

    def of_contents(self, site: Site, frame: FrameType, code: CodeType, offset: int) -> bool | None:
        base = base_of(frame)
        return self._accesses.all_of(base + site.at, site.alone, site.path, site.operation, code, offset) or None

    def of_combination(self, site: Site, frame: FrameType, code: CodeType, offset: int) -> bool | None:
        base = base_of(frame)
        left = self._accesses.all_of(base + site.at, site.alone, site.path, site.operation, code, offset)
        right = self._accesses.all_of(base + site.key, site.fresh, "", READ, code, offset)
        return left or right

    def of_iteration(self, site: Site, frame: FrameType, code: CodeType, offset: int) -> bool | None:
        base = base_of(frame)
        address = base + site.at
        iterator = base + site.key
        self._loops.pop(iterator, None)
        if not WORDS[address]:
            return None
        if self._accesses.is_alone(address, site.alone):
            self._loops[iterator] = None
            return True
        if is_iterator(type(OBJECTS[address])) and references(WORDS[address]) > site.alone:
            self._loops[iterator] = USE, self._accesses.whole(OBJECTS[address], site.path, code)
            return True
        container = self._accesses.gone_through(OBJECTS[address])
        if container is None:
            return None
        variable = self._accesses.whole(container, site.path, code)
        self._loops[iterator] = READ, variable
        if type(OBJECTS[address]) not in _STARTED and not isinstance(container, _UNSIZED):
            self._accesses.announce(READ, variable, (code, offset), atomic=True)
        return True

    def of_next(self, site: Site, frame: FrameType, code: CodeType, offset: int) -> bool | None:
        base = base_of(frame)
        address = base + site.at
        found = self._loops.get(address)
        if found is None:
            return True if address in self._loops else None
        operation, variable = found
        self._accesses.announce(operation, variable, (code, offset))
        return True

    def next_of(self, address: int, alone: int, path: str, code: CodeType, offset: int) -> bool | None:
        """`next` of an iterator: it changes it, unless the code of its own is announced itself."""
        iterator = OBJECTS[address]
        found = None
        if is_iterator(type(iterator)) and references(WORDS[address]) > alone:
            self._accesses.announce(USE, self._accesses.whole(iterator, path, code), (code, offset))
            found = True
        container = self._accesses.gone_through(iterator)
        if container is not None:
            self._accesses.announce(READ, self._accesses.whole(container, path, code), (code, offset), atomic=True)
            found = True
        return found

    def of_birth(self, site: Site, frame: FrameType, code: CodeType, offset: int) -> bool | None:
        """A value was made just now: see `born`."""
        return self._accesses.nothing(base_of(frame) + site.born)


def is_iterator(kind: type) -> bool:
    """Whether this is a kind of iterators that are written in C, or generators."""
    known = _known_iterators.get(kind)
    if known is None:
        known = _known_iterators[kind] = type(attributes.found_in(kind, "__next__")) is _WrapperOfMethod
    return known


_known_iterators: dict[type, bool] = {}
