"""What stands for a function, or a class, of a module that is written in C.

A function written in Python is bound where it is an attribute of a class, one written in C is not. Programs rely on it:

    class Timer:
        clock = time.monotonic      # and then `self.clock()`

So the functions of this project are wrapped. They have the name and the module of the ones that they stand for, which
is also how they are pickled and copied.
"""

from __future__ import annotations

import functools
from types import FunctionType
from typing import TYPE_CHECKING, Any, TypeVar, cast

if TYPE_CHECKING:
    from collections.abc import Callable

_Function = TypeVar("_Function", bound="Callable[..., Any]")

#: The ids of classes that stand for others, whose module is that of the other, and that hold nothing of the program's.
stand_ins: set[int] = set()


class BuiltinFunction(staticmethod):  # type: ignore[type-arg]
    """A function that is not bound. A `staticmethod`, because that is called in C, without a frame."""

    def __get__(self, instance: object, owner: type | None = None, /) -> Any:
        """The same object: also a class that is asked for it does not take it apart."""
        return self

    def __reduce_ex__(self, protocol: object) -> str:
        return self.__qualname__

    def __repr__(self) -> str:
        return f"<built-in function {self.__name__}>"


def stands_for(original: Callable[..., Any]) -> Callable[[_Function], _Function]:
    """Makes a function that stands for one written in C."""

    def wrap(function: _Function) -> _Function:
        if not isinstance(function, FunctionType):
            return function  # it is wrapped already, or it is a class
        return cast("_Function", BuiltinFunction(named_as(original, function)))

    return wrap


def named_as(original: Callable[..., Any], function: _Function) -> _Function:
    """The function, with the name and the documentation of the one that it stands for."""
    functools.update_wrapper(function, original)
    del function.__wrapped__  # type: ignore[attr-defined]
    return function


def stand_in(original: type, cls: type, *, is_empty: bool = True) -> tuple[type, type]:
    """Gives a class the name and the module of the one that it stands for, in messages as elsewhere.

    `is_empty` says that its instances hold nothing of the program's.
    """
    cls.__name__ = original.__name__
    cls.__qualname__ = original.__qualname__
    cls.__module__ = original.__module__
    if is_empty:
        stand_ins.add(id(cls))
    return original, cls
