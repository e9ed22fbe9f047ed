"""What `replay.stuck.reach` knows about names, and asks about classes and modules."""

from __future__ import annotations

import sys
from types import FunctionType, MethodType
from typing import Any

from tracer.places import Origin, in_package, origins
from tracer.primitives.builtin import stand_ins

#: Names with which code finds things by computed names.
COMPUTED = frozenset(
    ["getattr", "hasattr", "setattr", "delattr", "vars", "globals", "locals", "__dict__", "__getattribute__",
     "attrgetter", "methodcaller", "modules", "__builtins__", "__globals__", "f_globals", "getmembers", "dir"]
)  # fmt: skip

#: Names with which code does what cannot be foreseen at all.
ANYTHING = frozenset(
    ["eval", "exec", "compile", "__import__", "import_module", "run_path", "run_module", "_getframe", "currentframe",
     "get_objects", "get_referrers", "get_referents", "fork", "forkpty",
     "pythonapi", "py_object", "Unpickler", "loads", "interact"]
)  # fmt: skip

LOOKS_UP = COMPUTED | ANYTHING

#: Methods that functions written in C, and the standard library, call by these names, on objects of any class.
CALLED_BY_C = frozenset(
    ["write", "flush", "read", "readline", "close", "keys", "send", "throw", "mro", "step", "finalize", "value",
     "inverse", "start", "end", "data", "comment", "pi", "_as_parameter_", "from_param"]
)  # fmt: skip

#: Modules of the standard library that release what others wait for.
RELEASING = frozenset(
    ["threading", "queue", "concurrent", "multiprocessing", "contextlib", "asyncio", "logging", "socketserver", "sched",
     "subprocess", "_threading_local"]
)  # fmt: skip

#: A class that was made by a `class` statement, or by a module of C code in the same way.
HEAP_TYPE = 1 << 9

OWN_PACKAGES = ("tracer.", "replay.", "threadtrace.")
class_dict = type.__dict__["__dict__"].__get__


def is_dunder(name: object) -> bool:
    return isinstance(name, str) and name.startswith("__") and name.endswith("__")


def calls_back(cls: type) -> bool:
    """Whether it may call methods of its subclasses in code that is not looked at."""
    if cls is object or issubclass(cls, BaseException):
        return False
    return not cls.__flags__ & HEAP_TYPE or not acts(cls)


def is_runners(cls: type) -> bool:
    """Whether a class is the test runner's, which captures what is written."""
    module = class_dict(cls).get("__module__")
    return isinstance(module, str) and module.startswith("_pytest")


def acts(cls: type) -> bool:
    """Whether instances may, by themselves, release something."""
    attributes = class_dict(cls)
    return releases(attributes.get("__module__")) or any(
        type(one) is FunctionType and is_users(one) for one in attributes.values()
    )


def is_users(function: FunctionType) -> bool:
    return origins[function.__code__.co_filename] is Origin.USER


def releases(module: object) -> bool:
    """Whether code of a module may release what others wait for: that of most of the standard library does not.

    What such code calls back is found as a value; only the names in it are left out.
    """
    top = module.partition(".")[0] if isinstance(module, str) else ""
    return top not in sys.stdlib_module_names or top in RELEASING


def is_own(cls: type) -> bool:
    """Whether a class is this project's."""
    if id(cls) in stand_ins:
        return True
    module = class_dict(cls).get("__module__")
    return isinstance(module, str) and module.startswith(OWN_PACKAGES)


def attributes_of(value: object) -> dict[str, Any]:
    """The attributes of an instance, without running code of its class."""
    found: dict[str, Any] = object.__getattribute__(value, "__dict__")
    return found


def is_of(cls: type, module: str, name: str) -> bool:
    """Whether it is a class of a module that need not have been imported, or one derived from it."""
    there = getattr(sys.modules.get(module), name, None)
    return isinstance(there, type) and issubclass(cls, there)


def is_put(value: Any) -> bool:
    """Whether it is the program that put this function, in the place of another, into the standard library."""
    if type(value) is MethodType:
        value = value.__func__
    return type(value) is FunctionType and is_users(value) and not in_package(value.__code__.co_filename)
