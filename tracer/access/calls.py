"""Accesses that a call makes: what a method written in C does to its container, and a function to what it is given.

A function of watched code makes its accesses itself. What is called on an object whose class has code that is not
watched is an access to all of it: see `tracer.access.opaque`.
"""

from __future__ import annotations

import io
import os
import sys
from functools import lru_cache, partial
from operator import attrgetter, itemgetter, methodcaller
from types import BuiltinFunctionType, FunctionType, MappingProxyType, MethodType
from typing import TYPE_CHECKING, Any

from tracer.access import attributes, files
from tracer.access.accesses import base_of
from tracer.access.containers import CONTAINERS, effect_of_function, effect_of_method, key_of, underlying
from tracer.access.opaque import is_stream
from tracer.access.sites import READ, USE, WRITE
from tracer.access.stack import OBJECTS, WORDS
from tracer.primitives.builtin import BuiltinFunction

if TYPE_CHECKING:
    from types import CodeType, FrameType

    from tracer.access.accesses import Accesses
    from tracer.access.contents import Contents
    from tracer.access.named import Named
    from tracer.access.sites import Site

_DescriptorOfMethod = type(list.append)
_WrapperOfMethod = type(list.__len__)
_BoundWrapper = type([].__len__)

#: Stands for an argument that nobody else has.
_ALONE = object()

#: Methods of all objects that access an attribute by its name.
_OF_OBJECTS = {"__setattr__": WRITE, "__delattr__": WRITE, "__getattribute__": READ}

_BY_NAME: dict[Any, str] = {getattr: READ, hasattr: READ, setattr: WRITE, delattr: WRITE}

#: These call others and keep what they gave.
_KEEPING = frozenset([type(lru_cache(len))])

#: These look at what they are called with.
_GETTERS = frozenset([attrgetter, itemgetter, methodcaller])

#: To call one of these touches nothing of itself.
_PLAIN_CALLABLES = frozenset([BuiltinFunctionType, _DescriptorOfMethod, _WrapperOfMethod, _BoundWrapper, type])

#: What the file system is changed by.
_FUNCTIONS = frozenset([FunctionType, BuiltinFunctionType, BuiltinFunction])

#: Their methods only read what they are given.
_PURE = frozenset([str, bytes, int, float, tuple, frozenset, range])


class Calls:
    """For one execution."""

    def __init__(self, accesses: Accesses, named: Named, contents: Contents) -> None:
        self._accesses = accesses
        self._named = named
        self._contents = contents
        self._files = files.Files(accesses.learned)
        #: Whether the call that was looked at last is one of a watched function, without any other between.
        self.enters = False

    def of_call(self, site: Site, frame: FrameType, code: CodeType, offset: int) -> bool | None:
        base = base_of(frame)
        first = base + site.at
        count = len(site.arguments)
        filled = [WORDS[first + index] != 0 for index in range(count + 1)]
        begin = 0 if filled[0] else 1
        called = OBJECTS[first + begin]
        kind = type(called)
        self.enters = kind is FunctionType and self._accesses.scope.is_watched(called.__code__, called.__globals__)
        if self.enters:
            return None
        arguments: list[Any] = []
        paths = []
        for index in range(begin + 1, count + 1):
            if not filled[index]:
                continue
            path, alone = site.arguments[index - 1]
            # Nobody else has it: whatever is done to it is no access.
            arguments.append(_ALONE if self._accesses.is_alone(first + index, alone) else OBJECTS[first + index])
            if called is next and len(arguments) == 1 and arguments[0] is not _ALONE:
                return self._contents.next_of(first + index, alone, path, code, offset)
            paths.append(path)
        if called is globals:
            self._accesses.namespace(frame.f_globals)
        return self._call(called, arguments, paths, code, offset) or (
            True if any(one is _ALONE for one in arguments) else None
        )

    def of_spread(self, site: Site, frame: FrameType, code: CodeType, offset: int) -> bool | None:
        base = base_of(frame)
        called = OBJECTS[base + site.at] if WORDS[base + site.at] else None
        values = OBJECTS[base + site.key]
        self.enters = False
        if site.value >= 0 and type(OBJECTS[base + site.value]) is dict:
            for value in list(OBJECTS[base + site.value].values()):
                self._give_away(value)
        if type(values) is not tuple or called is None:
            return self._accesses.all_of(base + site.key, site.alone, site.path, READ, code, offset)
        return self._call(called, list(values), [""] * len(values), code, offset) or None

    def _call(self, called: Any, arguments: list[Any], paths: list[str], code: CodeType, offset: int) -> bool:
        for value in arguments:
            self._give_away(value)
        kind = type(called)
        while kind is partial:
            arguments = [*called.args, *arguments]
            paths = [""] * len(called.args) + paths
            called, kind = called.func, type(called.func)
        if kind is MethodType:
            arguments = [called.__self__, *arguments]
            paths = ["", *paths]
            called, kind = called.__func__, type(called.__func__)
        self.enters = kind is FunctionType and self._accesses.scope.is_watched(called.__code__, called.__globals__)
        if self.enters or (kind is FunctionType and self._accesses.scope.is_own(called.__code__)):
            return False
        if kind in _FUNCTIONS and (on_files := files.effect(called, kind, arguments)) is not None:
            self._file(on_files, code, offset)
            return True
        if kind is FunctionType:
            return self._python(called, arguments, paths, code, offset)
        if kind in _KEEPING:
            self._accesses.announce(USE, self._accesses.whole(called, "", code), (code, offset))
            return True
        if kind in _GETTERS and arguments and not isinstance(arguments[0], CONTAINERS) and arguments[0] is not _ALONE:
            self._accesses.announce(USE, self._accesses.whole(arguments[0], paths[0], code), (code, offset))
            return True
        if kind not in _PLAIN_CALLABLES and self._accesses.opaque.is_opaque(kind):
            arguments = [called, *arguments]
            paths = ["", *paths]
            method = attributes.found_in(kind, "__call__")
            if type(method) is FunctionType:
                return self._python(method, arguments, paths, code, offset)
        if _is_method(kind):
            return self._method(called.__objclass__, called.__name__, arguments, paths, code, offset)
        if kind is BuiltinFunctionType or kind is _BoundWrapper:
            owner = called.__self__
            if self._is_touched(owner) or called.__name__ in _OF_OBJECTS:
                return self._method(type(owner), called.__name__, [owner, *arguments], ["", *paths], code, offset)
        return self._function(called, kind, arguments, paths, code, offset)

    def _method(
        self, owner: type, name: str, arguments: list[Any], paths: list[str], code: CodeType, offset: int
    ) -> bool:
        """A method written in C, whose first argument is the object."""
        if not arguments:
            return False
        target = arguments[0]
        found = False
        on_file = files.effect_on_open(target, name)
        if on_file is not None and not is_stream(target):
            self._file(on_file, code, offset)
            return True
        if self._is_touched(target) and (issubclass(owner, CONTAINERS) or not isinstance(target, CONTAINERS)):
            container = underlying(target)
            effect = effect_of_method(type(container) if owner is MappingProxyType else owner, name)
            operation = effect.operation
            if operation is WRITE and not isinstance(container, CONTAINERS):
                operation = USE
            key = key_of(container, arguments[1]) if effect.by_key and len(arguments) > 1 else None
            thing = self._accesses.thing_of(container, paths[0], code)
            variable = thing.item(key)
            if effect.operation is WRITE and self._accesses.scope.writes_namespaces:
                self._accesses.scope.written_by_key(
                    target, arguments[1] if effect.by_key and len(arguments) > 1 else None
                )
            self._accesses.announce(operation, variable, (code, offset), atomic=True)
            if name == "__getitem__" and len(arguments) > 1:
                self._contents.of_missing(container, arguments[1], thing, code, offset)
            found = True
            rest = READ
        elif target is not _ALONE and name in _OF_OBJECTS and len(arguments) > 1 and type(arguments[1]) is str:
            return self._named.by_name(_OF_OBJECTS[name], arguments, paths, code, offset, directly=True)
        else:
            rest = READ if owner in _PURE else USE
        for value, path in zip(arguments[1:], paths[1:], strict=True):
            if self._is_touched(value):
                self._accesses.announce(
                    rest, self._accesses.whole(value, path, code), (code, offset), atomic=rest is READ
                )
                found = True
        return found

    def _function(
        self, called: Any, kind: type, arguments: list[Any], paths: list[str], code: CodeType, offset: int
    ) -> bool:
        operation: str | None = USE
        if kind is BuiltinFunctionType or kind is type:
            operation = effect_of_function(called)
            by_name = _BY_NAME.get(called)
            if called is print:
                self._print(arguments, paths, code, offset)
            elif called is vars and arguments and arguments[0] is not _ALONE:
                self._accesses.show(arguments[0], self._accesses.name_of(paths[0], code, type(arguments[0])))
            elif by_name is not None and len(arguments) > 1 and type(arguments[1]) is str:
                if arguments[0] is _ALONE:
                    return False
                if by_name is READ and arguments[1] == "__dict__":
                    self._accesses.show(arguments[0], self._accesses.name_of(paths[0], code, type(arguments[0])))
                return self._named.by_name(by_name, arguments, paths, code, offset)
        elif self._accesses.scope.is_tools(kind):
            operation = None
        if operation is None:
            return False
        found = False
        for value, path in zip(arguments, paths, strict=True):
            container = self._accesses.gone_through(value)
            if container is not None and not is_stream(container):
                self._accesses.announce(
                    operation, self._accesses.whole(container, path, code), (code, offset), atomic=operation is not USE
                )
                found = True
                if operation is WRITE:
                    break
        return found

    def _python(
        self, called: FunctionType, arguments: list[Any], paths: list[str], code: CodeType, offset: int
    ) -> bool:
        """A function written in Python that is not watched: what it does to what it is given is no single step."""
        if called.__name__ in _OF_OBJECTS and len(arguments) > 1 and type(arguments[1]) is str:
            operation = _OF_OBJECTS[called.__name__]
            return arguments[0] is not _ALONE and self._named.by_name(
                operation, arguments, paths, code, offset, directly=True
            )
        if called is os.getenv and arguments:
            called = vars(type(os.environ))["__getitem__"]
            arguments, paths = [os.environ, *arguments], ["os.environ", *paths]
        opaque = self._accesses.opaque
        found = False
        for index, (value, path) in enumerate(zip(arguments, paths, strict=True)):
            container = self._accesses.gone_through(value)
            if container is None or is_stream(container):
                continue
            kind = type(container)
            of_method = opaque.effect_of_method(called, kind) if index == 0 else None
            effect = of_method or opaque.effect_on_argument(called, kind)
            if effect is not None:
                variable = self._accesses.whole(container, path, code)
                self._accesses.announce_call(effect, variable, (code, offset), called)
                found = True
        return found

    def _print(self, arguments: list[Any], paths: list[str], code: CodeType, offset: int) -> None:
        """What is printed goes into an object of the program where that is told, or stands for the standard output."""
        given = [one for one in zip(arguments, paths, strict=True) if isinstance(one[0], io.IOBase)]
        for target, path in given or [(vars(sys).get("stdout"), "sys.stdout")]:
            on_file = files.effect_on_open(target, "write")
            if on_file is not None and not is_stream(target):
                self._file(on_file, code, offset)
            elif self._is_touched(target):
                self._accesses.announce(USE, self._accesses.whole(target, path, code), (code, offset))

    def _file(self, effect: files.Effect, code: CodeType, offset: int) -> None:
        """A path, or all of them."""
        variable = self._accesses.things.of(self._files, "files").item(effect.path)
        self._accesses.announce(effect.operation, variable, (code, offset), atomic=True)
        if self._files.depends_on_the_last(effect):
            self._accesses.opaque.note("what executions leave in files, others find there")

    def _is_touched(self, value: Any) -> bool:
        """Whether it matters what is done to a value."""
        return self._accesses.holds(type(value)) and not is_stream(value)

    def _give_away(self, value: Any) -> None:
        """What a function written in C is given: it may call it back."""
        kind = type(value)
        while kind is partial or kind is MethodType:
            value = value.func if kind is partial else value.__func__
            kind = type(value)
        if kind is FunctionType:
            self._accesses.scope.given_away(value)


def _is_method(kind: type) -> bool:
    return kind is _DescriptorOfMethod or kind is _WrapperOfMethod
