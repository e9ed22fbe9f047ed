"""What names a code object uses, and which of them it may write once threads share them.

Found from the instructions alone, once for each code object.
"""

from __future__ import annotations

import dis
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from types import CodeType

#: Where an object is made, by whoever has it alone.
MAKERS = frozenset(["__init__", "__new__", "__post_init__", "__init_subclass__"])

#: What gives the namespace of an object or a module.
_NAMESPACES = frozenset(["__dict__", "globals", "locals", "vars"])

#: Instructions that show what a module has to others than its body.
_USES = frozenset(
    ["LOAD_GLOBAL", "STORE_GLOBAL", "DELETE_GLOBAL", "LOAD_ATTR", "LOAD_METHOD", "STORE_ATTR", "DELETE_ATTR",
     "IMPORT_FROM", "LOAD_FROM_DICT_OR_GLOBALS"]
)  # fmt: skip

#: These come between an object and the storing of its attribute.
_BETWEEN = frozenset(["SWAP", "COPY", "EXTENDED_ARG"])


class Names(NamedTuple):
    """Attributes and globals that may be written, cells that may be, and what is used as global or as attribute.

    `takes_namespaces`: a key may be the name of an attribute there.
    """

    written: frozenset[str]
    cells: frozenset[str]
    used: frozenset[str]
    takes_namespaces: bool


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
    instructions = list(dis.get_instructions(code))
    back = [(one.argval, one.offset) for one in instructions if one.opcode in dis.hasjrel and one.argval < one.offset]
    written: set[str] = set()
    cells: set[str] = set()
    used: set[str] = set()
    stored: set[str] = set(code.co_varnames[: code.co_argcount + code.co_kwonlyargcount])
    loaded: tuple[str, ...] = ()
    for one in instructions:
        name = one.argval
        if one.opname in _USES:
            used.add(name)
        if one.opname in ("STORE_GLOBAL", "DELETE_GLOBAL", "DELETE_NAME", "DELETE_ATTR"):
            written.add(name)
        elif one.opname == "STORE_ATTR":
            if code.co_name not in MAKERS or loaded != code.co_varnames[:1]:
                written.add(name)
        elif one.opname in ("STORE_DEREF", "DELETE_DEREF"):
            if name in code.co_freevars or name in stored or _is_in_loop(one.offset, back):
                cells.add(name)
            stored.add(name)
        elif one.opname == "STORE_NAME":
            if name in stored or _is_in_loop(one.offset, back):
                written.add(name)
            stored.add(name)
        if one.opname.startswith("LOAD_FAST") or one.opname == "STORE_FAST_LOAD_FAST":
            loaded = name[-1:] if isinstance(name, tuple) else (name,)
        elif one.opname not in _BETWEEN:
            loaded = ()
    takes = not _NAMESPACES.isdisjoint(code.co_names)
    return Names(frozenset(written), frozenset(cells), frozenset(used), takes)


def _is_in_loop(offset: int, back: list[tuple[int, int]]) -> bool:
    return any(begin <= offset <= end for begin, end in back)
