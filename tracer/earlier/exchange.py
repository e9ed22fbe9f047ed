"""Puts objects in the place of others wherever those are kept: in dicts, lists, sets, cells, slots, defaults, partials.

What cannot be changed is rebuilt, and exchanged itself: tuples, bound methods, weak references. Nothing of the program
is called: each kind of container is changed by its own basic type. What is kept where nothing can be put, in the frame
of a running function or by an object written in C, stays.
"""

from __future__ import annotations

import functools
import gc
import weakref
from collections import OrderedDict, deque
from collections.abc import Callable
from types import (
    BuiltinMethodType,
    CellType,
    FrameType,
    FunctionType,
    GetSetDescriptorType,
    MemberDescriptorType,
    MethodType,
    ModuleType,
)
from typing import Any

from tracer import real

#: What is kept by its id, so that objects are told apart which are equal: the object, and what stands for it.
Replacements = dict[int, tuple[Any, Any]]


class Undo:
    """Takes one change back. No partial: that would be searched through like one of the program's."""

    __slots__ = ("_arguments", "_function")

    def __init__(self, function: Callable[..., object], *arguments: Any) -> None:
        self._function = function
        self._arguments = _Arguments(arguments)

    def __call__(self) -> None:
        self._function(*self._arguments)


class _Arguments(tuple[Any, ...]):
    __slots__ = ()


#: Tuples in tuples deeper than this are left alone.
_DEEPEST = 8

#: With at most so many objects the collector's own search is the fastest; its time grows with their number.
_FEW = 128

#: How many objects are looked through at a time.
_AT_ONCE = 64

#: What programs keep in a `WeakValueDictionary` or a `WeakSet`, and by its methods.
_LOCKS = frozenset({real.LockType, real.RLockType})

_MISSING = object()


class Exchange:
    """One exchange. `kept` are the ids of containers that keep what they have; so do instances of `kept_types`."""

    def __init__(self, replacements: Replacements, kept: set[int], kept_types: frozenset[type]) -> None:
        self._replacements = replacements
        self._kept = kept
        self._kept_types = kept_types
        #: How to take it back, in order.
        self.undo: list[Undo] = []
        self._rebuilt: Replacements = {}
        self._dicts_of_classes: list[dict[Any, Any]] = []

    def run(self) -> None:
        """Exchanges everything."""
        new = self._replacements
        for _ in range(_DEEPEST):
            if not new:
                return
            self._rebuilt = {}
            self._weak_references(new)
            own = {id(new), id(self._rebuilt), id(self._replacements), *map(id, new.values())}
            for container in referrers([original for original, _ in new.values()]):
                if id(container) not in self._kept and id(container) not in own:
                    self._put(container)
            self._put_into_classes()
            new = self._rebuilt
            self._replacements = self._replacements | new

    def _put(self, container: Any) -> None:
        kind = type(container)
        if kind in self._kept_types or issubclass(kind, type):  # the dict of a class is a container of its own
            return
        put = _KINDS.get(kind)
        if put is not None:
            put(self, container)
            return
        for base, put_into in _BASES:
            if isinstance(container, base):
                put_into(self, container)
        self._instance(container)

    def _new(self, value: Any) -> Any:
        """What stands for a value: itself, if it is not exchanged."""
        found = self._replacements.get(id(value))
        return value if found is None else found[1]

    def _rebuild(self, old: Any, new: Any) -> None:
        self._rebuilt[id(old)] = (old, new)

    def _weak_references(self, new: Replacements) -> None:
        for original, traced in new.values():
            if type(original) not in _LOCKS:  # others have weak references of their own
                continue
            for one in weakref.getweakrefs(original):
                if isinstance(one, weakref.KeyedRef):
                    self._rebuild(one, weakref.KeyedRef(traced, one.__callback__, one.key))
                elif type(one) is weakref.ref:
                    self._rebuild(one, weakref.ref(traced, one.__callback__))

    # Kinds of containers -----------------------------------------------------------------------------------

    def _dict(self, container: dict[Any, Any]) -> None:
        if "__module__" in container:
            self._dicts_of_classes.append(container)
            return
        replacements = self._replacements
        keys = {}
        for key, value in list(dict.items(container)):
            if id(key) in replacements:
                keys[id(key)] = replacements[id(key)]
            if id(value) in replacements:
                new = replacements[id(value)][1]
                dict.__setitem__(container, key, new)
                self.undo.append(Undo(_undo_item, container, key, new, value))
        if keys:
            _change_keys(container, keys)
            back = {id(new): (new, old) for old, new in keys.values()}
            self.undo.append(Undo(_change_keys, container, back))

    def _put_into_classes(self) -> None:
        """What a class keeps is changed by way of the class, which caches it."""
        dicts, self._dicts_of_classes = self._dicts_of_classes, []
        if not dicts:
            return
        by_dict = {
            id(own): owner
            for owner in referrers(dicts)
            if isinstance(owner, type)
            for own in gc.get_referents(type.__dict__["__dict__"].__get__(owner))
        }
        for container in dicts:
            owner = by_dict.get(id(container))
            for key, value in list(container.items()):
                new = self._new(value)
                if new is value:
                    continue
                if owner is None:
                    container[key] = new
                    self.undo.append(Undo(_undo_item, container, key, new, value))
                    continue
                if isinstance(new, FunctionType) and not isinstance(value, FunctionType):
                    new = staticmethod(new)  # like one in C, it is no method
                try:
                    type.__setattr__(owner, key, new)
                except TypeError:  # one that is written in C
                    continue
                self.undo.append(Undo(type.__setattr__, owner, key, value))

    def _list(self, container: Any) -> None:
        base = list if isinstance(container, list) else deque
        for index, value in enumerate(list(base.__iter__(container))):
            new = self._new(value)
            if new is not value:
                base.__setitem__(container, index, new)
                self.undo.append(Undo(_undo_index, base, container, index, new, value))

    def _set(self, container: set[Any]) -> None:
        for value in list(set.__iter__(container)):
            new = self._new(value)
            if new is not value:
                set.discard(container, value)
                set.add(container, new)
                self.undo.append(Undo(_undo_member, container, new, value))

    def _tuple(self, container: tuple[Any, ...]) -> None:
        kind = type(container)
        if kind is tuple or (kind.__dictoffset__ == 0 and hasattr(kind, "_fields")):
            self._rebuild(container, tuple.__new__(kind, [self._new(item) for item in tuple.__iter__(container)]))

    def _wrapper(self, container: Any) -> None:
        new = self._new(container.__func__)
        if new is not container.__func__:
            self._rebuild(container, type(container)(new))

    def _cell(self, container: CellType) -> None:
        old = container.cell_contents
        container.cell_contents = new = self._new(old)
        self.undo.append(Undo(_undo_attribute, container, "cell_contents", new, old))

    def _function(self, container: FunctionType) -> None:
        old = container.__defaults__
        new = self._new(old)
        if new is not old:
            container.__defaults__ = new
            self.undo.append(Undo(_undo_attribute, container, "__defaults__", new, old))

    def _partial(self, container: functools.partial[Any]) -> None:
        before: Any = container.__reduce__()[2]
        function, arguments, keywords, namespace = before
        new = (self._new(function), tuple(self._new(one) for one in arguments), keywords, namespace)
        container.__setstate__(new)  # type: ignore[attr-defined]
        self.undo.append(Undo(container.__setstate__, before))  # type: ignore[attr-defined]

    def _method(self, container: MethodType) -> None:
        owner = self._new(container.__self__)
        if owner is not container.__self__:
            self._rebuild(container, MethodType(container.__func__, owner))

    def _builtin(self, container: BuiltinMethodType) -> None:
        """`lock.acquire`, kept by a condition."""
        if type(container.__self__) in _LOCKS:
            self._rebuild(container, getattr(self._new(container.__self__), container.__name__))

    def _instance(self, container: Any) -> None:
        for base in type.__dict__["__mro__"].__get__(type(container)):
            for name, found in list(type.__dict__["__dict__"].__get__(base).items()):
                if type(found) is MemberDescriptorType:
                    self._slot(container, found)
                elif type(found) is GetSetDescriptorType and name == "__dict__":
                    namespace = found.__get__(container)
                    if type(namespace) is dict:
                        self._dict(namespace)

    def _slot(self, container: Any, slot: Any) -> None:
        old = _get_slot(container, slot)
        new = self._new(old)
        if new is not old:
            try:
                slot.__set__(container, new)
            except (AttributeError, TypeError):  # written in C, for reading only
                return
            self.undo.append(Undo(_undo_slot, container, slot, new, old))


def _get_slot(container: Any, slot: Any) -> Any:
    try:
        return slot.__get__(container)
    except AttributeError:  # empty
        return _MISSING


#: How to change a container of exactly this type.
_KINDS: dict[type, Callable[[Exchange, Any], None]] = {
    dict: Exchange._dict,
    list: Exchange._list,
    set: Exchange._set,
    CellType: Exchange._cell,
    FunctionType: Exchange._function,
    MethodType: Exchange._method,
    BuiltinMethodType: Exchange._builtin,
    tuple: Exchange._tuple,
    staticmethod: Exchange._wrapper,
    classmethod: Exchange._wrapper,
    FrameType: lambda exchange, container: None,
}

#: How to change what derives from one of these, beside its attributes.
_BASES: list[tuple[type, Callable[[Exchange, Any], None]]] = [
    (dict, Exchange._dict),
    (list, Exchange._list),
    (deque, Exchange._list),
    (set, Exchange._set),
    (tuple, Exchange._tuple),
    (functools.partial, Exchange._partial),
]


def referrers(objects: list[Any]) -> list[Any]:
    """What refers to any of these, of all that the garbage collector knows."""
    if len(objects) <= _FEW:
        asked = tuple(objects)
        return [found for found in gc.get_referrers(*asked) if found is not objects and found is not asked]
    wanted = set(map(id, objects))
    # A module refers to its dict, which is looked through by itself, and to what is written in C, which stays. On 3.12
    # `_asyncio` shows its free list as well: dead objects, which being asked for would revive and free a second time.
    everything = [one for one in gc.get_objects() if not issubclass(type(one), ModuleType)]
    found = []
    for first in range(0, len(everything), _AT_ONCE):
        some = everything[first : first + _AT_ONCE]
        if not wanted.isdisjoint(map(id, gc.get_referents(*some))):
            found += [one for one in some if not wanted.isdisjoint(map(id, gc.get_referents(one)))]
    return [one for one in found if one is not objects]


def _undo_item(container: dict[Any, Any], key: Any, new: Any, old: Any) -> None:
    if dict.get(container, key) is new:
        dict.__setitem__(container, key, old)


def _change_keys(container: dict[Any, Any], keys: Replacements) -> None:
    """Keys are others, and so are their hashes. The order stays."""
    base: Any = OrderedDict if isinstance(container, OrderedDict) else dict
    before = list(dict.items(container))
    base.clear(container)
    for key, value in before:
        base.__setitem__(container, keys[id(key)][1] if id(key) in keys else key, value)


def _undo_index(base: Any, container: Any, index: int, new: Any, old: Any) -> None:
    if index < len(container) and base.__getitem__(container, index) is new:
        base.__setitem__(container, index, old)


def _undo_member(container: set[Any], new: Any, old: Any) -> None:
    if set.__contains__(container, new):
        set.discard(container, new)
        set.add(container, old)


def _undo_attribute(owner: Any, name: str, new: Any, old: Any) -> None:
    if getattr(owner, name) is new:
        setattr(owner, name, old)


def _undo_slot(container: Any, slot: Any, new: Any, old: Any) -> None:
    if _get_slot(container, slot) is new:
        slot.__set__(container, old)


__all__ = ["Exchange", "Replacements", "Undo", "referrers"]
