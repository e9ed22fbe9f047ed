"""The process that explores a program, records what it found, and shrinks it.

It prepares the program and never runs it. A copy of it executes the program up to its first choice and explores from
there (`replay.exploring.branching`). Then each kind of failure is executed once more from the start, with a trace; that
trace is replayed, event by event; and the first one is shrunk. It says what it does in lines of JSON on its standard
output.
"""

from __future__ import annotations

import os
import signal
import sys
import traceback
from typing import TYPE_CHECKING

import msgspec

from replay.exploring.branching import BranchingHost
from replay.exploring.campaign import Exploration, Found
from replay.exploring.job import Budget, ExploreJob, Progress, Report, Reported, Work
from replay.exploring.specs import Run, Setting, Spec
from replay.exploring.verdict import advice, coverage, verdict_of
from replay.exploring.warming import warm_up
from replay.following.plans import replay_plan
from replay.job import HOST_FAILED, Job, Replay
from replay.plan import Plan
from replay.program import ProgramError
from replay.shrink.attempts import Attempts, BudgetSpent, CannotExecute, prepared
from replay.shrink.host import Shrinking
from replay.shrink.job import BEST, ShrinkJob
from replay.shrink.watch import Watched
from replay.strategies import NoPreemption, RandomWalk
from replay.strategies.retrace import Retrace
from replay.under_gil import GilJob, look
from tracer import patch, real

if TYPE_CHECKING:
    from collections.abc import Callable

    from replay.shrink.attempts import Attempt
    from replay.shrink.job import Progress as ShrinkProgress
    from tracer.journal import Journal

#: Kinds of failure that are recorded.
_MOST_RECORDED = 20

#: For recording and replaying one of them, in seconds.
_TO_RECORD = 60.0

_exit = os._exit


class Exploring:
    """Does the work."""

    def __init__(self, work: Work) -> None:
        self._work = work
        self._job = work.explore.job
        warm_up(["random"], Setting(preempt=self._job.preempt))
        self._main = prepared(self._job)

    def run(self) -> Report:
        """Explores, records, replays, shrinks. Raises CannotExecute, ProgramError."""
        found = self._explored(self._work.explore)
        failures = []
        for number, one in enumerate(found.failures[:_MOST_RECORDED]):
            say(_progress(found, "recording"))
            failures.append(self._recorded(one, number))
        if failures and failures[0].replayed:
            failures[0] = self._labelled(self._shrunk(failures[0], found), found)
        return Report(
            verdict=verdict_of(found),
            executions=found.executions,
            cut=found.cut,
            schedules=found.schedules,
            states=found.states,
            events=found.events,
            points=found.points,
            threads=found.threads,
            failures=failures,
            uncontrolled=found.uncontrolled,
            warnings=found.warnings,
            strategies=found.by_strategy,
            seconds=round(found.seconds, 6),
            interrupted=found.interrupted,
            coverage=round(coverage(found), 6),
            estimate=found.estimate,
            advice=advice(found, self._job.preempt),
            sample=self._sample(found) if not failures and self._work.sample else "",
        )

    # Exploring -----------------------------------------------------------------------------------------------

    def _explored(self, explore: ExploreJob) -> Exploration:
        reading, writing = real.pipe()
        child = os.fork()
        if not child:
            real.close(reading)
            self._explore(explore, writing)
        real.close(writing)
        data = bytearray()
        while more := real.read(reading, 1 << 16):
            data += more
        real.close(reading)
        code = os.waitstatus_to_exitcode(real.waitpid(child, 0)[1])
        if data:
            return msgspec.msgpack.decode(data, type=Exploration)
        if code == HOST_FAILED:
            raise CannotExecute
        return self._ended_before_any_choice()

    def _explore(self, explore: ExploreJob, pipe: int) -> None:
        """In the copy: never returns."""
        try:
            nowhere = os.open(os.devnull, os.O_RDWR)
            errors, said = os.dup(2), os.dup(1)
            for stream in (0, 1, 2):
                os.dup2(nowhere, stream)
            sys.stdin = open(0, closefd=False)  # noqa: SIM115 - for the rest of this process

            def tell(found: Exploration) -> None:
                say(_progress(found, "exploring"), said)

            def send(found: Exploration) -> None:
                data = msgspec.msgpack.encode(found)
                while data:
                    data = data[real.write(pipe, data) :]

            host = BranchingHost(explore, self._main, send, tell)
            host.complaints = errors
            host.run()
        except (SystemExit, KeyboardInterrupt):
            pass
        except BaseException:
            real.write(errors, traceback.format_exc().encode())
        finally:
            _exit(HOST_FAILED)

    def _ended_before_any_choice(self) -> Exploration:
        """Of a program that crashes, or hangs, before there is anything to explore."""
        spec = Spec(1, "no-preemption")
        attempt = self._attempts(2).execute(lambda executed: NoPreemption(), whole=True)
        outcome = attempt.outcome
        run = Run(
            number=1,
            strategy=spec.strategy,
            ending=outcome.ending,
            failures=outcome.failures,
            order=0,
            events=outcome.events,
            points=outcome.points,
            threads=outcome.threads,
        )
        found = Exploration(self._work.explore.strategy, executions=1, schedules=1, threads=outcome.threads)
        found.failures = [Found(failure, run, spec) for failure in outcome.failures]
        return found

    # Recording -----------------------------------------------------------------------------------------------

    def _attempts(self, executions: int, job: Job | None = None) -> Attempts:
        return Attempts(job or self._job, executions, real.monotonic() + _TO_RECORD, main=self._main)

    def _recorded(self, one: Found, number: int) -> Reported:
        """Executes a failing execution once more, from the start, with a trace, and replays that."""
        first, _, others = self._work.traces
        path = others.format(number + 1) if number else first
        job = msgspec.structs.replace(
            self._job, trace=path, learned=one.spec.learned, strategy=one.spec.strategy
        )  # fmt: skip
        reported = Reported(one.failure, one.times, one.number, one.spec.strategy)
        try:
            attempts = self._attempts(1, job)
            attempt = attempts.follow(_retracing(one.run.trail, attempts), whole=True)
            failure = next((f for f in attempt.outcome.failures if f.fingerprint == one.failure.fingerprint), None)
            if failure is None:
                return msgspec.structs.replace(
                    reported,
                    note="it did not fail again when the program was executed alike: something was not the same",
                )
            again = self._replayed(job, path)
        except BudgetSpent:
            return msgspec.structs.replace(reported, note="there was no time to execute it again")
        same = again.outcome.divergence is None and failure.fingerprint in again.fingerprints
        note = "" if same else "it failed again when it was executed alike, but its trace could not be followed"
        return msgspec.structs.replace(
            reported, failure=failure, schedule=attempt.outcome.schedule, trace=path, replayed=same, note=note
        )

    def _replayed(self, job: Job, path: str) -> Attempt:
        job = msgspec.structs.replace(job, trace=self._job.trace + ".again", replay=Replay(path), strategy="replay")
        assert job.replay is not None
        replay = job.replay

        def planned(journal: Journal) -> Plan:
            plan = replay_plan(job, replay, journal)
            watched = Watched(plan.recorder)
            watched.inner = plan.strategy.choose
            return Plan(watched, watched, plan.begin, lambda outcome: attempts.sent(plan.end(outcome), watched.log))

        attempts = self._attempts(1, job)
        return attempts.follow(planned, passing_steps=False)

    def _sample(self, found: Exploration) -> str:
        """Records an execution that passes, for those who look at what others could do."""
        path = self._work.traces[0]
        say(_progress(found, "recording"))
        try:
            attempts = self._attempts(1, msgspec.structs.replace(self._job, trace=path, strategy="random"))
            attempts.execute(lambda executed: RandomWalk(self._job.seed), whole=True)
        except BudgetSpent:
            return ""
        return path

    # Shrinking and labelling ---------------------------------------------------------------------------------

    def _shrunk(self, reported: Reported, found: Exploration) -> Reported:
        executions, seconds = self._work.shrink
        if not executions:
            return reported
        scratch = self._job.trace + ".attempt"
        job = self._replaying(scratch, reported.trace, found)

        def tell(progress: ShrinkProgress) -> None:
            say(_progress(found, f"shrinking: {progress.phase}"))

        result = Shrinking(ShrinkJob(job, executions, seconds), self._main, tell).run()
        path = ""
        if os.path.exists(scratch + BEST):
            path = self._work.traces[1]
            import shutil  # which maps what unpacks archives into the process

            shutil.move(scratch + BEST, path)
        return msgspec.structs.replace(reported, shrunk=result, shrunk_trace=path)

    def _labelled(self, reported: Reported, found: Exploration) -> Reported:
        """Says whether the GIL lets the failure happen."""
        executions, seconds = self._work.gil
        if self._job.preempt != "any" or not executions:
            return reported
        say(_progress(found, "looking whether the GIL lets it happen"))
        fingerprint = reported.failure.fingerprint
        source = reported.shrunk_trace or reported.trace
        again = self._replaying(self._job.trace + ".attempt", source, found)
        job = msgspec.structs.replace(again, preempt="gil")
        if fingerprint in look(GilJob(job, [fingerprint], 0, seconds), self._main).itself:
            return _with_label(reported, True, "the GIL of this Python lets it happen: this very interleaving")
        job = msgspec.structs.replace(self._job, preempt="gil")
        budget = Budget(executions, seconds, keep_going=True)
        other = self._explored(ExploreJob(job, budget=budget, jobs=self._work.explore.jobs))
        if any(one.failure.fingerprint == fingerprint for one in other.failures):
            note = "the GIL of this Python lets it happen, by another interleaving: --preempt gil finds it"
            return _with_label(reported, True, note)
        if other.is_exhausted:
            note = (
                "the GIL of this Python does not let it happen: all its schedules were covered; without a GIL it does"
            )
        else:
            note = (
                f"not found under the GIL of this Python in {other.executions:,} executions; without a GIL it happens"
            )
        return _with_label(reported, False, note)

    def _replaying(self, scratch: str, source: str, found: Exploration) -> Job:
        """A job that replays the first failure."""
        learned = found.failures[0].spec.learned
        return msgspec.structs.replace(
            self._job, trace=scratch, replay=Replay(source), strategy="replay", learned=learned
        )  # fmt: skip


def _with_label(reported: Reported, gil: bool, note: str) -> Reported:
    return msgspec.structs.replace(
        reported, failure=msgspec.structs.replace(reported.failure, gil=gil), gil_note=note
    )  # fmt: skip


def _retracing(trail: list[int], attempts: Attempts) -> Callable[[Journal], Plan]:
    def planned(journal: Journal) -> Plan:
        watched = Watched(journal)
        watched.inner = Retrace(trail, watched).choose
        return Plan(watched, watched, end=lambda outcome: attempts.sent(outcome, watched.log))

    return planned


def _progress(found: Exploration, phase: str) -> Progress:
    return Progress(
        phase, found.executions, found.schedules, len(found.failures), round(found.seconds, 3), found.by_strategy
    )


def say(message: Progress | Report, descriptor: int = 1) -> None:
    """One line on standard output."""
    real.write(descriptor, msgspec.json.encode(message) + b"\n")


def main() -> None:
    """Reads the work from the first argument and does it."""
    work = msgspec.json.decode(sys.argv[1], type=Work)
    patch.install()
    real.signal(signal.SIGINT, signal.SIG_IGN)  # the copy that explores ends with what it has
    try:
        say(Exploring(work).run())
    except (BrokenPipeError, CannotExecute):
        sys.exit(HOST_FAILED)
    except ProgramError as error:
        print(f"threadtrace: {error}", file=sys.stderr)
        sys.exit(HOST_FAILED)
