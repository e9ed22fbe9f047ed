"""The operands of an instruction that is about to be executed, read from the frame of the interpreter.

Python does not show a frame's value stack. But the moment before an instruction, where `sys.monitoring` and trace
functions call back, is one at which all of it lies in memory, as deep as the bytecode says (`tracer.access.depths`
computes that for every instruction). So a value is read from where it lies, and an object is what it is, not what a
second evaluation of its name would give. At any other moment this would be wrong: an instruction at work may have moved
its operands.

Where the variables of a frame lie is not written down for each version of Python but found out, once, from a frame
whose variables are known. Where that does not succeed nothing is read, and accesses to shared memory are no scheduling
points: `AVAILABLE` tells.
"""

from __future__ import annotations

import ctypes
import sys
from inspect import CO_OPTIMIZED
from types import CellType
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping
    from types import FrameType

#: Memory as words, and as references: at address `a` they are `WORDS[a >> 3]` and `OBJECTS[a >> 3]`.
_MOST = 1 << 59
WORDS: Any = (ctypes.c_size_t * _MOST).from_address(0)
OBJECTS: Any = (ctypes.py_object * _MOST).from_address(0)

#: A frame object begins with what all objects begin with, the frame that called it, and the address of its activation.
ACTIVATION = object.__basicsize__ // 8 + 1

#: The variables of an activation begin within so many words.
_WORDS_OF_AN_ACTIVATION = 16

#: Of the word with the reference count of an object. Since 3.12 the upper half holds something else.
_REFERENCES = 0xFFFF_FFFF

#: From 3.14 on the references of an activation are tagged, and may be numbers.
_TAGGED = sys.version_info >= (3, 14)

#: From 3.13 on `f_locals` shows the variables where they lie.
_LEAVES_COPIES = sys.version_info < (3, 13)


def _find_out() -> int | None:
    """Where in an activation its variables begin, in words."""
    first, second = object(), object()
    if sys.implementation.name != "cpython" or ctypes.sizeof(ctypes.c_size_t) != 8 or _TAGGED:
        return None
    frame = sys._getframe()
    begin = WORDS[(id(frame) >> 3) + ACTIVATION] >> 3
    words = [WORDS[begin + index] for index in range(_WORDS_OF_AN_ACTIVATION)]
    for index in range(_WORDS_OF_AN_ACTIVATION - 1):
        if words[index : index + 2] == [id(first), id(second)]:
            return index
    return None


_found = _find_out()

#: Whether operands can be read on this interpreter.
AVAILABLE = _found is not None

#: Where in an activation its variables begin, in words.
VARIABLES: int = _found or 0


def values(frame: FrameType, variables: int, depth: int) -> list[Any]:
    """What lies on the value stack of a frame that stands before an instruction, as deep as `depth`."""
    begin = (WORDS[(id(frame) >> 3) + ACTIVATION] >> 3) + VARIABLES + variables
    return [OBJECTS[begin + index] for index in range(depth) if WORDS[begin + index]]


def variables_of(frame: FrameType) -> Mapping[str, Any]:
    """The variables of a frame that is suspended, by name.

    `f_locals` tells the same, but up to 3.12 it is a copy that stays in the frame: what the frame alone has would seem
    to be somebody else's too, for as long as it runs.
    """
    code = frame.f_code
    if not (_LEAVES_COPIES and AVAILABLE and code.co_flags & CO_OPTIMIZED) or frame.f_lasti < 0:
        return frame.f_locals
    begin = (WORDS[(id(frame) >> 3) + ACTIVATION] >> 3) + VARIABLES
    in_cells = {*code.co_cellvars, *code.co_freevars}
    cells = [name for name in code.co_cellvars if name not in code.co_varnames]
    found = {}
    for index, name in enumerate((*code.co_varnames, *cells, *code.co_freevars)):
        if not WORDS[begin + index]:
            continue
        value = OBJECTS[begin + index]
        if name in in_cells and type(value) is CellType:
            try:
                value = value.cell_contents
            except ValueError:  # it has none
                continue
        found[name] = value
    return found


def references(address: int) -> int:
    """How many references there are to the object at this address."""
    count: int = WORDS[address >> 3] & _REFERENCES
    return count
