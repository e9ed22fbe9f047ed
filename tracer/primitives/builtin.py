"""What stands for a function written in C.

Such a function is no method of a class that keeps it: with `clock = time.monotonic` in a class, `self.clock()` takes no
arguments. A function written in Python would be bound to the instance. A method that is bound already is not bound
again; so what stands for a function of C is a method, bound to what stands for its module.
"""

from __future__ import annotations

from importlib import import_module
from types import MethodType
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable


class Home:
    """Stands for a module: copies and pickles of its functions are its functions."""

    def __init__(self, module: str) -> None:
        self._module = module

    def __deepcopy__(self, memo: object) -> Home:
        return self

    def __reduce__(self) -> tuple[Any, ...]:
        return import_module, (self._module,)


def like_builtin(function: Callable[..., Any], home: Home, name: str) -> Any:
    """What stands for the function `name` of a module; `function` takes one argument more, which means nothing."""
    function.__name__ = function.__qualname__ = name
    function.__module__ = home._module
    return MethodType(function, home)
