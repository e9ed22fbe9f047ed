"""Whether an attribute is a variable of the object, of its class, or whatever code of its own makes of it.

Nothing of the program is called to find out: the class alone tells. An attribute that a property or a method
`__getattribute__` computes is no variable where that code is watched: what it touches has instructions of its own.
Where it is not, as the fields of an ORM are, the attribute is taken for a variable of the object.
"""

from __future__ import annotations

import gc
import threading
import weakref
from enum import Enum
from types import GetSetDescriptorType, MappingProxyType, MemberDescriptorType, ModuleType
from typing import TYPE_CHECKING, Any, NamedTuple

from tracer import real
from tracer.access.stack import OBJECTS

if TYPE_CHECKING:
    from collections.abc import Callable

_of_types: Any = vars(type)
_of_modules: Any = vars(ModuleType)
_mro: Any = _of_types["__mro__"].__get__
_class_dict: Any = _of_types["__dict__"].__get__
_module_dict: Any = _of_modules["__dict__"].__get__

_PROXIES = (weakref.ProxyType, weakref.CallableProxyType)

#: Methods of classes written in C, which run no code of the program before they get at the memory.
_InC = type(object.__setattr__)

#: What gives the namespace of an object.
_OWN = (GetSetDescriptorType, MemberDescriptorType)

#: There is no such thing.
MISSING: Any = object()


class Place(Enum):
    """Where the variable is."""

    NOWHERE = "nowhere"
    OBJECT = "object"
    OBJECT_OR_DEFAULT = "object-or-default"  # the class has a default, which instances may hide
    CLASS = "class"  # the object itself is a class
    MODULE = "module"
    BY_CODE = "by-code"  # whatever a function makes of it
    REFERENT = "referent"  # the object itself is a weak proxy


class Plan(NamedTuple):
    """Where an attribute is, and what reads it from the object without running any code (`MISSING`: nothing there).

    `code` is the function that makes something of it, if it is one written in Python.
    """

    place: Place
    read: Callable[[Any], Any]
    code: object = MISSING


#: So many classes are remembered with each name. A program that makes its classes as it runs is executed thousands of
#: times in one process, and none of these classes may be kept for ever.
_MOST_CLASSES = 256

#: By the name of the attribute, and then by the class of the object.
_reads: dict[str, dict[type, Plan]] = {}
_writes: dict[str, dict[type, Plan]] = {}


def plans(name: str, *, writes: bool) -> dict[type, Plan]:
    """The plans for an attribute that were made so far, by the class of the object."""
    return (_writes if writes else _reads).setdefault(name, {})


def plan_for(kind: type, name: str, *, writes: bool) -> Plan:
    """How an attribute of an object of this class is accessed."""
    known = plans(name, writes=writes)
    found = known.get(kind)
    if found is None:
        if len(known) >= _MOST_CLASSES:
            known.clear()
        found = known[kind] = _plan(kind, name, writes=writes)
    return found


def plan_past_methods(kind: type, name: str, *, writes: bool) -> Plan:
    """The same for `object.__setattr__` and the like, whatever methods of this kind the class has itself."""
    return _plan(kind, name, writes=writes, past=True)


def forget(name: str) -> None:
    """A class was changed."""
    plans(name, writes=False).clear()
    plans(name, writes=True).clear()


def _plan(kind: type, name: str, *, writes: bool, past: bool = False) -> Plan:
    place = _place_by_kind(kind)
    code: object = MISSING
    if place is Place.OBJECT or place is Place.CLASS:
        method = found_in(kind, "__setattr__" if writes else "__getattribute__")
        if not past and type(method) is not _InC:
            place, code = Place.BY_CODE, method
        elif place is Place.OBJECT:
            place, code = _place_of_write(kind, name) if writes else _place_of_read(kind, name)
    return Plan(place, _reader(kind, name, place), code)


def _place_of_read(kind: type, name: str) -> tuple[Place, object]:
    found = found_in(kind, name)
    has_own = found_in(kind, "__dict__") is not MISSING
    if found is MISSING:
        code = found_in(kind, "__getattr__")
        if has_own:
            return Place.OBJECT, MISSING
        return (Place.NOWHERE, MISSING) if code is MISSING else (Place.BY_CODE, code)
    described = type(found)
    if found_in(described, "__set__") is not MISSING:
        if _is_in_memory(described):
            return Place.OBJECT, MISSING
        return Place.BY_CODE, found.fget if isinstance(found, property) else found_in(described, "__get__")
    if found_in(described, "__get__") is MISSING:
        return Place.OBJECT_OR_DEFAULT, MISSING
    return (Place.OBJECT if has_own else Place.NOWHERE), MISSING


def _place_of_write(kind: type, name: str) -> tuple[Place, object]:
    found = found_in(kind, name)
    described = type(found)
    code = found_in(described, "__set__")
    if code is MISSING or _is_in_memory(described):
        return Place.OBJECT, MISSING
    return Place.BY_CODE, found.fset if isinstance(found, property) else code


def _place_by_kind(kind: type) -> Place:
    """What the class says of all attributes."""
    if issubclass(kind, ModuleType):
        return Place.MODULE
    if kind in _PROXIES:
        return Place.REFERENT
    if kind is super or issubclass(kind, (threading.local, real.local)):
        return Place.NOWHERE
    return Place.CLASS if issubclass(kind, type) else Place.OBJECT


def _is_in_memory(described: type) -> bool:
    """Whether a descriptor that can be written stands for memory of the object, as slots do, not for code."""
    return type(found_in(described, "__set__")) is _InC and not issubclass(described, property)


def _reader(kind: type, name: str, place: Place) -> Callable[[Any], Any]:
    if place is Place.MODULE:
        return lambda target: _module_dict(target).get(name, MISSING)
    if place is Place.REFERENT or (place is Place.BY_CODE and issubclass(kind, type)):
        return lambda target: MISSING
    if place is Place.CLASS:
        return lambda target: _class_dict(owner_of(target, name)).get(name, MISSING)
    found = found_in(kind, name)
    if type(found) is MemberDescriptorType:
        return lambda target: _in_slot(target, found)
    default = MISSING if found is not MISSING and found_in(type(found), "__get__") is not MISSING else found
    own: Any = found_in(kind, "__dict__")
    if type(own) not in _OWN:
        return lambda target: default
    namespace = own.__get__
    return lambda target: namespace(target).get(name, default)


def _in_slot(target: Any, slot: Any) -> Any:
    try:
        return slot.__get__(target)
    except AttributeError:
        return MISSING


def owner_of(cls: Any, name: str) -> Any:
    """The class that has the attribute, of a class and those that it derives from; itself where none has it."""
    return next((one for one in _mro(cls) or () if name in _class_dict(one)), cls)


def inherits_from(cls: Any, name: str) -> list[Any]:
    """The classes that are looked at for an attribute, up to the one that has it: the class itself, and others."""
    classes = [*(_mro(cls) or (cls,))]
    return classes[: next((at for at, one in enumerate(classes) if name in _class_dict(one)), 0) + 1]


def has_own(target: Any, name: str) -> bool:
    """Whether an object, or a class, has an attribute itself, not by its class or another one."""
    if isinstance(target, type):
        return name in _class_dict(target)
    found: Any = found_in(type(target), "__dict__")
    if type(found) not in _OWN:
        return False
    namespace = found.__get__(target)
    return type(namespace) is dict and name in namespace


def namespace_of(module: ModuleType) -> dict[str, Any]:
    """The variables of a module."""
    found: dict[str, Any] = _module_dict(module)
    return found


def own_namespace(target: Any) -> Any:
    """What holds the attributes of an object, or of a class, that it has itself; None where nothing does."""
    if isinstance(target, type):
        return shown_by(_class_dict(target))
    found: Any = found_in(type(target), "__dict__")
    if type(found) not in _OWN:
        return None
    namespace: Any = found.__get__(target)
    return namespace if type(namespace) is dict or namespace is target else None


def shown_by(proxy: MappingProxyType[Any, Any]) -> Any:
    """What a proxy shows that does not let it be changed."""
    return gc.get_referents(proxy)[0]


def referent(proxy: Any) -> Any:
    """What a weak proxy stands for: it comes first in one. None where it is gone."""
    return OBJECTS[(id(proxy) + object.__basicsize__) >> 3]


def found_in(kind: Any, name: str) -> object:
    """What a class or one that it derives from has of this name; `MISSING` for nothing."""
    for one in _mro(kind) or ():  # a class that is being made may have none
        found = _class_dict(one).get(name, MISSING)
        if found is not MISSING:
            return found
    return MISSING
