"""Checks, event by event, that an execution repeats a recorded one, and stops it at the first difference.

Against a trace everything is compared: thread, operation, object, result and program time. Against a schedule alone it
is thread, operation and object. Places are never compared, so that an edit which only moves lines changes nothing, and
objects may have been renamed; see `replay.following.renaming`.
"""

from __future__ import annotations

import re
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NoReturn

from replay.blocked import waiting_of
from replay.collector import COLLECTOR
from replay.following.renaming import Renaming
from tracer.events import phrase
from tracer.operations import MEMORY, OUTSIDE
from tracer.outcome import Ending
from tracer.places import describe
from tracer.primitives.signals import number_of
from tracer.primitives.timeouts import SECOND

if TYPE_CHECKING:
    from replay.following.expected import Expected
    from replay.following.schedule import Path, Schedule
    from replay.kernel import Kernel
    from replay.thread import Thread
    from tracer.events import Event, RawEvent
    from tracer.journal import Journal
    from tracer.runtime import OperationResult

#: Endings at which an execution is as long as it is going to be.
WHOLE = (Ending.COMPLETED, Ending.DEADLOCK, Ending.STOPPED, Ending.EXITED)


@dataclass
class Difference:
    """The first event that differs: its number, and where it is no event of the execution, what happened instead.

    `enabled` are the threads that could go on then.
    """

    number: int
    enabled: list[str]
    instead: str | None = None


class Verifier:
    """A recorder that compares what it records with `schedule`, and with the trace `expected` where there is one.

    `limit` is how many steps are compared; what comes after them is free if `goes_on`, and otherwise a difference. A
    recording that was `cut_off` has no end that could differ. An `unchanged` program has renamed nothing. At the end
    of a recording that `may_be_stuck` threads that can never go on are looked for. The `kernel` is set before the
    execution begins.
    """

    def __init__(
        self,
        journal: Journal,
        schedule: Schedule,
        expected: Expected | None = None,
        *,
        limit: int | None = None,
        goes_on: bool = False,
        cut_off: bool = False,
        unchanged: bool = False,
        may_be_stuck: bool = False,
    ) -> None:
        self.kernel: Kernel
        self.journal = journal
        self.schedule = schedule
        self.expected = expected
        self.order = schedule.order()
        self.limit = len(self.order) if limit is None else min(limit, len(self.order))
        self.difference: Difference | None = None
        #: Files whose lines have moved since the recording.
        self.moved: set[str] = set()
        self.objects = Renaming(
            {label for _, operation, label in schedule.symbols if label and not _on_thread(operation)},
            unchanged=unchanged,
        )
        self._names = Renaming(set(schedule.names))
        self._goes_on = goes_on
        #: With which number of events the recording was cut off.
        self._stops_after = self.limit if cut_off and not goes_on else sys.maxsize
        self._may_be_stuck = may_be_stuck
        self._compares_times = schedule.settings.clock != "real"
        #: Symbols of the schedule that handle a signal, and its number.
        self._signals = {
            index: number_of(label or "")
            for index, (_, operation, label) in enumerate(schedule.symbols)
            if operation == "signal.handle"
        }
        self._threads: list[Thread | None] = [None] * len(schedule.paths)
        #: Numbers of symbols of the journal, and those of the schedule's that they were found to be: once is for ever.
        self._paired: dict[int, int] = {}
        #: The last event lacks the result of the recorded one, and may yet be amended.
        self._lacks_result = False

    @property
    def count(self) -> int:
        """How many events there were."""
        return self.journal.count

    def watch(self, enabled: dict[Any, None]) -> None:
        """These are going to be the enabled threads."""
        self.journal.watch(enabled)

    def next_thread(self) -> Thread | None:
        """The thread of the next step; None where it was not started. Raises IndexError after the last step."""
        number = self.order[self.journal.count]
        return self._threads[number] or self._find(number)

    def next_path(self) -> Path | None:
        """The path of the thread of the next step; None after the last one."""
        if self.journal.count >= self.limit:
            return None
        return self.schedule.paths[self.order[self.journal.count]]

    def collector(self) -> Thread | None:
        """The thread that collects the garbage, where that is the next step: the recording had a reason to."""
        return self.kernel.collect_now() if self.next_path() == COLLECTOR else None

    def record(self, event: RawEvent) -> None:
        """The next event: must be the next one of the recording."""
        if self._lacks_result:
            self._differ(self.journal.count)
        if self.journal.count >= self._stops_after:
            self.kernel.stop(Ending.TRACE_ENDED)
        line = self.journal.record(event)
        if self.journal.count == self.limit and self._may_be_stuck:
            self.kernel.stuck.look_soon()
        if self.journal.count > self.limit:
            self._after_the_end()
        elif self.expected is None:
            number = self.journal.steps[-1]
            if self._paired.get(number) != self.schedule.steps[self.journal.count - 1]:
                if not self._is_next_step(event):
                    self._differ(self.journal.count)
                self._paired[number] = self.schedule.steps[self.journal.count - 1]
        elif not self.expected.passes(line):
            self._look_closer(event, self.expected.next())
        self._bring_about_what_is_next()

    def _bring_about_what_is_next(self) -> None:
        """What no thread of the program does: a signal from outside; and a thread that computes goes on in its turn."""
        kernel, count = self.kernel, self.journal.count
        if kernel.computing.threads:
            kernel.computing.go_on_with(self.next_path())
        if self._signals and count < self.limit:
            number = self._signals.get(self.schedule.steps[count])
            if number:
                kernel.signals.comes_as_recorded(number)

    def amend(self, result: OperationResult) -> None:
        """The last event had this result instead."""
        self.journal.amend(result)
        if self.expected is None or self.journal.count > self.limit:
            return
        self._lacks_result = False
        expected = self.expected.last()
        if expected is not None and expected.result != result:
            self._differ(self.journal.count)

    def at_the_end(self) -> None:
        """There is a choice to be made, and the schedule is at its end."""
        if self.journal.count >= self._stops_after:
            self.kernel.stop(Ending.TRACE_ENDED)
        self._differ(self.journal.count + 1, f"{_pending(self.kernel, self.kernel.current)}, and more")

    def cannot_follow(self, thread: Thread | None) -> NoReturn:
        """The thread of the next step is not enabled."""
        name = self.schedule.names[self.order[self.journal.count]]
        if thread is None:
            instead = f"there is no thread {name} yet"
        elif thread.finished:
            instead = f"{thread.label} has ended"
        else:
            instead = f"{_pending(self.kernel, thread)}, which it cannot execute now"
        self._differ(self.journal.count + 1, instead)

    def finish(self, ending: Ending) -> None:
        """The execution is over: there must be nothing left to repeat."""
        if self.difference is None and self._lacks_result:
            self.difference = Difference(self.journal.count, self._enabled())
        if self.difference is None and self.journal.count < self.limit and ending in WHOLE:
            end = "no thread can go on: a deadlock" if ending is Ending.DEADLOCK else "the end of the execution"
            self.difference = Difference(self.journal.count + 1, self._enabled(), end)

    # Comparing -----------------------------------------------------------------------------------------------

    def _look_closer(self, event: RawEvent, expected: Event | None) -> None:
        """The lines differ. Whether the events do, too."""
        if expected is None:
            self._after_the_end()
            return
        _, _, _, result, place, now, _ = event
        if not self._is_next_step(event) or (now / SECOND != expected.time and self._compares_times):
            self._differ(self.journal.count)
        if result != expected.result and self._compares(event[1], result, expected.result):
            if result is not None and not isinstance(expected.result, str):
                self._differ(self.journal.count)
            self._lacks_result = True  # what an operation raised, and what it found, is told afterwards
        shown = describe(*place)
        if shown != expected.place and expected.place:
            self.moved.add(shown.rpartition(":")[0])

    def _compares(self, operation: str, result: OperationResult, expected: OperationResult) -> bool:
        """Whether a difference of the results matters: not of times that are real, nor of how much came at once.

        Nor of what values look like: numbers may be addresses.
        """
        if operation.startswith(MEMORY):
            return False
        if operation.startswith(OUTSIDE) and result and expected and not isinstance(result, str):
            return isinstance(expected, str)
        return self._compares_times or not isinstance(result, float)

    def _is_next_step(self, event: RawEvent) -> bool:
        thread, operation, target, _, _, _, _ = event
        step = self.schedule.steps[self.journal.count - 1]
        number, expected_operation, expected_label = self.schedule.symbols[step]
        if self._threads[number] is not thread and self._find(number) is not thread:
            return False
        label = target._threadtrace_label[1] if target is not None else None
        if operation.startswith(MEMORY):
            return operation == expected_operation and (
                _same_variable(label, expected_label) or self._is_at_the_place(event)
            )
        names = self._names if _on_thread(operation) else self.objects
        return operation == expected_operation and names.same(label, expected_label)

    def _is_at_the_place(self, event: RawEvent) -> bool:
        """Whether an access is made where the recording has one. What it is made to may be called something else.

        A container that something written in C has made can be taken for one that is gone, by whose name it goes then.
        """
        expected = self.expected.last() if self.expected is not None else None
        return expected is None or expected.place == describe(*event[4])

    def _find(self, number: int) -> Thread | None:
        path = self.schedule.paths[number]
        for thread in self.kernel.threads:
            if thread.path == path:
                self._threads[number] = thread
                return thread
        return None

    def _after_the_end(self) -> None:
        if not self._goes_on:
            self._differ(self.journal.count)

    def _differ(self, number: int, instead: str | None = None) -> NoReturn:
        self.difference = Difference(number, self._enabled(), instead)
        self.kernel.stop(Ending.DIVERGED)

    def _enabled(self) -> list[str]:
        return [thread.label for thread in self.kernel.enabled]


#: What tells a variable from others of its name: keys, which may be addresses, and numbers.
_WHICH = re.compile(r"\[.*?\]|#\d+")


def _same_variable(label: str | None, expected: str | None) -> bool:
    """Whether two labels are those of one variable of the source. Its place in memory, and keys, may be others."""
    return label == expected or _WHICH.sub("", label or "") == _WHICH.sub("", expected or "")


def _on_thread(operation: str) -> bool:
    """Whether the object of the operation is a thread, whose names are apart from those of other objects."""
    return operation.startswith("thread.")


def _pending(kernel: Kernel, thread: Thread) -> str:
    """What a thread stands before, in words."""
    where = waiting_of(kernel, thread)
    return phrase(where.thread, where.operation, where.object, None, where.place)
