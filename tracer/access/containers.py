"""What the functions and methods of the built-in containers do to them.

Each of these, called once, is one step for other threads: that is what CPython documents, with the lock of the
interpreter and, container by container, without it. What is in a container is one variable for each key, and one for
all of it: an access to all of it (a `clear`, a `sort`, the length, an iteration) meets accesses to each key.

What is not known here is taken to change the whole container.
"""

from __future__ import annotations

import array
import bisect
import heapq
from collections import Counter, OrderedDict, defaultdict, deque
from types import FunctionType, MappingProxyType
from typing import Any, NamedTuple

from tracer.access.attributes import MISSING, found_in, shown_by
from tracer.access.sites import READ, USE, WRITE

#: What has contents that threads can change. Classes derived from these have them, too.
CONTAINERS = (list, dict, set, deque, bytearray, array.array)

#: Nobody else has such a value where its one reference is on the stack, and no weak one tells of it.
EXACT = frozenset([list, dict, set, deque, bytearray, array.array, OrderedDict, defaultdict])


class Effect(NamedTuple):
    """What a call does: the operation, and whether to one key, which is the first argument."""

    operation: str
    by_key: bool = False


_READS = frozenset(
    ["copy", "count", "index", "keys", "values", "items", "tolist", "tobytes", "buffer_info", "decode", "find", "hex",
     "union", "intersection", "difference", "symmetric_difference", "isdisjoint", "issubset", "issuperset",
     "getvalue", "tell", "digest", "hexdigest", "getstate", "fileno", "isatty", "readable", "writable", "seekable",
     "startswith", "endswith", "rfind", "rindex", "join", "split", "strip", "fromkeys", "elements", "most_common",
     "__len__", "__iter__", "__reversed__", "__eq__", "__ne__", "__lt__", "__le__", "__gt__", "__ge__", "__add__",
     "__mul__", "__rmul__", "__or__", "__ror__", "__and__", "__rand__", "__sub__", "__rsub__", "__xor__", "__rxor__",
     "__repr__", "__str__", "__format__", "__copy__", "__reduce__", "__reduce_ex__", "__sizeof__", "__class__",
     "__getattribute__", "__dir__", "__hash__", "__new__", "__init_subclass__", "__subclasshook__"]
)  # fmt: skip

_BY_KEY: dict[type, dict[str, str]] = {
    dict: {
        "get": READ,
        "__getitem__": READ,
        "__contains__": READ,
        "__setitem__": WRITE,
        "__delitem__": WRITE,
        "setdefault": WRITE,
        "pop": WRITE,
        "move_to_end": WRITE,
    },
    set: {"add": WRITE, "discard": WRITE, "remove": WRITE, "__contains__": READ},
    list: {"__getitem__": READ, "__setitem__": WRITE},
    bytearray: {"__getitem__": READ, "__setitem__": WRITE},
    array.array: {"__getitem__": READ, "__setitem__": WRITE},
}

#: The order of these is part of what they contain: to put something in is a change of all of it.
_ORDERED = frozenset(["move_to_end"])

#: Looking through all of it.
_LOOKS_THROUGH = {"__contains__": READ, "__getitem__": READ, "get": READ}

_READ_ALL, _WRITE_ALL = Effect(READ), Effect(WRITE)


def effect_of_method(kind: type, name: str) -> Effect:
    """What a method of a container does, whose class derives from one of `CONTAINERS`."""
    for base, methods in _BY_KEY.items():
        if issubclass(kind, base) and name in methods:
            return Effect(methods[name], by_key=name not in _ORDERED)
    if name in _READS or name in _LOOKS_THROUGH:
        return _READ_ALL
    return _WRITE_ALL


def makes_missing(container: Any, key: Any) -> object:
    """The method that a dict asks for this key, which it has not, and that may insert it; `MISSING` where none does.

    A key that is no plain one is not looked for: that would run its code.
    """
    kind = type(container)
    if kind is dict or not isinstance(container, dict):
        return MISSING
    method = _missing.get(kind)
    if method is None:
        method = found_in(kind, "__missing__")
        _missing[kind] = method = MISSING if method is Counter.__missing__ else method
    if method is MISSING or (isinstance(container, defaultdict) and _factory(container) is None):
        return MISSING
    return MISSING if is_plain(key) and dict.__contains__(container, key) else method


#: By the class of the dict.
_missing: dict[type, object] = {}
_factory = vars(defaultdict)["default_factory"].__get__


def makes_unseen(container: Any) -> bool:
    """Whether what makes the missing elements of a dict may have a state of its own."""
    factory = _factory(container) if isinstance(container, defaultdict) else None
    return factory is not None and not isinstance(factory, type | FunctionType)


def effect_of_function(function: Any) -> str | None:
    """What a function written in C does to a container that it is given; None where it does nothing.

    Of one that writes, only the first argument is changed.
    """
    return _FUNCTIONS.get(function, USE)


_FUNCTIONS: dict[Any, str | None] = {
    **dict.fromkeys(
        [len, sorted, sum, min, max, any, all, iter, next, repr, ascii, print, format, hash, divmod, isinstance,
         issubclass, callable, abs, bin, hex, oct, ord, chr, round, pow],
        READ,
    ),
    **dict.fromkeys([bisect.bisect, bisect.bisect_left, bisect.bisect_right, heapq.nlargest, heapq.nsmallest], READ),
    **dict.fromkeys(
        [heapq.heappush, heapq.heappop, heapq.heapify, heapq.heappushpop, heapq.heapreplace, bisect.insort,
         bisect.insort_left, bisect.insort_right],
        WRITE,
    ),
    **dict.fromkeys(
        [id, isinstance, issubclass, callable, hash, type, getattr, setattr, delattr, hasattr, vars, globals, locals,
         super, object, staticmethod, classmethod, property],
        None,
    ),
    **dict.fromkeys(
        [list, tuple, set, frozenset, dict, deque, bytes, bytearray, str, bool, enumerate, zip, map, filter, reversed,
         OrderedDict, defaultdict, array.array, memoryview],
        READ,
    ),
}  # fmt: skip


def underlying(container: Any) -> Any:
    """The container itself, of one that shows its memory, or what it holds."""
    if type(container) is MappingProxyType:
        return shown_by(container)
    if type(container) is not memoryview:
        return container
    try:
        return container.obj
    except ValueError:  # it was released
        return container


def key_of(container: Any, key: Any) -> Any:
    """What tells an element from others: a plain key, or a position counted from the front; None where nothing does."""
    if not isinstance(container, CONTAINERS):
        return None
    if isinstance(container, list | bytearray | array.array):
        if type(key) is not int:
            return None
        return key if key >= 0 else key + _LENGTHS[_base(container)](container)
    if isinstance(container, deque):
        return None
    return key if is_plain(key) else None


def is_plain(key: Any) -> bool:
    """Whether no code of the program tells a key from others."""
    kind = type(key)
    return kind in _PLAIN or (kind is tuple and all(type(one) in _PLAIN for one in key))


_PLAIN = frozenset([int, str, bytes, bool, float, type(None)])

_LENGTHS: dict[type, Any] = {list: list.__len__, bytearray: bytearray.__len__, array.array: array.array.__len__}


def _base(container: Any) -> type:
    return next(base for base in _LENGTHS if isinstance(container, base))
