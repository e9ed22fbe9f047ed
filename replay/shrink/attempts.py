"""Executes one program, or function, again and again, and tells what came of each execution.

How one is made is somebody else's affair: a program is executed by forked children (`replay.shrink.forked`), a function
in this process (`replay.shrink.here`).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol

import msgspec

from replay.following.schedule import of_trace, with_paths
from replay.job import HOST_FAILED
from replay.plan import Plan
from replay.shrink.commute import switches
from replay.shrink.watch import Log, Watched, log_of
from tracer import real
from tracer.events import last_in_words
from tracer.outcome import Ending, Outcome, crash
from tracer.trace import TraceError, TraceReader, end_trace, outcome_of

if TYPE_CHECKING:
    from replay.following.schedule import Path, Schedule
    from replay.job import Job
    from replay.strategies import Strategy
    from tracer.events import Event
    from tracer.journal import Journal
    from tracer.trace import Header

#: Makes the strategy of an attempt from the number of operations of each thread, which is kept up to date.
Chooser = Callable[[dict["Path", int]], "Strategy"]

#: Seconds that an execution has at least, however little of the budget is left.
_SHORTEST = 0.5

#: Why a search proves nothing: an execution was stopped, or was killed.
_STOPPED = "executions that were stopped by a limit do not tell which choices were to come"
_INTERRUPTED = "a thread was interrupted while it computed, at a moment that depends on the machine"
_CRASHED = "executions that crash do not tell which choices they had"


class BudgetSpent(Exception):
    """There may be no further execution."""


class CannotExecute(Exception):
    """The program cannot be executed at all; the child has printed why."""


@dataclass
class Attempt:
    """One execution: its outcome, how it chose, and its events with their threads (none where nobody wants them)."""

    outcome: Outcome
    log: Log
    steps: list[tuple[Event, Path]] = field(default_factory=list)
    header: Header | None = None

    @property
    def schedule(self) -> Schedule:
        """The order of its operations."""
        assert self.header is not None
        return of_trace(self.header, [event for event, _ in self.steps])

    @property
    def fingerprints(self) -> list[str]:
        """Those of its failures."""
        return [failure.fingerprint for failure in self.outcome.failures]

    @property
    def passed(self) -> bool:
        """Whether nothing failed."""
        return not self.outcome.failures

    @property
    def cost(self) -> tuple[int, int, int]:
        """What is to be as small as can be, in order: preemptions, context switches, operations."""
        return self.log.preemptions, switches([path for _, path in self.steps]), len(self.steps)


class Running(Protocol):
    """An execution that was begun."""

    @property
    def trace(self) -> str:
        """The file of its trace."""

    def wait(self) -> tuple[bytes, int]:
        """What it sent, and its exit status, or the negative number of the signal that ended it."""

    def end(self) -> None:
        """Ends it, if it has not ended."""


class Way(Protocol):
    """How executions are made, and how many of them side by side."""

    at_once: int

    def start(self, job: Job, planned: Callable[[Journal], Plan], *, whole: bool) -> Running:
        """Begins one."""

    def send(self, data: bytes) -> None:
        """Has the one that goes on, and calls this, send something."""


class Attempts:
    """Executes the program of `job`, at most `executions` times and until `deadline`, a moment of the real clock.

    `job.trace` is written anew by each attempt; `job.time_limit` bounds each.
    """

    def __init__(
        self,
        job: Job,
        executions: int,
        deadline: float,
        way: Way,
        on_attempt: Callable[[int], object] = lambda count: None,
    ) -> None:
        self._job = job
        self._way = way
        self._executions = executions
        self._deadline = deadline
        self._on_attempt = on_attempt
        self.count = 0
        #: Why the executions so far cannot prove anything; "" while they can.
        self.doubt = ""
        #: How many executions did not fail.
        self.passed = 0
        #: How many executions are made side by side.
        self.at_once = way.at_once

    def extend(self, executions: int, deadline: float) -> None:
        """Sets the budget anew: so many more executions, until another deadline."""
        self._executions = self.count + executions
        self._deadline = deadline

    def execute(
        self, chooser: Chooser, *, keep_choices: bool = False, passing_steps: bool = True, whole: bool = False
    ) -> Attempt:
        """One more execution, whose choices are the chooser's; with a `whole` trace, to be kept. Raises BudgetSpent.

        Without `passing_steps` only one that fails has its events: reading them takes long.
        """
        return self.follow(self._planned(chooser, keep_choices), whole=whole, passing_steps=passing_steps)

    def execute_all(self, choosers: list[Chooser]) -> list[Attempt]:
        """Executions side by side, at most `at_once`, with their choices; as many of them as there may be.

        Only those that fail have their events. Raises BudgetSpent when there may be none.
        """
        running: list[Running] = []
        try:
            for slot, chooser in enumerate(choosers):
                if slot and self._is_spent():
                    break
                running.append(self._start(self._planned(chooser, keep_choices=True), slot=slot))
            return [self._result(one, passing_steps=False) for one in running]
        except BaseException:  # Ctrl-C
            for one in running:
                one.end()
            raise

    def follow(self, planned: Callable[[Journal], Plan], *, whole: bool = False, passing_steps: bool = True) -> Attempt:
        """One more execution, according to a plan. Raises BudgetSpent."""
        running = self._start(planned, whole=whole)
        try:
            return self._result(running, passing_steps)
        except BaseException:  # Ctrl-C
            running.end()
            raise

    def _planned(self, chooser: Chooser, keep_choices: bool) -> Callable[[Journal], Plan]:
        def planned(journal: Journal) -> Plan:
            watched = Watched(journal, keep_choices=keep_choices)
            watched.inner = chooser(watched.executed).choose
            return Plan(watched, watched, end=lambda outcome: self.sent(outcome, watched.log))

        return planned

    def _is_spent(self) -> bool:
        return self.count >= self._executions or real.monotonic() >= self._deadline

    def _start(self, planned: Callable[[Journal], Plan], *, whole: bool = False, slot: int = 0) -> Running:
        """Begins one. The traces of those that run side by side are files of their own."""
        if self._is_spent():
            raise BudgetSpent
        self.count += 1
        self._on_attempt(self.count)
        trace = f"{self._job.trace}.{slot}" if slot else self._job.trace
        limit = self._job.time_limit
        if self.count > 1:  # the first one has to come to its end: it tells what is to be shrunk
            limit = min(limit, max(_SHORTEST, self._deadline - real.monotonic()))
        job = msgspec.structs.replace(self._job, trace=trace, time_limit=limit)
        return self._way.start(job, planned, whole=whole)

    def _result(self, running: Running, passing_steps: bool) -> Attempt:
        sent, status = running.wait()
        if status == HOST_FAILED:
            raise CannotExecute
        attempt = self._attempt(running.trace, sent, status, passing_steps)
        if attempt.outcome.ending in (Ending.TIME, Ending.KILLED) and real.monotonic() >= self._deadline:
            raise BudgetSpent  # it was not its own end
        return attempt

    def sent(self, outcome: Outcome, log: Log) -> Outcome:
        """Has the execution that ends send its log."""
        self._way.send(msgspec.msgpack.encode(log))
        return outcome

    def _attempt(self, trace: str, sent: bytes, status: int, passing_steps: bool) -> Attempt:
        outcome: Outcome | None = None
        steps: list[tuple[Event, Path]] = []
        header: Header | None = None
        try:
            outcome = outcome_of(trace)
            if outcome is not None and outcome.warnings:
                self.doubt = _INTERRUPTED
            if sent and outcome is not None and not outcome.failures and not passing_steps:
                self.passed += 1
                return Attempt(outcome, msgspec.msgpack.decode(sent, type=Log))
            with TraceReader(trace) as reader:
                header = reader.header
                steps.extend(with_paths(reader))
                end = reader.position
        except (OSError, TraceError):
            end = 0  # it was killed in the middle of a line
        if outcome is not None and outcome.ending in (Ending.TIME, Ending.POINTS):
            self.doubt = _STOPPED
        if sent and outcome is not None:
            log = msgspec.msgpack.decode(sent, type=Log)
        else:
            log = log_of(steps)
            self.doubt = _CRASHED
            outcome = _killed(status, steps)
            if end:
                end_trace(trace, end, outcome)
        self.passed += not outcome.failures
        return Attempt(outcome, log, steps, header)


def _killed(status: int, steps: list[tuple[Event, Path]]) -> Outcome:
    """The outcome of an execution that could not say what came of it."""
    return Outcome(
        ending=Ending.KILLED if status < 0 else Ending.EXITED,
        events=len(steps),
        points=len(steps),
        threads=[*dict.fromkeys(event.thread for event, _ in steps)],
        failures=[crash(status, last_in_words(steps[-1][0] if steps else None))],
    )
