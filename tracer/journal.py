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
    from tracer.events import Place, RawEvent
    from tracer.labels import Labels
    from tracer.outcome import Outcome
    from tracer.runtime import OperationResult
    from tracer.trace import Header

#: The file grows by this much at a time.
_CHUNK = 1 << 20

#: Stands for the label of no object.
_NOTHING = (None, None)

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
        self._parts: dict[tuple[str, str | None, int, int], tuple[str, str, Place]] = {}
        #: Where the last event begins, and its text before and after the result.
        self._last = (0, "", "")
        self._write(_json(header) + b"\n")

    def record(self, event: RawEvent) -> None:
        """The next event: written at once."""
        thread, operation, target, result, place, now = event
        known = target._threadtrace_label if target is not None else _NOTHING
        created = ""
        if known is None or (known[0] is not self.labels and known is not _NOTHING):
            self.labels.of(target)
            known = target._threadtrace_label
            created = self._created(target)
        if not thread.json:
            thread.json = _text(thread.label)
        code, offset = place
        key = (operation, known[1], id(code), offset)
        parts = self._parts.get(key) or self._new_parts(key, place)
        if result is True:
            text = "true"
        elif result is None:
            text = "null"
        else:
            text = _text(result)
        self.count = number = self.count + 1
        before = f'{{"number":{number},"thread":{thread.json},{parts[0]}'
        after = f"{parts[1]}{now / SECOND}{created}}}\n"
        self._last = (self._end, before, after)
        self._write(f"{before}{text}{after}".encode())

    def amend(self, result: OperationResult) -> None:
        """The last event had this result instead."""
        start, before, after = self._last
        assert self._map is not None
        self._map[start : self._end] = bytes(self._end - start)
        self._end = start
        self._write(f"{before}{_text(result)}{after}".encode())

    def close(self, outcome: Outcome) -> None:
        """Writes the outcome and cuts the file to its length."""
        if self._file < 0:
            return
        try:
            self._write(_json(outcome) + b"\n")
        finally:
            self.cut()

    def detach(self) -> None:
        """Closes the file as it is: in a forked child, whose parent goes on writing it."""
        if self._map is not None:
            self._map.close()
            self._map = None
        os.close(self._file)
        self._file = -1

    def cut(self) -> None:
        """Cuts the file to its length and closes it."""
        if self._map is not None:
            self._map.close()
            self._map = None
        os.ftruncate(self._file, self._end)
        os.close(self._file)
        self._file = -1

    def _created(self, target: object) -> str:
        place = self.labels.created(target)
        return f',"created":{_text(place)}' if place else ""

    def _new_parts(self, key: tuple[str, str | None, int, int], place: Place) -> tuple[str, str, Place]:
        operation, label, _, _ = key
        before = f'"operation":"{operation}","object":{_text(label)},"result":'
        shown = "" if origins[place[0].co_filename] is Origin.OWN else describe(*place)
        # The code is kept, so that its id stays its own.
        parts = self._parts[key] = (before, f',"place":{_text(shown)},"time":', place)
        return parts

    def _write(self, data: bytes) -> None:
        end = self._end + len(data)
        while end > self._size:
            self._grow()
        self._map[self._end : end] = data  # type: ignore[index]  # there is one as soon as there is a size
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
