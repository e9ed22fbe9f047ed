"""Tells the runtime of accesses to shared memory while a program runs under control.

The interpreter calls back before an instruction: on 3.12 and newer through `sys.monitoring`, where an instruction that
touches nothing is switched off and costs nothing ever after; on 3.11 through the trace function, which is called before
every instruction of watched code.

Nothing is watched before the program starts its first thread: what a single thread does, all others find done.

An instruction that again and again met nothing that is shared (numbers, values that only its frame has) is switched off
as well. That is a bet on code that does at one place what it has always done there.

Under the GIL, CPython looks for another thread only at some places: at the beginning of a function, after a jump back,
after a call that returned from C (see *Where CPython can really switch threads* below). Whether one of these came since
the last access is kept for each thread; the level of preemption `gil` lets others go first only then.

Where CPython can really switch threads
    3.11 to 3.13 check for a request to give the GIL up in RESUME (not after `await` and `yield from`), in jumps back
    that are made, and after calls; a call of a Python function begins with its RESUME. All other instructions run
    through, whatever they read and write. A `with` calls `__enter__` without a check.
"""

from __future__ import annotations

import os
import sys
from inspect import CO_VARKEYWORDS
from typing import TYPE_CHECKING, Any, Protocol

from tracer.access.find import Finder
from tracer.access.scope import Scope
from tracer.access.sites import ATTRIBUTE, CALL, CALL_SPREAD, ITEM, ITERATE, SWITCH
from tracer.access.stack import AVAILABLE
from tracer.places import Origin, origins, user_frame
from tracer.runtime import door

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from types import CodeType, FrameType

    from tracer.access.sites import Site
    from tracer.access.variables import Variable
    from tracer.runtime import ControlledThread, Runtime

#: After meeting nothing this often an instruction is switched off.
_IDLE = 64


#: The argument of RESUME says after what; after `yield from` and `await` there is no look for other threads.
_HOW_RESUMED, _FROM_YIELD_FROM = 3, 2

#: Up to 3.11 a call is found before PRECALL, and made in the CALL that follows, so many bytes later.
_UP_TO_CALL = 4 if sys.version_info < (3, 12) else 0

#: Up to 3.11 there is one after `f(*a)`, whatever is called.
_ALWAYS_AFTER_SPREAD = sys.version_info < (3, 12)


class Unavailable(Exception):
    """Accesses cannot be watched here. The message says why, and what to do."""


class Backend(Protocol):
    """The interpreter's part."""

    def begin(self) -> None:
        """The first thread is started: from now on accesses are announced."""

    def begin_thread(self) -> None:
        """Called in each thread when it begins."""

    def switch(self, thread: Any) -> object:
        """Lets another thread go on: called from a callback of the interpreter."""

    def code_found(self, codes: Iterable[CodeType]) -> None:
        """Code that is to be watched."""

    def wake(self) -> None:
        """What was switched off may be of interest again."""

    def prepare(self) -> None:
        """Looks at all code that was found now, not when it is executed."""

    def before_jump(self, frame: FrameType, do: Callable[[FrameType], object]) -> None:
        """Calls `do` once, with its frame, where the running thread jumps back next: in this `frame`, or in any."""

    def rest(self) -> None:
        """Until the next execution nothing is to be announced."""

    def begin_anew(self, watch: Watch) -> None:
        """Serves another execution."""

    def end(self) -> None:
        """Nothing is watched any more."""


class Kept:
    """What many executions of one program in one process have in common: the scope, and what was instrumented.

    To instrument code takes the interpreter longer than to execute a small program. Between executions what is watched
    stays so, at a price for whatever else runs it: `close` takes it back.
    """

    def __init__(self) -> None:
        self.scope: Scope | None = None
        self.backend: Backend | None = None

    def close(self) -> None:
        """Takes everything back."""
        if self.backend is not None:
            self.backend.end()
        self.scope = self.backend = None


class Watch:
    """Watches one execution.

    `learned` are names that were shared or written in other executions, and is added to. With `follows_gil` it is kept
    up to date for each thread whether CPython may switch threads; with `values` events tell what was read and written.
    With `kept` it takes over what an earlier one has left there.
    """

    def __init__(
        self,
        runtime: Runtime,
        include: Iterable[str],
        learned: set[str],
        *,
        follows_gil: bool,
        values: bool,
        kept: Kept | None = None,
    ) -> None:
        if not AVAILABLE:
            raise Unavailable(
                f"accesses to shared memory cannot be watched on this Python ({sys.version.split()[0]}); "
                "try --preempt sync"
            )
        self.runtime = runtime
        self.kept = kept
        if kept is not None and kept.scope is not None and kept.scope.is_large:
            kept.close()
        if kept is not None and kept.scope is not None:
            self.scope = kept.scope
            has_grown = self.scope.begin_anew(learned)
        else:
            self.scope = Scope(include, learned)
            has_grown = False
        self.finder = Finder(runtime, self.scope, learned, values=values)
        self.follows_gil = follows_gil
        #: In the order of the kinds of sites in `tracer.access.sites`.
        self.functions = self.finder.functions
        #: How often a site met nothing, by its id.
        self._idle: dict[int, int] = {}
        #: At `gil`: the frames that have called something written in C, by their ids, and where.
        self._calls: dict[int, int] = {}
        #: By thread, the access to a container that was announced last: its frame, where, and what it was.
        self._inside: dict[ControlledThread, tuple[int, int, tuple[str, Variable]]] = {}
        self.is_on = False
        #: Lets a thread go on while the interpreter is calling back.
        self.switch: Callable[[Any], object]
        #: This tool uses the standard library itself, also where that is to be watched.
        self.may_be_tools = bool(self.scope.included)
        #: Of these kinds of sites nothing but the access itself is of interest, which a backend may look at without
        #: asking whether a site is `reached`: most accesses go this way, and pay for each line of it.
        self.last_simple = -1 if follows_gil or self.may_be_tools else ATTRIBUTE
        self.scope.grown = self._grown
        self._backend = self._make_backend()
        if has_grown:  # by what an execution in another process told
            self._backend.wake()
        if kept is not None:
            kept.scope = self.scope

    def _make_backend(self) -> Backend:
        kept = self.kept
        if kept is not None and kept.backend is not None:
            kept.backend.begin_anew(self)
            return kept.backend
        backend: Backend
        if sys.version_info < (3, 12):
            from tracer.access.tracing import Tracing

            backend = Tracing(self)
        else:
            from tracer.access.monitoring import Monitoring

            backend = Monitoring(self)
        if kept is not None:
            kept.backend = backend
        return backend

    def begin(self) -> None:
        """The program starts its first thread. Its frames so far are found where they stand."""
        if self.is_on:
            return
        frame: FrameType | None = sys._getframe(1)
        while frame is not None:
            if self.scope.is_watched(frame.f_code, frame.f_globals):
                self.meet(frame.f_code, frame.f_globals)
            frame = frame.f_back
        self.is_on = self.scope.is_late = True
        self._backend.begin()
        self.switch = self._backend.switch

    @property
    def unseen(self) -> list[str]:
        """What threads may have done to each other that nobody looks at: see `tracer.access.opaque`."""
        return list(self.finder.accesses.opaque.unseen)

    def learn(self, names: Iterable[str]) -> None:
        """These turned out to be shared, or written, in other executions."""
        self.scope.learn(names)

    def prepare(self) -> None:
        """Looks at all code that was met now, so that copies of this process need not."""
        self._backend.prepare()

    def begin_thread(self) -> None:
        """To be called in each thread of the program that begins."""
        if self.is_on:
            self._backend.begin_thread()

    def call_soon(self, frame: FrameType, do: Callable[[FrameType], object]) -> None:
        """Calls `do`, with a frame of the program, where that jumps back and CPython looks for other threads.

        `frame` is the innermost one. To be called in the middle of whatever is announced, as a handler of a signal is.
        """
        if self.is_on:
            self._backend.before_jump(user_frame(frame), lambda frame: sys.call_tracing(do, (frame,)))

    def end(self) -> None:
        """Nothing is watched any more."""
        self.is_on = False
        self.scope.grown = _nothing  # what is kept has nothing of this execution, which else would outlive the next one
        if self.kept is None or self._backend is not self.kept.backend:
            self._backend.end()
        else:
            self._backend.rest()

    def meet(self, code: CodeType, namespace: dict[str, Any]) -> None:
        """Code is about to run that is to be watched."""
        new = self.scope.scan(code, namespace)
        if new:
            self._backend.code_found(new)

    def _grown(self) -> None:
        if self.is_on:
            self._backend.wake()

    def reached(self, code: CodeType, offset: int, site: Site, frame: FrameType) -> bool:
        """An instruction is about to be executed; whether it is of interest the next time."""
        runtime = self.runtime
        if door.runtime is not runtime or runtime.over:
            return True
        kind = site.kind
        if self.follows_gil and self._calls.get(id(frame), offset) != offset:  # what it called is over
            del self._calls[id(frame)]
            runtime.current.may_switch = True
        if kind is SWITCH:
            return self._switch(site)
        if self.may_be_tools and _is_for_this_tool(frame):
            return True
        finder = self.finder
        accesses = finder.accesses
        if site.born >= 0:
            finder.named.born(site, frame)
        accesses.last = None
        found = self.functions[kind](site, frame, code, offset)
        if not found and site.born >= 0:  # whatever comes of it, the birth is of interest
            found = finder.contents.of_birth(site, frame, code, offset)
        if accesses.last is not None and kind >= ITEM and kind is not ITERATE:
            self._inside[runtime.current] = id(frame), offset, accesses.last
        if self.follows_gil and (kind is CALL or kind is CALL_SPREAD):
            self._call(kind, frame, offset)
            return True
        if found is None and self.kept is None:  # else it would not be the same in the next execution
            idle = self._idle[id(site)] = self._idle.get(id(site), 0) + 1
            return idle < _IDLE
        return found is not False

    def enter(self, code: CodeType, offset: int, frame: FrameType) -> None:
        """A watched function begins, or a generator goes on, with a look for other threads.

        Where an access to a container runs code, as a sort does that has a key, others can see it half done.
        """
        runtime = self.runtime
        if door.runtime is not runtime or runtime.over:
            return
        thread = runtime.current
        if code.co_name == "__init__":
            self.finder.named.makes(frame)
        if code.co_flags & CO_VARKEYWORDS:
            self.finder.named.has_options(code, frame)
        if self.follows_gil:
            self._calls.pop(id(frame), None)
            if code.co_code[offset + 1] & _HOW_RESUMED < _FROM_YIELD_FROM:
                thread.may_switch = True
                thread.called = False  # what called this is not over
        inside = self._inside.get(thread)
        caller = frame.f_back
        if inside is None or caller is None or inside[0] != id(caller):
            return
        if inside[1] <= caller.f_lasti <= inside[1] + _UP_TO_CALL:
            self.finder.accesses.announce_again(*inside[2], (caller.f_code, caller.f_lasti))

    def enter_unwatched(self, frame: FrameType) -> None:
        """A function begins that is not watched, with a look for other threads; what it does after that is unknown.

        One that this project calls is none of the program's.
        """
        if door.runtime is not self.runtime or self.runtime.current.called:
            return
        caller: FrameType | None = frame
        while caller is not None and _is_the_librarys(caller.f_code.co_filename):
            caller = caller.f_back
        if caller is None or origins[caller.f_code.co_filename] is not Origin.OWN:
            self.runtime.current.called = True

    def _call(self, kind: int, frame: FrameType, offset: int) -> None:
        """Something is about to be called. After what is written in C there is a look for other threads."""
        thread = self.runtime.current
        thread.may_switch = thread.may_switch or thread.called  # what was called before is over
        thread.called = True
        if not self.finder.calls.enters or (kind is CALL_SPREAD and _ALWAYS_AFTER_SPREAD):
            self._calls[id(frame)] = offset

    def _switch(self, site: Site) -> bool:
        if not self.follows_gil:
            return False
        thread = self.runtime.current
        if site.name == "with":  # it calls without a check, so that a call before it is over
            thread.may_switch = thread.may_switch or thread.called
            thread.called = False
        else:
            thread.may_switch = True
        return True


def _nothing() -> None:
    """There is nothing to be done."""


def _is_the_librarys(filename: str) -> bool:
    """Whether code is the standard library's, or was made by it, as the methods of dataclasses are."""
    return filename.startswith("<") or origins[filename] is Origin.STANDARD_LIBRARY


#: Where this tool calls the program: what these files run is the program's.
_RUN_THE_PROGRAM = tuple(
    os.path.join(os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__)))), *path)
    for path in (
        ("replay", "kernel.py"),
        ("replay", "execution.py"),
        ("replay", "program.py"),
        ("replay", "host.py"),
        ("tracer", "primitives", "thread.py"),
        ("tracer", "primitives", "low_level.py"),
    )
)


def _is_for_this_tool(frame: FrameType) -> bool:
    """Whether it is this tool that has called the standard library."""
    outer: FrameType | None = frame
    while outer is not None and origins[outer.f_code.co_filename] is Origin.STANDARD_LIBRARY:
        outer = outer.f_back
    if outer is None or origins[outer.f_code.co_filename] is not Origin.OWN:
        return False
    return outer.f_code.co_filename not in _RUN_THE_PROGRAM
