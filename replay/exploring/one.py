"""Makes one execution of a function, in this process."""

from __future__ import annotations

import zlib
from array import array
from typing import TYPE_CHECKING, Any

from replay.computing import INTERRUPTED
from replay.execution import Execution
from replay.exploring.bounded import COSTS, Prefixed
from replay.exploring.dpor.course import Beginning, Course
from replay.exploring.specs import Run
from replay.strategies import fair, make
from replay.strategies.profile import Profiler
from tracer.access.watch import Unavailable
from tracer.labels import Labels
from tracer.operations import MEMORY
from tracer.outcome import Ending

try:
    from _blake2 import blake2b  # without OpenSSL, which each copy of a process would have to map
except ImportError:
    from hashlib import blake2b

if TYPE_CHECKING:
    from collections.abc import Callable

    from replay.exploring.specs import Setting, Spec
    from replay.kernel import Kernel
    from replay.strategies import Choose
    from replay.thread import Thread
    from tracer.access.watch import Kept
    from tracer.events import RawEvent, Recorder
    from tracer.outcome import Outcome
    from tracer.runtime import OperationResult

#: What a function gives back is looked at in the first so many characters of its text.
_MOST_OF_A_STATE = 10_000

DPOR = "dpor"


class Order:
    """Records the order of events, and nothing else of them.

    Accesses to memory are left out where only a search watches them, and whoever executes it again will not.
    """

    def __init__(self, preempt: str) -> None:
        self.order: list[int] = []
        self._append = self.order.append
        if preempt == "sync":
            self.record = self._record_synchronisation  # type: ignore[method-assign]

    def watch(self, enabled: dict[Any, None]) -> None:
        """They are not kept."""

    def record(self, event: RawEvent) -> None:
        """The next event."""
        self._append(event[0].index)

    def _record_synchronisation(self, event: RawEvent) -> None:
        if not event[1].startswith(MEMORY):
            self._append(event[0].index)

    def amend(self, result: OperationResult) -> None:
        """Results are not kept."""

    @property
    def count(self) -> int:
        """How many events there were."""
        return len(self.order)


def digest_of(order: list[int]) -> int:
    """What tells an execution from all others: a digest of the threads of all events."""
    return int.from_bytes(blake2b(array("i", order).tobytes(), digest_size=8).digest()) >> 1


class Chooser:
    """The strategy and the recorder of an execution that is made to a spec."""

    def __init__(self, spec: Spec, labels: Labels, preempt: str, unwatched: str = "") -> None:
        self._spec = spec
        self._unwatched = unwatched
        self._course: Course | None = None
        self._prefixed: Prefixed | None = None
        self._profiler: Profiler | None = None
        self.asks_always = False
        self.recorder: Recorder
        self._choose: Choose
        self._kernel: Kernel | None = None
        self._error: BaseException | None = None
        if spec.strategy == DPOR:
            self._course = self.recorder = Course(spec.beginning or Beginning(), labels, preempt, unwatched)
            self._choose, self.asks_always = self._course.choose, True
            if spec.profiles:
                self._profiler = Profiler(self._choose)
                self._choose = self._profiler.choose
            return
        self.recorder = Order(preempt)
        if spec.strategy in COSTS:
            self._prefixed = Prefixed(spec.strategy, spec.prefix or [])
            self._choose = self._prefixed.choose
            return
        strategy = make(spec.strategy, spec.seed, spec.profile)
        if spec.profiles:
            strategy = self._profiler = Profiler(strategy.choose)
        strategy = fair(spec.strategy, strategy, spec.seed, preempt)
        self.asks_always = getattr(strategy, "asks_always", False)
        self._choose = strategy.choose

    def choose(self, enabled: dict[Thread, None], current: Thread) -> Thread:
        """What the strategy chooses. An error of its own ends the execution, and is no failure of the program."""
        try:
            return self._choose(enabled, current)
        except Exception as error:
            self._error = error
            assert self._kernel is not None
            self._kernel.stop(Ending.CUT)

    @property
    def watches(self) -> bool:
        """Whether accesses to memory have to be events at any level."""
        return self._course is not None and not self._unwatched

    def begin(self, kernel: Kernel) -> None:
        """To be called before the execution."""
        self._kernel = kernel
        if self._course is not None:
            self._course.begin(kernel)

    @property
    def _unseen(self) -> list[str]:
        """Why not all that threads may do to each other shows in such executions."""
        kernel = self._kernel
        if kernel is None:
            return []
        unseen = list(kernel.watch.unseen) if kernel.watch is not None else []
        if kernel.computing.was_interrupted and self._prefixed is not None:
            unseen.append(INTERRUPTED)
        if kernel.atomic.held_back:
            unseen.append("threadtrace.atomic() kept threads from going first")
        if kernel.has_invariant:  # also between accesses to what only one thread uses, where nobody goes first
            unseen.append("an invariant sees states in between, of which equivalent schedules have others")
        return unseen

    def run(self, outcome: Outcome, learned: set[str], state: int | None = None) -> Run:
        """What came of the execution. Raises what the strategy has raised."""
        if self._error is not None:
            raise self._error
        steps = self._course.finish() if self._course is not None else None
        order: list[int] = self.recorder.order  # type: ignore[attr-defined]
        return Run(
            number=self._spec.number,
            strategy=self._spec.strategy,
            ending=outcome.ending,
            failures=outcome.failures,
            order=digest_of(order),
            events=outcome.events,
            points=outcome.points,
            threads=outcome.threads,
            state=state,
            is_cut=steps is not None and not steps.is_whole,
            uncontrolled=outcome.uncontrolled,
            warnings=outcome.warnings,
            unseen=self._unseen,
            learned=sorted(learned - set(self._spec.learned)),
            trail=order if outcome.failures else [],
            profile=self._profiler.profile if self._profiler is not None else None,
            steps=steps,
            choices=self._prefixed.choices if self._prefixed is not None else None,
        )


def execute(
    spec: Spec, setting: Setting, main: Callable[[], object], kept: Kept | None = None, unwatched: str = ""
) -> Run:
    """Executes `main` once; with `kept`, as one of many. `unwatched` says why accesses to memory cannot be watched.

    Raises `tracer.access.watch.Unavailable` where accesses are to be watched, for any strategy, and cannot be.
    """
    labels = Labels()
    chooser = Chooser(spec, labels, setting.preempt, unwatched)
    learned = set(spec.learned)
    states: list[int] = []

    def body() -> None:
        result = main()
        if result is not None:
            states.append(_digest(result))

    execution = Execution(
        body,
        strategy=chooser,
        seed=setting.seed,
        clock=setting.clock,
        recorder=chooser.recorder,
        labels=labels,
        max_points=setting.max_points,
        keep_going=setting.keep_going,
        preempt=setting.preempt,
        include=setting.include,
        learned=learned,
        watches=chooser.watches,
        spurious=setting.spurious,
        kept=kept,
    )
    execution.kernel.until = setting.until
    chooser.begin(execution.kernel)
    try:
        execution.run()
        return chooser.run(execution.outcome(), learned, states[0] if states else None)
    except Unavailable as error:
        if setting.preempt != "sync" or unwatched:
            raise
        why = str(error)
    finally:
        execution.close()
    return execute(spec, setting, main, kept, why)  # a reduction, which proves nothing then


def _digest(state: object) -> int:
    return zlib.crc32(repr(state)[:_MOST_OF_A_STATE].encode("utf-8", "backslashreplace"))
