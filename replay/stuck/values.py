"""The value stack of a frame, which Python does not show: read from memory.

A frame object points to the interpreter's own record of the frame, in which the variables and then the stack follow a
few fields that are the same in size from 3.11 to 3.13. Two of these fields are compared with what is known before
anything is believed. Nothing is read in a version, or a build, whose records look otherwise.
"""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

try:
    from ctypes import c_void_p, py_object
except ImportError:  # a Python without it
    c_void_p = py_object = None  # type: ignore[assignment, misc]

if TYPE_CHECKING:
    from types import CodeType, FrameType

_WORD = 8

#: In the object of a frame: where the interpreter's record of it is.
_RECORD = 3 * _WORD

#: In the record: the code, the object of the frame, and the first variable.
_CODE = 4 * _WORD if sys.version_info < (3, 12) else 0
_OBJECT = 5 * _WORD if sys.version_info < (3, 12) else 6 * _WORD
_VARIABLES = 9 * _WORD

_READABLE = (
    py_object is not None
    and sys.implementation.name == "cpython"
    and sys.version_info < (3, 14)
    and sys.maxsize == 2**63 - 1
    and object.__basicsize__ == 2 * _WORD
)


def values_on_stack(frame: FrameType, depth: int) -> list[object] | None:
    """The lowest `depth` values on the stack of a frame that is being executed; None if they cannot be read.

    Of its stack `depth` values must be there, whatever the instruction at work has already taken.
    """
    if depth == 0:
        return []
    if not _READABLE:
        return None
    record = _pointer(id(frame) + _RECORD)
    if not record or _pointer(record + _CODE) != id(frame.f_code) or _pointer(record + _OBJECT) != id(frame):
        return None
    first = record + _VARIABLES + _WORD * _variables(frame.f_code)
    addresses = range(first, first + _WORD * depth, _WORD)
    return [py_object.from_address(address).value for address in addresses if _pointer(address)]


def _pointer(address: int) -> int | None:
    return c_void_p.from_address(address).value


def _variables(code: CodeType) -> int:
    """How many there are in a frame: an argument that is also a cell has one place."""
    return len({*code.co_varnames, *code.co_cellvars}) + len(code.co_freevars)
