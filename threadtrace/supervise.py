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
from tracer.outcome import Ending, Failure, FailureKind, Outcome
from tracer.trace import TraceError, TraceReader

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

#: Finds this project first, and leaves the module path as it was, without the current folder.
_START = (
    "import sys; sys.flags.safe_path or sys.path.pop(0); sys.path.insert(0, {root!r}); "
    "from replay.host import main; del sys.path[0]; main()"
)


def run_host(job: Job, show: Callable[[Event], None]) -> Outcome:
    """Runs the job in a host process, calls `show` for each event, and gives the outcome.

    A host that was killed leaves no outcome; then one is made from what is known, and ends the trace.
    Raises SystemExit(2) when the host could not work; it has said why.
    """
    root = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
    environment = os.environ | {"PYTHONHASHSEED": str(job.hash_seed)}
    previous = job.trace + ".previous"  # not lost until there is another one
    with contextlib.suppress(FileNotFoundError):
        os.replace(job.trace, previous)
    process = subprocess.Popen(  # noqa: S603 - the program the user named
        [sys.executable, "-c", _START.format(root=root), json.dumps(msgspec.to_builtins(job))], env=environment
    )
    follower = _Follower(job.trace, show)
    with _patient_with_interrupts(process):
        unresponsive = _wait(process, follower, job.time_limit)
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
        event = self._last
        if event is None:
            return "there was no event before"
        place = f" at {event.place}" if event.place else ""
        return (
            f"the last event before was {event.operation} {event.object or ''}".rstrip() + f" by {event.thread}{place}"
        )

    def end(self, outcome: Outcome) -> Outcome:
        """Ends a trace whose writer is gone."""
        if self._reader is not None:
            with open(self._path, "r+b") as file:
                file.truncate(self._reader.position)
                file.seek(0, os.SEEK_END)
                file.write(msgspec.json.encode(outcome) + b"\n")
        return outcome


def _wait(process: subprocess.Popen[bytes], follower: _Follower, time_limit: float) -> bool:
    """Waits for the host, showing its events; whether it had to be killed because it did not answer."""
    deadline = time.monotonic() + time_limit + _GRACE if time_limit else None
    show_from = time.monotonic() + _SHOW_AFTER
    unresponsive = False
    while process.poll() is None:
        if time.monotonic() > show_from:
            follower.catch_up()
        if deadline is not None and time.monotonic() > deadline:
            unresponsive = True
            process.kill()
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(_LOOK_EVERY)
    return unresponsive


@contextlib.contextmanager
def _patient_with_interrupts(process: subprocess.Popen[bytes]) -> Iterator[None]:
    """Ctrl-C goes to the host too, which ends and says where the threads were; the second one kills it."""
    interrupts = 0

    def interrupted(signum: int, frame: object) -> None:
        nonlocal interrupts
        interrupts += 1
        if interrupts > 1:
            process.kill()
        elif os.getpgid(process.pid) != os.getpgrp():
            process.send_signal(signal.SIGINT)

    def terminated(signum: int, frame: object) -> None:
        process.kill()
        raise SystemExit(128 + signum)

    before = signal.signal(signal.SIGINT, interrupted), signal.signal(signal.SIGTERM, terminated)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before[0])
        signal.signal(signal.SIGTERM, before[1])
        if process.poll() is None:
            process.kill()
            process.wait()


def _killed(status: int, follower: _Follower, unresponsive: bool, job: Job) -> Outcome:
    """The outcome of a host that could not write one."""
    if unresponsive:
        kind, ending = FailureKind.LIVELOCK, Ending.TIME
        message = (
            f"the program did not end within {job.time_limit:g} s and could not be stopped from inside: it computes, "
            f"or waits, in a C function; {follower.last}"
        )
    elif status < 0:
        kind, ending = FailureKind.CRASH, Ending.KILLED
        message = f"the program was killed by {_signal_name(-status)}; {follower.last}"
    else:
        kind, ending = FailureKind.CRASH, Ending.EXITED
        message = f"the process of the program ended with status {status}, not through Python; {follower.last}"
    return Outcome(
        ending=ending,
        events=follower.events,
        points=follower.events,
        threads=follower.threads,
        failures=[Failure(kind=kind, fingerprint=f"{kind.value}-{status}", message=message)],
        virtual_time=follower.time,
        notes=[how_far(follower.events, job.replay.steps)] if job.replay is not None and job.replay.steps else [],
    )


def _signal_name(number: int) -> str:
    try:
        return f"{signal.Signals(number).name} (signal {number})"
    except ValueError:
        return f"signal {number}"
