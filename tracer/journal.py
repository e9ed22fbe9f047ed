"""Writes a trace file while the program runs.

Each event is in the file the moment it happened, although nothing is flushed: the lines are written into a
memory-mapped file, whose pages belong to the operating system. A program that is killed, crashes the interpreter or
calls `os._exit` loses nothing. The file grows by whole chunks of zeros, written, not only reserved, so that a full disk
is an error here and not a bus error later; what is left of the last chunk is cut off at the end, and readers
ignore it when nobody was left to cut it off.
"""

from __future__ import annotations

import mmap
import os
from typing import TYPE_CHECKING

import msgspec

from tracer.labels import encodable
from tracer.places import Origin, describe, origins
from tracer.primitives.timeouts import SECOND

if TYPE_CHECKING:
    from tracer.events import RawEvent
    from tracer.labels import Labels
    from tracer.outcome import Outcome
    from tracer.runtime import OperationResult
    from tracer.trace import Header

#: The file grows by this much at a time.
_CHUNK = 1 << 20

_json = msgspec.json.Encoder().encode


def _text(value: object) -> str:
    return _json(encodable(value) if isinstance(value, str) else value).decode()


class TraceFull(Exception):
    """There is no space left for the trace."""


class Journal:
    """A trace file that is being written. Implements `tracer.events.Recorder`.

    Raises OSError when the file cannot be made, `TraceFull` when it cannot grow.
    """

    def __init__(self, path: str, header: Header, labels: Labels) -> None:
        self.path = path
        self.labels = labels
        self.count = 0
        self._file = os.open(path, os.O_RDWR | os.O_CREAT | os.O_TRUNC | getattr(os, "O_BINARY", 0), 0o644)
        self._size = 0
        self._end = 0
        self._map: mmap.mmap | None = None
        #: All of a line that repeats: operation, object, place -> the text before and after the result.
        self._parts: dict[tuple[str, int, int, int], tuple[str, str, object]] = {}
        self._last: tuple[int, RawEvent] | None = None
        self._write(_json(header) + b"\n")

    def record(self, event: RawEvent) -> None:
        """The next event: written at once."""
        thread, operation, target, result, code, offset, now = event
        key = (operation, id(target), id(code), offset)
        parts = self._parts.get(key)
        self.count = number = self.count + 1
        created = ""
        if parts is None:
            parts, created = self._new_parts(key, event)
        if result is True:
            text = "true"
        elif result is None:
            text = "null"
        else:
            text = _text(result)
        line = (
            f'{{"number":{number},"thread":{thread.json},{parts[0]}{text}{parts[1]}{now / SECOND}{created}}}\n'
        ).encode()
        start = self._end
        self._end = end = start + len(line)
        if end > self._size:
            self._end = start
            self._write(line)
        else:
            self._map[start:end] = line  # type: ignore[index]  # there is one as soon as there is a size
        self._last = (start, event)

    def amend(self, result: OperationResult) -> None:
        """The last event had this result instead."""
        assert self._last is not None
        start, event = self._last
        assert self._map is not None
        self._map[start : self._end] = bytes(self._end - start)
        self._end = start
        self.count -= 1
        self.record((*event[:3], result, *event[4:]))

    def close(self, outcome: Outcome) -> None:
        """Writes the outcome and cuts the file to its length."""
        if self._file < 0:
            return
        try:
            self._write(_json(outcome) + b"\n")
        finally:
            self.cut()

    def cut(self) -> None:
        """Cuts the file to its length and closes it."""
        if self._map is not None:
            self._map.close()
            self._map = None
        os.ftruncate(self._file, self._end)
        os.close(self._file)
        self._file = -1

    def _new_parts(self, key: tuple[str, int, int, int], event: RawEvent) -> tuple[tuple[str, str, object], str]:
        _, operation, target, _, code, offset, _ = event
        known = self.labels.knows(target)
        label = self.labels.of(target)
        before = f'"operation":"{operation}","object":{_text(label)},"result":'
        place = "" if origins[code.co_filename] is Origin.OWN else describe(code, offset)
        after = f',"place":{_text(place)},"time":'
        # Target and code are kept, so that their ids stay their own.
        parts = self._parts[key] = (before, after, (target, code))
        created = None if known else self.labels.created(target)
        return parts, f',"created":{_text(created)}' if created else ""

    def _write(self, data: bytes) -> None:
        end = self._end + len(data)
        while end > self._size:
            self._grow()
        assert self._map is not None
        self._map[self._end : end] = data
        self._end = end

    def _grow(self) -> None:
        try:
            os.lseek(self._file, self._size, os.SEEK_SET)
            left = _CHUNK
            while left:
                left -= os.write(self._file, bytes(left))
        except OSError as error:
            raise TraceFull(error.strerror) from error
        self._size += _CHUNK
        if self._map is not None:
            self._map.close()
        self._map = mmap.mmap(self._file, self._size)
