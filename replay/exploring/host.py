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

from replay.exploring.aftermath import Aftermath
from replay.exploring.branching import BranchingHost, write_all
from replay.exploring.campaign import Exploration, Found
from replay.exploring.job import ExploreJob, Progress, Work
from replay.exploring.recording import Recording
from replay.exploring.report import progress_of
from replay.exploring.specs import Run, Setting, Spec
from replay.exploring.warming import warm_up
from replay.job import HOST_FAILED
from replay.program import ProgramError
from replay.shrink.attempts import CannotExecute
from replay.shrink.forked import Forked, prepared
from replay.strategies import NoPreemption
from tracer import patch, real

if TYPE_CHECKING:
    from replay.exploring.job import Report

_exit = os._exit


class Exploring:
    """Does the work."""

    def __init__(self, work: Work) -> None:
        self._work = work
        self._job = work.explore.job
        warm_up(["random"], Setting(preempt=self._job.preempt))
        self._main = prepared(self._job)
        self._way = Forked(self._main)
        self._aftermath = Aftermath(work, self._way, self._explored, self._say)
        self._last = Progress("")
        #: The process that explores, while there is one.
        self._child = 0

    def run(self) -> Report:
        """Explores, records, replays, shrinks. Raises CannotExecute, ProgramError."""
        return self._aftermath.report(self._given())

    def interrupt(self, signum: int, frame: object) -> None:
        """Ctrl-C: whoever explores ends with what it has, and so does the shrinking."""
        if self._child:
            real.kill(self._child, signal.SIGINT)
        elif self._aftermath.may_be_interrupted:
            self._aftermath.may_be_interrupted = False
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
            self._last = progress_of(found, "")
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
                say(progress_of(found, "exploring"), said)

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
        attempt = (
            Recording(self._job, self._way).attempts(2, self._job).execute(lambda executed: NoPreemption(), whole=True)
        )
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
