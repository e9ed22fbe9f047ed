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

from replay.exploring.branching import BranchingHost, write_all
from replay.exploring.campaign import Exploration, Found
from replay.exploring.job import Budget, ExploreJob, Progress, Reported, Work
from replay.exploring.recording import Recording
from replay.exploring.report import keep_those_that_happen_again, report_of
from replay.exploring.specs import Run, Setting, Spec
from replay.exploring.warming import warm_up
from replay.job import HOST_FAILED, Job, Replay
from replay.program import ProgramError
from replay.shrink.attempts import CannotExecute, prepared
from replay.shrink.host import Shrinking
from replay.shrink.job import BEST, ShrinkJob
from replay.strategies import NoPreemption
from replay.under_gil import GilJob, look
from tracer import patch, real

if TYPE_CHECKING:
    from collections.abc import Iterator

    from replay.exploring.job import Report
    from replay.shrink.job import Progress as ShrinkProgress

#: Kinds of failure that are recorded.
_MOST_RECORDED = 20

_exit = os._exit


class Exploring:
    """Does the work."""

    def __init__(self, work: Work) -> None:
        self._work = work
        self._job = work.explore.job
        warm_up(["random"], Setting(preempt=self._job.preempt))
        self._main = prepared(self._job)
        self._recording = Recording(self._job, self._main)
        #: By fingerprint, the executions that failed again when they were executed once more.
        self._specs: dict[str, Spec] = {}
        self._last = Progress("")
        #: The process that explores, while there is one; whether Ctrl-C ends what goes on now.
        self._child = 0
        self._may_be_interrupted = False

    def run(self) -> Report:
        """Explores, records, replays, shrinks. Raises CannotExecute, ProgramError."""
        explore = self._work.explore
        found = self._given() or self._explored(explore)
        failures = self._recorded(found)
        if found.failures and not failures and not explore.budget.keep_going and not found.interrupted:
            # What stopped the exploration was no failure that happens again: so it is to go on.
            budget = msgspec.structs.replace(explore.budget, keep_going=True)
            found = self._explored(msgspec.structs.replace(explore, budget=budget))
            failures = self._recorded(found)[:1]
        if failures and failures[0].replayed:
            failures[0] = self._labelled(self._shrunk(failures[0]))
        sample = self._sample() if not failures and self._work.sample else ""
        return report_of(found, failures, self._job.preempt, sample)

    def _recorded(self, found: Exploration) -> list[Reported]:
        """Records the failures that happen again."""
        return keep_those_that_happen_again(found, self._record(found.failures[:_MOST_RECORDED]))

    def _record(self, failures: list[Found]) -> Iterator[tuple[Found, Reported | None]]:
        first, _, others = self._work.traces
        count = 0
        for one in failures:
            self._say("recording")
            reported = self._recording.record(one, others.format(count + 1) if count else first)
            if reported is not None:
                count += 1
                self._specs[one.failure.fingerprint] = one.spec
            yield one, reported

    def _sample(self) -> str:
        self._say("recording")
        path = self._work.traces[0]
        return path if self._recording.sample(path) else ""

    def interrupt(self, signum: int, frame: object) -> None:
        """Ctrl-C: whoever explores ends with what it has, and so does the shrinking."""
        if self._child:
            real.kill(self._child, signal.SIGINT)
        elif self._may_be_interrupted:
            self._may_be_interrupted = False
            raise KeyboardInterrupt

    def _say(self, phase: str) -> None:
        say(msgspec.structs.replace(self._last, phase=phase))

    def _given(self) -> Exploration | None:
        """What was found elsewhere, and is to be recorded here."""
        if not self._work.explored:
            return None
        with open(self._work.explored, "rb") as file:
            return msgspec.msgpack.decode(file.read(), type=Exploration)

    # Exploring -----------------------------------------------------------------------------------------------

    def _explored(self, explore: ExploreJob) -> Exploration:
        reading, writing = real.pipe()
        child = os.fork()
        if not child:
            real.close(reading)
            self._explore(explore, writing)
        self._child = child
        real.close(writing)
        data = bytearray()
        while more := real.read(reading, 1 << 16):
            data += more
        real.close(reading)
        code = os.waitstatus_to_exitcode(real.waitpid(child, 0)[1])
        self._child = 0
        if data:
            found = msgspec.msgpack.decode(data, type=Exploration)
            self._last = _progress(found, "")
            return found
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
                write_all(pipe, msgspec.msgpack.encode(found))

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
        attempt = self._recording.attempts(2, self._job).execute(lambda executed: NoPreemption(), whole=True)
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

    # Shrinking and labelling ---------------------------------------------------------------------------------

    def _shrunk(self, reported: Reported) -> Reported:
        executions, seconds = self._work.shrink
        if not executions:
            return reported
        scratch = self._job.trace + ".attempt"
        job = self._replaying(scratch, reported)

        def tell(progress: ShrinkProgress) -> None:
            self._say(f"shrinking: {progress.phase}")

        self._may_be_interrupted = True
        result = Shrinking(ShrinkJob(job, executions, seconds), self._main, tell).run()
        self._may_be_interrupted = False
        path = ""
        if os.path.exists(scratch + BEST):
            path = self._work.traces[1]
            import shutil  # which maps what unpacks archives into the process

            shutil.move(scratch + BEST, path)
        return msgspec.structs.replace(reported, shrunk=result, shrunk_trace=path)

    def _labelled(self, reported: Reported) -> Reported:
        """Says whether the GIL lets the failure happen."""
        executions, seconds = self._work.gil
        if self._job.preempt != "any" or not executions:
            return reported
        self._say("looking whether the GIL lets it happen")
        fingerprint = reported.failure.fingerprint
        again = self._replaying(self._job.trace + ".attempt", reported)
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

    def _replaying(self, scratch: str, reported: Reported) -> Job:
        """A job that replays a failure."""
        source = reported.shrunk_trace or reported.trace
        learned = self._specs[reported.failure.fingerprint].learned
        return msgspec.structs.replace(
            self._job, trace=scratch, replay=Replay(source), strategy="replay", learned=learned
        )  # fmt: skip


def _with_label(reported: Reported, gil: bool, note: str) -> Reported:
    return msgspec.structs.replace(
        reported, failure=msgspec.structs.replace(reported.failure, gil=gil), gil_note=note
    )  # fmt: skip


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
    real.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        exploring = Exploring(work)
        real.signal(signal.SIGINT, exploring.interrupt)
        say(exploring.run())
    except (BrokenPipeError, CannotExecute):
        sys.exit(HOST_FAILED)
    except ProgramError as error:
        print(f"threadtrace: {error}", file=sys.stderr)
        sys.exit(HOST_FAILED)
