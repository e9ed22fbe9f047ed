"""What names a code object uses, and which of them it may write once threads share them.

Found from the instructions alone, once for each code object.
"""

from __future__ import annotations

import dis
from itertools import pairwise
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import CodeType

#: Where the first argument is an object that is being made.
MAKERS = frozenset(["__init__", "__post_init__"])

#: What gives the namespace of an object or a module.
_NAMESPACES = frozenset(["__dict__", "globals", "locals", "vars"])

#: Instructions that show what a module has to others than its body.
_USES = frozenset(
    ["LOAD_GLOBAL", "STORE_GLOBAL", "DELETE_GLOBAL", "LOAD_ATTR", "LOAD_METHOD", "STORE_ATTR", "DELETE_ATTR",
     "IMPORT_FROM", "LOAD_FROM_DICT_OR_GLOBALS"]
)  # fmt: skip

#: These are no instructions of their own.
_EMPTY = frozenset(["EXTENDED_ARG", "CACHE", "NOP"])

#: These come between an object and the storing of its attribute.
_BETWEEN = frozenset(["SWAP", "COPY"])

#: While these follow, a function that was made is known to its maker only.
_MAKE_FUNCTIONS = frozenset(
    ["LOAD_CONST", "LOAD_FAST", "LOAD_FAST_LOAD_FAST", "BUILD_TUPLE", "MAKE_FUNCTION", "SET_FUNCTION_ATTRIBUTE",
     "STORE_FAST"]
)  # fmt: skip


class Names(NamedTuple):
    """Attributes and globals that may be written, cells that may be, and what is used as global or as attribute.

    `takes_namespaces`: a key may be the name of an attribute there. `makes`: the first argument is an object that is
    being made, and the attributes that it is given are not among `written` (see `tracer.access.making`). `makes_again`:
    calls `__init__`, or the like, of what may be another object than its own, and may be there already.
    `calls_with_names`: where the calls are that have arguments with names.
    """

    written: frozenset[str]
    cells: frozenset[str]
    used: frozenset[str]
    takes_namespaces: bool
    makes: bool
    makes_again: bool
    calls_with_names: frozenset[int]


#: By the id of the code, which is kept beside it.
_known: dict[int, tuple[CodeType, Names]] = {}

#: Programs that make code without end do not fill the memory.
_MOST_KNOWN = 5000


def names_of(code: CodeType) -> Names:
    """The names of a code object, without those of the code inside it."""
    known = _known.get(id(code))
    if known is None:
        if len(_known) >= _MOST_KNOWN:
            _known.clear()
        known = _known[id(code)] = (code, _find(code))
    return known[1]


def _find(code: CodeType) -> Names:
    instructions = [one for one in dis.get_instructions(code) if one.opname not in _EMPTY]
    back = [(one.argval, one.offset) for one in instructions if one.opcode in dis.hasjrel and one.argval < one.offset]
    makes = _makes(code, instructions)
    written: set[str] = set()
    used: set[str] = set()
    stored: set[str] = set()
    loaded: tuple[str, ...] = ()
    for one in instructions:
        name = one.argval
        if one.opname in _USES:
            used.add(name)
        if one.opname in ("STORE_GLOBAL", "DELETE_GLOBAL", "DELETE_NAME", "DELETE_ATTR"):
            written.add(name)
        elif one.opname == "STORE_ATTR":
            if not makes or loaded[-1:] != code.co_varnames[:1]:
                written.add(name)
        elif one.opname == "STORE_NAME":
            if name in stored or _is_in_loop(one.offset, back):
                written.add(name)
            stored.add(name)
        if one.opname not in _BETWEEN:
            loaded = _loaded(one)
    return Names(
        frozenset(written),
        frozenset(_cells_written(code, instructions, back)),
        frozenset(used),
        not _NAMESPACES.isdisjoint(code.co_names),
        makes,
        _makes_again(code, instructions),
        frozenset(_calls_with_names(instructions)),
    )


def _is_in_loop(offset: int, back: list[tuple[int, int]]) -> bool:
    return any(begin <= offset <= end for begin, end in back)


def _loaded(one: dis.Instruction) -> tuple[str, ...]:
    """The variables of the frame that an instruction puts on the stack, the last one on the top."""
    if one.opname == "STORE_FAST_LOAD_FAST":
        return tuple(one.argval[1:])
    if one.opname.startswith("LOAD_FAST") or one.opname in ("LOAD_DEREF", "LOAD_CLOSURE"):
        return one.argval if isinstance(one.argval, tuple) else (one.argval,)
    return ()


def _stored(one: dis.Instruction) -> tuple[str, ...]:
    """The variables of the frame that an instruction changes."""
    if one.opname == "STORE_FAST_LOAD_FAST":
        return tuple(one.argval[:1])
    if one.opname.startswith(("STORE_FAST", "DELETE_FAST", "LOAD_FAST_AND_CLEAR")):
        return one.argval if isinstance(one.argval, tuple) else (one.argval,)
    return (one.argval,) if one.opname in ("STORE_DEREF", "DELETE_DEREF") else ()


# Closures ----------------------------------------------------------------------------------------------------


def _cells_written(code: CodeType, instructions: list[dis.Instruction], back: list[tuple[int, int]]) -> set[str]:
    """The variables that functions share and that may be written once others may read them.

    Nobody else can read a variable before a function is made that has it, and until that function is given to somebody.
    """
    written: set[str] = set()
    captured: set[str] = set()
    shared: set[str] = set()
    for one in instructions:
        if one.opname in ("STORE_DEREF", "DELETE_DEREF"):
            name = one.argval
            if name in code.co_freevars or name in shared or _is_in_loop(one.offset, back):
                written.add(name)
                shared |= captured  # the function may be what is stored
        elif one.opname in ("LOAD_CLOSURE", "LOAD_FAST", "LOAD_FAST_LOAD_FAST") and (
            found := [name for name in _loaded(one) if name in code.co_cellvars]
        ):
            captured.update(found)
        elif one.opname not in _MAKE_FUNCTIONS:
            shared |= captured
    return written


# The making of objects ---------------------------------------------------------------------------------------


def _makes(code: CodeType, instructions: list[dis.Instruction]) -> bool:
    """Whether the first argument is an object that is being made, and stays the first variable."""
    if code.co_name not in MAKERS or code.co_argcount == 0:
        return False
    first = code.co_varnames[0]
    return not any(first in _stored(one) for one in instructions)


def _makes_again(code: CodeType, instructions: list[dis.Instruction]) -> bool:
    """Whether this calls a maker, or has one, but for the object that itself is making."""
    if not MAKERS.isdisjoint([constant for constant in code.co_consts if type(constant) is str]):
        return True
    own = code.co_varnames[:1] if _makes(code, instructions) else ("",)
    for index, one in enumerate(instructions):
        if one.argval not in MAKERS or not one.opname.startswith("LOAD_"):
            continue
        before, after = instructions[:index], instructions[index + 1 : index + 3]
        if after and after[0].opname == "PUSH_NULL":
            del after[0]
        if after and _loaded(after[0])[:1] == own:  # Base.__init__(self)
            continue
        while before and before[-1].opname in ("PRECALL", "CALL"):
            del before[-1]
        if before and (_loaded(before[-1])[-1:] == own or before[-1].argval == "super"):
            continue
        return True
    return False


def _calls_with_names(instructions: list[dis.Instruction]) -> Iterator[int]:
    """Up to 3.12 the names of arguments come right before the call."""
    for before, one in pairwise(instructions):
        if one.opname == "CALL_KW" or before.opname == "KW_NAMES":
            yield one.offset
