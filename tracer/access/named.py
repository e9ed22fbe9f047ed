"""Accesses by a name in the code: globals, the variables of closures, attributes.

Each kind of site has a method, which tells whether the site is of interest the next time: False for never again, None
where there was nothing that other threads can reach. A name that nothing ever writes once threads share it is of none.
"""

from __future__ import annotations

from functools import partial
from inspect import CO_OPTIMIZED, CO_VARARGS
from types import FunctionType
from typing import TYPE_CHECKING, Any

from tracer.access import attributes
from tracer.access.accesses import base_of
from tracer.access.attributes import MISSING, Place, plan_for
from tracer.access.containers import EXACT
from tracer.access.making import is_only_its_makers
from tracer.access.names import names_of
from tracer.access.sites import READ, WRITE
from tracer.access.stack import ACTIVATION, OBJECTS, VARIABLES, WORDS, references
from tracer.access.values import shown
from tracer.names import Birth, numbered

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import CellType, CodeType, FrameType

    from tracer.access.accesses import Accesses
    from tracer.access.sites import Site
    from tracer.access.variables import Thing, Variable
    from tracer.events import Place as PlaceInSource

_OBJECT, _NOWHERE, _BY_CODE = Place.OBJECT, Place.NOWHERE, Place.BY_CODE

#: What makes an object: it is called after the place that has called these.
_MAKERS = frozenset(["__init__", "__new__", "__post_init__"])


class Named:
    """For one execution."""

    def __init__(self, accesses: Accesses) -> None:
        self._accesses = accesses
        self._written = accesses.scope.written
        self._cells = accesses.scope.cells

    def of_global(self, site: Site, frame: FrameType, code: CodeType, offset: int) -> bool | None:
        """A global, or a variable of a module."""
        name = site.name
        writes = site.operation is WRITE
        namespace = frame.f_globals
        if code.co_flags & CO_OPTIMIZED == 0:
            if name not in self._accesses.scope.used and id(namespace) not in self._accesses.scope.bodies:
                return False
            own = namespace if site.declared else frame.f_locals
            # The body of a class, or `eval`.
            if own is not namespace and (writes or type(own) is not dict or name in own):
                return None
        if name not in self._written:
            if not writes:
                return False
            self._accesses.scope.may_be_written(name)
        thing = self._accesses.namespaces.get(id(namespace)) or self._accesses.namespace(namespace)
        variable = thing.attributes.get(name) or thing.attribute(name)
        if writes:
            self._accesses.announce(WRITE, variable, (code, offset), self._accesses.value(site, base_of(frame), name))
        elif name not in namespace and name in frame.f_builtins:
            return None
        else:  # also where there is none yet: the next moment there may be one
            value = partial(_shown_global, namespace, name) if self._accesses.shows_values else None
            self._accesses.runtime.access(READ, variable, True, (code, offset), value)
        return True

    def of_cell(self, site: Site, frame: FrameType, code: CodeType, offset: int) -> bool | None:
        """A variable that a function shares with the functions inside it."""
        if site.name not in self._cells:
            return False
        base = base_of(frame)
        if not WORDS[base + site.at]:
            return None
        cell: CellType = OBJECTS[base + site.at]
        thing = self._accesses.things.of(cell, site.name)
        if thing.name != site.name:  # a cell has one name for ever: this is another one, where that one was
            thing = self._accesses.things.new(cell, site.name)
        variable = thing.whole
        if site.operation is WRITE:
            self._accesses.announce(WRITE, variable, (code, offset), self._accesses.value(site, base, site.name))
        else:
            value = partial(_shown_cell, cell) if self._accesses.shows_values else None
            self._accesses.runtime.access(READ, variable, True, (code, offset), value)
        return True

    def of_attribute(self, site: Site, frame: FrameType, code: CodeType, offset: int) -> bool | None:
        """An attribute, by its name in the code."""
        name = site.name
        writes = site.operation is WRITE
        base = (WORDS[(id(frame) >> 3) + ACTIVATION] >> 3) + VARIABLES
        if name not in self._written:
            if not writes:
                return name == "__dict__" and self._shows_namespace(OBJECTS[base + site.at], site)
            if not self._is_only_its_makers(site, frame, code, base):
                self._accesses.scope.may_be_written(name)
        target = OBJECTS[base + site.at]
        kind = type(target)
        plan = site.plans.get(kind) or plan_for(kind, name, writes=writes)
        place = plan.place
        if place is Place.REFERENT:
            target = attributes.referent(target)
            kind = type(target)
            plan = plan_for(kind, name, writes=writes)
            place = _OBJECT if plan.place in (_NOWHERE, _BY_CODE) else plan.place
        if place is _OBJECT:
            thing = self._accesses.by_id.get(id(target))
            if thing is None or not (thing.type is kind if (one := thing.reference) is None else one() is target):
                thing = self._meet(target, site, frame, code)
        elif place is _NOWHERE or (place is _BY_CODE and self._is_seen(plan)):
            return None
        elif place is Place.OBJECT_OR_DEFAULT or (place is Place.CLASS and not writes):
            called = self._accesses.called(site, target) if place is Place.OBJECT_OR_DEFAULT else target.__name__
            thing = self._accesses.things.of(target, called)
            self._read_inherited(target, thing.attribute(name), (code, offset), plan.read)
            return True
        else:
            thing = self._elsewhere(target, name, place, site)
        variable = thing.attributes.get(name) or thing.attribute(name)
        if writes:
            value = self._accesses.value(site, base, f"{thing.name}.{name}")
            self._accesses.announce(WRITE, variable, (code, offset), value)
            if name == "__dict__":  # it may have the attributes of another object from now on
                self._accesses.by_id.pop(id(target), None)
        else:
            owner = thing.owner
            offered = True if owner is None else self._accesses.is_offered(variable, owner)
            shows = partial(_shown_attribute, plan.read, target) if self._accesses.shows_values else None
            self._accesses.runtime.access(READ, variable, offered, (code, offset), shows)
        return True

    def _is_only_its_makers(self, site: Site, frame: FrameType, code: CodeType, base: int) -> bool:
        """Whether the code is making the object whose attribute it sets, and nobody else has that."""
        if not _is_making(site, code):
            return False
        slot = base + site.at
        thing = self._accesses.by_id.get(WORDS[slot])
        return is_only_its_makers(slot, frame, thing, makes_again=self._accesses.scope.makes_again)

    def _elsewhere(self, target: Any, name: str, place: Place, site: Site) -> Thing:
        """What an attribute belongs to that is not, or need not be, the object's own."""
        writes = site.operation is WRITE
        if place is Place.MODULE:
            namespace = attributes.namespace_of(target)
            return self._accesses.namespaces.get(id(namespace)) or self._accesses.namespace(namespace)
        if place is _BY_CODE and not isinstance(target, type):
            return self._accesses.things.of(target, self._accesses.called(site, target))
        owner = target if writes else attributes.owner_of(target, name)
        if writes:
            attributes.forget(name)
        return self._accesses.things.of(owner, owner.__name__)

    def _read_inherited(
        self, target: Any, variable: Variable, place: PlaceInSource, reads: Callable[[Any], Any]
    ) -> None:
        """Reads an attribute of an object, or of a class, and where that has none what it inherits.

        These are one step: nobody comes between, unless nobody else can get at the object.
        """
        name: str = variable.key
        last = variable
        for cls in attributes.inherits_from(target if isinstance(target, type) else type(target), name):
            if cls is not target:
                last.default = self._accesses.things.of(cls, cls.__name__).attribute(name)
                last = last.default
        maker = variable.thing.owner
        is_offered = True if maker is None else self._accesses.is_offered(variable, maker)
        shows = partial(_shown_attribute, reads, target) if self._accesses.shows_values else None
        self._accesses.runtime.access(READ, variable, is_offered, place, shows)
        if last is not variable and not attributes.has_own(target, name):
            self._accesses.runtime.access(READ, last, not is_offered, place, shows)

    def _is_seen(self, plan: attributes.Plan) -> bool:
        """Whether what makes something of an attribute makes its accesses itself."""
        code = plan.code
        scope = self._accesses.scope
        return type(code) is FunctionType and (
            scope.is_watched(code.__code__, code.__globals__) or scope.is_own(code.__code__)
        )

    def _shows_namespace(self, target: Any, site: Site) -> bool:
        """An object shows what holds its attributes, whose keys are their names from now on."""
        self._accesses.show(target, self._accesses.called(site, target))
        return True

    def by_name(
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
        found = plan(kind, name, writes=operation is WRITE)
        place = found.place
        if place is _NOWHERE or (place is _BY_CODE and self._is_seen(found)):
            return False
        if operation is WRITE:
            self._accesses.scope.may_be_written(name)
        if place is Place.OBJECT_OR_DEFAULT or (place is Place.CLASS and operation is READ):
            called = target.__name__ if place is Place.CLASS else self._accesses.name_of(paths[0], code, kind)
            thing = self._accesses.things.of(target, called)
            self._read_inherited(target, thing.attribute(name), (code, offset), found.read)
            return True
        if place is _OBJECT or (place is _BY_CODE and not isinstance(target, type)):
            thing = self._accesses.things.of(target, self._accesses.name_of(paths[0], code, kind))
        elif place is Place.MODULE:
            namespace = attributes.namespace_of(target)
            thing = self._accesses.namespaces.get(id(namespace)) or self._accesses.namespace(namespace)
        else:
            owner = target if isinstance(target, type) else type(target)
            owner = owner if operation is WRITE else attributes.owner_of(owner, name)
            attributes.forget(name)
            thing = self._accesses.things.of(owner, getattr(owner, "__name__", kind.__name__))
        self._accesses.announce(operation, thing.attribute(name), (code, offset))
        return True

    def _meet(self, target: Any, site: Site, frame: FrameType, code: CodeType) -> Thing:
        """An object that was not met before."""
        if site.operation is not WRITE or not _is_making(site, code):
            return self._accesses.things.new(target, self._accesses.called(site, target))
        thing = self._accesses.things.new(target, self._name_at_birth(frame, type(target)))
        if thing.reference is not None:  # otherwise it may be another one's where that was
            thing.owner = self._accesses.runtime.current
        return thing

    def _name_at_birth(self, frame: FrameType, kind: type) -> str:
        """What the place calls an object at which it is made."""
        caller = frame.f_back
        while caller is not None and (caller.f_code.co_name in _MAKERS or self._accesses.scope.is_own(caller.f_code)):
            caller = caller.f_back
        if caller is None:
            return kind.__name__
        key = (id(caller.f_code), caller.f_lasti)
        return numbered(
            Birth([(caller.f_code, caller.f_lasti)], self._accesses.runtime.count_birth(key), key), kind.__name__
        )

    def born(self, site: Site, frame: FrameType) -> None:
        """A list or a dict that nobody but the stack has is a new one, or as good as that."""
        address = base_of(frame) + site.born
        if references(WORDS[address]) == 1 and type(OBJECTS[address]) in EXACT:
            self._accesses.by_id.pop(WORDS[address], None)

    def has_options(self, code: CodeType, frame: FrameType) -> None:
        """A function begins whose `**options` are a new dict."""
        index = code.co_argcount + code.co_kwonlyargcount + bool(code.co_flags & CO_VARARGS)
        self._accesses.by_id.pop(WORDS[base_of(frame) + index], None)

    def makes(self, frame: FrameType) -> None:
        """An `__init__` begins: of an object to which there are no weak references, what had its address is gone."""
        begin = base_of(frame)
        caller = frame.f_back
        if not WORDS[begin] or (caller is not None and caller.f_code.co_name in _MAKERS):
            return
        if not type(OBJECTS[begin]).__weakrefoffset__:
            self._accesses.by_id.pop(WORDS[begin], None)


def _is_making(site: Site, code: CodeType) -> bool:
    """Whether the code is making the object whose attribute it sets."""
    return site.path in code.co_varnames[:1] and names_of(code).makes


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
