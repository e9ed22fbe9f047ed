"""Whether an attribute is a variable of the object, of its class, or whatever code of its own makes of it.

Nothing of the program is called to find out: the class alone tells. An attribute that a property or a method
`__getattribute__` computes is no variable: what that code touches has instructions of its own.
"""

from __future__ import annotations

import threading
from enum import Enum
from types import GetSetDescriptorType, MemberDescriptorType, MethodType, ModuleType, WrapperDescriptorType
from typing import TYPE_CHECKING, Any, NamedTuple
from weakref import ProxyType

from tracer import real

if TYPE_CHECKING:
    from collections.abc import Callable

_of_types: Any = vars(type)
_of_modules: Any = vars(ModuleType)
_mro: Any = _of_types["__mro__"].__get__
_class_dict: Any = _of_types["__dict__"].__get__
_module_dict: Any = _of_modules["__dict__"].__get__

#: There is no such thing.
MISSING: Any = object()


class Place(Enum):
    """Where the variable is."""

    NOWHERE = "nowhere"
    OBJECT = "object"
    CLASS_UNLESS_OBJECT = "class-unless-object"  # a default that instances may hide
    CLASS = "class"  # the object itself is a class
    MODULE = "module"


class Plan(NamedTuple):
    """Where an attribute is, and what reads it from the object without running any code (`MISSING`: nothing there)."""

    place: Place
    read: Callable[[Any], Any]


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
        place = _place_of_write(kind, name) if writes else _place_of_read(kind, name)
        found = known[kind] = Plan(place, _reader(kind, name, place))
    return found


def forget(name: str) -> None:
    """A class was changed."""
    plans(name, writes=False).clear()
    plans(name, writes=True).clear()


def _place_of_read(kind: type, name: str) -> Place:
    if issubclass(kind, ModuleType):
        return Place.MODULE
    if issubclass(kind, type):
        return Place.CLASS if _is_plain(kind, "__getattribute__", type) else Place.NOWHERE
    if issubclass(kind, (threading.local, real.local)) or not _is_plain(kind, "__getattribute__", object):
        return Place.NOWHERE
    found = of_class(kind, name)
    if type(found) is MemberDescriptorType:
        return Place.OBJECT
    has_own = of_class(kind, "__dict__") is not MISSING
    if found is MISSING:
        return Place.OBJECT if has_own else Place.NOWHERE
    if _is_value_in_c(found):
        return Place.OBJECT
    described = type(found)
    if not has_own or described is GetSetDescriptorType or of_class(described, "__set__") is not MISSING:
        return Place.NOWHERE
    return Place.OBJECT if of_class(described, "__get__") is not MISSING else Place.CLASS_UNLESS_OBJECT


def _place_of_write(kind: type, name: str) -> Place:
    if issubclass(kind, ModuleType):
        return Place.MODULE
    if issubclass(kind, type):
        return Place.CLASS if _is_plain(kind, "__setattr__", type) else Place.NOWHERE
    if issubclass(kind, (threading.local, real.local)) or not _is_plain(kind, "__setattr__", object):
        return Place.NOWHERE
    found = of_class(kind, name)
    if type(found) is MemberDescriptorType or _is_value_in_c(found):
        return Place.OBJECT
    if found is not MISSING and of_class(type(found), "__set__") is not MISSING:
        return Place.NOWHERE
    return Place.OBJECT


def _reader(kind: type, name: str, place: Place) -> Callable[[Any], Any]:
    if place is Place.MODULE:
        return lambda target: _module_dict(target).get(name, MISSING)
    if place is Place.CLASS:
        return lambda target: _class_dict(owner_of(target, name)).get(name, MISSING)
    found = of_class(kind, name)
    if type(found) is MemberDescriptorType:
        return lambda target: _in_slot(target, found)
    if _is_value_in_c(found):
        return lambda target: MISSING
    own = of_class(kind, "__dict__")
    if type(own) is not GetSetDescriptorType:
        return lambda target: found
    namespace: Any = own.__get__
    default = MISSING if found is not MISSING and of_class(type(found), "__get__") is not MISSING else found
    return lambda target: namespace(target).get(name, default)


def _in_slot(target: Any, slot: Any) -> Any:
    try:
        return slot.__get__(target)
    except AttributeError:
        return MISSING


def owner_of(cls: Any, name: str) -> Any:
    """The class that has the attribute, of a class and those that it derives from; itself where none has it."""
    return next((one for one in _mro(cls) if name in _class_dict(one)), cls)


def has_own(target: Any, name: str) -> bool:
    """Whether an object has an attribute itself, not by its class."""
    found = of_class(type(target), "__dict__")
    if type(found) is not GetSetDescriptorType:
        return False
    namespace = found.__get__(target)
    return type(namespace) is dict and name in namespace


def namespace_of(module: ModuleType) -> dict[str, Any]:
    """The variables of a module."""
    found: dict[str, Any] = _module_dict(module)
    return found


def of_class(kind: Any, name: str) -> object:
    """An attribute of a class or those that it derives from, as it stands there; `MISSING` where there is none."""
    for one in _mro(kind):
        found = _class_dict(one).get(name, MISSING)
        if found is not MISSING:
            return found
    return MISSING


def _is_value_in_c(found: object) -> bool:
    """Whether a class written in C keeps the value somewhere, and gives it to be read and written."""
    kind = type(found)
    return not issubclass(kind, property) and type(of_class(kind, "__set__")) is WrapperDescriptorType


def _is_plain(kind: type, method: str, base: type) -> bool:
    """Whether no code of the class's own is run. Many classes written in C name the method of all objects again."""
    found: Any = of_class(kind, method)
    if found is base.__dict__[method]:
        return True
    return base is object and type(found) is WrapperDescriptorType and not _is_special(found)


def _is_special(method: Any) -> bool:
    return issubclass(method.__objclass__, (super, MethodType, ProxyType))
