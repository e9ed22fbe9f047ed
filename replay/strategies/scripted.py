"""Makes what a script asks for happen, and between its steps as little else as possible.

While a step is yet to happen, its thread goes first. If it sleeps, or is to time out, time passes; if another thread is
in its way, that one goes on. Only if neither helps do others: first those that the script does not name, such as a
main thread that has yet to start somebody, and last those whose steps are all done. So two lines are enough for two
threads that hold a lock each.

A thread is held back where its next operation is its own next step, whose turn has not come. When all enabled threads
are held back, time passes; when that helps nobody, the script cannot happen, and the execution stops.

What is matched before an operation is the pending operation, of which object and line are known; after it, the event.
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any, NoReturn

from greenlet import getcurrent

from replay.blocked import in_the_way
from replay.strategies.no_preemption import NoPreemption
from replay.strategies.round_robin import RoundRobin
from tracer.names import numbered
from tracer.operations import OUTCOMES
from tracer.outcome import Divergence, Ending
from tracer.places import line_of, shown_path, user_frame
from tracer.primitives.model import birth_of
from tracer.real import getframe

if TYPE_CHECKING:
    from replay.following.script import Script, Step
    from replay.kernel import Kernel
    from replay.strategies import Choose
    from replay.thread import Thread
    from tracer.events import Place, RawEvent
    from tracer.journal import Journal
    from tracer.runtime import OperationResult


#: Thread, operation, object, file and line.
_Operation = tuple[str, str, str | None, str, int]

#: Operations that begin a wait, which ends with another operation.
_BEGIN = frozenset(["time.sleep", "condition.wait", "event.wait", "barrier.wait"])

#: Of these every execution begins a wait, so that one that was executed will not be executed again before its outcome.
_ENDED_BY_OTHERS = frozenset(["time.sleep", "condition.wait"])

#: After this many choices in which no step has happened the threads take turns: one of them may poll for ever until
#: another one, that was thought to disturb, has done something.
_PATIENCE = 2000


class Scripted:
    """A strategy, and a recorder that writes to `journal`. `then` chooses where the script says nothing.

    The `kernel` is set before the execution begins.
    """

    def __init__(self, journal: Journal, script: Script, then: Choose | None = None) -> None:
        self.kernel: Kernel
        self.divergence: Divergence | None = None
        self._journal = journal
        self._script = script
        self._then = then or NoPreemption().choose
        self._in_turn = RoundRobin().choose
        self._patience = _PATIENCE
        #: Operation of the last event of each thread.
        self._last: dict[Thread, str] = {}
        self._named = {step.thread for step in script.steps} | {one.thread for pair in script.orders for one in pair}
        self._position = 0
        #: How often the current step has happened.
        self._times = 0
        self._orders = list(script.orders)
        #: How often what a step with a number describes has happened, since the beginning.
        self._happened: Counter[Step] = Counter()
        self._counted = [step for step in script.steps if step.nth] + [step for pair in script.orders for step in pair]

    @property
    def count(self) -> int:
        """How many events there were."""
        return self._journal.count

    @property
    def _step(self) -> Step | None:
        """The step that is to happen next."""
        steps = self._script.steps
        return steps[self._position] if self._position < len(steps) else None

    def watch(self, enabled: dict[Any, None]) -> None:
        """These are going to be the enabled threads."""
        self._journal.watch(enabled)

    def amend(self, result: OperationResult) -> None:
        """The last event had this result instead."""
        self._journal.amend(result)

    # Choosing ------------------------------------------------------------------------------------------------

    def choose(self, enabled: dict[Thread, None], current: Thread) -> Thread:
        """The thread of the next step, or one that is not held back."""
        while True:
            free = {thread: None for thread in enabled if not self._is_held(thread)}
            wanted = self._who_helps(self._next_thread(), free)
            if wanted is not None and wanted in free:
                return wanted
            if free and not (wanted is not None and self._is_sleeping(wanted)):
                return self._among(free, current)
            before = self.kernel.changes
            self.kernel.clock.meet_next(self.kernel)
            if self.kernel.changes == before:
                if free:
                    return self._among(free, current)
                self._cannot_happen()

    def _next_thread(self) -> Thread | None:
        """The thread that is to do something next, if it exists."""
        step = self._step or (self._orders[0][0] if self._orders else None)
        return self._thread_of(step) if step is not None else None

    def _thread_of(self, step: Step) -> Thread | None:
        return next((thread for thread in self.kernel.program_threads if thread.label == step.thread), None)

    def _who_helps(self, thread: Thread | None, free: dict[Thread, None]) -> Thread | None:
        """The thread itself, if it can go on or sleeps; or who is in the way of it, and of that one, and so on."""
        seen = set()
        while thread is not None and thread not in seen and thread not in free and not self._is_sleeping(thread):
            seen.add(thread)
            others = (
                in_the_way(self.kernel, thread) if not thread.finished and thread not in self.kernel.enabled else ()
            )
            thread = next((other for other in others if other in self.kernel.threads), None)
        return thread

    def _is_sleeping(self, thread: Thread) -> bool:
        """Whether time is what a thread waits for: it sleeps, or the script wants its wait to time out."""
        step = self._step
        wanted = step.operation if step is not None and step.thread == thread.label else ""
        runs_out = wanted.endswith(".timeout") and wanted in OUTCOMES.get(thread.operation, ())
        return thread.alarm > 0 and (thread.operation == "time.sleep" or runs_out)

    def _among(self, free: dict[Thread, None], current: Thread) -> Thread:
        """Nobody helps, as far as is known: one of those that disturb the script least."""
        if len(free) == 1:
            return next(iter(free))
        if self._step is None and not self._orders:
            return self._then(free, current)
        self._patience -= 1
        if self._patience < 0:
            return self._in_turn(free, current)
        least = min(map(self._disturbs, free))
        return self._then({thread: None for thread in free if self._disturbs(thread) == least}, current)

    def _disturbs(self, thread: Thread) -> int:
        """How little the script wants a thread to go on: it is not named in it, it has steps to do, or has none."""
        if thread.label not in self._named:
            return 0
        return 1 if self._next_step_of(thread) is not None else 2

    def _next_step_of(self, thread: Thread) -> Step | None:
        return next((one for one in self._script.steps[self._position :] if one.thread == thread.label), None)

    def _is_held(self, thread: Thread) -> bool:
        step = self._step
        pending = None
        for first, second in self._orders:
            if second.thread == thread.label:
                pending = pending or self._pending(thread)
                if _match(second, pending) and self._happened[second] + 1 >= (second.nth or 1):
                    return first.thread != thread.label or not _match(first, pending)
        if step is None or step.thread == thread.label:
            return False
        following = self._next_step_of(thread)
        if following is None:
            return False
        pending = pending or self._pending(thread)
        return _match(following, pending) and (not following.nth or self._happened[following] + 1 == following.nth)

    def _pending(self, thread: Thread) -> list[_Operation]:
        """What a thread may execute next, as far as that can be told."""
        name, operation, label, file, line = self._stands_before(thread)
        outcomes = OUTCOMES.get(operation, ())
        if operation in _BEGIN and self._last.get(thread) != operation:
            outcomes = ()  # it has not begun to wait
        elif operation in _ENDED_BY_OTHERS:
            return [(name, outcome, label, file, line) for outcome in outcomes]
        return [(name, one, label, file, line) for one in (operation, *outcomes)]

    def _stands_before(self, thread: Thread) -> _Operation:
        labels = self.kernel.labels
        target: Any = thread.target
        label = labels.known(target)
        if label is None and target is not None:  # it has no label until its first event
            made = birth_of(target)
            label = numbered(made, type(target).__name__) if made is not None else getattr(target, "name", None)
        greenlet = thread.greenlet
        frame = getframe(1) if greenlet is getcurrent() else greenlet.gr_frame
        if frame is None:
            return (thread.label, thread.operation, label, "", 0)
        frame = user_frame(frame)
        code = frame.f_code
        return (thread.label, thread.operation, label, shown_path(code.co_filename), line_of(code, frame.f_lasti))

    # What has happened ---------------------------------------------------------------------------------------

    def record(self, event: RawEvent) -> None:
        """The next event, which may be what a step asks for."""
        self._journal.record(event)
        thread, operation, target, _, place, _, _ = event
        self._last[thread] = operation
        label = target._threadtrace_label[1] if target is not None else None
        happened = (thread.label, operation, label, *_shown(place))
        for step in self._counted:
            if step.matches(*happened):
                self._happened[step] += 1
        for pair in list(self._orders):
            first, second = pair
            if first.matches(*happened) and self._happened[first] >= (first.nth or 1):
                self._orders.remove(pair)
            elif second.matches(*happened) and self._happened[second] >= (second.nth or 1):
                self._fail(first, "the second has happened first")
        wanted = self._step
        if wanted is not None and wanted.matches(*happened) and self._happened[wanted] in (0, wanted.nth):
            self._times += 1
            self._patience = _PATIENCE
            if self._times == wanted.times:
                self._times = 0
                self._position += 1

    def finish(self) -> None:
        """The execution is over: everything must have happened."""
        if self.divergence is not None:
            return
        missing = self._step or (self._orders[0][0] if self._orders else None)
        if missing is not None and self.kernel.ending in (Ending.COMPLETED, Ending.DEADLOCK, Ending.EXITED):
            ending = "no thread can go on" if self.kernel.ending is Ending.DEADLOCK else "the program has ended"
            self._note(missing, f"{ending}, and it has not happened")

    def notes(self) -> list[str]:
        """What came of it."""
        if self.divergence is not None:
            return []
        count = len(self._script.steps) + len(self._script.orders)
        return [f"the script happened: all {count} lines of {self._script.path}"]

    def _cannot_happen(self) -> NoReturn:
        held = ", ".join(thread.label for thread in self.kernel.enabled)
        missing = self._step or self._orders[0][0]
        self._fail(missing, f"it cannot happen: only {held} can go on, and would do first what the script has later")

    def _fail(self, step: Step, why: str) -> NoReturn:
        self._note(step, why)
        self.kernel.stop(Ending.DIVERGED)

    def _note(self, step: Step, why: str) -> None:
        threads = [thread.label for thread in self.kernel.program_threads]
        where = self._thread_of(step)
        if where is None:
            cause = f"there is no thread called {step.thread}; there are {', '.join(threads)}"
        elif where.finished:
            cause = f"{where.label} has ended"
        else:
            cause = (
                f"{where.label} stands before {where.operation} {self.kernel.labels.known(where.target) or ''}".rstrip()
            )
        self.divergence = Divergence(
            number=self._journal.count + 1,
            expected=f"{step.where}: {step.text}",
            actual=why,
            expected_enabled=None,
            actual_enabled=[thread.label for thread in self.kernel.enabled],
            last_common="",
            causes=[cause],
        )


def _match(step: Step, pending: list[_Operation]) -> bool:
    return any(step.matches(*one) for one in pending)


def _shown(place: Place) -> tuple[str, int]:
    code, offset = place
    return shown_path(code.co_filename), line_of(code, offset)
