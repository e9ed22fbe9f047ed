"""Stopping at lines of the source: `sys.monitoring`, and `sys.settrace` where there is none (Python 3.11).

Only code that can have a breakpoint costs anything: LINE events are enabled for the code objects of its file, which are
found when they first begin (PY_START). `step` enables them for all code, until its thread has come to another line.

A trace function is a greenlet's own. So it is set in each thread when it begins (`arm`, which is called in the thread
with each event), and frames that are on the stack already get it then too.
"""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

from tracer.places import Origin, origins
from tracer.real import settrace

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from types import CodeType, FrameType

    from replay.debugger.breaks import Breaks
    from replay.thread import Thread

_monitoring: Any = getattr(sys, "monitoring", None)


class Lines:
    """Calls `stop` with the frame when a thread comes to one of the lines of `breaks`, or makes a step.

    `running` gives the thread that is running, None where it is none of the execution's.
    """

    def __init__(self, breaks: Breaks, running: Callable[[], Thread | None], stop: Callable[[FrameType], None]) -> None:
        self._breaks = breaks
        self._running = running
        self._stop = stop
        self._known: dict[str, frozenset[int]] = {}
        #: The thread that makes a step.
        self.stepping: Thread | None = None

    def _of(self, code: CodeType) -> frozenset[int]:
        """The lines with a breakpoint in the file of some code."""
        name = code.co_filename
        known = self._known.get(name)
        if known is None:
            known = self._known[name] = self._breaks.lines_of(name)
        return known

    def changed(self, suspended: Iterable[FrameType | None] = ()) -> None:
        """There are other breakpoints now; `suspended` are the frames of the threads that stand somewhere."""
        self._known.clear()

    def step(self, thread: Thread | None) -> None:
        """Stops at the next line of the user's in this thread; None: not any more."""
        self.stepping = thread

    def arm(self, thread: Thread) -> None:
        """An event of `thread`, which is running."""

    def _at(self, frame: FrameType, line: int) -> None:
        code = frame.f_code
        thread = self._running()
        if thread is None:
            return
        if line in self._of(code) or (thread is self.stepping and origins[code.co_filename] is Origin.USER):
            self._stop(frame)


class MonitoredLines(Lines):
    """With `sys.monitoring`."""

    def __init__(self, breaks: Breaks, running: Callable[[], Thread | None], stop: Callable[[FrameType], None]) -> None:
        super().__init__(breaks, running, stop)
        self._tool = -1
        self._begun: list[CodeType] = []
        if breaks.lines:
            self.changed()

    def changed(self, suspended: Iterable[FrameType | None] = ()) -> None:
        """There are other breakpoints now; `suspended` are the frames of the threads that stand somewhere."""
        super().changed()
        if not self._breaks.lines and self._tool < 0:
            return
        self._use()
        for code in self._begun:
            _monitoring.set_local_events(self._tool, code, 0)
        self._begun.clear()
        self._listen()
        for innermost in (sys._getframe(), *suspended):
            frame: FrameType | None = innermost
            while frame is not None:
                self._begin(frame.f_code, 0)
                frame = frame.f_back

    def step(self, thread: Thread | None) -> None:
        """Stops at the next line of the user's in this thread; None: not any more."""
        if self.stepping is thread:
            return
        super().step(thread)
        self._use()
        self._listen()

    def _use(self) -> None:
        if self._tool >= 0:
            return
        events = _monitoring.events
        self._tool = next(tool for tool in range(6) if _monitoring.get_tool(tool) is None)
        _monitoring.use_tool_id(self._tool, "threadtrace debugger")
        _monitoring.register_callback(self._tool, events.PY_START, self._begin)
        _monitoring.register_callback(self._tool, events.LINE, self._line)

    def _listen(self) -> None:
        """Asks for the events that are needed, also where they were not wanted before."""
        events = _monitoring.events
        wanted = events.PY_START if self._breaks.lines else 0
        if self.stepping is not None:
            wanted |= events.LINE
        _monitoring.set_events(self._tool, wanted)
        _monitoring.restart_events()

    def _begin(self, code: CodeType, offset: int) -> object:
        if self._of(code):
            _monitoring.set_local_events(self._tool, code, _monitoring.events.LINE)
            self._begun.append(code)
        return _monitoring.DISABLE

    def _line(self, code: CodeType, line: int) -> object:
        if self.stepping is None and line not in self._of(code):
            return _monitoring.DISABLE
        self._at(sys._getframe(1), line)
        return None


class TracedLines(Lines):
    """With `sys.settrace`, for Python 3.11."""

    def __init__(self, breaks: Breaks, running: Callable[[], Thread | None], stop: Callable[[FrameType], None]) -> None:
        super().__init__(breaks, running, stop)
        #: What each thread is armed for: equal to `_wanted`, or out of date.
        self._armed: dict[int, int] = {}
        self._wanted = 0

    def changed(self, suspended: Iterable[FrameType | None] = ()) -> None:
        """There are other breakpoints now."""
        super().changed()
        self._wanted += 1

    def step(self, thread: Thread | None) -> None:
        """Stops at the next line of the user's in this thread; None: not any more."""
        if self.stepping is not thread:
            self._wanted += 1
        super().step(thread)

    def arm(self, thread: Thread) -> None:
        """Sets the trace function of the running thread, and of the frames on its stack."""
        if self._armed.get(thread.index, 0) == self._wanted and not self._breaks.lines:
            return
        if self._armed.get(thread.index, -1) == self._wanted:
            return
        self._armed[thread.index] = self._wanted
        if not self._breaks.lines and self.stepping is not thread:
            settrace(None)
            return
        frame: FrameType | None = sys._getframe()
        while frame is not None:
            if origins[frame.f_code.co_filename] is not Origin.OWN:
                frame.f_trace = self._trace
            frame = frame.f_back
        settrace(self._call)

    def _call(self, frame: FrameType, event: str, argument: object) -> Any:
        if self.stepping is not None or self._of(frame.f_code):
            return self._trace
        return None

    def _trace(self, frame: FrameType, event: str, argument: object) -> Any:
        if event == "line":
            self._at(frame, frame.f_lineno)
        return self._trace


def make_lines(breaks: Breaks, running: Callable[[], Thread | None], stop: Callable[[FrameType], None]) -> Lines:
    """The one for this version of Python."""
    return (TracedLines if _monitoring is None else MonitoredLines)(breaks, running, stop)
