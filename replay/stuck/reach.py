"""What the threads that are alive can get hold of: whoever waits for anything else is lost.

This is what a garbage collector asks, with threads in the place of roots, as in *Dynamic Partial Deadlock Detection and
Recovery via Garbage Collection* (Saioc, Lange, Møller, ASPLOS 2025), which does it for Go's channels. There a waiting
goroutine is lost when nothing alive refers to its channel. In Python that alone would find little: every
function refers to the globals of its module, where most locks are. So two things more are asked:

  * A global, and a method, counts only if some code that a living thread may still execute names it; for a suspended
    frame that is the code ahead of it (see `replay.stuck.frames`).
  * An object is released by a method: an event by `set`, a condition by `notify`. Where no such code names the method,
    nobody calls it.

Everything errs on the side of life. Variables of frames, attributes of instances and elements of containers count
whether they are named or not, as their finalizers do things; what is weakly referred to counts; code that looks things
up by computed names makes all names count; where a value cannot be seen the thread can do anything.
"""

from __future__ import annotations

import abc
import builtins
import dis
import gc
import operator
import re
import sys
import threading
import weakref
from types import (
    AsyncGeneratorType,
    BuiltinFunctionType,
    CellType,
    CodeType,
    CoroutineType,
    FunctionType,
    GeneratorType,
    MethodType,
    ModuleType,
)
from typing import TYPE_CHECKING, Any

from greenlet import greenlet

from replay.stuck.frames import first_ahead, is_opaque, kept_values, layout
from replay.stuck.kinds import (
    ANYTHING,
    CALLED_BY_C,
    COMPUTED,
    HEAP_TYPE,
    LOOKS_UP,
    acts,
    attributes_of,
    calls_back,
    class_dict,
    is_dunder,
    is_of,
    is_own,
    is_runners,
    is_users,
    releases,
)
from replay.stuck.roots import roots
from tracer.access import depths, stack
from tracer.places import Origin, origins
from tracer.primitives.barrier import METHODS as BARRIER_METHODS
from tracer.primitives.builtin import BuiltinFunction
from tracer.primitives.local import values_of
from tracer.primitives.thread import CONTROLLED

if TYPE_CHECKING:
    from types import FrameType

    from replay.thread import Thread

#: A program with more objects than this within reach is not searched any further: it would take seconds.
_MOST_OBJECTS = 300_000

#: What releases a thread that waits for an object of that kind: names of methods.
RELEASED_BY = {
    "lock": frozenset(["release", "release_lock", "_release_save", "__exit__"]),
    "semaphore": frozenset(["release"]),
    "event": frozenset(["set"]),
    "condition": frozenset(["notify", "notify_all", "notifyAll"]),
    "barrier": frozenset(name for name in BARRIER_METHODS if not name.startswith("_")),
}

_PRIMITIVES = (threading.Condition, threading.Event, threading.Semaphore, threading.Barrier, threading.Thread)

#: Attributes of a thread that has been started: what it does with them is in its frames.
_USED_UP = ("_target", "_args", "_kwargs")

#: What an abstract class remembers, weakly: for which classes it was asked. It does nothing with them.
_ASKED: type = type(attributes_of(abc.ABC)["_abc_impl"])

#: Kinds whose instances have hold of nothing. Those of derived classes may have.
_ATOMS = frozenset(
    [type(None), bool, int, float, complex, str, bytes, bytearray, range, CodeType, type(Ellipsis), _ASKED]
)

#: Methods that are called when a class is, and not by what its instances do.
_OF_CLASSES = frozenset(["__init__", "__new__", "__init_subclass__", "__class_getitem__", "__subclasshook__"])

_IMPORT_NAME = dis.opmap["IMPORT_NAME"]
_MATCH_CLASS = dis.opmap["MATCH_CLASS"]

#: Attributes in a format: `{0.name}`.
_IN_FORMATS = re.compile(r"\.(\w+)")

_callback = weakref.ref.__dict__["__callback__"].__get__


class Reach:
    """What some threads, which are added one by one, can get hold of.

    `everything` is set when that cannot be told.
    """

    def __init__(self) -> None:
        self.everything = False
        self.names: set[str] = set()
        self._all_names = False
        #: Somebody is inside a `with`, which may give back a permit that has no name any more. A lock has an owner.
        self._leaves_with = False
        self._seen: dict[int, object] = {}  # keeps what was seen, so that ids stay their own
        #: Code that may be executed from its beginning, with its globals.
        self._used: dict[tuple[int, int], tuple[CodeType, dict[str, Any]]] = {}
        self._todo: list[object] = []
        #: name -> values that can be had under it, once somebody uses the name.
        self._unnamed: dict[str, list[object]] = {}
        self._behaviours: set[type] = set()
        self._add_roots()

    def can_release(self, target: object, kind: str) -> bool:
        """Whether a thread that waits for this object may yet be released."""
        if self.everything or (kind == "semaphore" and self._leaves_with):
            return True
        return id(target) in self._seen and (self._all_names or not self.names.isdisjoint(RELEASED_BY[kind]))

    def add(self, thread: Thread, frame: FrameType | None) -> None:
        """Adds what a thread can get hold of; `frame` is its innermost, None before it has begun."""
        self._visit(thread.target)
        before = thread.operation.startswith("memory.")
        if not before:
            self._name(thread.operation.rpartition(".")[2])  # which it is about to execute
        self._visit(thread.greenlet.gr_context)
        self._todo += values_of(thread.life)
        if frame is None:
            self._add_beginning(thread)
        made = threading._active.get(thread.ident)  # type: ignore[attr-defined]
        if made is not None:
            self._todo += [attributes_of(made).get(name) for name in _USED_UP]  # which go away when it ends
        inner: CodeType | None = None
        while frame is not None and not self.everything:
            if before and origins[frame.f_code.co_filename] is not Origin.OWN:
                self._add_frame_before(frame)
                before = False
            else:
                self._add_frame(frame, inner)
            inner = frame.f_code
            frame = frame.f_back
        if not thread.path:
            self._visit(getattr(threading, "_threading_atexits", None))  # which run before it waits for the others
        self._drain()

    def settle(self) -> None:
        """Finds what can be reached without any of the threads, by what may be executed in any of them."""
        self._drain()

    # Where things begin --------------------------------------------------------------------------------------

    def _add_roots(self) -> None:
        """What may happen in any thread."""
        modules = [one for one in list(sys.modules.values()) if issubclass(type(one), ModuleType)]
        self._namespaces = {id(attributes_of(one)): one for one in modules}
        self._offer(vars(builtins))
        self.names |= CALLED_BY_C
        self._offer({"breakpoint": sys.breakpointhook})
        self._todo += roots(self._namespaces.values())

    def _add_beginning(self, thread: Thread) -> None:
        """A thread that has not begun: what it is going to call."""
        body: Any = thread.greenlet.run  # there is one until it begins
        made = threading._active.get(thread.ident)  # type: ignore[attr-defined]
        if made is not None:
            self._name("run")
            self._visit(type(made))
            self._todo += attributes_of(made).values()
        for cell in body.__closure__ or ():
            inner = cell.cell_contents
            if isinstance(inner, FunctionType):
                for captured in inner.__closure__ or ():
                    self._visit_cell(captured)

    def _add_frame_before(self, frame: FrameType) -> None:
        """A frame that stands before an instruction, all of whose operands are still there."""
        code = frame.f_code
        self._use_rest(frame, first_ahead(frame, before=True))
        self._todo += stack.values(frame, depths.variables(code), depths.depth_at(code, frame.f_lasti))
        self._name("release")
        self._add_variables(frame)

    def _add_frame(self, frame: FrameType, inner: CodeType | None) -> None:
        self._add_work(frame, inner)
        self._add_variables(frame)

    def _add_variables(self, frame: FrameType) -> None:
        code = frame.f_code
        variables = stack.variables_of(frame)
        if variables is not frame.f_globals:
            is_own_code = origins[code.co_filename] is Origin.OWN
            for value in list(variables.values()):
                # In the frames of this project there is much that is not the program's, and what it is doing.
                if not is_own_code or issubclass(type(value), _PRIMITIVES):
                    self._visit(value)

    def _add_work(self, frame: FrameType, inner: CodeType | None) -> None:
        """What the frame is in the middle of, and what it is still going to do."""
        origin = origins[frame.f_code.co_filename]
        if origin is Origin.OWN:
            return
        self._use_rest(frame, first_ahead(frame))
        kept = kept_values(frame)
        if origin is Origin.USER and (kept is None or is_opaque(frame, inner)):
            self.everything = True
        elif kept is None:
            self._leaves_with = True
        elif kept:
            self._todo += kept
            self._name("release")  # with which a `with` of a semaphore ends

    # Names ---------------------------------------------------------------------------------------------------

    def _use(self, code: CodeType, namespace: dict[str, Any]) -> None:
        """The code may be executed from its beginning."""
        if (id(code), id(namespace)) in self._used:
            return
        self._used[id(code), id(namespace)] = code, namespace
        by_user = origins[code.co_filename] is Origin.USER
        for name in code.co_names:
            self._name(name, by_user)
            self._use_global(name, namespace)
            if name in sys.modules:
                self._visit(sys.modules[name])
        for constant in code.co_consts:
            if type(constant) is CodeType:
                self._use(constant, namespace)
            else:
                self._visit(constant)  # of code that was put together, this may be anything
        if by_user:
            self._name_hidden(code)
        if by_user and _IMPORT_NAME in code.co_code[::2]:
            self._import(code, namespace, 0)

    def _use_rest(self, frame: FrameType, first: int) -> None:
        """The frame may execute what is ahead of it, from the offset `first` on."""
        by_user = origins[frame.f_code.co_filename] is Origin.USER
        self._todo += [one for one in frame.f_code.co_consts if type(one) is not CodeType]
        for offset, used in layout(frame.f_code).uses:
            if offset < first:
                continue
            if isinstance(used, CodeType):
                self._use(used, frame.f_globals)
            else:
                self._name(used, by_user)
                self._use_global(used, frame.f_globals)
        if by_user:
            self._name_hidden(frame.f_code)
            self._import(frame.f_code, frame.f_globals, first)

    def _import(self, code: CodeType, namespace: dict[str, Any], first: int) -> None:
        """The imports of the user's code from the offset `first` on."""
        package = namespace.get("__package__")
        for offset, name, part in layout(code).imports:
            if offset < first:
                continue
            module = sys.modules.get(name) or sys.modules.get(f"{package}.{name}" if name else f"{package}")
            if module is not None:
                self._visit(module)
            if module is None or (part and part not in attributes_of(module)):
                self.everything = True  # code that nobody has seen yet

    def _name_hidden(self, code: CodeType) -> None:
        """What the code of the user names in other ways."""
        if _MATCH_CLASS in code.co_code[::2]:
            self._name("getattr", by_user=True)
        for constant in code.co_consts:
            if type(constant) is str and "{" in constant:
                for name in _IN_FORMATS.findall(constant):
                    self._name(name)

    def _name(self, name: str, by_user: bool = False) -> None:
        """Some code names something."""
        if by_user and name in ANYTHING:
            self.everything = True
        if by_user and name in COMPUTED and not self._all_names:
            self._all_names = True
            for _, namespace in list(self._used.values()):
                self._offer_globals(namespace)
            for values in self._unnamed.values():
                self._todo += values
            self._unnamed.clear()
        if name not in self.names:
            self.names.add(name)
            self._todo += self._unnamed.pop(name, ())

    def _use_global(self, name: str, namespace: dict[str, Any]) -> None:
        """Some code names something that may be a global. Those of other modules it has to get from the module."""
        if self._all_names or id(namespace) not in self._namespaces:
            self._offer_globals(namespace)
        elif name in namespace and not _is_looked_up(name, namespace[name]):
            self._todo.append(namespace[name])

    def _offer(self, namespace: Any) -> None:
        """Values that can be had by naming them."""
        if id(namespace) in self._seen:
            return
        self._seen[id(namespace)] = namespace
        for name, value in list(namespace.items()):
            if _is_looked_up(name, value):
                continue
            if self._all_names or name in self.names or not isinstance(name, str):
                self._todo.append(value)
            else:
                self._unnamed.setdefault(name, []).append(value)

    def _offer_globals(self, namespace: dict[str, Any]) -> None:
        """The globals of a module, or of a function; those of no module may go away at any time."""
        if id(namespace) in self._namespaces:
            self._offer(namespace)
        elif id(namespace) not in self._seen:
            self._seen[id(namespace)] = namespace
            self._todo += [value for name, value in list(namespace.items()) if name != "__builtins__"]
            builtin = namespace.get("__builtins__")
            if type(builtin) is dict:
                self._offer(builtin)

    # Objects -------------------------------------------------------------------------------------------------

    def _visit(self, value: object) -> None:
        self._todo.append(value)

    def _visit_callback(self, reference: weakref.ref[Any]) -> None:
        callback = _callback(reference)
        if not _only_forgets(callback):
            self._visit(callback)

    def _drain(self) -> None:
        todo, seen = self._todo, self._seen
        while todo and not self.everything:
            value = todo.pop()
            if type(value) in _ATOMS or id(value) in seen:
                continue
            seen[id(value)] = value
            self._expand(value)
            if type(value).__weakrefoffset__:
                for reference in weakref.getweakrefs(value):
                    self._visit_callback(reference)  # which is called when the value goes away
            if len(seen) > _MOST_OBJECTS:
                self.everything = True

    def _expand(self, value: Any) -> None:
        # Asked of its type alone: `isinstance` would ask the value for its `__class__`, which may be the program's
        # code.
        kind = type(value)
        if issubclass(kind, type):
            if value is operator.attrgetter or value is operator.methodcaller:
                self._name("methodcaller", by_user=True)
            elif not is_own(value):
                self._add_class(value, whole=True)
        elif kind is BuiltinFunction:
            self._add_function(value.__func__)
        elif is_own(kind):
            pass  # a primitive, or what stands for a thread: nothing of the program's is behind it
        elif issubclass(kind, ModuleType):
            attributes = attributes_of(value)
            self._offer_globals(attributes)
            self._visit(attributes.get("__getattr__"))
            if kind is not ModuleType:
                self._add_class(kind, whole=False)
        elif kind is FunctionType:
            self._add_function(value)
        elif kind is MethodType:
            self._visit(value.__func__)
            self._visit(value.__self__)
        elif issubclass(kind, weakref.ref):
            self._visit(weakref.ref.__call__(value))
            self._visit_callback(value)
        elif kind in _UNSEEN or is_of(kind, "sqlite3", "Connection"):
            self.everything = True
        elif kind is BuiltinFunctionType and value.__name__ in LOOKS_UP:
            self._name(value.__name__, by_user=True)  # under whichever name
        elif kind is BuiltinFunctionType and value.__module__ == "_pickle":
            self.everything = True
        elif kind is operator.methodcaller or kind is operator.attrgetter:
            self._name("methodcaller", by_user=True)
        elif issubclass(kind, threading.Thread):
            self._add_thread_object(value)
        else:
            if kind not in _PLAIN:
                self._add_class(kind, whole=False)
            for name in ("datetime", "time"):
                if is_of(kind, "datetime", name):  # its zone is one that the garbage collector does not know of
                    self._visit(getattr(sys.modules["datetime"], name).tzinfo.__get__(value))
            if kind in _SUSPENDED:
                code, frame = (getattr(value, name) for name in _SUSPENDED[kind])
                if frame is not None:
                    self._use(code, frame.f_globals)
            self._todo += gc.get_referents(value)

    def _add_function(self, function: FunctionType) -> None:
        # A primitive's method may be called under any name: `call_later(1, event.set)`.
        if origins[function.__code__.co_filename] is Origin.OWN:
            self._name(function.__name__.rstrip("_"))
            self._name(function.__name__)
            return
        if is_users(function) or releases(function.__globals__.get("__name__")):
            self._use(function.__code__, function.__globals__)
        for value in (function.__defaults__, function.__kwdefaults__, function.__dict__):
            self._visit(value)
        for cell in function.__closure__ or ():
            self._visit_cell(cell)

    def _visit_cell(self, cell: CellType) -> None:
        try:
            self._visit(cell.cell_contents)
        except ValueError:  # nothing was assigned yet
            pass

    def _add_thread_object(self, thread: threading.Thread) -> None:
        attributes = attributes_of(thread)
        started = CONTROLLED in attributes
        self._add_class(type(thread), whole=False)
        if not started:
            self._name("run")
        for name, value in list(attributes.items()):
            if not (started and name in _USED_UP):
                self._visit(value)

    def _add_class(self, cls: type, *, whole: bool) -> None:
        """What instances do, by themselves or when somebody names it; with `whole` also what the class does."""
        if cls in self._behaviours and not whole:
            return
        for one in type.__dict__["__mro__"].__get__(cls):
            if one is object or is_own(one):
                continue
            if one in self._behaviours and not whole:
                continue
            self._behaviours.add(one)
            if not one.__flags__ & HEAP_TYPE:
                continue  # one of the interpreter's own
            silent = not whole and not acts(one)
            attributes = class_dict(one)
            if "<locals>" in one.__qualname__ or (
                not (silent or is_runners(one)) and any(map(calls_back, type.__dict__["__mro__"].__get__(one)))
            ):
                self._todo += attributes.values()
                continue
            named: dict[str, object] = {}
            for name, value in attributes.items():
                if not is_dunder(name):
                    named[name] = value
                elif not silent and (whole or name not in _OF_CLASSES):
                    self._visit(value)
            self._offer(named)
        if type(cls) is not type and acts(type(cls)):
            self._add_class(type(cls), whole=False)


#: Kinds of what is looked up by its own name.
_NAMED = frozenset([FunctionType, BuiltinFunctionType, type])

#: Kinds whose instances do nothing by themselves.
_PLAIN = frozenset([dict, list, tuple, set, frozenset, CellType, property, staticmethod, classmethod])


def _is_looked_up(name: object, value: Any) -> bool:
    """Whether it is one of those that are asked for by their names, and not as values."""
    return name in LOOKS_UP and type(value) in _NAMED and bool(value.__name__ == name)


#: What goes on when somebody asks it to: the names of its code and its frame.
_SUSPENDED = {
    GeneratorType: ("gi_code", "gi_frame"),
    CoroutineType: ("cr_code", "cr_frame"),
    AsyncGeneratorType: ("ag_code", "ag_frame"),
}

#: The callbacks of weak references in these modules remove an entry from a container.
_ONLY_FORGETS = frozenset(["weakref", "_weakrefset"])


def _only_forgets(callback: Any) -> bool:
    """Whether this callback of a weak reference does no more than remove an entry from a container."""
    if type(callback) is BuiltinFunctionType:  # that of an abstract class
        return callback.__name__ == "_destroy" and type(callback.__self__) is weakref.ref
    return type(callback) is FunctionType and callback.__module__ in _ONLY_FORGETS


#: Kinds whose instances stand for others that cannot be seen.
_UNSEEN = frozenset([weakref.ProxyType, weakref.CallableProxyType, greenlet])
