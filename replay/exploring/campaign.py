"""The loop: executions are planned, made, and judged, until there is a reason to stop."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from replay.exploring.job import PORTFOLIO
from replay.exploring.one import DPOR
from replay.exploring.plans import Plans
from replay.exploring.specs import Run, Spec
from tracer import real
from tracer.outcome import Ending, Failure

if TYPE_CHECKING:
    from collections.abc import Callable

    from replay.exploring.batch import Given
    from replay.exploring.job import Budget
    from replay.exploring.workers import Workers

#: How often it is said how far it is, and looked at the clock while workers are busy, in seconds.
SAY_EVERY = 0.1

#: Different warnings and uncontrolled calls that are kept.
_MOST_NAMES = 20

#: Executions that are told apart; beyond these nobody counts.
_MOST_ORDERS = 1_000_000


@dataclass
class Found:
    """A kind of failure: the first execution that failed so, and how many did."""

    failure: Failure
    run: Run
    spec: Spec
    times: int = 1

    @property
    def number(self) -> int:
        """That of the execution."""
        return self.run.number


@dataclass
class Exploration:
    """What a campaign has found so far.

    `schedules` are the different orders of operations, `states` the different ones at the ends of executions, None
    where they cannot be seen. `sampled` are the executions by chance, `seen_once` those whose order came but once.
    `cut` are executions that were given up because they repeat others; they count as executions.
    """

    strategy: str = PORTFOLIO
    executions: int = 0
    cut: int = 0
    schedules: int = 0
    sampled: int = 0
    seen_once: int = 0
    states: int | None = None
    events: int = 0
    points: int = 0
    threads: list[str] = field(default_factory=list)
    failures: list[Found] = field(default_factory=list)
    uncontrolled: list[str] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)
    unseen: list[str] = field(default_factory=list)
    by_strategy: dict[str, int] = field(default_factory=dict)
    seconds: float = 0.0
    is_exhausted: bool = False
    interrupted: bool = False
    #: How many executions a systematic search expects to need in all; None where there is none.
    estimate: float | None = None
    #: A bounded search has executed all schedules with no more deviations than this.
    bound: int | None = None
    #: Why a systematic search would prove nothing.
    doubt: str = ""

    @property
    def executions_per_s(self) -> float:
        """How fast it was."""
        return self.executions / self.seconds if self.seconds else 0.0


class Campaign:
    """One exploration. `on_progress` is called now and then with what was found so far."""

    def __init__(
        self,
        workers: Workers,
        strategy: str,
        seed: int,
        budget: Budget,
        on_progress: Callable[[Exploration], object] = lambda found: None,
        plans: Plans | Given | None = None,
    ) -> None:
        self._workers = workers
        self._plans = plans or Plans(strategy, seed, budget.executions)
        self._budget = budget
        self._on_progress = on_progress
        self.found = Exploration(strategy)
        self._number = 0
        self._running: dict[int, Spec] = {}
        #: No execution of a greater number counts: there is a failure with this one.
        self._last = budget.executions
        self._fingerprints: dict[str, Found] = {}
        self._orders: dict[int, bool] = {}
        self._states: set[int] = set()
        self._begin = real.monotonic()
        self._said = 0.0

    def run(self) -> Exploration:
        """Explores until the budget is spent, nothing is left, or something failed. Ctrl-C ends it early."""
        try:
            while self._go_on():
                pass
        except KeyboardInterrupt:
            self.found.interrupted = True
        finally:
            self._workers.close()
        found = self.found
        found.seconds = real.monotonic() - self._begin
        found.is_exhausted = self._plans.is_exhausted and not found.interrupted and not found.unseen
        found.doubt = found.doubt or "; ".join(found.unseen[:1])
        found.failures.sort(key=lambda one: one.number)
        self._on_progress(found)
        return found

    def only(self, run: Run) -> Exploration:
        """What is found where there was no choice: one execution is all that there is."""
        self._take(run, Spec(run.number, run.strategy))
        found = self.found
        found.seconds = real.monotonic() - self._begin
        found.is_exhausted = not run.uncontrolled and not run.unseen
        found.doubt, found.estimate = "; ".join(run.unseen[:1]), 1.0
        return found

    def _go_on(self) -> bool:
        now = real.monotonic()
        found = self.found
        if now - self._said >= SAY_EVERY:
            self._said = now
            found.seconds = now - self._begin
            self._on_progress(found)
        out_of_time = self._budget.seconds is not None and now - self._begin >= self._budget.seconds
        if not out_of_time:
            self._submit()
        if not self._running or out_of_time:
            return False
        for run in self._workers.results(SAY_EVERY):
            spec = self._running.pop(run.number)
            if run.ending is Ending.TIME and not run.failures:
                continue  # it was given up, since the time is over
            self._plans.learn(run)
            self._take(run, spec)
        return any(number <= self._last for number in self._running) or self._may_submit()

    def _may_submit(self) -> bool:
        return self._number < self._last and not self._plans.is_over

    def _submit(self) -> None:
        specs: list[Spec] = []
        room = self._workers.room(ahead=self._plans.reducing is None or self._plans.reducing.is_done)
        while room > len(specs) and self._may_submit():
            spec = self._plans.next(self._number + 1)
            if spec is None:
                break
            self._number += 1
            self._running[spec.number] = spec
            specs.append(spec)
        if specs:
            self._workers.submit(specs)

    def _take(self, run: Run, spec: Spec) -> None:
        if run.number > self._last:
            return
        found = self.found
        found.executions += 1
        found.cut += run.is_cut
        found.events += run.events
        found.points += run.points
        name = run.strategy
        found.by_strategy[name] = found.by_strategy.get(name, 0) + 1
        _add(found.uncontrolled, run.uncontrolled)
        _add(found.warnings, run.warnings)
        _add(found.unseen, run.unseen)
        if len(run.threads) > len(found.threads):
            found.threads = run.threads
        self._count(run)
        systematic = self._plans.reducing or self._plans.bounding
        if systematic is not None:
            found.doubt = systematic.doubt
            found.estimate = getattr(systematic, "estimate", None)
            found.bound = getattr(systematic, "completed", None)
        for failure in run.failures:
            known = self._fingerprints.get(failure.fingerprint)
            if known is None:
                known = self._fingerprints[failure.fingerprint] = Found(failure, run, spec)
                found.failures.append(known)
            else:
                known.times += 1
                if run.number < known.number:
                    known.failure, known.run, known.spec = failure, run, spec
            if not self._budget.keep_going:
                self._last = min(self._last, run.number)

    def _count(self, run: Run) -> None:
        """Tells the execution from the others."""
        found = self.found
        by_chance = run.strategy != DPOR and run.choices is None
        found.sampled += by_chance
        first = run.order not in self._orders
        if first and len(self._orders) < _MOST_ORDERS:
            self._orders[run.order] = by_chance  # whether it was seen by chance, and only once
            found.schedules += not run.is_cut
            found.seen_once += by_chance
        elif not first and by_chance and self._orders[run.order]:
            self._orders[run.order] = False
            found.seen_once -= 1
        if run.state is not None:
            self._states.add(run.state)
            found.states = len(self._states)


def _add(names: list[str], more: list[str]) -> None:
    for name in more:
        if name not in names and len(names) < _MOST_NAMES:
            names.append(name)
