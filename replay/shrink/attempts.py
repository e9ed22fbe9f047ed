"""Executes one program again and again, each time in a forked child, and tells what came of it.

The process that forks has patched Python and never runs the program, so that each child is as fresh as a new process,
for the price of a fork. What a child prints goes nowhere. Its trace is in a file, which survives whatever ends it; how
it chose comes through a pipe.
"""

from __future__ import annotations

import gc
import linecache
import os
import signal
import sys
import traceback
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NoReturn

import msgspec

from replay.following.schedule import of_trace, with_paths
from replay.host import Host
from replay.job import HOST_FAILED
from replay.plan import Plan
from replay.program import prepare
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


def prepared(job: Job) -> Callable[[], None]:
    """What executes the program of a job, in a child. Raises ProgramError."""
    main = prepare(job.program, job.arguments, job.module)
    if not job.module:
        linecache.getlines(job.program)
    gc.collect()
    gc.freeze()  # so that a child's collector does not touch, and so copy, what it shares
    return main


#: Makes the strategy of an attempt from the number of operations of each thread, which is kept up to date.
Chooser = Callable[[dict["Path", int]], "Strategy"]

#: A child that does not end itself after its time limit is killed this much later, in seconds.
_GRACE = 3.0

#: Seconds that an execution has at least, however little of the budget is left.
_SHORTEST = 0.5

#: Executions that run side by side: more would only wait for a processor.
AT_ONCE = min(8, len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1)

#: Why a search proves nothing: an execution was stopped, or was killed.
_STOPPED = "executions that were stopped by a limit do not tell which choices were to come"
_INTERRUPTED = "a thread was interrupted while it computed, at a moment that depends on the machine"
_CRASHED = "executions that crash do not tell which choices they had"

_os_exit = os._exit


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


@dataclass
class _Running:
    """A child that executes the program: the pipe to be read, its trace, and until when it may run."""

    child: int
    reading: int
    trace: str
    limit: float

    def wait(self) -> tuple[bytes, int]:
        """What the child sent, and its exit status, or the negative number of the signal that ended it."""
        sent = b""
        while True:
            ready, _, _ = real.select_([self.reading], [], [], max(0, self.limit - real.monotonic()))
            if not ready:
                os.kill(self.child, signal.SIGKILL)
                break
            data = real.read(self.reading, 1 << 16)
            if not data:
                break
            sent += data
        return sent, os.waitstatus_to_exitcode(self._reap())

    def end(self) -> None:
        """Kills the child, if it is still there."""
        if self.reading >= 0:
            os.kill(self.child, signal.SIGKILL)
            self._reap()

    def _reap(self) -> int:
        real.close(self.reading)
        self.reading = -1
        return real.waitpid(self.child, 0)[1]


class Attempts:
    """Executes the program of `job`, at most `executions` times and until `deadline`, a moment of the real clock.

    `job.trace` is written anew by each attempt; `job.time_limit` bounds each. `main` executes it, where it was prepared
    before.
    """

    def __init__(
        self,
        job: Job,
        executions: int,
        deadline: float,
        on_attempt: Callable[[int], object] = lambda count: None,
        main: Callable[[], None] | None = None,
    ) -> None:
        self._job = job
        self._main = main or prepared(job)
        self._executions = executions
        self._deadline = deadline
        self._on_attempt = on_attempt
        self.count = 0
        #: Why the executions so far cannot prove anything; "" while they can.
        self.doubt = ""
        #: How many executions did not fail.
        self.passed = 0

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
        """Executions side by side, at most `AT_ONCE`, with their choices; as many of them as there may be.

        Only those that fail have their events. Raises BudgetSpent when there may be none.
        """
        running: list[_Running] = []
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

    def _start(self, planned: Callable[[Journal], Plan], *, whole: bool = False, slot: int = 0) -> _Running:
        """Forks a child. The traces of children that run side by side are files of their own."""
        if self._is_spent():
            raise BudgetSpent
        self.count += 1
        self._on_attempt(self.count)
        trace = f"{self._job.trace}.{slot}" if slot else self._job.trace
        limit = self._job.time_limit
        if self.count > 1:  # the first one has to come to its end: it tells what is to be shrunk
            limit = min(limit, max(_SHORTEST, self._deadline - real.monotonic()))
        reading, self._writing = real.pipe()
        child = os.fork()
        if not child:
            real.close(reading)
            self._live(msgspec.structs.replace(self._job, trace=trace, time_limit=limit), planned, whole)
        real.close(self._writing)
        return _Running(child, reading, trace, real.monotonic() + limit + _GRACE)

    def _result(self, running: _Running, passing_steps: bool) -> Attempt:
        sent, status = running.wait()
        if status == HOST_FAILED:
            raise CannotExecute
        attempt = self._attempt(running.trace, sent, status, passing_steps)
        if attempt.outcome.ending in (Ending.TIME, Ending.KILLED) and real.monotonic() >= self._deadline:
            raise BudgetSpent  # it was not its own end
        return attempt

    def sent(self, outcome: Outcome, log: Log) -> Outcome:
        """Sends the log to the parent: in the child, at its end."""
        data = msgspec.msgpack.encode(log)
        while data:
            data = data[real.write(self._writing, data) :]
        return outcome

    def _live(self, job: Job, planned: Callable[[Journal], Plan], whole: bool) -> NoReturn:
        """The child."""
        try:
            nowhere = os.open(os.devnull, os.O_RDWR)
            errors = os.dup(2)
            for stream in (0, 1, 2):
                os.dup2(nowhere, stream)
            sys.stdin = open(0, closefd=False)  # noqa: SIM115 - for the rest of this process
            host = _AttemptHost(job, planned, self._main)
            host.whole = whole
            host.pipe = self._writing
            host.complaints = errors
            host.run()
        except (SystemExit, KeyboardInterrupt):
            pass
        except BaseException:
            real.write(errors, traceback.format_exc().encode())
        finally:
            _os_exit(HOST_FAILED)

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


class _AttemptHost(Host):
    """Ends at once: nothing that comes after the outcome matters."""

    #: Whether the trace is going to be kept.
    whole = False
    #: Where the log goes. The parent waits until nobody has it open.
    pipe = -1

    def complete(self, outcome: Outcome) -> Outcome:
        """Saves the time, except for a trace that is kept."""
        if self.whole:
            return super().complete(outcome)
        return msgspec.structs.replace(outcome, warnings=self.interruptions) if self.interruptions else outcome

    def forked(self) -> None:
        """In a child that the program forked: it may live longer than its parent."""
        super().forked()
        real.close(self.pipe)

    def leave(self, status: int) -> NoReturn:
        """Ends the process without finalizing it."""
        _os_exit(status)
