"""Accesses on Python 3.11, through the trace function.

It is called before every instruction of watched code and cannot be switched off for one; other code it leaves at once.
Each thread sets it for itself. A program that sets a trace function of its own, as debuggers and coverage do, takes the
place of this one: then accesses are announced no more, and the outcome says so.
"""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

from tracer.access.flow import flow
from tracer.access.sites import is_jump
from tracer.places import Origin, describe, origins, user_frame
from tracer.real import getframe
from tracer.real import settrace as _settrace
from tracer.runtime import door

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from types import CodeType, FrameType

    from tracer.access.sites import Site
    from tracer.access.watch import Watch

_gettrace = sys.gettrace

# Members of an enum are slow to look up, and this one is looked up whenever a function is called.
_OWN = Origin.OWN


class Tracing:
    """Implements `tracer.access.watch.Backend`."""

    def __init__(self, watch: Watch) -> None:
        #: By the id of the code, which is kept: the sites that are still of interest, by their offsets.
        self._sites: dict[int, tuple[CodeType, dict[int, Site]]] = {}
        #: The trace functions, likewise.
        self._traces: dict[int, Any] = {}
        #: Code that was entered before, by its id, with its globals: whether to watch it is known.
        self._entered: dict[int, dict[str, Any]] = {}
        self.begin_anew(watch)

    def begin_anew(self, watch: Watch) -> None:
        """Serves another execution, of the same program."""
        from tracer.access.watch import Unavailable

        if _gettrace() is not None:
            raise Unavailable(
                "another tool has set a trace function (a debugger, coverage), and Python 3.11 has room for one; "
                "try --preempt sync, or Python 3.12"
            )
        #: None between executions.
        self._watch: Watch | None = watch
        self._is_over = False
        self._before = sys.settrace
        sys.settrace = self._set_by_program

    def begin(self) -> None:
        """Frames that are running already are watched from here on."""
        if _gettrace() not in (None, self._called):
            self._give_way("by something written in C, as coverage does")
        if self._is_over:
            return
        assert self._watch is not None
        frame: FrameType | None = getframe(2)
        while frame is not None:
            if self._watch.scope.is_watched(frame.f_code, frame.f_globals):
                self._watch_frame(frame)
            frame = frame.f_back
        _settrace(self._called)

    def prepare(self) -> None:
        """It is looked at when it is called: a frame's trace function is made for its code."""

    def begin_thread(self) -> None:
        """Each thread of the program has the trace function for itself."""
        if not self._is_over:
            _settrace(self._called)

    def switch(self, thread: Any) -> object:
        """A thread that left from ordinary code goes on with what is set here: greenlets share it."""
        if not self._is_over:
            _settrace(self._called)
        return thread.switch()

    def code_found(self, codes: Iterable[CodeType]) -> None:
        """It is looked at when it is called."""

    def wake(self) -> None:
        """What was switched off is looked at again, by frames that are running, too."""
        for code, sites in self._sites.values():
            sites.update(flow(code).sites)

    def before_jump(self, frame: FrameType, do: Callable[[FrameType], object]) -> None:
        """Of this frame. With `--preempt gil` a jump is left out that depends on a condition: it may not be made."""
        trace: Any = frame.f_trace
        found = flow(frame.f_code)
        jumps = {offset for offset, site in found.sites.items() if is_jump(site)}
        if self._watch is not None and not self._watch.follows_gil:
            jumps.update(*found.landings.values())

        def once(frame: FrameType, event: str, argument: Any) -> None:
            if event == "opcode" and frame.f_lasti in jumps:
                frame.f_trace = trace
                do(frame)
            trace(frame, event, argument)

        if trace is not None:
            frame.f_trace = once

    def rest(self) -> None:
        """Until the next execution nothing is to be announced."""
        if not self._is_over:
            _settrace(None)
            sys.settrace = self._before
        self._is_over = True
        # Else the two would refer to each other, until a collection of garbage finds them.
        self._watch = None

    def end(self) -> None:
        """Takes everything back."""
        self.rest()
        self._sites.clear()
        self._traces.clear()
        self._entered.clear()

    def _set_by_program(self, function: Any) -> None:
        """Stands for `sys.settrace`."""
        if function is not None:
            frame = user_frame(getframe(1))
            self._give_way(f"at {describe(frame.f_code, frame.f_lasti)}")
        if self._is_over:
            self._before(function)

    def _give_way(self, where: str) -> None:
        """The program has set a trace function."""
        if self._is_over:
            return
        self._is_over = True
        assert self._watch is not None
        sys.settrace = self._before
        running: FrameType | None = getframe(2)
        while running is not None:  # the other tool expects what it has not switched on to be off
            if running.f_trace_opcodes:
                running.f_trace_opcodes, running.f_trace_lines = False, True
            running = running.f_back
        self._watch.runtime.not_controlled(
            f"a trace function was set {where}: from there on accesses to shared memory were not watched, as Python "
            "3.11 has room for one tool"
        )

    def _watch_frame(self, frame: FrameType) -> None:
        frame.f_trace_opcodes = True
        frame.f_trace_lines = False
        frame.f_trace = self._trace_of(frame.f_code)

    def _called(self, frame: FrameType, event: str, argument: Any) -> Any:
        code = frame.f_code
        if origins[code.co_filename] is _OWN or event != "call":  # own code is called most often by far
            return None
        watch = self._watch
        if watch is None:
            return None
        if self._entered.get(id(code)) is not frame.f_globals:
            if not watch.scope.is_watched(code, frame.f_globals):
                if watch.follows_gil:
                    watch.enter_unwatched(frame)
                return None
            watch.meet(code, frame.f_globals)
            if code.co_name == "<module>":
                watch.scope.body_begins(frame)
            if watch.scope.is_left_out(code, frame.f_globals):
                return None
            if code.co_name != "<module>":
                self._entered[id(code)] = frame.f_globals
        trace = self._trace_of(code)  # from here on the code is kept, and so its id
        watch.enter(code, frame.f_lasti, frame)
        frame.f_trace_opcodes = True
        frame.f_trace_lines = False
        return trace

    def _trace_of(self, code: CodeType) -> Any:
        """The trace function of all frames of this code."""
        known = self._traces.get(id(code))
        if known is None:
            known = self._traces[id(code)] = self._make_trace(code)
        return known

    def _make_trace(self, code: CodeType) -> Any:
        """It serves all executions. What it refers to of one, it asks for each time."""
        found = flow(code)
        sites = dict(found.sites)
        self._sites[id(code)] = code, sites
        get = sites.get

        # They give nothing, so that the frame keeps the trace function that it has, unless it is given another one.
        def trace(frame: FrameType, event: str, argument: Any) -> None:
            offset = frame.f_lasti
            site = get(offset)
            if site is None or event != "opcode":
                return
            watch = self._watch
            if watch is None:
                return
            kind = site.kind
            runtime = watch.runtime
            if (
                kind <= watch.last_simple
                and site.born < 0
                and door.runtime is runtime
                and not runtime.over
                and watch.functions[kind](site, frame, code, offset)
            ):
                return
            if not watch.reached(code, offset, site, frame):
                sites.pop(offset, None)

        if not (found.landings and self._watch is not None and self._watch.follows_gil):
            return trace
        landings = found.landings
        last: dict[int, int] = {}

        def trace_jumps(frame: FrameType, event: str, argument: Any) -> None:
            """A jump back that depends on a condition, and was made, is a place where CPython may switch threads."""
            watch = self._watch
            if event == "opcode" and watch is not None:
                offset = frame.f_lasti
                if offset in landings and last.get(id(frame)) in landings[offset]:
                    watch.runtime.current.may_switch = True
                last[id(frame)] = offset
                trace(frame, event, argument)

        return trace_jumps
