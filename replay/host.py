"""The host process: runs one program under control, in a process of its own.

The patch is the first thing that happens in it, so that nothing the program uses was made before. It talks to the
process that started it through the trace file alone: the trace is complete up to the last event however the
program ends, and the last line says how it ended. A trace without that line means that this process was killed.
"""

from __future__ import annotations

import atexit
import json
import os
import signal
import sys
import threading
from typing import TYPE_CHECKING, Any, NoReturn

import msgspec

from replay.blocked import fingerprint, running, waiting_of
from replay.blocking import Blocking
from replay.execution import Execution
from replay.interruptions import LOOK_EVERY, Interruptions
from replay.job import HOST_FAILED, Job
from replay.plan import make_plan
from replay.program import ProgramError, prepare
from replay.traced import header_of, with_schedule
from tracer import patch, real
from tracer.access.watch import Unavailable
from tracer.forked import first_in_child
from tracer.journal import Journal, TraceFull
from tracer.labels import Labels
from tracer.outcome import Ending, Failure, FailureKind, Outcome
from tracer.primitives import signals
from tracer.primitives.earlier import let_all_go
from tracer.primitives.outside.pipes import control_stdin
from tracer.runtime import door

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from types import FrameType

    from replay.plan import Plan

#: How long the watchdog gives the main thread to answer before it ends the process itself, in seconds.
_ANSWER_WITHIN = 2.0

#: How many frames of this project a program's main thread runs in: the recursion limit is raised by as many.
_OWN_FRAMES = 16

_os_exit = os._exit


class Host:
    """One program, and every way in which it can end.

    `planned` makes another plan than the job's own; `main` executes the program, where it was prepared before.
    """

    #: Where it says that the program cannot be executed at all.
    complaints = 2
    #: Whether events tell what was read and written, and whether accesses are events at every level of preemption.
    values = True
    watches = False

    def __init__(
        self,
        job: Job,
        planned: Callable[[Journal], Plan] | None = None,
        main: Callable[[], None] | None = None,
    ) -> None:
        self._job = job
        #: A child that the program forks is on its own: it does not write this process's trace.
        self._pid = os.getpid()
        labels = Labels()
        self._main = main or prepare(job.program, job.arguments, job.module)
        self._header = header_of(job)
        self._journal = _FailingJournal(job.trace, self._header, labels)
        self._plan = planned(self._journal) if planned is not None else make_plan(job, self._journal)
        self._execution = Execution(
            self._main_and_executors,
            strategy=self._plan.strategy,
            seed=job.seed,
            clock=job.clock,
            recorder=self._plan.recorder,
            labels=labels,
            max_points=job.max_points,
            keep_going=job.keep_going,
            at_exit=atexit._run_exitfuncs,
            preempt=job.preempt,
            include=job.include,
            learned=set(job.learned),
            spurious=job.spurious,
            values=self.values,
            watches=self.watches,
        )
        self._plan.begin(self._execution.kernel)
        self._begin = real.monotonic()
        self._over = False
        self._time_is_up = False
        self._os_thread = real.get_ident()
        self._interruptions = Interruptions(self._execution.kernel)
        self._blocking = Blocking(self._execution.kernel, self._os_thread)

    def run(self) -> NoReturn:
        """Runs the program to its end, and ends the process with its exit status."""
        signals.use(signal.SIGINT, self._interrupted)
        os._exit = self._exit_at_once
        first_in_child.append(self.forked)
        sys.setrecursionlimit(sys.getrecursionlimit() + _OWN_FRAMES)
        debugger = self._plan.debugger
        if debugger is None or not debugger.begin(self._go_on_in_this_process):
            self._interruptions.install()
            control_stdin()
            self._start_watch()
        try:
            self._execution.run()
        except Unavailable as error:
            self._refuse(error)
        if os.getpid() != self._pid:
            self.leave(self._execution.exit_status or 0)
        if debugger is not None:
            debugger.over(self._execution.outcome())
        self._over = True
        outcome = self._execution.outcome()
        self._flush_output()
        self._finish(outcome)
        if outcome.ending is not Ending.COMPLETED:
            _os_exit(1)
        threading._threading_atexits.clear()  # type: ignore[attr-defined]
        self.leave(outcome.exit_status or 0)

    def leave(self, status: int) -> NoReturn:
        """Ends the process as Python does."""
        _keep_suspended(self._execution)
        let_all_go()
        # What the program left behind is finalized by the interpreter, in its order, while this project is still whole.
        del self._execution, self._main
        sys.exit(status)

    def _main_and_executors(self) -> None:
        """The program, and then what the threading module does before it waits for its threads."""
        try:
            self._main()
        except ProgramError as error:
            self._refuse(error)
        finally:
            for call in reversed(list(threading._threading_atexits)):  # type: ignore[attr-defined]
                call()

    def _refuse(self, error: Exception) -> NoReturn:
        """Says why the program cannot be executed, and leaves no trace."""
        real.write(self.complaints, f"threadtrace: {error}\n".encode("utf-8", "backslashreplace"))
        self._journal.cut()
        os.unlink(self._job.trace)
        _os_exit(HOST_FAILED)

    def _go_on_in_this_process(self) -> None:
        """In a copy that the debugger made: it stands for the one that it was copied from."""
        self._pid = os.getpid()

    def forked(self) -> None:
        """In a child that the program forked: it is none of this tool's affairs any more."""
        self._over = True
        self._journal.detach()

    # Other ends ----------------------------------------------------------------------------------------------

    def _exit_at_once(self, status: int) -> NoReturn:
        """Stands for `os._exit`."""
        if door.runtime is not None and os.getpid() == self._pid:
            self._end(Ending.EXITED, exit_status=status)
        _os_exit(status)

    def _interrupted(self, signum: int, frame: FrameType | None) -> None:
        """Ctrl-C, or the watchdog's signal. Runs between two instructions of whatever thread is running."""
        if self._over:
            return
        if self._time_is_up:
            self._end_of_time(frame)
        if self._plan.debugger is not None and self._plan.debugger.interrupt():
            return
        self._end(Ending.INTERRUPTED, frame=frame)
        _os_exit(130)

    def _start_watch(self) -> None:
        """Signals that the program blocks must not come to the thread that watches instead."""
        if not hasattr(signal, "pthread_sigmask"):
            real.start_new_thread(self._watch, ())
            return
        before = signal.pthread_sigmask(signal.SIG_BLOCK, signal.valid_signals())
        real.start_new_thread(self._watch, ())
        signal.pthread_sigmask(signal.SIG_SETMASK, before)

    def _watch(self) -> None:
        """A real thread: ends the program when its time is up, and when nobody is left who wants it."""
        parent = os.getppid()
        limit = self._job.time_limit
        while not self._over:
            passed = real.monotonic() - self._begin
            if os.getppid() != parent:
                _os_exit(HOST_FAILED)
            if not self._execution.kernel.has_begun:
                real.sleep(LOOK_EVERY / 10)
                continue
            if limit and passed >= limit:
                self._time_is_up = True
                if hasattr(signal, "pthread_kill"):
                    signal.pthread_kill(self._os_thread, signal.SIGINT)
                real.sleep(_ANSWER_WITHIN)
                if not self._over:  # the program has a handler of its own, or hangs in C
                    self._end_of_time(sys._current_frames().get(self._os_thread))
                return
            self._interruptions.look()
            self._blocking.look()
            self._execution.kernel.uncontrolled.look()
            real.sleep(min(LOOK_EVERY, limit - passed) if limit else LOOK_EVERY)

    def _end_of_time(self, frame: FrameType | None) -> NoReturn:
        thread = self._execution.kernel.current
        place = running(thread, frame).place
        doing = "blocked, in a call that is not controlled," if self._blocking.is_blocked else "running"
        failure = Failure(
            kind=FailureKind.LIVELOCK,
            fingerprint=fingerprint(FailureKind.LIVELOCK, place),
            message=(
                f"the program did not end within {self._job.time_limit:g} s; --time-limit sets the limit, 0 for none. "
                f"{thread.label} was {doing} at {place or 'an unknown place'}"
            ),
            threads=[thread.label],
            sites=[place] if place else [],
        )
        self._end(Ending.TIME, [failure], frame=frame)
        _os_exit(1)

    def _end(
        self,
        ending: Ending,
        failures: Iterable[Failure] = (),
        exit_status: int | None = None,
        frame: FrameType | None = None,
    ) -> None:
        """Writes the outcome of a program that does not come to its own end."""
        if self._over:
            return
        self._over = True
        kernel = self._execution.kernel
        kernel.ending = ending
        if self._plan.debugger is not None and ending is Ending.EXITED:
            self._plan.debugger.over(self._execution.outcome())
        if ending is not Ending.EXITED:
            self._flush_output()
        outcome = self._execution.outcome()
        outcome = msgspec.structs.replace(
            outcome,
            failures=[*outcome.failures, *failures],
            exit_status=exit_status,
            waiting=[
                running(thread, frame) if thread is kernel.current else waiting_of(kernel, thread)
                for thread in kernel.stuck_threads
                if ending is not Ending.EXITED
            ],
        )
        self._finish(outcome)

    def judged(self, outcome: Outcome) -> Outcome:
        """The outcome, with an exit status among the failures where that is one."""
        if not self._job.exit_fails or not outcome.exit_status or outcome.failures:
            return outcome
        failure = Failure(
            kind=FailureKind.EXCEPTION,
            fingerprint=fingerprint(FailureKind.EXCEPTION, f"exit status {outcome.exit_status}"),
            message=f"the program ended with exit status {outcome.exit_status}",
            threads=outcome.threads[:1],
        )
        return msgspec.structs.replace(outcome, failures=[failure])

    def _finish(self, outcome: Outcome) -> None:
        outcome = self.judged(outcome)
        elapsed = real.monotonic() - self._begin
        outcome = msgspec.structs.replace(self.complete(outcome), variable={"elapsed_s": round(elapsed, 6)})
        self._journal.close(self._plan.end(outcome))

    def complete(self, outcome: Outcome) -> Outcome:
        """Adds to an outcome what a replay needs."""
        return with_schedule(outcome, self._header, self._journal)

    def _flush_output(self) -> None:
        for stream in (sys.stdout, sys.stderr):
            try:
                stream.flush()
            except (OSError, ValueError, AttributeError):  # closed, or nobody reads it
                pass


class _FailingJournal(Journal):
    """Ends the process, with one line, when the trace cannot grow."""

    def record(self, event: Any) -> bytes:
        """The next event."""
        try:
            return super().record(event)
        except TraceFull as error:
            print(f"threadtrace: {self.path}: the trace cannot be written: {error}", file=sys.__stderr__)
            self.cut()
            _os_exit(HOST_FAILED)


def _keep_suspended(execution: Execution) -> None:
    """Leaves threads that were abandoned where they are, as CPython does: nothing of them runs at exit.

    A greenlet that is collected is unwound; so these are given a reference that nothing takes back.
    """
    left = [thread.greenlet for thread in execution.kernel.threads if thread.greenlet]
    if left:
        import ctypes

        for one in left:
            ctypes.pythonapi.Py_IncRef(ctypes.py_object(one))


def main() -> None:
    """Reads the job from the first argument and does it."""
    job = msgspec.convert(json.loads(sys.argv[1]), Job)
    patch.install()
    if job.user_hash_seed is None:
        os.environ.pop("PYTHONHASHSEED", None)
    else:
        os.environ["PYTHONHASHSEED"] = job.user_hash_seed
    if job.output_to_stderr:
        os.dup2(2, 1)
    try:
        host = Host(job)
    except (ProgramError, OSError) as error:
        print(f"threadtrace: {error}", file=sys.stderr)
        sys.exit(HOST_FAILED)
    host.run()
