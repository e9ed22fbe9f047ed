"""Copies of this process that work for it: each is told through a pipe what to execute, and answers through another."""

from __future__ import annotations

import os
import struct
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NoReturn

import msgspec

from replay.exploring.specs import Run, Spec
from tracer import real

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

#: A message begins with its length.
_LENGTH = struct.Struct("=I")

#: A copy is told of so many executions at a time, so that it never waits. More would keep a search waiting that needs
#: to know what came of its last one; without such a search they save messages.
_AHEAD = 2
_FAR_AHEAD = 32

#: Results are sent when there are so many bytes of them, or there is nothing left to do.
_ENOUGH = 4096

_RESULT, _ERROR = b" ", b"!"

_run = msgspec.msgpack.Decoder(Run).decode
_spec = msgspec.msgpack.Decoder(Spec).decode
_encode = msgspec.msgpack.Encoder().encode


class WorkerFailed(Exception):
    """A copy has ended, or could not execute the program; the message says what it said."""


@dataclass(slots=True)
class _Copy:
    pid: int
    to: int
    back: int
    waiting: int = 0
    data: bytearray = field(default_factory=bytearray)
    unsent: bytearray = field(default_factory=bytearray)

    def send(self) -> None:
        """As much as it has room for. It may be about to send something itself, and nobody is to wait for it then."""
        try:
            while self.unsent:
                del self.unsent[: real.write(self.to, self.unsent)]
        except (BlockingIOError, BrokenPipeError):
            pass  # if it has ended, `Copies.results` finds out


class Copies:
    """`jobs` copies, made by `fork`, which do `work` with an `Office` each."""

    def __init__(self, jobs: int, fork: Callable[[], int], work: Callable[[Office], NoReturn]) -> None:
        self._copies: dict[int, _Copy] = {}
        for _ in range(jobs):
            to_read, to = real.pipe()
            back, back_write = real.pipe()
            pid = fork()
            if pid == 0:
                for other in self._copies.values():
                    real.close(other.to)
                    real.close(other.back)
                self._copies = {}
                real.close(to)
                real.close(back)
                work(Office(to_read, back_write))
            real.close(to_read)
            real.close(back_write)
            os.set_blocking(to, False)
            self._copies[back] = _Copy(pid, to, back)

    def room(self, *, ahead: bool) -> int:
        """How many more executions may be given."""
        most = _FAR_AHEAD if ahead else _AHEAD
        return sum(max(0, most - copy.waiting) for copy in self._copies.values())

    def submit(self, specs: list[Spec]) -> None:
        """Gives each to the copy that has the least to do."""
        for spec in specs:
            copy = min(self._copies.values(), key=lambda one: one.waiting)
            copy.waiting += 1
            copy.unsent += _framed(_encode(spec))
        for copy in self._copies.values():
            copy.send()

    def results(self, seconds: float) -> list[Run]:
        """What came of those that were made meanwhile. Raises WorkerFailed."""
        unsent = {copy.to: copy for copy in self._copies.values() if copy.unsent}
        ready, writable, _ = real.select_(list(self._copies), list(unsent), [], seconds)
        for to in writable:
            unsent[to].send()
        runs = []
        for back in ready:
            copy = self._copies[back]
            data = real.read(back, 1 << 16)
            if not data:
                raise WorkerFailed("a process that explores ended in the middle of an execution")
            copy.data += data
            for message in _messages(copy.data):
                copy.waiting -= 1
                if message.startswith(_ERROR):
                    raise WorkerFailed(message[1:].decode())
                runs.append(_run(message[1:]))
        return runs

    def close(self) -> None:
        """Ends the copies."""
        for copy in self._copies.values():
            real.close(copy.to)
            real.close(copy.back)
            real.kill(copy.pid, 9)
            real.waitpid(copy.pid, 0)
        self._copies = {}


class Office:
    """Where a copy is told what to do, and delivers what came of it."""

    def __init__(self, reading: int, writing: int) -> None:
        self._reading = reading
        self._writing = writing
        self._data = bytearray()
        self._done = b""

    def specs(self) -> Iterator[Spec]:
        """The executions to be made; ends when nobody wants any more."""
        while more := real.read(self._reading, 1 << 16):
            self._data += more
            for message in _messages(self._data):
                yield _spec(message)
            self._flush()

    def deliver(self, run: Run) -> None:
        """What came of one of them."""
        self._done += _framed(_RESULT + _encode(run))
        if not self._data or len(self._done) >= _ENOUGH or run.failures:
            self._flush()

    def _flush(self) -> None:
        _send(self._writing, self._done)
        self._done = b""

    def complain(self, error: BaseException) -> None:
        """It could not be made."""
        text = f"{type(error).__name__}: {error}".encode("utf-8", "backslashreplace")
        _send(self._writing, self._done + _framed(_ERROR + text))

    def close(self) -> None:
        """In a process that has nothing to deliver."""
        real.close(self._reading)
        real.close(self._writing)


def _messages(data: bytearray) -> Iterator[bytes]:
    """Takes the whole messages out of what has come."""
    while len(data) >= _LENGTH.size:
        (length,) = _LENGTH.unpack_from(data)
        end = _LENGTH.size + length
        if len(data) < end:
            return
        message = bytes(data[_LENGTH.size : end])
        del data[:end]
        yield message


def _framed(message: bytes) -> bytes:
    return _LENGTH.pack(len(message)) + message


def _send(pipe: int, data: bytes) -> None:
    while data:
        data = data[real.write(pipe, data) :]
