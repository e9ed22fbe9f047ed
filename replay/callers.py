"""Signals that are for whoever has the program executed: a test runner's time limit, Ctrl-C.

Their handlers were there before the execution. What such a handler raises is no exception of the program's: it ends the
execution, whatever thread is running, and is raised where that was begun. A handler that returns leaves no trace.
"""

from __future__ import annotations

import signal
import threading
from typing import TYPE_CHECKING, Any

from replay.unscheduled import unscheduled
from tracer import real
from tracer.outcome import Ending
from tracer.places import is_the_programs
from tracer.primitives.signals import handler_of, handlers_now, keep_by, no_longer_use, use
from tracer.runtime import door

if TYPE_CHECKING:
    from types import FrameType

    from replay.kernel import Kernel


class Callers:
    """The handlers that were there before one execution."""

    def __init__(self, kernel: Kernel) -> None:
        self._kernel = kernel
        self._handlers: dict[int, Any] = handlers_now()
        self._came: list[tuple[int, FrameType | None]] = []
        self._takes_interrupts = False
        #: What a handler has raised.
        self.raised: BaseException | None = None

    def begin(self) -> None:
        """Ctrl-C, too, unless somebody has made arrangements. Until the end no handler runs but in `look`."""
        keep_by(self.came)
        is_main = threading.current_thread() is threading.main_thread()
        if is_main and real.installed_handler(signal.SIGINT) is signal.default_int_handler:
            use(signal.SIGINT, self.came)
            self._handlers[signal.SIGINT] = signal.default_int_handler
            self._takes_interrupts = True

    def end(self) -> None:
        """The execution is over, and its threads are unwound. Raises what a handler has raised."""
        try:
            if self._takes_interrupts:
                no_longer_use(signal.SIGINT, self.came)
        finally:
            keep_by(None)
        for number, frame in self._came:  # in the last moment
            self._run(number, frame)
        if self.raised is not None:
            raise self.raised

    def is_for_them(self, number: int) -> bool:
        """Whether a handler of theirs is still the one that would run."""
        handler = self._handlers.get(number)
        return handler is not None and handler_of(number) is handler

    def came(self, number: int, frame: FrameType | None) -> None:
        """A signal has come while `frame` was executed, the innermost one."""
        self._came.append((number, frame))
        if door.runtime is self._kernel and frame is not None and is_the_programs(frame):
            self.look()
        else:  # the kernel may be in the middle of anything
            self._kernel.attend_soon()

    def look(self) -> None:
        """Runs the handlers of what has come, where nothing is in the middle."""
        kernel = self._kernel
        while self._came and kernel.ending is None:
            number, frame = self._came.pop(0)
            try:
                with unscheduled(kernel, "in a handler of a signal"):
                    self._run(number, frame)
            except BaseException as error:
                self.raised = error
                kernel.stop(Ending.INTERRUPTED)

    def _run(self, number: int, frame: FrameType | None) -> None:
        handler = self._handlers.get(number)
        if handler is not None:  # else it was the program's, which is over
            handler(number, frame)
