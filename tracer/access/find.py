"""The accesses that one instruction is about to make, and their announcement.

Each kind of site has a function here that finds out what the operands are and which variables the instruction touches.
It announces every access to the runtime, which may let other threads go on first, and then has it logged. A function
returns False where there was nothing to announce.
"""

from __future__ import annotations

import gc
from array import array
from functools import lru_cache, partial
from inspect import CO_OPTIMIZED, CO_VARARGS
from operator import attrgetter, itemgetter, methodcaller
from types import BuiltinFunctionType, FunctionType, MethodType
from typing import TYPE_CHECKING, Any

from tracer.access import attributes
from tracer.access.attributes import MISSING, Place, plan_for
from tracer.access.containers import CONTAINERS, EXACT, effect_of_function, effect_of_method, key_of, underlying
from tracer.access.flow import ATOMIC, READ, USE, WRITE
from tracer.access.stack import ACTIVATION, OBJECTS, VARIABLES, WORDS, references
from tracer.access.values import shown
from tracer.access.variables import Things
from tracer.names import Birth, numbered

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import CellType, CodeType, FrameType

    from tracer.access.flow import Site
    from tracer.access.scope import Scope
    from tracer.access.variables import Thing, Variable
    from tracer.events import Place as PlaceInSource
    from tracer.runtime import Runtime

_OBJECT, _NOWHERE = Place.OBJECT, Place.NOWHERE

_DescriptorOfMethod = type(list.append)
_WrapperOfMethod = type(list.__len__)
_BoundWrapper = type([].__len__)

#: What makes an object: an attribute that it sets is one of a new object.
_MAKERS = frozenset(["__init__", "__new__", "__post_init__"])

#: Stands for an argument that nobody else has.
_ALONE = object()

#: How far an iterator is asked for what it goes through.
_DEEPEST = 4

_ITERATORS = frozenset(
    [type(iter([])), type(reversed([])), type(iter({})), type(iter({}.values())), type(iter({}.items())),
     type({}.keys()), type({}.values()), type({}.items()), type(iter(set())), enumerate, zip, map, filter,
     type(iter(bytearray()))]
)  # fmt: skip


#: An iterator over one of these does not notice how many elements there were when it was made.
_UNSIZED = (list, bytearray, array)

#: To iterate over these looks at nothing yet.
_STARTED = _ITERATORS - {type({}.keys()), type({}.values()), type({}.items())}


class Finder:
    """For one execution. `learned` are names that turned out to be shared in other executions of the program.

    Each kind of site has a method, which tells whether the site is of interest the next time: False for never again,
    None where there was nothing that other threads can reach. A container that nobody else has is of interest: where it
    is now may next be one that threads share.
    """

    def __init__(self, runtime: Runtime, scope: Scope, learned: set[str], *, values: bool) -> None:
        self._runtime = runtime
        self._scope = scope
        self._written = scope.written
        self._cells = scope.cells
        self._values = values
        self.learned = learned
        self.things = Things()
        self._by_id = self.things.by_id
        self._namespaces: dict[int, Thing] = {}
        self._holding: dict[type, bool] = {}
        #: What is gone through by the iterator that lies at an address of the stack; None for what nobody else has.
        self._loops: dict[int, tuple[str, Variable] | None] = {}
        #: What the site that is looked at has announced last.
        self.last: tuple[str, Variable] | None = None
        #: Whether the call that was looked at last is one of a watched function, without any other between.
        self.enters = False
        #: In the order of `tracer.access.flow`.
        self.functions: tuple[Callable[[Site, FrameType, CodeType, int], bool | None], ...] = (
            self.of_global,
            self.of_cell,
            self.of_attribute,
            self.of_item,
            self.of_item,
            self.of_iteration,
            self.of_next,
            self.of_contents,
            self.of_combination,
            self.of_call,
            self.of_spread,
            self.of_birth,
        )

    def announce_again(self, operation: str, variable: Variable, place: PlaceInSource) -> None:
        """An access has come to where it runs code of the program, and has not done all that it does."""
        self._announce(operation, variable, place)

    def _announce(
        self, operation: str, variable: Variable, place: PlaceInSource, value: Any = MISSING, *, atomic: bool = False
    ) -> None:
        owner = variable.thing.owner
        offered = True if owner is None else self._is_offered(variable, owner)
        text = shown(value) if value is not MISSING and self._values else None
        self._runtime.access(ATOMIC[operation] if atomic else operation, variable, offered, place, text)
        self.last = operation, variable  # now: others may have been here meanwhile

    def _is_offered(self, variable: Variable, owner: Any) -> bool:
        """Whether others may go first: not where nobody but its maker has ever touched the thing."""
        thing = variable.thing
        name = f"{thing.type.__qualname__}.{variable.key}"
        if owner is self._runtime.current:
            thing.alone_in.add(name)
            return name in self.learned
        thing.owner = None
        self.learned |= thing.alone_in
        return True

    # The kinds of sites --------------------------------------------------------------------------------------

    def of_global(self, site: Site, frame: FrameType, code: CodeType, offset: int) -> bool | None:
        """A global, or a variable of a module."""
        name = site.name
        writes = site.operation is WRITE
        namespace = frame.f_globals
        if code.co_flags & CO_OPTIMIZED == 0:
            if name not in self._scope.used and id(namespace) not in self._scope.bodies:
                return False
            own = namespace if site.declared else frame.f_locals
            # The body of a class, or `eval`.
            if own is not namespace and (writes or type(own) is not dict or name in own):
                return None
        if name not in self._written:
            if not writes:
                return False
            self._scope.may_be_written(name)
        thing = self._namespaces.get(id(namespace)) or self._namespace(namespace)
        variable = thing.attributes.get(name) or thing.attribute(name)
        if writes:
            self._announce(WRITE, variable, (code, offset), self._value(site, _base(frame), name))
        elif name not in namespace:  # one of the interpreter's own
            return None
        else:
            value = partial(_shown_global, namespace, name) if self._values else None
            self._runtime.access(READ, variable, True, (code, offset), value)
        return True

    def of_cell(self, site: Site, frame: FrameType, code: CodeType, offset: int) -> bool | None:
        """A variable that a function shares with the functions inside it."""
        if site.name not in self._cells:
            return False
        base = _base(frame)
        if not WORDS[base + site.at]:
            return None
        cell: CellType = OBJECTS[base + site.at]
        thing = self.things.of(cell, site.name)
        if thing.name != site.name:  # a cell has one name for ever: this is another one, where that one was
            thing = self.things.new(cell, site.name)
        variable = thing.whole
        if site.operation is WRITE:
            self._announce(WRITE, variable, (code, offset), self._value(site, base, site.name))
        else:
            value = partial(_shown_cell, cell) if self._values else None
            self._runtime.access(READ, variable, True, (code, offset), value)
        return True

    def of_attribute(self, site: Site, frame: FrameType, code: CodeType, offset: int) -> bool | None:
        """An attribute, by its name in the code."""
        name = site.name
        writes = site.operation is WRITE
        if name not in self._written:
            if not writes:
                return False
            if not _is_making(site, code):
                self._scope.may_be_written(name)
        base = (WORDS[(id(frame) >> 3) + ACTIVATION] >> 3) + VARIABLES
        target = OBJECTS[base + site.at]
        kind = type(target)
        plan = site.plans.get(kind) or plan_for(kind, name, writes=writes)
        place = plan.place
        if place is _OBJECT:
            thing = self._by_id.get(id(target))
            if thing is None or not (thing.type is kind if (one := thing.reference) is None else one() is target):
                thing = self._meet(target, site, frame, code)
        elif place is _NOWHERE:
            return None
        else:
            thing = self._elsewhere(target, name, place, site)
        variable = thing.attributes.get(name) or thing.attribute(name)
        if writes:
            value = self._value(site, base, f"{thing.name}.{name}")
            self._announce(WRITE, variable, (code, offset), value)
        else:
            owner = thing.owner
            offered = True if owner is None else self._is_offered(variable, owner)
            shows = partial(_shown_attribute, plan.read, target) if self._values else None
            self._runtime.access(READ, variable, offered, (code, offset), shows)
        return True

    def _elsewhere(self, target: Any, name: str, place: Place, site: Site) -> Thing:
        """What an attribute belongs to that is not, or need not be, the object's own."""
        writes = site.operation is WRITE
        if place is Place.REFERENT:
            target = attributes.referent(target)
            place = plan_for(type(target), name, writes=writes).place
            if place is _OBJECT or place is _NOWHERE:
                return self.things.of(target, self._called(site, target))
        if place is Place.MODULE:
            namespace = attributes.namespace_of(target)
            return self._namespaces.get(id(namespace)) or self._namespace(namespace)
        if place is Place.CLASS:
            owner = target if writes else attributes.owner_of(target, name)
            if writes:
                attributes.forget(name)
            return self.things.of(owner, owner.__name__)
        if attributes.has_own(target, name):
            return self.things.of(target, self._called(site, target))
        owner = attributes.owner_of(type(target), name)
        return self.things.of(owner, owner.__name__)

    def of_item(self, site: Site, frame: FrameType, code: CodeType, offset: int) -> bool | None:
        base = _base(frame)
        kind = self._container(base + site.at, site.alone)
        if kind is None:
            return self._nothing(base + site.at)
        container = underlying(OBJECTS[base + site.at])
        key = key_of(container, OBJECTS[base + site.key])
        if site.operation is WRITE and self._scope.writes_namespaces:
            self._scope.written_by_key(container, OBJECTS[base + site.key])
        thing = self.things.of(container, self._called_container(site.path, code, kind))
        variable = thing.item(key)
        value = self._value(site, base, f"{thing.name}[{key!r}]")
        self._announce(site.operation, variable, (code, offset), value, atomic=True)
        return True

    def _next_of(self, address: int, alone: int, path: str, code: CodeType, offset: int) -> bool | None:
        """`next` of an iterator: it changes it, unless the code of its own is announced itself."""
        iterator = OBJECTS[address]
        found = None
        if _is_iterator(type(iterator)) and references(WORDS[address]) > alone:
            self._announce(USE, self._whole(iterator, path, code), (code, offset))
            found = True
        container = self._gone_through(iterator)
        if container is not None:
            self._announce(READ, self._whole(container, path, code), (code, offset), atomic=True)
            found = True
        return found

    def of_contents(self, site: Site, frame: FrameType, code: CodeType, offset: int) -> bool | None:
        base = _base(frame)
        return self._all_of(base + site.at, site.alone, site.path, site.operation, code, offset) or None

    def of_combination(self, site: Site, frame: FrameType, code: CodeType, offset: int) -> bool | None:
        base = _base(frame)
        left = self._all_of(base + site.at, site.alone, site.path, site.operation, code, offset)
        right = self._all_of(base + site.key, site.fresh, "", READ, code, offset)
        return left or right

    def of_iteration(self, site: Site, frame: FrameType, code: CodeType, offset: int) -> bool | None:
        base = _base(frame)
        address = base + site.at
        iterator = base + site.key
        self._loops.pop(iterator, None)
        if not WORDS[address]:
            return None
        if self._is_alone(address, site.alone):
            self._loops[iterator] = None
            return True
        if _is_iterator(type(OBJECTS[address])) and references(WORDS[address]) > site.alone:
            self._loops[iterator] = USE, self._whole(OBJECTS[address], site.path, code)
            return True
        container = self._gone_through(OBJECTS[address])
        if container is None:
            return None
        variable = self._whole(container, site.path, code)
        self._loops[iterator] = READ, variable
        if type(OBJECTS[address]) not in _STARTED and not isinstance(container, _UNSIZED):
            self._announce(READ, variable, (code, offset), atomic=True)
        return True

    def of_next(self, site: Site, frame: FrameType, code: CodeType, offset: int) -> bool | None:
        base = _base(frame)
        address = base + site.at
        found = self._loops.get(address)
        if found is None:
            return True if address in self._loops else None
        operation, variable = found
        self._announce(operation, variable, (code, offset))
        return True

    def of_spread(self, site: Site, frame: FrameType, code: CodeType, offset: int) -> bool | None:
        base = _base(frame)
        called = OBJECTS[base + site.at] if WORDS[base + site.at] else None
        values = OBJECTS[base + site.key]
        self.enters = False
        if site.value >= 0 and type(OBJECTS[base + site.value]) is dict:
            for value in list(OBJECTS[base + site.value].values()):
                self._give_away(value)
        if type(values) is not tuple or called is None:
            return self._all_of(base + site.key, site.alone, site.path, READ, code, offset)
        return self._call(called, list(values), [""] * len(values), code, offset) or None

    def _give_away(self, value: Any) -> None:
        """What a function written in C is given: it may call it back."""
        kind = type(value)
        while kind is partial or kind is MethodType:
            value = value.func if kind is partial else value.__func__
            kind = type(value)
        if kind is FunctionType:
            self._scope.given_away(value)

    def of_birth(self, site: Site, frame: FrameType, code: CodeType, offset: int) -> bool | None:
        """A value was made just now: see `born`."""
        return self._nothing(_base(frame) + site.born)

    def born(self, site: Site, frame: FrameType) -> None:
        """A list or a dict that nobody but the stack has is a new one, or as good as that."""
        address = _base(frame) + site.born
        if references(WORDS[address]) == 1 and type(OBJECTS[address]) in EXACT:
            self._by_id.pop(WORDS[address], None)

    def has_options(self, code: CodeType, frame: FrameType) -> None:
        """A function begins whose `**options` are a new dict."""
        index = code.co_argcount + code.co_kwonlyargcount + bool(code.co_flags & CO_VARARGS)
        self._by_id.pop(WORDS[_base(frame) + index], None)

    def makes(self, frame: FrameType) -> None:
        """An `__init__` begins: of an object to which there are no weak references, what had its address is gone."""
        begin = _base(frame)
        caller = frame.f_back
        if not WORDS[begin] or (caller is not None and caller.f_code.co_name in _MAKERS):
            return
        if not type(OBJECTS[begin]).__weakrefoffset__:
            self._by_id.pop(WORDS[begin], None)

    def of_call(self, site: Site, frame: FrameType, code: CodeType, offset: int) -> bool | None:
        base = _base(frame)
        first = base + site.at
        count = len(site.arguments)
        filled = [WORDS[first + index] != 0 for index in range(count + 1)]
        begin = 0 if filled[0] else 1
        called = OBJECTS[first + begin]
        kind = type(called)
        self.enters = kind is FunctionType and self._scope.is_watched(called.__code__, called.__globals__)
        if self.enters:
            return None
        arguments: list[Any] = []
        paths = []
        for index in range(begin + 1, count + 1):
            if not filled[index]:
                continue
            path, alone = site.arguments[index - 1]
            # Nobody else has it: whatever is done to it is no access.
            arguments.append(_ALONE if self._is_alone(first + index, alone) else OBJECTS[first + index])
            if called is next and len(arguments) == 1 and arguments[0] is not _ALONE:
                return self._next_of(first + index, alone, path, code, offset)
            paths.append(path)
        return self._call(called, arguments, paths, code, offset) or (
            True if any(one is _ALONE for one in arguments) else None
        )

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
        self.enters = kind is FunctionType and self._scope.is_watched(called.__code__, called.__globals__)
        if self.enters or (kind is FunctionType and self._scope.is_own(called.__code__)):
            return False
        if kind in _KEEPING:
            self._announce(USE, self._whole(called, "", code), (code, offset))
            return True
        if kind in _GETTERS and arguments and not isinstance(arguments[0], CONTAINERS) and arguments[0] is not _ALONE:
            self._announce(USE, self._whole(arguments[0], paths[0], code), (code, offset))
            return True
        if _is_method(kind):
            return self._method(called.__objclass__, called.__name__, arguments, paths, code, offset)
        if kind is BuiltinFunctionType or kind is _BoundWrapper:
            owner = called.__self__
            if self._holds(type(owner)) or called.__name__ in _OF_OBJECTS:
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
        if self._holds(type(target)) and (issubclass(owner, CONTAINERS) or not isinstance(target, CONTAINERS)):
            effect = effect_of_method(owner, name)
            key = key_of(target, arguments[1]) if effect.by_key and len(arguments) > 1 else None
            thing = self.things.of(underlying(target), self._called_container(paths[0], code, type(target)))
            variable = thing.item(key)
            if effect.operation is WRITE and self._scope.writes_namespaces:
                self._scope.written_by_key(target, arguments[1] if effect.by_key and len(arguments) > 1 else None)
            self._announce(effect.operation, variable, (code, offset), atomic=True)
            found = True
            rest = READ
        elif target is not _ALONE and name in _OF_OBJECTS and len(arguments) > 1 and type(arguments[1]) is str:
            return self._by_name(_OF_OBJECTS[name], arguments, paths, code, offset, directly=True)
        else:
            rest = READ if owner in _PURE else USE
        for value, path in zip(arguments[1:], paths[1:], strict=True):
            if self._holds(type(value)):
                self._announce(rest, self._whole(value, path, code), (code, offset), atomic=rest is READ)
                found = True
        return found

    def _function(
        self, called: Any, kind: type, arguments: list[Any], paths: list[str], code: CodeType, offset: int
    ) -> bool:
        operation: str | None = USE
        if kind is BuiltinFunctionType or kind is type:
            operation = effect_of_function(called)
            by_name = _BY_NAME.get(called)
            if by_name is not None and len(arguments) > 1 and type(arguments[1]) is str:
                return self._by_name(by_name, arguments, paths, code, offset)
        elif self._scope.is_tools(kind):
            operation = None
        if operation is None:
            return False
        found = False
        for value, path in zip(arguments, paths, strict=True):
            container = self._gone_through(value)
            if container is not None:
                self._announce(
                    operation, self._whole(container, path, code), (code, offset), atomic=operation is not USE
                )
                found = True
                if operation is WRITE:
                    break
        return found

    def _by_name(
        self,
        operation: str,
        arguments: list[Any],
        paths: list[str],
        code: CodeType,
        offset: int,
        *,
        directly: bool = False,
    ) -> bool:
        """`getattr`, `setattr` and the like; `directly`: past the methods that the class has for it."""
        target, name = arguments[0], arguments[1]
        kind = type(target)
        plan = attributes.plan_past_methods if directly else plan_for
        place = plan(kind, name, writes=operation is WRITE).place
        if place is Place.NOWHERE:
            return False
        if operation is WRITE:
            self._scope.may_be_written(name)
        if place is Place.OBJECT:
            thing = self.things.of(target, self._name_of(paths[0], code, kind))
        elif place is Place.MODULE:
            namespace = attributes.namespace_of(target)
            thing = self._namespaces.get(id(namespace)) or self._namespace(namespace)
        else:
            owner = target if isinstance(target, type) else type(target)
            owner = owner if operation is WRITE else attributes.owner_of(owner, name)
            attributes.forget(name)
            if place is Place.CLASS_UNLESS_OBJECT and attributes.has_own(target, name):
                owner = target
            thing = self.things.of(owner, getattr(owner, "__name__", kind.__name__))
        self._announce(operation, thing.attribute(name), (code, offset))
        return True

    # What things are -----------------------------------------------------------------------------------------

    def _container(self, address: int, alone: int) -> type | None:
        """The kind of container that lies at an address of the stack; None for none, or one that nobody else has."""
        if not WORDS[address]:
            return None
        kind = type(OBJECTS[address])
        if not self._holds(kind) or self._is_alone(address, alone):
            return None
        return kind

    def _is_alone(self, address: int, alone: int) -> bool:
        """Whether it is a container that nobody but the frame has: then it can be no other's."""
        if references(WORDS[address]) > alone or type(OBJECTS[address]) not in EXACT:
            return False
        self.things.forget(OBJECTS[address])
        return True

    def _nothing(self, address: int) -> bool | None:
        """Whether a site at which nothing was touched that lies at this address is of interest the next time."""
        return True if WORDS[address] and type(OBJECTS[address]) in EXACT else None

    def _all_of(self, address: int, alone: int, path: str, operation: str, code: CodeType, offset: int) -> bool | None:
        kind = self._container(address, alone)
        if kind is None:
            return self._nothing(address)
        self._announce(operation, self._whole(OBJECTS[address], path, code), (code, offset), atomic=True)
        return True

    def _whole(self, container: Any, path: str, code: CodeType) -> Variable:
        container = underlying(container)
        thing = self.things.of(container, self._called_container(path, code, type(container)))
        return thing.whole

    def _holds(self, kind: type) -> bool:
        """Whether objects of this class are containers: built-in ones, or others whose code is not watched."""
        known = self._holding.get(kind)
        if known is None:
            method = attributes.found_in(kind, "__setitem__")
            known = issubclass(kind, CONTAINERS) or (
                method is not MISSING
                and not (type(method) is FunctionType and self._scope.is_watched(method.__code__, method.__globals__))
                and not self._scope.is_tools(kind)
            )
            self._holding[kind] = known
        return known

    def _gone_through(self, target: Any) -> Any:
        """The container that is gone through, by way of iterators and views; None for none."""
        for _ in range(_DEEPEST):
            if type(target) not in _ITERATORS:
                return target if self._holds(type(target)) else None
            inner = [one for one in gc.get_referents(target) if self._holds(type(one)) or type(one) in _ITERATORS]
            if not inner:
                return None
            target = inner[0]
        return None

    def _value(self, site: Site, base: int, name: str) -> Any:
        """What is stored, under this name. A list that nobody else has is a new one."""
        if site.value < 0:
            return MISSING
        address = base + site.value
        is_new = references(WORDS[address]) <= site.fresh
        value = OBJECTS[address]
        if is_new and type(value) in EXACT:
            self.things.new(value, name)
        return value

    def _namespace(self, namespace: dict[str, Any]) -> Thing:
        """The variables of a module."""
        name = namespace.get("__name__")
        shown_name = name if isinstance(name, str) and name != "__main__" else ""
        made = self.things.of(namespace, shown_name)
        made.name = shown_name
        self._namespaces[id(namespace)] = made
        return made

    def _meet(self, target: Any, site: Site, frame: FrameType, code: CodeType) -> Thing:
        """An object that was not met before."""
        if site.operation is not WRITE or not _is_making(site, code):
            return self.things.new(target, self._called(site, target))
        thing = self.things.new(target, self._name_at_birth(frame, type(target)))
        if thing.reference is not None:  # otherwise it may be another one's where that was
            thing.owner = self._runtime.current
        return thing

    def _name_at_birth(self, frame: FrameType, kind: type) -> str:
        """What the place calls an object at which it is made."""
        caller = frame.f_back
        while caller is not None and (caller.f_code.co_name in _MAKERS or self._scope.is_own(caller.f_code)):
            caller = caller.f_back
        if caller is None:
            return kind.__name__
        key = (id(caller.f_code), caller.f_lasti)
        return numbered(Birth([(caller.f_code, caller.f_lasti)], self._runtime.count_birth(key), key), kind.__name__)

    def _called(self, site: Site, target: Any) -> str:
        return site.path if site.path and site.path not in {"self", "cls"} else type(target).__name__

    def _name_of(self, path: str, code: CodeType, kind: type) -> str:
        return path if path and path != "self" else kind.__name__

    def _called_container(self, path: str, code: CodeType, kind: type) -> str:
        if not path:
            return kind.__name__
        root, dot, rest = path.partition(".")
        if dot and root in ("self", "cls"):
            owner = code.co_qualname.rpartition(".")[0].rpartition(".")[2]
            return f"{owner}.{rest}" if owner and owner != "<locals>" else rest
        return path


def _is_iterator(kind: type) -> bool:
    """Whether this is a kind of iterators that are written in C, or generators."""
    known = _known_iterators.get(kind)
    if known is None:
        known = _known_iterators[kind] = type(attributes.found_in(kind, "__next__")) is _WrapperOfMethod
    return known


_known_iterators: dict[type, bool] = {}


def _is_method(kind: type) -> bool:
    return kind is _DescriptorOfMethod or kind is _WrapperOfMethod


#: Methods of all objects that access an attribute by its name.
_OF_OBJECTS = {"__setattr__": WRITE, "__delattr__": WRITE, "__getattribute__": READ}

_BY_NAME: dict[Any, str] = {getattr: READ, hasattr: READ, setattr: WRITE, delattr: WRITE}

#: These call others and keep what they gave.
_KEEPING = frozenset([type(lru_cache(len))])

#: These look at what they are called with.
_GETTERS = frozenset([attrgetter, itemgetter, methodcaller])

#: Their methods only read what they are given.
_PURE = frozenset([str, bytes, int, float, tuple, frozenset, range])


def _base(frame: FrameType) -> int:
    """Where the variables of a frame begin, in words."""
    begin: int = (WORDS[(id(frame) >> 3) + ACTIVATION] >> 3) + VARIABLES
    return begin


def _is_making(site: Site, code: CodeType) -> bool:
    """Whether the code is making the object whose attribute it sets."""
    return code.co_name in _MAKERS and site.path in code.co_varnames[:1]


def _shown_global(namespace: dict[str, Any], name: str) -> str | None:
    value = namespace.get(name, MISSING)
    return shown(value) if value is not MISSING else None


def _shown_cell(cell: CellType) -> str | None:
    try:
        return shown(cell.cell_contents)
    except ValueError:  # it is empty
        return None


def _shown_attribute(read: Callable[[Any], Any], target: Any) -> str | None:
    value = read(target)
    return shown(value) if value is not MISSING else None
