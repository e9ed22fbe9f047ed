"""Makes the executions of a program in copies of a process that has executed it up to its first choice.

The whole program runs in one OS thread, so a fork copies all of its threads. What is before the first choice, such as
imports, is done once. A copy makes one execution, sends what came of it through a pipe, and ends; whatever it does to
itself, crash, leak or never end, is no matter to the others.

This is libc's fork, as for the checkpoints of the debugger: Python's own would tell the program.
"""

from __future__ import annotations

import contextlib
import ctypes
import mmap
import os
import signal
import struct
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING

import msgspec

from replay.exploring.one import digest_of
from replay.exploring.specs import Run, Spec
from replay.forking import fork
from replay.job import HOST_FAILED
from tracer import real
from tracer.outcome import Ending, Failure, FailureKind, crash

if TYPE_CHECKING:
    from collections.abc import Callable

#: An execution that does not answer when its time is up is killed so much later, in seconds.
_GRACE = 2.0

#: The events of an execution that crashes are told by the memory that it shares with its parent: these many at most.
_MOST_OF_A_TRAIL = 1 << 20
_NUMBER = struct.Struct("=i")

#: PR_SET_PDEATHSIG.
_DIE_WITH_PARENT = 1

_decode = msgspec.msgpack.Decoder(Run).decode

_exit = os._exit


class BecameChild(BaseException):
    """Raised in a copy, all the way up to where the program stands: it has an execution to make."""

    def __init__(self, spec: Spec, pipe: int, trail: mmap.mmap | None) -> None:
        self.spec = spec
        self.pipe = pipe
        self.trail = trail


class CannotExecute(Exception):
    """The program cannot be executed; the copy has said why."""


@dataclass(slots=True)
class _Child:
    pid: int
    reading: int
    spec: Spec
    limit: float
    data: bytearray
    trail: mmap.mmap | None = None
    was_asked: bool = False


class Forks:
    """At most `jobs` copies at a time, each for at most `seconds`. Raises BecameChild in them, after `begin` there.

    `learn` gets what is known to be shared before each fork. It only becomes more, so that once it is said it holds for
    all copies to come; to say it in each of them would have each look at all code again.
    """

    def __init__(
        self,
        jobs: int,
        seconds: float,
        learn: Callable[[list[str]], object],
        begin: Callable[[], object] = lambda: None,
    ) -> None:
        self._jobs = jobs
        self._seconds = seconds
        self._learn = learn
        self._begin_copy = begin
        self._children: dict[int, _Child] = {}

    def room(self, *, ahead: bool) -> int:
        """How many more may run."""
        return self._jobs - len(self._children)

    def submit(self, specs: list[Spec]) -> None:
        """Begins executions."""
        for spec in specs:
            self._begin(spec)

    def _begin(self, spec: Spec, trail: mmap.mmap | None = None) -> None:
        self._learn(spec.learned)
        reading, writing = real.pipe()
        pid = fork()
        if pid == 0:
            real.close(reading)
            for child in self._children.values():
                real.close(child.reading)
            self._children = {}
            self._begin_copy()
            raise BecameChild(spec, writing, trail)
        real.close(writing)
        limit = real.monotonic() + self._seconds
        self._children[reading] = _Child(pid, reading, spec, limit, bytearray(), trail)

    def results(self, seconds: float) -> list[Run]:
        """What came of those that have ended meanwhile."""
        children = self._children
        with contextlib.suppress(InterruptedError):
            ready, _, _ = real.select_(list(children), [], [], seconds)
            ended = []
            for reading in ready:
                child = children[reading]
                data = real.read(reading, 1 << 16)
                child.data += data
                if not data:
                    ended.append(self._end(child))
            runs = [run for run in ended if run is not None]
            self._look_at_the_time()
            return runs
        return []

    def _end(self, child: _Child) -> Run | None:
        del self._children[child.reading]
        real.close(child.reading)
        _, status = real.waitpid(child.pid, 0)
        code = os.waitstatus_to_exitcode(status)
        if code == HOST_FAILED and not child.data:
            raise CannotExecute
        if child.data:
            return _decode(child.data)
        if child.trail is None and not child.was_asked:  # once more, for the order of its events
            self._begin(child.spec, mmap.mmap(-1, (_MOST_OF_A_TRAIL + 1) * _NUMBER.size))
            return None
        return _ended_otherwise(child, code)

    def _look_at_the_time(self) -> None:
        now = real.monotonic()
        for child in self._children.values():
            if now > child.limit and not child.was_asked:
                child.was_asked = True
                real.kill(child.pid, signal.SIGINT)
            elif now > child.limit + _GRACE:
                real.kill(child.pid, signal.SIGKILL)

    def close(self) -> None:
        """Kills all."""
        for child in self._children.values():
            real.kill(child.pid, signal.SIGKILL)
            real.close(child.reading)
            real.waitpid(child.pid, 0)
        self._children = {}


def die_with_parent() -> None:
    """Has the system kill this process when its parent is gone, where it can do that."""
    if sys.platform == "linux":
        ctypes.PyDLL(None).prctl(_DIE_WITH_PARENT, signal.SIGKILL)


def note(trail: mmap.mmap, index: int) -> None:
    """Adds the thread of an event, by its number, to what is there when the process crashes."""
    (count,) = _NUMBER.unpack_from(trail, 0)
    if count < _MOST_OF_A_TRAIL:
        _NUMBER.pack_into(trail, (count + 1) * _NUMBER.size, index)
        _NUMBER.pack_into(trail, 0, count + 1)


def _ended_otherwise(child: _Child, code: int) -> Run:
    """Of an execution that could not say what came of it."""
    trail = _read(child.trail) if child.trail is not None else []
    if child.was_asked:
        failure = Failure(
            FailureKind.LIVELOCK,
            f"{FailureKind.LIVELOCK.value}-stuck",
            "an execution did not end in time and could not be stopped: it computes, or waits, in a C function",
        )
        ending = Ending.TIME
    else:
        failure = crash(code, f"it had executed {len(trail):,} operations")
        ending = Ending.KILLED if code < 0 else Ending.EXITED
    return Run(
        number=child.spec.number,
        strategy=child.spec.strategy,
        ending=ending,
        failures=[failure],
        order=digest_of(trail),
        events=len(trail),
        points=len(trail),
        threads=[],
        trail=trail,
    )


def _read(trail: mmap.mmap) -> list[int]:
    (count,) = _NUMBER.unpack_from(trail, 0)
    return list(struct.unpack_from(f"={count}i", trail, _NUMBER.size))
