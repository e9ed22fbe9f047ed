"""What all who look for accesses share: how an access is announced, and what the objects are that are met.

An access is announced to the runtime, which may let other threads go on first, and then has it logged.
"""

from __future__ import annotations

import gc
from types import FunctionType, MappingProxyType, ModuleType
from typing import TYPE_CHECKING, Any

from tracer.access import attributes
from tracer.access.attributes import MISSING
from tracer.access.containers import CONTAINERS, EXACT, underlying
from tracer.access.opaque import Opaque, name_of_call
from tracer.access.sites import ATOMIC, READ
from tracer.access.stack import ACTIVATION, OBJECTS, VARIABLES, WORDS, references
from tracer.access.values import shown
from tracer.access.variables import Things

if TYPE_CHECKING:
    from types import CodeType, FrameType

    from tracer.access.scope import Scope
    from tracer.access.sites import Site
    from tracer.access.variables import Thing, Variable
    from tracer.events import Place as PlaceInSource
    from tracer.runtime import Runtime

#: How far an iterator is asked for what it goes through.
_DEEPEST = 4

ITERATORS = frozenset(
    [type(iter([])), type(reversed([])), type(iter({})), type(iter({}.values())), type(iter({}.items())),
     type({}.keys()), type({}.values()), type({}.items()), type(iter(set())), enumerate, zip, map, filter,
     type(iter(bytearray()))]
)  # fmt: skip


class Accesses:
    """For one execution. `learned` are names that turned out to be shared in other executions of the program."""

    def __init__(self, runtime: Runtime, scope: Scope, learned: set[str], *, values: bool) -> None:
        self.runtime = runtime
        self.scope = scope
        self.learned = learned
        self.shows_values = values
        self.opaque = Opaque(scope)
        self.things = Things(self.opaque.is_opaque, lambda: scope.writes_namespaces)
        self.by_id = self.things.by_id
        self.namespaces: dict[int, Thing] = {}
        #: What the site that is looked at has announced last.
        self.last: tuple[str, Variable] | None = None
        self._holding = scope.container_classes

    def announce_again(self, operation: str, variable: Variable, place: PlaceInSource) -> None:
        """An access has come to where it runs code of the program, and has not done all that it does."""
        self.announce(operation, variable, place)

    def announce(
        self, operation: str, variable: Variable, place: PlaceInSource, value: Any = MISSING, *, atomic: bool = False
    ) -> None:
        thing = variable.thing
        owner = thing.owner
        offered = True if owner is None else self.is_offered(variable, owner)
        text = shown(value) if value is not MISSING and self.shows_values else None
        if thing.at_work:
            self._disturb(thing, operation)
        self.runtime.access(ATOMIC[operation] if atomic else operation, variable, offered, place, text)
        self.last = operation, variable  # now: others may have been here meanwhile

    def announce_call(self, operation: str, variable: Variable, place: PlaceInSource, called: FunctionType) -> None:
        """Code is about to be called that is not watched, and takes more than one step for what it does."""
        thing = variable.thing
        thread = self.runtime.current
        if thing.at_work is None:
            thing.at_work = {}
        elif thing.at_work:
            self._disturb(thing, operation)
        thing.at_work[thread] = operation, name_of_call(called)
        try:
            self.announce(operation, variable, place)
        finally:
            del thing.at_work[thread]

    def _disturb(self, thing: Thing, operation: str) -> None:
        """An access to an object at which others are about to work, in a way that nobody looks at."""
        for thread, (other, called) in (thing.at_work or {}).items():
            if thread is not self.runtime.current and (operation != READ or other != READ):
                self.opaque.note(called)

    def is_offered(self, variable: Variable, owner: Any) -> bool:
        """Whether others may go first: not where nobody but its maker has ever touched the thing."""
        thing = variable.thing
        name = f"{thing.type.__qualname__}.{variable.key}"
        if owner is self.runtime.current:
            thing.alone_in.add(name)
            return name in self.learned
        thing.owner = None
        self.learned |= thing.alone_in
        return True

    def value(self, site: Site, base: int, name: str) -> Any:
        """What is stored, under this name. A list that nobody else has is a new one."""
        if site.value < 0:
            return MISSING
        address = base + site.value
        is_new = references(WORDS[address]) <= site.fresh
        value = OBJECTS[address]
        if is_new and type(value) in EXACT:
            self.things.new(value, name)
        return value

    # What things are -----------------------------------------------------------------------------------------

    def namespace(self, namespace: dict[str, Any]) -> Thing:
        """The variables of a module."""
        name = namespace.get("__name__")
        shown_name = name if isinstance(name, str) and name != "__main__" else ""
        made = self.things.of(namespace, shown_name)
        made.name = shown_name
        made.is_namespace = True
        made.is_touched_whole = self.scope.writes_namespaces
        self.namespaces[id(namespace)] = made
        return made

    def show(self, target: Any, name: str) -> None:
        """The program takes what holds the attributes of an object, a class or a module."""
        if isinstance(target, ModuleType):
            self.namespace(attributes.namespace_of(target))
        else:
            self.things.show(target, name)

    def container(self, address: int, alone: int) -> type | None:
        """The kind of container that lies at an address of the stack; None for none, or one that nobody else has."""
        if not WORDS[address]:
            return None
        kind = type(OBJECTS[address])
        if not self.holds(kind) or self.is_alone(address, alone):
            return None
        return kind

    def is_alone(self, address: int, alone: int) -> bool:
        """Whether it is a container that nobody but the frame has: then it can be no other's."""
        if references(WORDS[address]) > alone:
            return False
        kind = type(OBJECTS[address])
        if kind in EXACT:
            self.things.forget(OBJECTS[address])
            return True
        return self.opaque.is_opaque(kind)

    def nothing(self, address: int) -> bool | None:
        """Whether a site at which nothing was touched that lies at this address is of interest the next time."""
        return True if WORDS[address] and self.holds(type(OBJECTS[address])) else None

    def all_of(self, address: int, alone: int, path: str, operation: str, code: CodeType, offset: int) -> bool | None:
        kind = self.container(address, alone)
        if kind is None:
            return self.nothing(address)
        self.announce(operation, self.whole(OBJECTS[address], path, code), (code, offset), atomic=True)
        return True

    def whole(self, container: Any, path: str, code: CodeType) -> Variable:
        return self.thing_of(underlying(container), path, code).whole

    def thing_of(self, container: Any, path: str, code: CodeType) -> Thing:
        """The thing that a container is, or the object whose attributes it holds."""
        kind = type(container)
        thing = self.things.of(container, self.called_container(path, code, kind))
        if thing.is_touched_whole and thing.type is kind:
            self.opaque.learn(kind)
        return thing

    def holds(self, kind: type) -> bool:
        """Whether objects of this class are containers: built-in ones, or others whose code is not watched."""
        known = self._holding.get(kind)
        if known is None:
            known = issubclass(kind, CONTAINERS) or kind is MappingProxyType or self.opaque.is_opaque(kind)
            if not known and not self.scope.is_tools(kind):
                method = attributes.found_in(kind, "__setitem__")
                known = method is not MISSING and not (
                    type(method) is FunctionType and self.scope.is_watched(method.__code__, method.__globals__)
                )
            self._holding[kind] = known
        return known

    def gone_through(self, target: Any) -> Any:
        """The container that is gone through, by way of iterators and views; None for none."""
        for _ in range(_DEEPEST):
            if type(target) not in ITERATORS:
                return target if self.holds(type(target)) else None
            inner = [one for one in gc.get_referents(target) if self.holds(type(one)) or type(one) in ITERATORS]
            if not inner:
                return None
            target = inner[0]
        return None

    # What things are called ----------------------------------------------------------------------------------

    def called(self, site: Site, target: Any) -> str:
        return site.path if site.path and site.path not in {"self", "cls"} else type(target).__name__

    def name_of(self, path: str, code: CodeType, kind: type) -> str:
        return path if path and path != "self" else kind.__name__

    def called_container(self, path: str, code: CodeType, kind: type) -> str:
        if not path:
            return kind.__name__
        root, dot, rest = path.partition(".")
        if dot and root in ("self", "cls"):
            owner = code.co_qualname.rpartition(".")[0].rpartition(".")[2]
            return f"{owner}.{rest}" if owner and owner != "<locals>" else rest
        return path


def base_of(frame: FrameType) -> int:
    """Where the variables of a frame begin, in words."""
    begin: int = (WORDS[(id(frame) >> 3) + ACTIVATION] >> 3) + VARIABLES
    return begin
