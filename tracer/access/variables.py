"""The identity of what is accessed, and its name.

A *variable* is what one access touches: a global, an attribute of an object, a key of a container, all of a
container, the cell of a closure. It belongs to a *thing*: the object that it is a part of, or a module. Two accesses
meet when they are to one variable, or to a key and to all of the same container.

A thing is the object itself, not its address, which may be another object's later. It is told by a weak reference where
there can be one. Lists and dicts allow none: they are known by their address, and a value that only the stack refers to
is taken for a new one when it is put somewhere. What was made by a function written in C, and took the place of
another one in memory without ever being put anywhere by the program, can be taken for that one.

Nothing here keeps an object of the program alive, and none of its code is run.
"""

from __future__ import annotations

import weakref
from types import CellType
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tracer.labels import Labels
    from tracer.runtime import ControlledThread

#: After so many things those are forgotten whose objects are gone.
_SWEEP_EVERY = 4096


class Variable:
    """What one access touches. `key` is None for all of a container."""

    __slots__ = ("_threadtrace_label", "key", "kind", "thing")

    def __init__(self, thing: Thing, key: Any, kind: str) -> None:
        self._threadtrace_label: object = None
        self.thing = thing
        self.key = key
        self.kind = kind

    def name(self, labels: Labels) -> str:
        """What it is called in a trace, beginning with its thing."""
        owner = self.thing.label(labels)
        if self.kind == "value":
            return owner
        if self.kind == "all":
            return f"{owner}[*]"
        if self.kind == "item":
            return f"{owner}[{self.key!r}]"
        return f"{owner}.{self.key}" if owner else str(self.key)

    @property
    def part_of_all(self) -> Variable | None:
        """All of the container that this is an element of."""
        return self.thing.whole if self.kind == "item" else None


class Thing:
    """An object of the program, or the variables of a module.

    `owner` is the thread that made it, as long as no other has touched it; `alone_in` is what of it was touched
    meanwhile, by the names of class and part.
    """

    __slots__ = ("_items", "_label", "alone_in", "attributes", "name", "owner", "reference", "type", "whole")

    def __init__(self, target: Any, name: str) -> None:
        #: What the source calls it; empty for a module whose variables are called by their own names.
        self.name = name
        self.type = type(target)
        self.owner: ControlledThread | None = None
        self.alone_in: set[str] = set()
        #: Its attributes, or the variables of a module, by their names.
        self.attributes: dict[str, Variable] = {}
        #: All of it: of a container the contents, of a cell the value.
        self.whole = Variable(self, None, "value" if self.type is CellType else "all")
        self._items: dict[Any, Variable] = {}
        self._label: tuple[Labels, str] | None = None
        self.reference: weakref.ref[Any] | None = weakref.ref(target) if self.type.__weakrefoffset__ else None

    def is_of(self, target: Any) -> bool:
        """Whether this is that object, and not one that had its address before."""
        reference = self.reference
        return reference() is target if reference is not None else self.type is type(target)

    @property
    def is_gone(self) -> bool:
        """Whether the object is known to have ended."""
        return self.reference is not None and self.reference() is None

    def attribute(self, name: str) -> Variable:
        """An attribute of an object, or a variable of a module."""
        found = self.attributes.get(name)
        if found is None:
            found = self.attributes[name] = Variable(self, name, "attribute")
        return found

    def item(self, key: Any) -> Variable:
        """An element of a container; without a key all of it."""
        if key is None:
            return self.whole
        found = self._items.get(key)
        if found is None:
            found = self._items[key] = Variable(self, key, "item")
        return found

    def label(self, labels: Labels) -> str:
        """Its name, told from other objects that the source calls the same."""
        if not self.name:
            return ""
        if self._label is None or self._label[0] is not labels:
            self._label = (labels, labels.of_thing(self.name))
        return self._label[1]


class Things:
    """Those of one execution."""

    def __init__(self) -> None:
        self.by_id: dict[int, Thing] = {}
        self._sweep_at = _SWEEP_EVERY

    def known(self, target: Any) -> Thing | None:
        """The thing that an object is, where it was met before."""
        found = self.by_id.get(id(target))
        return found if found is not None and found.is_of(target) else None

    def of(self, target: Any, name: str) -> Thing:
        """The thing that an object is; `name` is what the source calls it here."""
        found = self.by_id.get(id(target))
        if found is None or not found.is_of(target):
            found = self.new(target, name)
        return found

    def new(self, target: Any, name: str) -> Thing:
        """A thing for an object that is certainly a new one."""
        if len(self.by_id) >= self._sweep_at:
            for key in [key for key, one in self.by_id.items() if one.is_gone]:
                del self.by_id[key]
            self._sweep_at = 2 * len(self.by_id) + _SWEEP_EVERY
        made = self.by_id[id(target)] = Thing(target, name)
        return made

    def forget(self, target: Any) -> None:
        """What had this address before is gone."""
        self.by_id.pop(id(target), None)
