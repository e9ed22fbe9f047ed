"""Objects whose class has code that is not watched.

What a method of such a class touches has no instructions that are looked at: it may read and write all of its object,
and so the call is one access to all of it, as it is for a container. Known are classes whose objects never change, or
synchronise themselves (locks, queues, futures, loggers).

What happens inside such a call is one step for whoever explores schedules. Where it is code written in Python it is
many for CPython: if others can touch the object meanwhile, that is noted, see `Opaque.unseen`.
"""

from __future__ import annotations

import io
import sys
from types import FunctionType, MethodDescriptorType, ModuleType
from typing import TYPE_CHECKING, Any

from tracer.access import attributes
from tracer.access.attributes import MISSING
from tracer.access.containers import CONTAINERS, effect_of_method
from tracer.access.names import names_of
from tracer.access.sites import READ, USE
from tracer.places import Origin, in_package, origins

if TYPE_CHECKING:
    from tracer.access.scope import Scope

#: Texts that are kept of what is not seen.
_MOST_UNSEEN = 20

#: The classes in these never change, have no state of their own, or synchronise themselves; of some the objects are
#: modelled by this project. `builtins`: its containers are known in detail, its iterators are none of these.
_SAFE = frozenset(
    ["builtins", "threading", "_thread", "queue", "_queue", "concurrent", "multiprocessing", "logging", "asyncio",
     "_asyncio", "contextvars", "_contextvars", "selectors", "select", "signal", "subprocess", "abc", "_abc",
     "_collections_abc", "collections.abc", "typing", "types", "enum", "dataclasses", "re", "_sre", "datetime",
     "_datetime", "zoneinfo", "decimal", "_decimal", "fractions", "numbers", "uuid", "pathlib", "ipaddress",
     "functools", "operator", "inspect", "traceback", "warnings", "_warnings", "unittest.case", "string", "time",
     "posix", "importlib", "_frozen_importlib", "_frozen_importlib_external", "zipimport", "weakref", "_weakref",
     "copyreg", "keyword", "ast", "_ast", "dis", "sys", "gc", "errno", "tracer", "replay", "threadtrace", "greenlet",
     "_pytest", "pluggy", "pytest"]
)  # fmt: skip

#: Classes of other modules.
_SAFE_CLASSES = {"os": frozenset(["DirEntry", "stat_result", "PathLike"]),
                 "contextlib": frozenset(["AbstractContextManager", "AbstractAsyncContextManager", "ContextDecorator",
                                          "AsyncContextDecorator", "nullcontext", "suppress"])}  # fmt: skip

#: Functions of these only look at what they are given, or hand it on.
_READING = frozenset(
    ["logging", "unittest", "concurrent", "multiprocessing", "threading", "queue", "asyncio", "warnings", "traceback"]
)

#: The same of built-in containers; what else they are given may be a file to write to.
_READING_CONTAINERS = frozenset(
    ["copy", "json", "pprint", "pickle", "functools", "statistics", "textwrap", "string", "operator", "inspect",
     "dataclasses", "reprlib", "typing", "re", "collections", "collections.abc", "_collections_abc", "enum", "abc"]
)  # fmt: skip

#: Of the methods in these the names tell which only read.
_KNOWN = frozenset(["collections", "_collections_abc", "collections.abc", "_weakrefset", "weakref", "os"])

#: These keep what they are given, and touch nothing of it.
_KEEPING = frozenset(["submit", "put", "put_nowait", "set_result", "set_exception", "add_done_callback"])

#: What the interpreter itself writes to and reads from: in what order is nothing that programs depend on.
_STREAMS = ("__stdin__", "__stdout__", "__stderr__", "stdin", "stdout", "stderr")

_HEAP_TYPE = 1 << 9

_module_of: Any = vars(type)["__module__"].__get__
_name_of: Any = vars(type)["__name__"].__get__
_mro: Any = vars(type)["__mro__"].__get__
_class_dict: Any = vars(type)["__dict__"].__get__


class Opaque:
    """For one execution."""

    def __init__(self, scope: Scope) -> None:
        self._scope = scope
        self._known = scope.opaque_classes
        #: What of a class that is not watched was learned.
        self._learned: set[type] = set()
        #: What could have been interrupted in places that nobody has looked at.
        self.unseen: dict[str, None] = {}

    def is_opaque(self, kind: type) -> bool:
        """Whether objects of this class have state that code which is not watched may change."""
        known = self._known.get(kind)
        if known is None:
            known = self._known[kind] = not issubclass(kind, type | BaseException) and any(
                self.has_unwatched_code(one) for one in _mro(kind) or ()
            )
        return known

    def has_unwatched_code(self, kind: type) -> bool:
        """Whether the class itself has methods that are not watched, and may change its objects."""
        module = _module_of(kind)
        if not isinstance(module, str) or _is_among(module, _SAFE):
            return False
        if _name_of(kind) in _SAFE_CLASSES.get(module, ()):
            return False
        kinds = {type(one) for one in _class_dict(kind).values()}
        if not kind.__flags__ & _HEAP_TYPE or (MethodDescriptorType in kinds and FunctionType not in kinds):
            return True  # it is written in C
        imported = sys.modules.get(module)
        if isinstance(imported, ModuleType) and module != "__main__":
            namespace = attributes.namespace_of(imported)
            filename = namespace.get("__file__")
            if isinstance(filename, str):
                return not self._scope.is_watched_file(filename, namespace)
        functions = [one for one in _class_dict(kind).values() if type(one) is FunctionType]
        if not functions:
            return module in sys.builtin_module_names
        return not self._scope.is_watched(functions[0].__code__, functions[0].__globals__)

    def learn(self, kind: type) -> None:
        """Objects of this class are shared: what its own code writes, or computes, others may read by its name."""
        if kind in self._learned:
            return
        self._learned.add(kind)
        for one in _mro(kind) or ():
            if one.__flags__ & _HEAP_TYPE and self.has_unwatched_code(one):
                for name, found in list(_class_dict(one).items()):
                    self._learn_from(name, found)

    def _learn_from(self, name: str, found: object) -> None:
        if isinstance(found, property):
            self._scope.may_be_written(name)
        for function in (found.fget, found.fset) if isinstance(found, property) else (found,):
            if type(function) is FunctionType:
                for written in names_of(function.__code__).written:
                    self._scope.may_be_written(written)

    def effect_on_argument(self, function: FunctionType, kind: type) -> str | None:
        """What a function that is not watched does to what it is given; None where it touches nothing of it."""
        module = function.__module__
        if not isinstance(module, str):
            return USE
        if _is_among(module, _READING):
            return None if function.__name__ in _KEEPING else READ
        return READ if issubclass(kind, CONTAINERS) and _is_among(module, _READING_CONTAINERS) else USE

    def effect_of_method(self, function: FunctionType, kind: type) -> str | None:
        """What a function that is not watched does to an object of this class; None where it is no method of that."""
        name = function.__name__
        if attributes.found_in(kind, name) is not function:
            return None
        is_known = function.__module__ in _KNOWN and effect_of_method(dict, name).operation is READ
        return READ if is_known else USE

    def effect_of_reading(self, kind: type, method: str) -> str:
        """What it does to an object to ask it for an item, whether it has one, and the like."""
        found = attributes.found_in(kind, method)
        if type(found) is FunctionType and in_package(found.__code__.co_filename):
            return USE
        return READ

    def note(self, what: str) -> None:
        """Something is not seen."""
        if len(self.unseen) < _MOST_UNSEEN:
            self.unseen[what] = None


def _is_among(module: str, names: frozenset[str]) -> bool:
    return module in names or module.partition(".")[0] in names


def is_stream(target: Any) -> bool:
    """Whether this is where the interpreter itself writes to, or reads from."""
    return isinstance(target, io.TextIOWrapper | io.BufferedIOBase) and any(
        target is (stream := vars(sys).get(name)) or target is getattr(stream, "buffer", MISSING) for name in _STREAMS
    )


def name_of_call(function: FunctionType) -> str:
    """What a report calls a function that is not watched, and how to have it watched."""
    module = function.__module__ or ""
    name = f"{module}.{function.__qualname__}" if module else function.__qualname__
    package = module if origins[function.__code__.co_filename] is Origin.STANDARD_LIBRARY else module.partition(".")[0]
    return f"{name} is not watched, and others could touch what it works on meanwhile (--include {package} watches it)"
