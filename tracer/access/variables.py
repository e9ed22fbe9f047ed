"""The identity of what is accessed, and its name.

A *variable* is what one access touches: a global, an attribute of an object, a key of a container, all of a
container, the cell of a closure. It belongs to a *thing*: the object that it is a part of, or a module. Two accesses
meet when they are to one variable, or to a key and to all of the same container.

A thing is the object itself, not its address, which may be another object's later. It is told by a weak reference where
there can be one. Lists and dicts allow none: they are known by their address, and a value that only the stack refers to
is taken for a new one when it is put somewhere. What was made by a function written in C, and took the place of
another one in memory without ever being put anywhere by the program, can be taken for that one.

The dict that holds the attributes of an object is that object: its keys are their names. Objects that have one such
dict together are one thing.

Nothing here keeps an object of the program alive, and none of its code is run.
"""

from __future__ import annotations

import weakref
from types import CellType
from typing import TYPE_CHECKING, Any

from tracer.access.attributes import own_namespace

if TYPE_CHECKING:
    from collections.abc import Callable

    from tracer.labels import Labels
    from tracer.runtime import ControlledThread

#: After so many things those are forgotten whose objects are gone.
_SWEEP_EVERY = 4096


class Variable:
    """What one access touches. `key` is None for all of a container.

    `default` is what is read where an object, or a class, has no such attribute itself: that of its class, or of the
    class that it derives from. None where nobody looks any further.
    """

    __slots__ = ("_threadtrace_label", "default", "key", "kind", "thing")

    def __init__(self, thing: Thing, key: Any, kind: str) -> None:
        self._threadtrace_label: object = None
        self.thing = thing
        self.key = key
        self.kind = kind
        self.default: Variable | None = None

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
        """All of the container that this is an element of, or of the object whose attribute this is."""
        thing = self.thing
        return thing.whole if self.kind == "item" or (thing.is_touched_whole and self is not thing.whole) else None


class Thing:
    """An object of the program, or the variables of a module.

    `owner` is the thread that made it, as long as no other has touched it; `alone_in` is what of it was touched
    meanwhile, by the names of class and part. `is_namespace`: keys are names of attributes. `is_touched_whole`: there
    are accesses to all of it beside those to its attributes. `at_work` are threads that are about to have it changed,
    or looked through, by code that is not watched, with the operation and what that is called.
    """

    __slots__ = (
        *("_items", "_label", "alone_in", "at_work", "attributes", "is_namespace", "is_touched_whole", "name", "owner"),
        *("reference", "type", "whole"),
    )

    def __init__(self, target: Any, name: str) -> None:
        #: What the source calls it; empty for a module whose variables are called by their own names.
        self.name = name
        self.type = type(target)
        self.owner: ControlledThread | None = None
        self.alone_in: set[str] = set()
        self.is_namespace = self.is_touched_whole = False
        self.at_work: dict[ControlledThread, tuple[str, str]] | None = None
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
        if self.is_namespace and type(key) is str:
            return self.attribute(key)
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
    """Those of one execution.

    `is_touched_whole` tells of a class whether there are accesses to all of an object; `shows_namespaces` whether the
    program takes what holds the attributes of objects.
    """

    def __init__(self, is_touched_whole: Callable[[type], bool], shows_namespaces: Callable[[], bool]) -> None:
        self.by_id: dict[int, Thing] = {}
        self._sweep_at = _SWEEP_EVERY
        self._is_touched_whole = is_touched_whole
        self._shows_namespaces = shows_namespaces
        #: By the ids of what holds their attributes.
        self._by_namespace: dict[int, Thing] = {}

    def known(self, target: Any) -> Thing | None:
        """The thing that an object is, where it was met before."""
        found = self.by_id.get(id(target))
        return found if found is not None and found.is_of(target) else None

    def of(self, target: Any, name: str) -> Thing:
        """The thing that an object is; `name` is what the source calls it here."""
        if self._by_namespace and type(target) is dict and (owner := self._owner(target)) is not None:
            return owner
        found = self.by_id.get(id(target))
        if found is None or not found.is_of(target):
            found = self.new(target, name)
        return found

    def new(self, target: Any, name: str) -> Thing:
        """A thing for an object that is certainly a new one."""
        if len(self.by_id) >= self._sweep_at:
            for known in (self.by_id, self._by_namespace):
                for key in [key for key, one in known.items() if one.is_gone]:
                    del known[key]
            self._sweep_at = 2 * len(self.by_id) + _SWEEP_EVERY
        made = self.by_id[id(target)] = Thing(target, name)
        made.is_touched_whole = self._is_touched_whole(made.type)
        return self._join(target, made) if self._shows_namespaces() else made

    def show(self, target: Any, name: str) -> None:
        """The program takes what holds the attributes of an object."""
        self._join(target, self.of(target, name))

    def _join(self, target: Any, thing: Thing) -> Thing:
        """What holds the attributes of an object becomes the same thing; gives that."""
        if thing.reference is None or thing.is_namespace:
            return thing
        namespace = own_namespace(target)
        if namespace is None or (isinstance(target, dict) and namespace is not target):
            return thing
        owner = self._owner(namespace)
        if owner is not None:  # another object has the same attributes
            return owner
        self._by_namespace[id(namespace)] = thing
        thing.is_namespace = thing.is_touched_whole = True
        return thing

    def forget(self, target: Any) -> None:
        """What had this address before is gone."""
        self.by_id.pop(id(target), None)

    def _owner(self, namespace: dict[Any, Any]) -> Thing | None:
        """The object whose attributes are in a dict."""
        found = self._by_namespace.get(id(namespace))
        if found is None or found.reference is None:
            return None
        owner = found.reference()
        return found if owner is not None and own_namespace(owner) is namespace else None
