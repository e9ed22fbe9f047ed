"""Makes the executions of a function in several copies of this process.

A copy executes one after the other, in itself, and is told through a pipe which. Functions need not be importable, or
fit into a message: a copy has them. It must be made where this process has one OS thread only, or others that can be
done without.
"""

from __future__ import annotations

import os
import struct
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NoReturn

import msgspec

from replay.exploring.one import execute
from replay.exploring.specs import Run, Spec
from tracer import real
from tracer.access.watch import Kept

if TYPE_CHECKING:
    from collections.abc import Callable

    from replay.exploring.specs import Setting

#: A message begins with its length.
_LENGTH = struct.Struct("=I")

#: A copy is told of so many executions at a time, so that it never waits. More would keep a search waiting that needs
#: to know what came of its last one.
_AHEAD = 2

_run = msgspec.msgpack.Decoder(Run).decode
_spec = msgspec.msgpack.Decoder(Spec).decode
_encode = msgspec.msgpack.Encoder().encode

_exit = os._exit


class WorkerFailed(Exception):
    """A copy has ended, or could not execute the function; the message says what it said."""


@dataclass(slots=True)
class _Copy:
    pid: int
    to: int
    back: int
    waiting: int = 0
    data: bytearray = field(default_factory=bytearray)


class Processes:
    """Executes `main` in `jobs` copies of this process."""

    def __init__(self, main: Callable[[], object], setting: Setting, jobs: int) -> None:
        self._copies: dict[int, _Copy] = {}
        for _ in range(jobs):
            to_read, to = real.pipe()
            back, back_write = real.pipe()
            pid = os.fork()
            if pid == 0:
                for other in self._copies.values():
                    real.close(other.to)
                    real.close(other.back)
                real.close(to)
                real.close(back)
                _work(main, setting, to_read, back_write)
            real.close(to_read)
            real.close(back_write)
            self._copies[back] = _Copy(pid, to, back)

    @property
    def room(self) -> int:
        """How many more executions may be given."""
        return sum(_AHEAD - copy.waiting for copy in self._copies.values())

    def submit(self, specs: list[Spec]) -> None:
        """Gives each to the copy that has the least to do."""
        for spec in specs:
            copy = min(self._copies.values(), key=lambda one: one.waiting)
            copy.waiting += 1
            _send(copy.to, _encode(spec))

    def results(self, seconds: float) -> list[Run]:
        """What came of those that were made meanwhile. Raises WorkerFailed."""
        ready, _, _ = real.select_(list(self._copies), [], [], seconds)
        runs = []
        for back in ready:
            copy = self._copies[back]
            data = real.read(back, 1 << 16)
            if not data:
                raise WorkerFailed("a process that explores ended in the middle of an execution")
            copy.data += data
            while len(copy.data) >= _LENGTH.size:
                (length,) = _LENGTH.unpack_from(copy.data)
                end = _LENGTH.size + length
                if len(copy.data) < end:
                    break
                message = bytes(copy.data[_LENGTH.size : end])
                del copy.data[:end]
                copy.waiting -= 1
                if message.startswith(b"!"):
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


def _work(main: Callable[[], object], setting: Setting, reading: int, writing: int) -> NoReturn:
    """What a copy does."""
    kept = Kept()
    try:
        while header := _receive(reading, _LENGTH.size):
            spec = _spec(_receive(reading, _LENGTH.unpack(header)[0]))
            try:
                message = b" " + _encode(execute(spec, setting, main, kept))
            except Exception as error:
                message = f"!{type(error).__name__}: {error}".encode()
            _send(writing, message)
    finally:
        _exit(0)


def _send(pipe: int, message: bytes) -> None:
    data = _LENGTH.pack(len(message)) + message
    while data:
        data = data[real.write(pipe, data) :]


def _receive(pipe: int, length: int) -> bytes:
    """So many bytes; none at the end of the pipe."""
    data = b""
    while len(data) < length:
        more = real.read(pipe, length - len(data))
        if not more:
            return b""
        data += more
    return data
