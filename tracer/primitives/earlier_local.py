"""Instances of `threading.local` that are older than the patch, and of classes derived from it before.

The C class keeps values per OS thread, so all threads under control would share them. An instance of the class itself
is replaced. A derived class cannot be changed into one of another base; but before each access the values of the
running thread can be put into the dict that its OS thread has there, and the others' be set aside.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any
from weakref import WeakKeyDictionary, ref

from tracer import real
from tracer.primitives.local import key, local, outside_life

if TYPE_CHECKING:
    from tracer.runtime import Life


def earlier_local(original: Any) -> local:
    """Stands for an instance of the class itself. In an OS thread outside its values are those of the original."""
    made: local = local()
    values, forget, args, kwargs, _ = object.__getattribute__(made, "_threadtrace_local")
    values.clear()
    object.__setattr__(made, "_threadtrace_local", (values, forget, args, kwargs, original))
    return made


class _InPlace(real.local):
    """By the id of an instance: whose values this OS thread has in place there; without entry, those outside."""

    def __init__(self) -> None:
        self.lives: dict[int, Life] = {}


_in_place = _InPlace()

#: By the id of an instance: values that are set aside.
_aside: dict[int, tuple[ref[Any], WeakKeyDictionary[Life, dict[str, Any]]]] = {}


def _take_on(owner: Any) -> None:
    """Puts the values of the running thread in place; in a thread that is new to the object, initialises them."""
    life = key()
    lives = _in_place.lives
    now = lives.get(id(owner))
    if now is None:
        now = outside_life()
    if now is life:
        return
    if id(owner) not in _aside:
        _aside[id(owner)] = (ref(owner, partial(_forget, id(owner))), WeakKeyDictionary())
    aside = _aside[id(owner)][1]
    in_place: dict[str, Any] = real.local.__getattribute__(owner, "__dict__")
    aside[now] = in_place.copy()
    in_place.clear()
    lives[id(owner)] = life
    own = aside.pop(life, None)
    if own is not None:
        in_place.update(own)
    else:
        args, kwargs = _arguments(owner)
        type(owner).__init__(owner, *args, **kwargs)


def _forget(number: int, _: object) -> None:
    _aside.pop(number, None)
    _in_place.lives.pop(number, None)


def _arguments(owner: Any) -> tuple[tuple[Any, ...], dict[str, Any]]:
    """What an instance was made with, which it keeps for each new thread."""
    import gc

    args: tuple[Any, ...] = ()
    kwargs: dict[str, Any] = {}
    for found in gc.get_referents(owner):
        if type(found) is tuple:
            args = found
        elif type(found) is dict and found and all(isinstance(name, str) for name in found):
            kwargs = found
    return args, kwargs


def _getattribute(self: Any, name: str) -> Any:
    _take_on(self)
    return real.local.__getattribute__(self, name)


def _setattr(self: Any, name: str, value: Any) -> None:
    _take_on(self)
    real.local.__setattr__(self, name, value)


def _delattr(self: Any, name: str) -> None:
    _take_on(self)
    real.local.__delattr__(self, name)


#: For a class that derives from the C class directly, where it has no such methods itself.
METHODS = {"__getattribute__": _getattribute, "__setattr__": _setattr, "__delattr__": _delattr}
