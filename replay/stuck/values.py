"""What a frame keeps on its value stack, as far as the bytecode and the present say.

Python does not show the value stack, and to read it from memory is not safe: which of its places are filled depends on
how far the instruction at work has come. The bytecode tells which instructions filled each place. So what was loaded
from a variable of the frame is known, if nothing can have stored another value there since; and what was loaded by any
other name is what that name means now, but only where nobody would rebind it: a function, a class, a module. The lock
of a `with` may have been rebound: then it has an owner all the same, who is alive. All else is not known.
"""

from __future__ import annotations

import builtins
import threading
from types import BuiltinFunctionType, FunctionType, MemberDescriptorType, ModuleType
from typing import TYPE_CHECKING, Any

from replay.stuck.kinds import attributes_of, class_dict
from tracer.access.stack import variables_of
from tracer.primitives.builtin import BuiltinFunction
from tracer.primitives.lock import Lock
from tracer.primitives.rlock import RLock

if TYPE_CHECKING:
    import dis
    from collections.abc import Sequence
    from types import FrameType

    from replay.stuck.frames import Layout

#: Instructions that leave nothing of their own in a place.
_SILENT = frozenset(["PUSH_NULL", "NOP", "PRECALL", "KW_NAMES", "RESUME", "COPY_FREE_VARS", "MAKE_CELL"])

_FROM_VARIABLES = frozenset(["LOAD_FAST", "LOAD_FAST_CHECK"])
_BY_NAME = frozenset(["LOAD_GLOBAL", "LOAD_NAME", "LOAD_DEREF", "LOAD_CLASSDEREF"])
_ATTRIBUTE = frozenset(["LOAD_ATTR", "LOAD_METHOD"])

#: What may happen to a `range` until it is an iterator.
_ITERATES = frozenset(["CALL", "GET_ITER", "FOR_ITER", "LOAD_GLOBAL", "LOAD_NAME"])

#: What the exit of a `with` may belong to, without anybody asking what the name meant when it was entered.
_LOCKS = (Lock, RLock, threading.Condition, threading.Semaphore)

_MISSING = object()


def kept(frame: FrameType, layout: Layout, slots: Sequence[list[dis.Instruction]]) -> list[object] | None:
    """The values in these places of the stack, of which each was filled by some instructions; None if not known."""
    found: list[object] = []
    base: object = _MISSING
    for slot in slots:
        filled = [one for one in slot if one.opname not in _SILENT]
        if not slot:
            return None
        if not filled or _is_range(filled, frame):
            continue
        entered = filled[-1].opname == "BEFORE_WITH"
        if entered and len(filled) == 1:  # what was entered, while it is put somewhere
            return None
        if filled[0].opname in _ATTRIBUTE:  # a method that lies above its object
            value = _attribute(base, filled[0].argval) if len(filled) == 1 else _MISSING
            certain = False
        else:
            value, certain = _value(frame, layout, filled[:-1] if entered else filled)
        base = value
        if value is _MISSING or not (
            certain or _is_never_rebound(value) or (entered and issubclass(type(value), _LOCKS))
        ):
            return None
        found.append(value)
    return found


def _is_range(filled: Sequence[dis.Instruction], frame: FrameType) -> bool:
    return (
        filled[0].argval == "range"
        and all(one.opname in _ITERATES for one in filled)
        and frame.f_globals.get("range", builtins.range) is builtins.range
    )


def _value(frame: FrameType, layout: Layout, filled: Sequence[dis.Instruction]) -> tuple[object, bool]:
    """What these instructions would load now, and whether it is what they did load."""
    first, *attributes = filled
    name = first.argval
    certain = not attributes
    value: Any = _MISSING
    if first.opname == "LOAD_CONST":
        value = name
    elif first.opname in _FROM_VARIABLES:
        value = variables_of(frame).get(name, _MISSING)
        certain = certain and not _may_have_changed(name, first.offset, frame.f_lasti, layout)
    elif first.opname in _BY_NAME:
        certain = False
        for namespace in (variables_of(frame), frame.f_globals, vars(builtins)):
            value = namespace.get(name, _MISSING)
            if value is not _MISSING:
                break
    for one in attributes:
        value = _attribute(value, one.argval) if one.opname in _ATTRIBUTE else _MISSING
    return value, certain


def _may_have_changed(name: str, loaded: int, now: int, layout: Layout) -> bool:
    """Whether the variable may have been stored to between its load and now, on whatever way round."""
    return any(
        loaded < offset <= now or any(end >= offset and loaded < begin <= now for end, begin in layout.back)
        for offset, names in layout.stores
        if offset > loaded and name in names
    )


def _attribute(value: object, name: str) -> object:
    """An attribute, without running any code; `_MISSING` if that cannot be."""
    if value is _MISSING:
        return _MISSING
    kind = type(value)
    if issubclass(kind, ModuleType):
        return attributes_of(value).get(name, _MISSING)
    if issubclass(kind, type):
        return _in_classes(value, name)
    inherited = _in_classes(kind, name)
    if type(inherited) is MemberDescriptorType:
        try:
            return inherited.__get__(value)
        except AttributeError:
            return _MISSING
    if inherited is not _MISSING and _in_classes(type(inherited), "__set__") is not _MISSING:
        return _MISSING  # a property, or the like
    if _in_classes(kind, "__dict__") is not _MISSING and name in attributes_of(value):
        return attributes_of(value)[name]
    return inherited


def _in_classes(cls: Any, name: str) -> object:
    for one in type.__dict__["__mro__"].__get__(cls):
        found = class_dict(one).get(name, _MISSING)
        if found is not _MISSING:
            return found
    return _MISSING


def _is_never_rebound(value: object) -> bool:
    """Whether the name of such a value means the same for ever, in any program but the strangest."""
    kind = type(value)
    if kind is BuiltinFunctionType:
        return issubclass(type(value.__self__), ModuleType)  # type: ignore[attr-defined]
    return kind is FunctionType or kind is BuiltinFunction or issubclass(kind, (type, ModuleType))
