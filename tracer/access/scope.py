"""Whose code is watched, and which names may ever be written once threads share them.

The user's own code is watched: everything but the standard library and installed packages, unless these are named. Of
attributes and globals that nothing in the watched code ever writes, except where an object is being made, reading is no
access that anybody could disturb: most names are those of methods, classes, functions and modules. What is written all
the same (by `setattr`, or by code that is met later) is noticed then, and the names are added: see
`tracer.access.watch`.
"""

from __future__ import annotations

import os
from inspect import CO_ASYNC_GENERATOR, CO_COROUTINE, CO_GENERATOR, CO_VARKEYWORDS
from types import CodeType, FunctionType
from typing import TYPE_CHECKING, Any

from tracer.access.attributes import MISSING, found_in
from tracer.access.names import names_of
from tracer.places import Origin, in_package, origins

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from types import FrameType

#: Code objects and namespaces that are kept from execution to execution.
_MOST_KEPT = 20_000

#: Classes likewise.
_MOST_CLASSES = 1_000

#: All of the standard library.
STANDARD_LIBRARY = "stdlib"

#: Generators are advanced by whoever goes through them; of a function with options these are new each time.
_RUN_BY_OTHERS = CO_GENERATOR | CO_COROUTINE | CO_ASYNC_GENERATOR | CO_VARKEYWORDS

_FINALIZER = "__del__"

#: These change an object by the name of an attribute.
_WAYS_TO_GIVE = frozenset(["__dict__", "setattr", "__setattr__"])

#: What of the standard library this project rests on is never watched: it would watch itself.
_NEVER = tuple(os.sep + name for name in ("threading.py", "linecache.py", "dis.py", "ast.py", "weakref.py"))


class Scope:
    """For one execution. `include` names packages and modules beside the user's own code.

    `learned` are names that were written in other executions, in a way that the code does not show, and is added to.
    """

    def __init__(self, include: Iterable[str] = (), learned: set[str] | None = None) -> None:
        included = self.included = list(include)
        self._everything = STANDARD_LIBRARY in included
        #: By the name of a file; None: where the module is included, which may be executed from any file.
        self._watched: dict[str, bool | None] = {}
        #: By the name of a module.
        self._are_included: dict[str, bool] = {}
        self._scanned: set[int] = set()
        self._begun: set[int] = set()
        self._kept: list[Any] = []  # so that ids stay their owners'
        #: Attributes and globals that may be written while threads share them, and the cells of closures.
        self._learned = learned if learned is not None else set()
        self.written: set[str] = set(self._learned)
        self.cells: set[str] = set()
        #: Whether any code takes the namespace of an object or a module: then a key may be the name of an attribute.
        self.writes_namespaces = False
        #: Whether any code calls `__init__` of an object that there may be already.
        self.makes_again = False
        #: Names that functions use as globals, or that are used as attributes; what a module has beside these is used
        #: by its own body alone. That runs once, in one thread, unless its namespace is in `bodies`.
        self.used: set[str] = set(self._learned)
        self.bodies: set[int] = set()
        #: Code that was given to something that may call it back, by its id.
        self._called_back: dict[int, CodeType] = {}
        #: Whether threads share the names already: what turns out to be written now, was so before.
        self.is_late = False
        #: Called when there are more of them.
        self.grown: Callable[[], None] = lambda: None
        #: Of classes, whether code that is not watched may change their objects (`tracer.access.opaque`), and whether
        #: these are containers (`tracer.access.accesses`).
        self.opaque_classes: dict[type, bool] = {}
        self.container_classes: dict[type, bool] = {}

    @property
    def is_large(self) -> bool:
        """Whether so much code was met that it is time to forget what may be gone."""
        return len(self._kept) > _MOST_KEPT

    def begin_anew(self, learned: set[str]) -> bool:
        """Another execution begins, in which these are known. Gives whether some were not."""
        before = self._size
        self.is_late = False
        if len(self.opaque_classes) + len(self.container_classes) > _MOST_CLASSES:  # programs make classes, too
            self.opaque_classes.clear()
            self.container_classes.clear()
        self._learned = learned
        self.written |= learned
        self.used |= learned
        return self._size > before

    def is_watched(self, code: CodeType, namespace: dict[str, Any]) -> bool:
        """Whether accesses by this code are announced, whose globals are in `namespace`.

        What was made by `exec`, as the methods of dataclasses are, is the code of the module whose globals it has.
        """
        filename = code.co_filename
        if filename.startswith("<"):
            module = namespace.get("__file__")
            filename = module if isinstance(module, str) else filename
        if self.is_watched_file(filename, namespace):
            return True
        return code.co_name == "__get__" and not self.is_own(code) and _gives_attributes(code, namespace)

    def is_watched_file(self, filename: str, namespace: dict[str, Any]) -> bool:
        """The same for all code of a file that is executed with these globals."""
        known = self._watched.get(filename, MISSING)
        if known is MISSING:
            known = self._watched[filename] = self._is_watched(filename)
        if known is None:
            return bool(self.included) and self._is_included(namespace)
        return known is True

    def is_own(self, code: CodeType) -> bool:
        """Whether this is code of this project."""
        return origins[code.co_filename] is Origin.OWN

    def is_tools(self, kind: type) -> bool:
        """Whether this is a class of this project, which stands for one of the interpreter's."""
        return kind.__module__.partition(".")[0] in ("tracer", "replay")

    def _is_watched(self, filename: str) -> bool | None:
        origin = origins[filename]
        if origin is Origin.OWN or filename.startswith("<frozen "):
            return False
        if origin is Origin.STANDARD_LIBRARY:
            return False if filename.endswith(_NEVER) else self._everything or None
        return None if in_package(filename) else True

    def _is_included(self, namespace: dict[str, Any]) -> bool:
        """Whether the module that has these variables is one that is included, or in a package that is."""
        name = namespace.get("__name__")
        if name == "__main__":
            name = _name_of_program(namespace)
        if not isinstance(name, str):
            return False
        known = self._are_included.get(name)
        if known is None:
            within = name + "."
            known = self._are_included[name] = any(within.startswith(one + ".") for one in self.included)
        return known

    # Which names may be written ------------------------------------------------------------------------------

    def is_left_out(self, code: CodeType, namespace: dict[str, Any]) -> bool:
        """Whether this very code is not watched, although the functions inside it are.

        The body of a module that is being imported runs behind the lock of that import, which orders it before
        everybody who uses the module. A finalizer runs when the last reference goes, an order that no operation tells
        of.
        """
        if code.co_name == _FINALIZER:
            return True
        return code.co_name == "<module>" and bool(getattr(namespace.get("__spec__"), "_initializing", False))

    def scan(self, code: CodeType, namespace: dict[str, Any]) -> list[CodeType]:
        """Looks at code that is about to run, and at all functions of its module.

        Gives the code that is new, and to be watched.
        """
        before = self._size
        new = list(self._scan(code))
        if new and self.is_left_out(code, namespace):
            del new[0]
        if id(namespace) not in self._scanned:
            self._scanned.add(id(namespace))
            self._kept.append(namespace)
            for function in _functions(list(namespace.values()), namespace):
                new += self._scan(function.__code__)
        if self._size > before:
            self.grown()
        return [one for one in new if one.co_name != _FINALIZER]

    @property
    def _size(self) -> int:
        return len(self.written) + len(self.cells) + len(self.used)

    def body_begins(self, frame: FrameType) -> None:
        """The body of a module, or what stands for one in `exec`, begins to run.

        A body that is imported, or is the program, runs once. Whoever calls `exec` may do so in several threads.
        """
        namespace = frame.f_globals
        if id(namespace) not in self._begun and self._is_run_once(frame.f_back):
            self._begun.add(id(namespace))
            self._kept.append(namespace)
        elif id(namespace) not in self.bodies:
            self.bodies.add(id(namespace))
            self._kept.append(namespace)
            self.grown()

    def _is_run_once(self, caller: FrameType | None) -> bool:
        return caller is None or caller.f_code.co_filename.startswith("<frozen ") or self.is_own(caller.f_code)

    def is_called_back(self, code: CodeType) -> bool:
        """Whether an instruction that is no call, or one that calls something written in C, may run this code."""
        name = code.co_name
        return name.startswith(("__", "<")) or bool(code.co_flags & _RUN_BY_OTHERS) or id(code) in self._called_back

    def given_away(self, function: FunctionType) -> None:
        """A function is given to what may call it back: a sort that has a key."""
        code = function.__code__
        if id(code) not in self._called_back and self.is_watched(code, function.__globals__):
            self._called_back[id(code)] = code
            self.grown()

    def may_be_written(self, name: str) -> None:
        """An attribute or a global of this name is written in a way that the code does not show."""
        if name not in self.written or name not in self.used:
            self.written.add(name)
            self._learned.add(name)
            self.used.add(name)
            self.grown()

    def learn(self, names: Iterable[str]) -> None:
        """These are known from other executions."""
        new = {*names} - self._learned
        if new:
            self._learned |= new
            self.written |= new
            self.used |= new
            self.grown()

    def written_by_key(self, namespace: object, key: object) -> None:
        """A dict that may be the namespace of an object or a module is written; without a key all of it."""
        if isinstance(namespace, dict):
            for name in [key] if key is not None else list(dict.keys(namespace)):
                if type(name) is str:
                    self.may_be_written(name)

    def _scan(self, code: CodeType) -> Iterator[CodeType]:
        if id(code) in self._scanned:
            return
        self._scanned.add(id(code))
        self._kept.append(code)
        yield code
        names = names_of(code)
        if self.is_late:  # others may have read them before, unnoticed
            self._learned |= names.written - self.written
        self.written |= names.written
        self.cells |= names.cells
        self.used |= names.used
        self.writes_namespaces = self.writes_namespaces or names.takes_namespaces
        self.makes_again = self.makes_again or names.makes_again
        for constant in code.co_consts:
            if isinstance(constant, CodeType):
                yield from self._scan(constant)


def _name_of_program(namespace: dict[str, Any]) -> str | None:
    """What the module that is the program would be called if it were imported."""
    name = getattr(namespace.get("__spec__"), "name", None)
    if isinstance(name, str):
        return name
    filename = namespace.get("__file__")
    if not isinstance(filename, str):
        return None
    folder, name = os.path.split(os.path.abspath(filename).removesuffix(".py"))
    while os.path.exists(os.path.join(folder, "__init__.py")):
        folder, package = os.path.split(folder)
        name = f"{package}.{name}"
    return name


def _gives_attributes(code: CodeType, namespace: dict[str, Any]) -> bool:
    """Whether this is the method of a descriptor that gives the object an attribute of its own, in its place.

    What it does there is done to the object of a user, like that of `functools.cached_property`: two threads may both
    find the attribute missing.
    """
    if _WAYS_TO_GIVE.isdisjoint(code.co_names):
        return False
    kind: Any = namespace.get(code.co_qualname.rpartition(".")[0])
    return (
        isinstance(kind, type)
        and getattr(found_in(kind, "__get__"), "__code__", None) is code
        and found_in(kind, "__set__") is MISSING
    )


def _functions(values: list[Any], namespace: dict[str, Any]) -> Iterator[FunctionType]:
    """The functions of a module, and the methods of its classes."""
    seen: set[int] = set()
    while values:
        value = values.pop()
        if id(value) in seen:
            continue
        seen.add(id(value))
        kind = type(value)
        if kind is FunctionType:
            if value.__globals__ is namespace:
                yield value
        elif kind in (staticmethod, classmethod):
            values.append(value.__func__)
        elif kind is property:
            values += [one for one in (value.fget, value.fset, value.fdel) if one is not None]
        elif issubclass(kind, type) and type.__dict__["__module__"].__get__(value) == namespace.get("__name__"):
            values += list(type.__dict__["__dict__"].__get__(value).values())
