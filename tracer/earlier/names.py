"""What to call an object whose creation nobody saw: after where it is kept.

    a global            lock_a, of the standard library logging._lock
    a class's           Account.lock
    an instance's       Account.lock, and jobs.mutex where the class is the standard library's
    in a list           the list's name, and the index: forks[2]
    a function's        lock

It is looked for when the object first appears in a trace, which takes some milliseconds; most never do.
"""

from __future__ import annotations

import functools
import sys
import threading
from collections import deque
from types import BuiltinMethodType, CellType, FrameType, FunctionType, MemberDescriptorType, MethodType
from typing import Any

from tracer.earlier.exchange import referrers
from tracer.places import Origin, origins

#: Objects in objects deeper than this name nothing useful.
_DEEPEST = 3

#: Modules of this project, whose objects name nothing.
_OWN = ("tracer.", "replay.", "threadtrace.")

#: What keeps something under a name that says nothing.
_NAMELESS = (MethodType, BuiltinMethodType, functools.partial, FrameType)

#: A name, and before it how good a name it is: less is better. The name itself decides between equals.
_Candidate = tuple[int, str]


#: Ids of containers of this project, which name nothing.
hidden: set[int] = set()


def called(target: Any, depth: int = _DEEPEST) -> str:
    """The name; empty where there is none."""
    found = [one for container in referrers([target]) for one in _candidates(container, target, depth)]
    return min(found, default=(0, ""))[1]


def _candidates(container: Any, target: Any, depth: int) -> list[_Candidate]:
    if id(container) in hidden or type(container).__module__.startswith(_OWN):
        return []
    if isinstance(container, dict):
        return _in_dict(container, target, depth)
    if isinstance(container, CellType):
        return [(4, name) for name in _variables(container)]
    if isinstance(container, list | tuple | deque):
        indices = [index for index, value in enumerate(container) if value is target]
        outer = called(container, depth - 1) if depth > 1 else ""
        found = [(3, f"{outer}[{index}]") for index in indices if outer]
        return found or [(4, name) for name in _parameters(container, indices)]
    if isinstance(container, _NAMELESS):
        return []
    attributes = getattr(container, "__dict__", None)
    everything = [pair for kind in type(container).__mro__ for pair in vars(kind).items()]
    slots = [name for name, found in everything if type(found) is MemberDescriptorType]
    names = [name for name in slots if getattr(container, name, None) is target]
    if type(attributes) is dict:
        names += [name for name, value in attributes.items() if value is target]
    return [_attribute(container, name, depth) for name in names if isinstance(name, str)]


def _in_dict(container: dict[Any, Any], target: Any, depth: int) -> list[_Candidate]:
    names = [name for name, value in dict.items(container) if value is target]
    if "__builtins__" in container or "__spec__" in container:
        if str(container.get("__name__")).startswith(_OWN):
            return []
        return [(0, _global(container, name)) for name in names if isinstance(name, str)]
    found = []
    for owner in referrers([container]):
        if isinstance(owner, type) and "__module__" in container:
            found += [(1, f"{owner.__name__}.{name}") for name in names]
        elif getattr(owner, "__dict__", None) is container:
            found += [_attribute(owner, name, depth) for name in names if isinstance(name, str)]
    if not found and depth > 1 and (outer := called(container, depth - 1)):
        found = [(3, f"{outer}[{name!r}]") for name in names if isinstance(name, str)]
    return found


def _global(namespace: dict[Any, Any], name: str) -> str:
    file = namespace.get("__file__")
    if isinstance(file, str) and origins[file] is Origin.STANDARD_LIBRARY:
        return f"{str(namespace.get('__name__')).rpartition('.')[2]}.{name}"
    return name


def _attribute(owner: Any, name: str, depth: int) -> _Candidate:
    kind = type(owner)
    if isinstance(owner, threading.Thread) and name == "_started":
        return 2, ""  # which the program did not make, and never asks for
    name = name.removeprefix(f"_{kind.__name__.lstrip('_')}") if name.startswith("_") and "__" in name[1:] else name
    if isinstance(owner, threading.Condition):
        return 3, f"{called(owner, depth - 1) or kind.__name__}.{name.lstrip('_')}" if depth > 1 else kind.__name__
    file = getattr(sys.modules.get(kind.__module__), "__file__", None) or "<frozen builtin>"
    if origins[file] is Origin.STANDARD_LIBRARY and depth > 1 and (outer := called(owner, depth - 1)):
        return 2, f"{outer}.{name}"
    return 2, f"{kind.__name__}.{name}"


def _parameters(defaults: object, indices: list[int]) -> list[str]:
    """What functions call the parameters that have such defaults."""
    names = []
    for function in referrers([defaults]) if type(defaults) is tuple else ():
        if isinstance(function, FunctionType) and function.__defaults__ is defaults and function.__defaults__:
            parameters = function.__code__.co_varnames[: function.__code__.co_argcount]
            names += [parameters[index - len(function.__defaults__)] for index in indices]
    return names


def _variables(cell: CellType) -> list[str]:
    """What the functions that share a variable call it."""
    return [
        name
        for closure in referrers([cell])
        if isinstance(closure, tuple)
        for function in referrers([closure])
        if isinstance(function, FunctionType) and function.__closure__ is closure
        if origins[function.__code__.co_filename] is not Origin.OWN
        for name, own in zip(function.__code__.co_freevars, closure, strict=True)
        if own is cell
    ]
