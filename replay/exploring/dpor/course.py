"""Follows the beginning of an execution, and notes its steps.

A step is what a thread does from one choice to the next: its pending operation, and what comes after it that is no
scheduling point. The strategy is asked even where only one thread is enabled, so that each step is seen.

After the beginning, which is given as the threads of its steps, the running thread goes on while it can: that is as
good as any other order, and gives short schedules. Threads that are *asleep* are not chosen: what they would do first
was executed before, and nothing has touched it since. If all enabled threads are asleep the execution is given up.
"""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Any

import msgspec

from replay.collector import COLLECTOR
from replay.computing import INTERRUPTED
from replay.exploring.dpor.conflicts import GIVE, NEED, PERHAPS, READ, WRITE, WRITE_PART, Label, Touches
from replay.exploring.dpor.effects import (
    END,
    THREADS,
    TIME,
    WITHOUT_VALUE,
    is_outside,
    is_plain,
    is_sure,
    touched,
    wanted,
)
from replay.thread import Thread
from tracer.access.variables import Variable
from tracer.operations import MEMORY
from tracer.outcome import Ending
from tracer.primitives.model import birth_of
from tracer.primitives.thread import controlled

if TYPE_CHECKING:
    from replay.kernel import Kernel
    from tracer.events import RawEvent
    from tracer.labels import Labels
    from tracer.runtime import OperationResult

Path = tuple[int, ...]

#: A thread that polls goes on so often before the others take turns; see `replay.strategies.fair`.
_PATIENCE = 200

#: An execution with more steps is given up: its program has too many orders to try them all. More than it takes to find
#: out that a thread polls for ever. The very first one goes on, and nothing is noted any more.
MOST_STEPS = 1_500


class Beginning(msgspec.Struct, frozen=True):
    """What an execution is to begin with: the threads of its steps, by their paths.

    `asleep` are the threads that are asleep before step number `wakes`, and what they would do.
    """

    steps: list[Path] = []
    asleep: list[tuple[Path, Label]] = []
    wakes: int = 0


class Step(msgspec.Struct, frozen=True):
    """One step. `mark` stands for the threads that were enabled before it, `known` is how many objects were touched.

    `moved` is what it would touch, and perhaps touch, if it were made earlier and found something else; None where that
    is not known.

    `after` is the step that let this one come at all: that started its thread, or woke it; -1 for none. `since` is the
    number of steps that certainly came before, because time passes only when nobody can go on.
    """

    thread: Path
    touches: Touches
    mark: int
    known: int
    moved: Touches | None
    after: int = -1
    since: int = 0


class Pending(msgspec.Struct, frozen=True):
    """What a thread stands before at the end of an execution."""

    thread: Path
    touches: Touches
    moved: Touches | None
    after: int = -1


class Steps(msgspec.Struct, frozen=True):
    """The steps of an execution. `kinds` are those of the objects, by their numbers.

    `lost` says what makes this execution no basis for a claim on all others; "" for nothing. `is_whole` tells that it
    came to its end.
    """

    steps: list[Step]
    pending: list[Pending]
    kinds: list[str]
    is_whole: bool
    lost: str = ""


class Course:
    """Strategy and recorder of one execution. `unwatched` says why accesses to memory cannot be seen in it."""

    asks_always = True

    def __init__(self, beginning: Beginning, labels: Labels, preempt: str = "any", unwatched: str = "") -> None:
        self._is_first = not beginning.steps
        self._is_too_long = False
        self._beginning = beginning.steps
        self._wakes = beginning.wakes
        self._asleep = dict(beginning.asleep)
        self._labels = labels
        self._numbers: dict[str, int] = {}
        self._kinds: list[str] = []
        self._kernel: Kernel
        self._threads: dict[Path, Thread] = {}
        self._seen = 0
        self._after: dict[Path, int] = {}
        self._since = 0
        self._now = 0
        self._run = 0
        # Of the step that goes on.
        self._thread: Path = ()
        self._touches: Touches = {}
        self._mark = 0
        self._known = 0
        self._operations: list[str] = []
        self._tried = False
        self._first: Touches = {}
        #: Whether all that others can see is a step of its own.
        self._is_fine = preempt == "any"
        #: Whether accesses to memory are watched for this search only.
        self._is_coarse = preempt == "sync"
        self._last: list[int] = []
        self._reads_clock = False
        self._lost = f"accesses to memory are not watched: {unwatched}" if unwatched else ""
        self._steps: list[Step] = []
        #: How many events there were.
        self.count = 0
        #: The numbers of the threads of all events that any execution has: what tells executions apart.
        self.order: list[int] = []

    def begin(self, kernel: Kernel) -> None:
        """To be called before the execution."""
        self._kernel = kernel
        kernel.woken = []
        kernel.stuck.is_patient = True

    # Recording -----------------------------------------------------------------------------------------------

    def watch(self, enabled: dict[Any, None]) -> None:
        """They are noted with each step."""

    def record(self, event: RawEvent) -> None:
        """The next event."""
        thread, operation, target, result = event[:4]
        self.count += 1
        if not (self._is_coarse and operation.startswith(MEMORY)):
            self.order.append(thread.index)
        if self._is_too_long:
            return
        self._operations.append(operation)
        last = self._last = []
        touches = self._touches
        for what, how in touched(operation, target, result, thread):
            number = self._number(what)
            touches[number] = touches.get(number, 0) | how
            last.append(number)
        if len(self._operations) == 1:
            self._first = dict(touches)
            self._tried = not is_sure(operation, result)
        if operation == "time.read":
            self._reads_clock = True
        elif thread.path == COLLECTOR:
            self._lost = self._lost or "finalizers ran, when garbage was collected"
        elif is_outside(operation):
            self._lost = self._lost or f"{operation} is up to the outside"

    def amend(self, result: OperationResult) -> None:
        """The last event raised an exception: it gave nothing, and needed nothing."""
        if isinstance(result, str):
            for number in self._last:
                self._touches[number] &= ~(GIVE | NEED)

    def _number(self, what: Any) -> int:
        if type(what) is str:
            key = what
        elif isinstance(what, Thread):
            key = f"thread {what.label}"
        else:
            label = self._labels.of(what)
            key = f"thread {label}" if isinstance(what, threading.Thread) else f"object {label}"
        number = self._numbers.get(key)
        if number is None:
            number = self._numbers[key] = len(self._kinds)
            self._kinds.append(_kind(what))
        return number

    # Choosing ------------------------------------------------------------------------------------------------

    def choose(self, enabled: dict[Thread, None], current: Thread) -> Thread:
        """The thread of the next step of the beginning; after it, one that is not asleep."""
        if self._is_too_long:
            chosen = self._freely(enabled, current)
            self._run = self._run + 1 if chosen is current else 0
            return chosen
        self._finish_step()
        if current.target is not None and current.operation != "thread.start":
            for what, _ in wanted(current, parked=False):
                self._number(what)  # so that it is known, and told exactly, while the thread sleeps here
        number = len(self._steps)
        if number < len(self._beginning):
            planned = self._threads.get(self._beginning[number])
            if planned is not None and planned in enabled:
                chosen = planned
            else:  # it could not be known that this step needs another one before it
                self._beginning = []
                chosen = self._freely(enabled, current)
        else:
            if number >= MOST_STEPS:
                self._give_up()
            chosen = self._freely(enabled, current)
        self._run = self._run + 1 if chosen is current else 0
        self._thread = chosen.path
        self._mark = hash(tuple([thread.path for thread in enabled]))
        self._known = len(self._kinds)
        self._touches = {}
        return chosen

    def _give_up(self) -> None:
        self._lost = f"an execution has more than {MOST_STEPS:,} steps"
        if not self._is_first:
            self._kernel.stop(Ending.CUT)
        self._is_too_long = True
        self._kernel.woken = None
        self._kernel.stuck.is_patient = False
        self._steps, self._last = [], []

    def _freely(self, enabled: dict[Thread, None], current: Thread) -> Thread:
        asleep = self._asleep
        if current in enabled and current.path not in asleep and self._run < _PATIENCE:
            return current
        awake = [thread for thread in enabled if thread.path not in asleep]
        if not awake:
            self._kernel.stop(Ending.CUT)
        later = [thread for thread in awake if thread.index > current.index]
        return min(later if self._run >= _PATIENCE and later else awake, key=_index)

    def _finish_step(self) -> None:
        kernel = self._kernel
        number = len(self._steps)
        thread = self._threads.get(self._thread) or kernel.threads[0]
        touches = self._touches
        if thread.daemon:
            touches[self._number(END)] = touches.get(self._number(END), 0) | READ
        if thread.alarm:
            touches[self._number(TIME)] = touches.get(self._number(TIME), 0) | READ
        after = self._after.pop(self._thread, -1)
        moved = self._moved(thread)
        self._steps.append(Step(self._thread, touches, self._mark, self._known, moved, after, self._since))
        self._operations = []
        for new in kernel.threads[self._seen :]:
            self._threads[new.path] = new
            self._after[new.path] = number
        self._seen = len(kernel.threads)
        assert kernel.woken is not None
        for woken in kernel.woken:
            self._after[woken.path] = number
        kernel.woken.clear()
        if kernel.now != self._now:
            self._now = kernel.now
            if kernel.clock.timeouts_at_will:
                touches[self._number(TIME)] = touches.get(self._number(TIME), 0) | WRITE_PART
            elif not self._reads_clock:
                self._since = number + 1
        self._reads_clock = False
        if number >= self._wakes and self._asleep:
            made = [(one, self._kinds[one], how) for one, how in touches.items()]
            self._asleep = {
                path: label
                for path, label in self._asleep.items()
                if path != self._thread and label.is_independent_of(made) is True
            }

    def _moved(self, thread: Thread) -> Touches | None:
        """What the step would touch if it were made earlier.

        What comes after an operation that gives a value depends on it. Where accesses to memory are steps, that can
        only be the thread's end.
        """
        operations = self._operations
        if operations[:1] == ["program.atomic"]:  # all of the section
            return None
        if operations and operations[0] in WITHOUT_VALUE and (self._is_fine or {*operations[1:]} <= {"thread.end"}):
            return self._touches
        if not self._is_fine:
            return None
        moved = dict(self._first) if operations else {}
        if self._tried:
            moved = {number: how | WRITE << PERHAPS for number, how in moved.items()}
        return self._with_end(moved, thread)

    def _with_end(self, touches: Touches, thread: Thread) -> Touches:
        """These, and perhaps the end of the thread."""
        for number, how in ((self._number(thread), WRITE), (self._number(THREADS), WRITE_PART)):
            touches[number] = touches.get(number, 0) | how << PERHAPS
        return touches

    # Afterwards ----------------------------------------------------------------------------------------------

    def finish(self) -> Steps:
        """What was noted. To be called after the execution."""
        kernel = self._kernel
        if self._is_too_long:
            del self._kernel  # which has this one
            return Steps([], [], [], is_whole=True, lost=self._lost)
        is_whole = kernel.ending is not Ending.CUT
        if is_whole:  # else the step was finished before it was given up
            self._finish_step()
        pending = []
        for thread in kernel.program_threads:
            if not thread.finished:
                touches: Touches = {}
                for what, how in wanted(thread, parked=thread not in kernel.enabled):
                    touches[self._number(what)] = how
                if thread.daemon:
                    touches[self._number(END)] = READ
                moved = self._with_end(dict(touches), thread) if self._is_fine else None
                pending.append(Pending(thread.path, touches, moved, self._after.get(thread.path, -1)))
        if kernel.ending is Ending.POINTS:
            self._lost = "an execution met too many scheduling points"
        if kernel.computing.was_interrupted:
            self._lost = self._lost or INTERRUPTED
        if kernel.clock.runs_by_itself:
            self._lost = self._lost or "with --clock real, what happens depends on the machine's time, too"
        if kernel.uncontrolled.found:
            self._lost = self._lost or f"not controlled: {kernel.uncontrolled.found[0]}"
        del self._kernel  # which has this one
        return Steps(self._steps, pending, self._kinds, is_whole, self._lost)


def _index(thread: Thread) -> int:
    return thread.index


def _kind(what: Any) -> str:
    """What an object is called that no step has touched before, in all executions that begin alike."""
    if type(what) is str:
        return what
    if isinstance(what, Thread):
        return f"thread {what.path}"
    if isinstance(what, threading.Thread):
        found = controlled(what)
        return f"thread {found.path if found is not None else '?'}"
    if isinstance(what, Variable):
        part = repr(what.key) if is_plain(what.key) else "?"
        return f"{what.thing.type.__qualname__}.{what.kind} {part}"
    made = birth_of(what)
    return f"{type(what).__qualname__} {made.maker if made is not None else '?'}"
