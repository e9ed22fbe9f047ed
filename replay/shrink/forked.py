"""Executes one program again and again, each time in a forked child.

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
from dataclasses import dataclass
from typing import TYPE_CHECKING, NoReturn

from replay.host import Host
from replay.job import HOST_FAILED
from replay.program import prepare
from tracer import real

if TYPE_CHECKING:
    from collections.abc import Callable

    from replay.job import Job
    from replay.plan import Plan
    from tracer.journal import Journal
    from tracer.outcome import Outcome

#: A child that does not end itself after its time limit is killed this much later, in seconds.
_GRACE = 3.0

#: Executions that run side by side: more would only wait for a processor.
AT_ONCE = min(8, len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1)

_os_exit = os._exit


def prepared(job: Job) -> Callable[[], None]:
    """What executes the program of a job, in a child. Raises ProgramError."""
    main = prepare(job.program, job.arguments, job.module)
    if not job.module:
        linecache.getlines(job.program)
    gc.collect()
    gc.freeze()  # so that a child's collector does not touch, and so copy, what it shares
    return main


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


class Forked:
    """Executes `main` in children of this process."""

    at_once = AT_ONCE

    def __init__(self, main: Callable[[], None]) -> None:
        self._main = main
        self._writing = -1

    def start(self, job: Job, planned: Callable[[Journal], Plan], *, whole: bool) -> _Running:
        """Forks a child."""
        reading, self._writing = real.pipe()
        child = os.fork()
        if not child:
            real.close(reading)
            self._live(job, planned, whole)
        real.close(self._writing)
        return _Running(child, reading, job.trace, real.monotonic() + job.time_limit + _GRACE)

    def send(self, data: bytes) -> None:
        """Sends something to the parent: in the child, at its end."""
        while data:
            data = data[real.write(self._writing, data) :]

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


class _AttemptHost(Host):
    """Ends at once: nothing that comes after the outcome matters."""

    #: Whether the trace is going to be kept.
    whole = False
    #: Where the log goes. The parent waits until nobody has it open.
    pipe = -1

    def complete(self, outcome: Outcome) -> Outcome:
        """Saves the time, except for a trace that is kept."""
        return super().complete(outcome) if self.whole else outcome

    def forked(self) -> None:
        """In a child that the program forked: it may live longer than its parent."""
        super().forked()
        real.close(self.pipe)

    def leave(self, status: int) -> NoReturn:
        """Ends the process without finalizing it."""
        _os_exit(status)
