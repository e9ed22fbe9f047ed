"""Accesses on Python 3.12 and newer, through `sys.monitoring` (PEP 669).

Code is instrumented instruction by instruction, object by object; an instruction of no interest answers `DISABLE`
and is executed at full speed from then on. That other tools watch the same program, as coverage does, changes nothing.

A callback runs with the interpreter's own tracing switched off; another thread that is switched to from inside it must
have it switched on. The kernel sees to that.
"""

from __future__ import annotations

import operator
import sys
from typing import TYPE_CHECKING, Any

from tracer.access.flow import flow
from tracer.access.sites import is_jump
from tracer.real import getframe
from tracer.runtime import door

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from types import CodeType, FrameType

    from tracer.access.sites import Site
    from tracer.access.watch import Watch

_monitoring: Any = getattr(sys, "monitoring", None)

#: Code objects that are looked at beforehand; it takes about half a second.
_MOST_PREPARED = 2_000

#: Numbers that no tool has claimed for its kind; debuggers, coverage and profilers have others.
_FREE = (3, 4)


class Monitoring:
    """Implements `tracer.access.watch.Backend`."""

    def __init__(self, watch: Watch) -> None:
        from tracer.access.watch import Unavailable

        #: None between executions.
        self._watch: Watch | None = watch
        self._is_instrumented = False
        self._callback: Any = None
        self._tool = next((number for number in _FREE if _monitoring.get_tool(number) is None), -1)
        if self._tool < 0:
            names = ", ".join(str(_monitoring.get_tool(number)) for number in _FREE)
            raise Unavailable(f"sys.monitoring has no free place: {names} have taken it; try --preempt sync")
        self._codes: list[CodeType] = []
        #: Code that has begun to run, by its id.
        self._met: dict[int, CodeType] = {}
        #: By the id of the code, which is kept; then by the offset.
        self._sites: dict[int, dict[int, Site]] = {}
        events = _monitoring.events
        _monitoring.use_tool_id(self._tool, "threadtrace")
        _monitoring.register_callback(self._tool, events.PY_START, self._start)
        _monitoring.register_callback(self._tool, events.PY_RESUME, self._start)
        _monitoring.set_events(self._tool, events.PY_START)

    def begin_anew(self, watch: Watch) -> None:
        """Serves another execution, of the same program."""
        self._watch = watch

    def before_jump(self, frame: FrameType, do: Callable[[FrameType], object]) -> None:
        """Of any frame."""
        event = _monitoring.events.INSTRUCTION
        watch, callback = self._watch, self._callback
        assert watch is not None

        def once(code: CodeType, offset: int) -> Any:
            frame = getframe(1)
            site = self._sites_of(code).get(offset)
            if is_jump(site):
                _monitoring.register_callback(self._tool, event, callback)
                do(frame)
            if site is not None and watch.reached(code, offset, site, frame):
                return None
            return _monitoring.DISABLE

        _monitoring.register_callback(self._tool, event, once)
        _monitoring.restart_events()  # jumps are of no interest otherwise

    def _sites_of(self, code: CodeType) -> dict[int, Site]:
        found = self._sites.get(id(code))
        if found is None:
            found = self._sites[id(code)] = flow(code).sites
        return found

    def rest(self) -> None:
        """Until the next execution nothing is to be announced."""
        _monitoring.register_callback(self._tool, _monitoring.events.INSTRUCTION, None)
        self._watch = self._callback = None

    def begin(self) -> None:
        """Instruments the code that was found so far, and watches code that runs already."""
        events = _monitoring.events
        self._callback = self._make_callback()
        _monitoring.register_callback(self._tool, events.INSTRUCTION, self._callback)
        if self._is_instrumented:  # in an earlier execution
            return
        self._is_instrumented = True
        _monitoring.set_events(self._tool, events.PY_START | events.PY_RESUME)
        _monitoring.restart_events()
        for code in self._codes:
            _monitoring.set_local_events(self._tool, code, events.INSTRUCTION)

    def prepare(self) -> None:
        """Looks at the code that was found so far."""
        for code in self._codes[-_MOST_PREPARED:]:
            self._sites[id(code)] = flow(code).sites

    def begin_thread(self) -> None:
        """All threads are watched."""

    switch = operator.methodcaller("switch")

    def code_found(self, codes: Iterable[CodeType]) -> None:
        """Instruments code."""
        for code in codes:
            self._codes.append(code)
            if self._is_instrumented:
                _monitoring.set_local_events(self._tool, code, _monitoring.events.INSTRUCTION)

    def wake(self) -> None:
        """Switches everything on again."""
        _monitoring.restart_events()

    def end(self) -> None:
        """Takes everything back."""
        events = _monitoring.events
        _monitoring.set_events(self._tool, 0)
        for code in self._codes:
            _monitoring.set_local_events(self._tool, code, 0)
        for event in (events.PY_START, events.PY_RESUME, events.INSTRUCTION):
            _monitoring.register_callback(self._tool, event, None)
        _monitoring.free_tool_id(self._tool)
        self._codes.clear()
        self._sites.clear()
        self._met.clear()

    def _start(self, code: CodeType, offset: int) -> Any:
        watch = self._watch
        if watch is None:
            return None
        frame = getframe(1)
        if watch.scope.is_watched(code, frame.f_globals):
            is_body = code.co_name == "<module>"
            if is_body or id(code) not in self._met:
                self._met[id(code)] = code
                watch.meet(code, frame.f_globals)
            if is_body:
                watch.scope.body_begins(frame)
            if watch.is_on:
                watch.enter(code, offset, frame)
            is_of_interest = is_body or watch.follows_gil or watch.scope.is_called_back(code)
            return None if is_of_interest else _monitoring.DISABLE
        if watch.follows_gil and watch.is_on and not watch.scope.is_own(code):
            watch.enter_unwatched(frame)
            return None
        return _monitoring.DISABLE

    def _make_callback(self) -> Any:
        watch = self._watch
        assert watch is not None
        runtime = watch.runtime
        sites = self._sites
        sites_of = self._sites_of
        disable = _monitoring.DISABLE
        reached = watch.reached
        functions = watch.functions
        last_simple = watch.last_simple

        def instruction(code: CodeType, offset: int) -> Any:
            found = sites.get(id(code))
            if found is None:
                found = sites_of(code)
            site = found.get(offset)
            if site is None:
                return disable
            kind = site.kind
            if (
                kind <= last_simple
                and site.born < 0
                and door.runtime is runtime
                and not runtime.over
                and functions[kind](site, getframe(1), code, offset)
            ):
                return None
            return None if reached(code, offset, site, getframe(1)) else disable

        return instruction
