"""Trace files: reading them, and what stands in their first line. `docs/trace-format.md` documents every field.

A trace is JSON Lines: a header, an object for each event, an outcome. A trace is data: reading one never runs or
imports anything that it names.
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator
from typing import IO, Annotated, Self, TypeVar

import msgspec

from tracer.events import Event
from tracer.outcome import Outcome

#: Version of the format; a reader refuses others.
FORMAT = 1

#: Any seed fits this, in a trace and in a schedule.
_Seed = Annotated[int, msgspec.Meta(ge=-(1 << 63), le=(1 << 63) - 1)]


class Header(msgspec.Struct, frozen=True):
    """The first line of a trace. `variable` holds what differs from run to run."""

    threadtrace: int
    version: str
    python: str
    program: str
    arguments: list[str]
    module: bool
    seed: _Seed
    strategy: str
    preempt: str
    clock: str
    hash_seed: int
    max_points: int = 0
    keep_going: bool = False
    include: list[str] = []
    learned: list[str] = []
    spurious: bool = False
    exit_fails: bool = False
    variable: dict[str, str] = {}


class TraceError(Exception):
    """A file that is no trace, or a damaged one. The message says where, and what is wrong."""


@contextlib.contextmanager
def consistent(path: str) -> Iterator[None]:
    """Raises TraceError for what analyses run into where no execution has such events: a lock released by nobody."""
    try:
        yield
    except (AssertionError, LookupError) as error:
        raise TraceError(f"{path}: the trace is damaged: its events do not fit each other") from error


_T = TypeVar("_T")

#: No line of a trace is longer; a file without line ends must not be read into memory whole.
_LONGEST_LINE = 1 << 24

#: What decoding raises for what is damaged: not JSON, not what it should be, not UTF-8, nested too deeply.
_DAMAGED = (msgspec.DecodeError, UnicodeError, RecursionError)

#: How much is read at a time.
_BLOCK = 1 << 16

_header = msgspec.json.Decoder(Header)
_event = msgspec.json.Decoder(Event)
_outcome = msgspec.json.Decoder(Outcome)


class TraceReader:
    """Reads a trace that is complete, cut off, or still being written.

    `header` is there from the beginning, `outcome` once it was read; iterating gives the events that are in the
    file by now, and may be repeated as it grows. Raises TraceError for what is not a trace, OSError.
    """

    def __init__(self, path: str) -> None:
        self.path = path
        self.outcome: Outcome | None = None
        # Unbuffered: what is read of a file that is being written may change.
        self._file: IO[bytes] = open(path, "rb", buffering=0)  # noqa: SIM115 - closed by `close`
        self._buffer = bytearray()
        self._position = 0  # of the buffer in the file
        self._begin = 0  # of the next line in the buffer
        self._line = 0
        first = self._next_line()
        if first is None:
            self.close()
            size = os.path.getsize(path)
            raise TraceError(f"{path}: is empty" if not size else f"{path}:1: is not a threadtrace trace")
        self.header = self._decode_header(first)

    def __iter__(self) -> Iterator[Event]:
        while self.outcome is None and (line := self._next_line()) is not None:
            if line.startswith(b'{"ending"'):
                self.outcome = self._decode(_outcome, line)
                if self._next_line() is not None:
                    raise TraceError(f"{self.path}:{self._line}: there is something after the end of the trace")
                return
            yield self._decode(_event, line)

    @property
    def position(self) -> int:
        """Where the lines that were read end, in bytes."""
        return self._position + self._begin

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        self.close()

    def close(self) -> None:
        """Closes the file."""
        self._file.close()

    def _next_line(self) -> bytes | None:
        """The next whole line; None at the end, at a line that is not whole, and at the zeros of a file in use."""
        end = self._buffer.find(b"\n", self._begin)
        if end < 0:
            self._read_on()
            end = self._buffer.find(b"\n", self._begin)
        line = self._buffer[self._begin : end + 1]
        if end < 0 or b"\0" in line:
            if len(self._buffer) - self._begin >= _LONGEST_LINE:
                raise TraceError(f"{self.path}:{self._line + 1}: is not a threadtrace trace: the line has no end")
            # What was read beyond the last whole line may be written over: it is read again next time.
            del self._buffer[self._begin :]
            return None
        self._begin = end + 1
        self._line += 1
        return bytes(line)

    def _read_on(self) -> None:
        """Reads until there is a whole line, or there is no more, or too much."""
        self._position += self._begin
        del self._buffer[: self._begin]
        self._begin = 0
        while len(self._buffer) < _LONGEST_LINE:
            self._file.seek(self._position + len(self._buffer))
            data = self._file.read(_BLOCK)
            self._buffer += data
            if not data or b"\n" in data or b"\0" in data:
                return

    def _decode_header(self, line: bytes) -> Header:
        try:
            header = _header.decode(line)
        except _DAMAGED as error:
            self.close()
            raise TraceError(f"{self.path}:1: is not a threadtrace trace: {error}") from None
        if header.threadtrace != FORMAT:
            self.close()
            raise TraceError(
                f"{self.path}:1: has format {header.threadtrace}, and this version reads {FORMAT}: "
                f"it was written by threadtrace {header.version}"
            )
        return header

    def _decode(self, decoder: msgspec.json.Decoder[_T], line: bytes) -> _T:
        try:
            return decoder.decode(line)
        except _DAMAGED as error:
            raise TraceError(f"{self.path}:{self._line}: the trace is damaged: {error}") from None


def outcome_of(path: str) -> Outcome | None:
    """The outcome of a trace, without reading its events; None of one that was cut off.

    Raises OSError, TraceError.
    """
    with open(path, "rb") as file:
        begin = size = file.seek(0, os.SEEK_END)
        tail = b""
        while begin and b"\n" not in tail[:-1] and len(tail) < _LONGEST_LINE:
            begin = max(0, begin - max(_BLOCK, len(tail)))
            file.seek(begin)
            tail = file.read(size - begin)
    line = tail[tail.rfind(b"\n", 0, -1) + 1 :]
    if not line.startswith(b'{"ending"') or not line.endswith(b"\n"):
        return None
    try:
        return _outcome.decode(line)
    except _DAMAGED as error:
        raise TraceError(f"{path}: the trace is damaged: its last line: {error}") from None


def end_trace(path: str, position: int, outcome: Outcome) -> None:
    """Ends a trace whose writer is gone, after the lines that end at `position`."""
    with open(path, "r+b") as file:
        file.truncate(position)
        file.seek(0, os.SEEK_END)
        file.write(msgspec.json.encode(outcome) + b"\n")


def is_trace(path: str) -> bool:
    """Whether the file begins like a trace: one that may be overwritten by another."""
    with open(path, "rb") as file:
        return file.read(15) == b'{"threadtrace":'
