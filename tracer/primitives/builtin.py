"""Functions that behave as those in C do that they stand for.

A function written in Python is a descriptor: as an attribute of a class it becomes a method, and is called with the
object. One in C is not, and programs rely on it: `class Timer: clock = time.monotonic`, or `logging.Formatter`, whose
`converter` is `time.localtime`. So what stands for a function in C is an object that is called. It is pickled and
shown by the name of what it stands for, too.
"""

from __future__ import annotations

from types import BuiltinFunctionType, FunctionType
from typing import Any


def as_builtin(function: Any, original: Any) -> Any:
    """`function`, like the function in C that it stands for; anything else as it is. A call costs no frame more."""
    if not isinstance(function, FunctionType) or not isinstance(original, BuiltinFunctionType):
        return function
    name: str = original.__name__

    def shown(self: object) -> str:
        return f"<built-in function {name}>"

    def reduced(self: object) -> str:
        return name

    kind = type(
        "builtin_function_or_method",
        (),
        {
            "__module__": original.__module__,
            "__doc__": original.__doc__,
            "__call__": staticmethod(function),
            "__repr__": shown,
            "__reduce__": reduced,
        },
    )
    made: Any = kind()
    vars(made).update(
        __name__=name,
        __qualname__=name,
        __text_signature__=getattr(original, "__text_signature__", None),
        __wrapped__=function,  # which has the signature
    )
    return made
