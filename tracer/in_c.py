"""Changes attributes of classes that are written in C, which refuse it.

What programs hold of such a class, a subclass or an instance, cannot be replaced as a function in a module can. So the
class itself is changed in place. Most have a flag that forbids it; it is taken back for a moment, and the interpreter
does the rest, its caches and slots included. Where the flag is not found where it should be, nothing is changed. The
interpreter's own classes (`datetime` is one since 3.13) keep their attributes elsewhere than it would put them: there
they are put into the dict itself, which does for what is no slot.
"""

from __future__ import annotations

import ctypes
import gc
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

#: _Py_TPFLAGS_STATIC_BUILTIN and Py_TPFLAGS_IMMUTABLETYPE.
_INTERPRETERS_OWN = 1 << 1
_IMMUTABLE = 1 << 8

_POINTER = ctypes.sizeof(ctypes.c_void_p)

#: Where `tp_flags` lies in a type object: after the head with its size, and 18 pointers and sizes.
_FLAGS_AT = object.__basicsize__ + _POINTER * 19


def can_be_changed(kind: type) -> bool:
    """Whether `change` can change this class."""
    return _flags(kind).value == kind.__flags__


def change(kind: type, name: str, value: Any) -> None:
    """Sets an attribute of a class."""
    if kind.__flags__ & _INTERPRETERS_OWN:
        _in_dict(kind, lambda attributes: attributes.__setitem__(name, value))
    else:
        _unlocked(kind, lambda: setattr(kind, name, value))


def remove(kind: type, name: str) -> None:
    """Deletes an attribute of a class."""
    if kind.__flags__ & _INTERPRETERS_OWN:
        _in_dict(kind, lambda attributes: attributes.__delitem__(name))
    else:
        _unlocked(kind, lambda: delattr(kind, name))


def _in_dict(kind: type, action: Callable[[dict[str, Any]], None]) -> None:
    (attributes,) = gc.get_referents(kind.__dict__)  # what is behind the view
    action(attributes)
    ctypes.pythonapi.PyType_Modified(ctypes.py_object(kind))


def _unlocked(kind: type, action: Callable[[], None]) -> None:
    was = kind.__flags__
    if not was & _IMMUTABLE:
        action()
        return
    assert can_be_changed(kind), kind
    flags = _flags(kind)
    flags.value &= ~_IMMUTABLE
    try:
        action()
    finally:
        flags.value |= _IMMUTABLE  # other flags may have changed meanwhile


def _flags(kind: type) -> ctypes.c_ulong:
    return ctypes.c_ulong.from_address(id(kind) + _FLAGS_AT)
