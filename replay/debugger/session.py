"""A debugging session: a recorder around another one, which opens the prompt where it is wanted.

At an event the prompt opens when the event is logged and about to take effect: its thread was chosen, nothing has
happened since. `goal` is the event that the session is on its way to; until then no breakpoint counts. Everything that
the user did at the prompt goes with them to an earlier process: see `checkpoints`.
"""

from __future__ import annotations

import linecache
from typing import TYPE_CHECKING, Any

import msgspec

from replay.debugger.breaks import Breaks
from replay.debugger.checkpoints import Checkpoints
from replay.debugger.console import Console, flush_program
from replay.debugger.lines import make_lines
from replay.debugger.look import Program
from replay.unscheduled import unscheduled
from tracer.events import phrase
from tracer.outcome import Ending
from tracer.places import Origin, describe, line_of, origins
from tracer.real import getframe
from tracer.runtime import door

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from types import FrameType

    from replay.debugger.prompt import Prompt
    from replay.job import Stops
    from replay.kernel import Kernel
    from replay.thread import Thread
    from tracer.events import RawEvent, Recorder
    from tracer.journal import Journal
    from tracer.outcome import Outcome
    from tracer.runtime import OperationResult

#: Commands that are remembered across going back.
_HISTORY = 500


class _Memory(msgspec.Struct):
    """What goes with the user to an earlier process."""

    lines: list[tuple[str, int]]
    operations: list[tuple[str, str | None]]
    history: list[str]
    last: str
    pending: list[str]


class Session:
    """Implements `tracer.events.Recorder` around `recorder`. `length` is how many events are expected, 0 if unknown."""

    def __init__(self, recorder: Recorder, journal: Journal, stops: Stops, program: str, length: int) -> None:
        self.kernel: Kernel
        self.program: Program
        self.console = Console()
        self.job_program = program
        self.breaks = Breaks([*stops.lines], [*stops.operations])
        #: The object of the operation that is about to take effect.
        self.about_to: Any = None
        #: Whether it stands at an event, and not at a line or at the end.
        self.at_event = False
        self._recorder = recorder
        self._record = recorder.record
        self._journal = journal
        self._stop_at = stops.at or 0
        self._goal = 0
        self._next = self._interrupted = False
        self._until: Thread | None = None
        self._open = self._quitting = False
        self._checkpoints = Checkpoints(length, self._became)
        self._process_changed: Callable[[], None]
        self._lines = make_lines(self.breaks, self._running, self._at_line)
        self._prompt: Prompt | None = None
        self._history: list[str] = []

    # The execution -------------------------------------------------------------------------------------------

    def begin(self, process_changed: Callable[[], None]) -> bool:
        """The execution is about to begin. `process_changed` is called whenever another process goes on with it.

        Gives whether this is one of several processes: then none of them may have another OS thread.
        """
        from replay.debugger.prompt import Prompt

        self._process_changed = process_changed
        self.program = Program(self.kernel, self._journal)
        self._prompt = Prompt(self)
        if self._checkpoints.due == 0:
            flush_program()
            self._checkpoints.make(0)
        return self._checkpoints.can_go_back

    @property
    def count(self) -> int:
        """How many events there were."""
        return self._recorder.count

    def watch(self, enabled: dict[Any, None]) -> None:
        """These are going to be the enabled threads."""
        self._recorder.watch(enabled)

    def amend(self, result: OperationResult) -> None:
        """The last event had this result instead."""
        self._recorder.amend(result)

    def record(self, event: RawEvent) -> None:
        """The next event."""
        count = self._journal.count
        if count >= self._checkpoints.due:
            flush_program()
            self._checkpoints.make(count)
        self._record(event)
        self._lines.arm(event[0])
        if self._wants(event, count + 1):
            self._stop_at_event(event)

    def _wants(self, event: RawEvent, number: int) -> bool:
        if self._goal and not self._next:
            return number >= self._goal
        if self._next or number == self._stop_at or event[0] is self._until:
            return True
        thread, operation, target, _, _, _, _ = event
        if thread is self._lines.stepping and operation == "thread.end":
            return True
        if not self.breaks.operations:
            return False
        return self.breaks.has(operation, target._threadtrace_label[1] if target is not None else None)

    def interrupt(self) -> bool:
        """Ctrl-C: stops at the next event. Whether it will; the second time, before that, it does not."""
        if self._interrupted or self._quitting:
            return False
        self._interrupted = self._next = True
        return True

    def _running(self) -> Thread | None:
        """The thread that comes to a line, where it may stop there."""
        if door.runtime is not self.kernel or self._open or self._goal:
            return None
        return self.kernel.current

    # Stopping ------------------------------------------------------------------------------------------------

    def _stop_at_event(self, event: RawEvent) -> None:
        thread, operation, target, result, place, _, _ = event
        code, offset = place
        shown = "" if origins[code.co_filename] is Origin.OWN else describe(code, offset)
        label = target._threadtrace_label[1] if target is not None else None
        title = [f"event {self._journal.count:,}  {phrase(thread.label, operation, label, result, shown)}"]
        if shown:
            title += _source(code.co_filename, line_of(code, offset))
        self.at_event = True
        self.about_to = target
        self._converse(thread, title)
        self.about_to = None

    def _at_line(self, frame: FrameType) -> None:
        """A thread has come to a line at which it stops."""
        thread = self.kernel.current
        code, line = frame.f_code, frame.f_lineno
        where = describe(code, frame.f_lasti).rpartition(":")[0]
        title = [
            f"after event {self._journal.count:,}  {thread.label} at {where}:{line}",
            *_source(code.co_filename, line),
        ]
        self.at_event = False
        self._converse(thread, title)

    def finish(self, outcome: Outcome) -> Outcome:
        """The outcome, and where the user has left."""
        if outcome.ending is not Ending.INTERRUPTED:
            return outcome
        note = f"the replay was left at event {self._journal.count:,}; nothing is known of what comes after it"
        return msgspec.structs.replace(outcome, notes=[*outcome.notes, note])

    def over(self, outcome: Outcome) -> None:
        """The execution has ended: opens the prompt once more, unless it was left."""
        if self._quitting or self._open:
            return
        self.at_event = False
        self.program.over = True
        title = [f"the execution is over: {_ended(outcome, self._journal.count)}"]
        missed = [number for number in {self._stop_at, self._goal} if number > self._journal.count]
        title += [f"event {number:,} was not reached: there are {self._journal.count:,} events" for number in missed]
        title.append("look around, go `back` or `goto` an event, or `continue` to the report")
        self._converse(self.kernel.current, title)
        self._quitting = True

    def _converse(self, thread: Thread, title: Iterable[str]) -> None:
        self._goal = 0
        self._next = self._interrupted = False
        self._until = None
        self._lines.step(None)
        self.console.unmute()
        assert self._prompt is not None
        self._open = True
        self.program.innermost = getframe(1)
        try:
            with self.console.taken(), unscheduled(self.kernel) as runtime:
                self._prompt.converse(runtime, thread, title)
        finally:
            self._open = False
            self.program.innermost = None
        self._lines.arm(thread)
        if self._quitting and not self.program.over:
            self.kernel.stop(Ending.INTERRUPTED)

    # What the prompt asks for ----------------------------------------------------------------------------------

    def go_on(self) -> None:
        """On to the next breakpoint."""

    def go_to_next(self) -> None:
        """On to the next event."""
        self._next = True

    def go_to_event_of(self, thread: Thread) -> None:
        """On to the next event of a thread."""
        self._until = thread

    def go_to_line(self, thread: Thread) -> None:
        """On to the next line of a thread."""
        self._lines.step(thread)

    def go_to(self, number: int) -> None:
        """On to an event; does not return when it has been already."""
        if number > self._journal.count:
            self._goal = number
            return
        assert self._prompt is not None
        memory = _Memory(
            self.breaks.lines, self.breaks.operations, self._history, self._prompt.lastcmd, self._prompt.cmdqueue
        )
        self.console.out.flush()
        self._checkpoints.go_back(number, msgspec.msgpack.encode(memory))

    def why_not_back(self) -> str:
        """Why going back is not possible; empty where it is."""
        if self._checkpoints.can_go_back:
            return ""
        return "going back is not possible here: it needs os.fork, and room for another process"

    def quit(self) -> None:
        """Ends the execution as soon as the prompt is closed."""
        self._quitting = True

    def breaks_changed(self) -> None:
        """The prompt has changed `breaks`."""
        self._lines.changed(self.program.suspended())

    def history(self, line: str) -> None:
        """A command was given."""
        if line.strip():
            self._history.append(line)
            del self._history[:-_HISTORY]

    # Another process -------------------------------------------------------------------------------------------

    def _became(self, number: int) -> None:
        """Another process goes on; to event `number`, if that is not 0, as if it had never been later."""
        self._process_changed()
        if not number:
            return
        memory = msgspec.msgpack.decode(self._checkpoints.remembered(), type=_Memory)
        self._goal = number
        self._next = self._interrupted = False
        self._until = None
        self._lines.step(None)
        self.console.mute()
        self.breaks.lines[:] = memory.lines
        self.breaks.operations[:] = memory.operations
        self.breaks_changed()
        assert self._prompt is not None
        self._prompt.lastcmd = memory.last
        self._prompt.cmdqueue[:] = memory.pending
        self._take_over_history(memory.history)

    def _take_over_history(self, history: list[str]) -> None:
        if self.console.is_terminal:
            try:
                import readline
            except ImportError:
                pass
            else:
                for line in history[len(self._history) :]:
                    readline.add_history(line)
        self._history[:] = history


def _source(filename: str, line: int) -> list[str]:
    text = linecache.getline(filename, line).strip()
    return [f"    -> {text}"] if text else []


def _ended(outcome: Outcome, count: int) -> str:
    """How it ended, in words."""
    if outcome.failures:
        return outcome.failures[0].message
    return {
        Ending.COMPLETED: "the program has ended",
        Ending.STOPPED: "an invariant does not hold",
        Ending.EXITED: "the program has called os._exit",
        Ending.DIVERGED: f"the replay diverged at event {count:,}",
        Ending.TRACE_ENDED: "the recording ends here",
    }.get(outcome.ending, outcome.ending.value)
