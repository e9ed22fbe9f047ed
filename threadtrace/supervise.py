"""Starts a host process, follows its trace while it runs, and sees to it that it ends."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import sys
import time
from typing import TYPE_CHECKING

import msgspec

from replay.job import HOST_FAILED, how_far
from tracer.events import last_in_words
from tracer.outcome import Ending, Failure, FailureKind, Outcome, crash
from tracer.trace import TraceError, TraceReader, end_trace

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from replay.job import Job
    from tracer.events import Event

#: A host that is past its time limit by this much hangs where it cannot be reached, and is killed. In seconds.
_GRACE = 5.0

#: Events are shown while the program runs only from then on, in seconds: the log of a short program comes in one piece,
#: after what the program itself printed.
_SHOW_AFTER = 1.0

#: How often the trace is looked at while the program runs. In seconds.
_LOOK_EVERY = 0.02

#: Finds this project first, and leaves the module path as it was, without the current folder. For what is imported
#: first see there.
_START = (
    "import sys; sys.flags.safe_path or sys.path.pop(0); sys.path.insert(0, {root!r}); "
    "import tracer.forked; from {module} import main; del sys.path[0]; main()"
)


def start_line(module: str) -> str:
    """The source of a program that calls `main` of a module of this project."""
    return _START.format(root=os.path.dirname(os.path.dirname(os.path.abspath(__file__))), module=module)


def run_host(job: Job, show: Callable[[Event], None], meanwhile: Callable[[], object] | None = None) -> Outcome:
    """Runs the job in a host process, calls `show` for each event, and gives the outcome.

    `meanwhile` is called once while the host starts, which takes it a while.

    A host that was killed leaves no outcome; then one is made from what is known, and ends the trace.
    Raises SystemExit(2) when the host could not work; it has said why.
    """
    environment = os.environ | {"PYTHONHASHSEED": str(job.hash_seed)}
    previous = job.trace + ".previous"  # not lost until there is another one
    with contextlib.suppress(FileNotFoundError):
        os.replace(job.trace, previous)
    process = subprocess.Popen(  # noqa: S603 - the program the user named
        [sys.executable, "-c", start_line("replay.host"), json.dumps(msgspec.to_builtins(job))], env=environment
    )
    follower = _Follower(job.trace, show)
    debugged = job.replay is not None and job.replay.stops is not None
    with _patient_with_interrupts(process, debugged=debugged):
        if meanwhile is not None:
            meanwhile()
        unresponsive = _wait(process, follower, job.time_limit, silent=debugged)
    follower.catch_up()
    with contextlib.suppress(FileNotFoundError):
        if os.path.exists(job.trace):
            os.unlink(previous)
        else:
            os.replace(previous, job.trace)
    if process.returncode == HOST_FAILED:
        raise SystemExit(2)
    return follower.outcome or follower.end(_killed(process.returncode, follower, unresponsive, job))


class _Follower:
    """Follows a trace while it is written."""

    def __init__(self, path: str, show: Callable[[Event], None]) -> None:
        self._path = path
        self._show = show
        self._reader: TraceReader | None = None
        self.events = 0
        self.threads: list[str] = []
        self.time = 0.0
        self._last: Event | None = None

    @property
    def outcome(self) -> Outcome | None:
        """The outcome, once it is written."""
        return self._reader.outcome if self._reader is not None else None

    def catch_up(self) -> None:
        """Shows what has been written since the last time."""
        if self._reader is None:
            try:
                self._reader = TraceReader(self._path)
            except (FileNotFoundError, TraceError):  # the host has not begun to write
                return
        for event in self._reader:
            self.events = event.number
            self.time = event.time
            self._last = event
            if event.operation == "thread.begin":
                self.threads.append(event.thread)
            self._show(event)

    @property
    def last(self) -> str:
        """The last event, in words."""
        return last_in_words(self._last)

    def end(self, outcome: Outcome) -> Outcome:
        """Ends a trace whose writer is gone."""
        if self._reader is not None:
            end_trace(self._path, self._reader.position, outcome)
        return outcome


def _wait(process: subprocess.Popen[bytes], follower: _Follower, time_limit: float, *, silent: bool) -> bool:
    """Waits for the host, showing its events unless `silent`; whether it had to be killed: it did not answer."""
    deadline = time.monotonic() + time_limit + _GRACE if time_limit else None
    show_from = time.monotonic() + _SHOW_AFTER
    unresponsive = False
    while process.poll() is None:
        if not silent and time.monotonic() > show_from:
            follower.catch_up()
        if deadline is not None and time.monotonic() > deadline:
            unresponsive = True
            process.kill()
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(_LOOK_EVERY)
    return unresponsive


@contextlib.contextmanager
def _patient_with_interrupts(process: subprocess.Popen[bytes], *, debugged: bool) -> Iterator[None]:
    """Ctrl-C goes to the host too, which ends and says where the threads were; the second one kills it.

    A host that is debugged knows itself what to do with Ctrl-C. It is several processes: it ends them when told to end.
    """
    interrupts = 0

    def interrupted(signum: int, frame: object) -> None:
        nonlocal interrupts
        interrupts += 1
        if interrupts > 1 and not debugged:
            process.kill()
        elif os.getpgid(process.pid) != os.getpgrp():
            process.send_signal(signal.SIGINT)

    def terminated(signum: int, frame: object) -> None:
        if debugged:
            _end_debugged(process)
        process.kill()
        raise SystemExit(128 + signum)

    before = signal.signal(signal.SIGINT, interrupted), signal.signal(signal.SIGTERM, terminated)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before[0])
        signal.signal(signal.SIGTERM, before[1])
        if process.poll() is None:
            if debugged:
                _end_debugged(process)
            process.kill()
            process.wait()


def _end_debugged(process: subprocess.Popen[bytes]) -> None:
    process.terminate()
    with contextlib.suppress(subprocess.TimeoutExpired):
        process.wait(_GRACE)


def _killed(status: int, follower: _Follower, unresponsive: bool, job: Job) -> Outcome:
    """The outcome of a host that could not write one."""
    if unresponsive:
        ending = Ending.TIME
        failure = Failure(
            kind=FailureKind.LIVELOCK,
            fingerprint=f"{FailureKind.LIVELOCK.value}-{status}",
            message=f"the program did not end within {job.time_limit:g} s and could not be stopped from inside: "
            f"it computes, or waits, in a C function; {follower.last}",
        )
    else:
        ending = Ending.KILLED if status < 0 else Ending.EXITED
        failure = crash(status, follower.last)
    return Outcome(
        ending=ending,
        events=follower.events,
        points=follower.events,
        threads=follower.threads,
        failures=[failure],
        virtual_time=follower.time,
        notes=[how_far(follower.events, job.replay.steps)] if job.replay is not None and job.replay.steps else [],
    )
