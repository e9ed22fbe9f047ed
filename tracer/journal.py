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
import threading
from typing import TYPE_CHECKING, Any

import msgspec

from tracer import real
from tracer.access.sites import Atomic
from tracer.access.variables import Variable
from tracer.labels import encodable
from tracer.places import Origin, describe, origins, user_stack
from tracer.primitives.lock import Lock
from tracer.primitives.rlock import RLock
from tracer.primitives.timeouts import SECOND
from tracer.real import getframe
from tracer.runtime import Limited

if TYPE_CHECKING:
    from types import FrameType

    from tracer.events import Place, RawEvent
    from tracer.labels import Labels
    from tracer.outcome import Outcome
    from tracer.runtime import OperationResult
    from tracer.trace import Header

#: The file has this length first, and then grows by this much at a time.
_FIRST_CHUNK = 1 << 16
_CHUNK = 1 << 20

#: Of more enabled threads than these an event says only how many there are: a thousand threads that wait for one lock
#: would fill the trace with each other's numbers.
_MOST_ENABLED = 64

#: Sets of enabled threads whose text is kept for the next time.
_TEXTS_KEPT = 4096

#: Stands for the label of no object.
_NOTHING = (None, None)

#: Text of a line before its result, after its result, number of its step, place.
_Parts = tuple[str, str, int, "Place"]

_json = msgspec.json.Encoder().encode


#: Operations that make threads wait, or let them go on: a report of them shows how the program came there.
_WITH_STACK = frozenset(
    [
        "lock.acquire",
        "rlock.acquire",
        "condition.wait",
        "condition.notify",
        "semaphore.acquire",
        "semaphore.release",
        "event.wait",
        "event.set",
        "event.clear",
        "barrier.wait",
        "thread.start",
        "thread.join",
        "memory.read",
        "memory.write",
        "memory.use",
    ]
)

#: Callers of a place that an event tells of.
_MOST_CALLERS = 12


def _stack_text(frame: FrameType) -> str:
    """The callers of the innermost frame of the user, of those that are the user's."""
    stack = user_stack(frame, _MOST_CALLERS + 1)[1:]
    return f',"stack":{_text(stack)}' if stack else ""


def _text(value: object) -> str:
    return _json(encodable(value) if isinstance(value, str) else value).decode()


class TraceFull(Exception):
    """There is no space left for the trace."""


class Journal:
    """A trace file that is being written. Implements `tracer.events.Recorder`.

    `steps` has a number for each event, which stands for its thread, operation and object in `symbols`: from these the
    schedule is made.

    Raises OSError when the file cannot be made, `TraceFull` when it cannot grow.
    """

    def __init__(self, path: str, header: Header, labels: Labels) -> None:
        self.path = path
        self.labels = labels
        self.count = 0
        self.steps: list[int] = []
        #: Thread, operation and object -> a number.
        self.symbols: dict[tuple[Any, str, str | None], int] = {}
        self._step = self.steps.append
        self._enabled: dict[Any, None] = {}
        self._enabled_texts: dict[tuple[Any, ...], str] = {}
        self._changes = -1
        self._file = os.open(path, os.O_RDWR | os.O_CREAT | os.O_TRUNC | getattr(os, "O_BINARY", 0), 0o644)
        self._size = 0
        self._end = 0
        self._map: mmap.mmap | None = None
        #: All of a line that repeats: thread, operation, object, place -> the text before and after the result.
        self._parts: dict[tuple[Any, str, str | None, int, int], _Parts] = {}
        self._now = 0
        self._time = "0.0"
        #: Where the last event begins, its number, and the text of which it is made.
        self._last: tuple[int, int, _Parts, str] = (0, 0, ("", "", 0, ((lambda: None).__code__, 0)), "")
        self._write(_json(header) + b"\n")

    @property
    def descriptor(self) -> int:
        """The number of the open file."""
        return self._file

    @property
    def files(self) -> set[str]:
        """The source files of the places in the trace."""
        return {parts[3][0].co_filename for parts in self._parts.values()}

    def watch(self, enabled: dict[Any, None]) -> None:
        """These are going to be the enabled threads."""
        self._enabled = enabled

    def record(self, event: RawEvent) -> bytes:
        """The next event: written at once. Gives the line."""
        thread, operation, target, result, place, now, changes = event
        known = target._threadtrace_label if target is not None else _NOTHING
        created = ""
        if known is None or (known[0] is not self.labels and known is not _NOTHING):
            self.labels.of(target)
            known = target._threadtrace_label
            created = self._introduce(target)
        code, offset = place
        key = (thread, operation, known[1], id(code), offset)
        parts = self._parts.get(key)
        if parts is None:
            parts = self._new_parts(key, place)
            if operation in _WITH_STACK:
                created += _stack_text(getframe(1))
        if now != self._now:
            self._now = now
            self._time = str(now / SECOND)
        self._step(parts[2])
        if changes != self._changes:
            self._changes = changes
            running = tuple(self._enabled)
            created += self._enabled_texts.get(running) or self._new_enabled_text(running)
        self.count = number = self.count + 1
        start = self._end
        if result is True:
            text = "true"
        elif result is None:
            text = "null"
        elif isinstance(result, Limited):
            text = "true" if result else "false"
            created += ',"limited":true'
        else:
            text = _text(result)
        self._last = (start, number, parts, created)
        line = f'{{"number":{number},{parts[0]}{text}{parts[1]}{self._time}{created}}}\n'.encode()
        end = start + len(line)
        if end > self._size:
            self._grow(end)
        self._map[start:end] = line  # type: ignore[index]  # there is one as soon as there is a size
        self._end = end
        return line

    def amend(self, result: OperationResult) -> None:
        """The last event had this result instead."""
        start, number, parts, rest = self._last
        assert self._map is not None
        self._map[start : self._end] = bytes(self._end - start)
        self._end = start
        self._write(f'{{"number":{number},{parts[0]}{_text(result)}{parts[1]}{self._time}{rest}}}\n'.encode())

    def last(self, count: int) -> list[bytes]:
        """The lines of the last events, at most `count` of them."""
        end = self._end
        lines: list[bytes] = []
        while self._map is not None and len(lines) < min(count, self.count):
            begin = self._map.rfind(b"\n", 0, end - 1) + 1
            lines.append(self._map[begin:end])
            end = begin
        return lines[::-1]

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
        real.close(self._file)
        self._file = -1

    def cut(self) -> None:
        """Cuts the file to its length and closes it."""
        if self._map is not None:
            self._map.close()
            self._map = None
        os.ftruncate(self._file, self._end)
        real.close(self._file)
        self._file = -1

    def _introduce(self, target: Any) -> str:
        """What is said of an object once, in its first event."""
        place = self.labels.created(target)
        text = f',"created":{_text(place)}' if place else ""
        if makers := self.labels.makers(target):
            text += f',"makers":{_text(makers)}'
        if isinstance(target, threading.Condition) and isinstance(target._lock, Lock | RLock):  # type: ignore[attr-defined]
            text += f',"lock":{_text(self.labels.of(target._lock))}'  # type: ignore[attr-defined]
        elif isinstance(target, Variable) and (whole := target.part_of_all) is not None:
            text += f',"part_of":{_text(self.labels.of(whole))}'
        elif isinstance(target, threading.Barrier):
            text += f',"size":{target._parties}'  # type: ignore[attr-defined]
        elif isinstance(target, threading.Semaphore):
            text += f',"size":{target._value}'
        return text

    def _new_enabled_text(self, running: tuple[Any, ...]) -> str:
        if len(running) > _MOST_ENABLED:
            return f',"enabled":{len(running)}'
        text = f',"enabled":[{",".join(str(thread.index) for thread in running)}]'
        if len(self._enabled_texts) < _TEXTS_KEPT:
            self._enabled_texts[running] = text
        return text

    def _new_parts(self, key: tuple[Any, str, str | None, int, int], place: Place) -> _Parts:
        thread, operation, label, _, _ = key
        before = f'"thread":{_text(thread.label)},"operation":"{operation}","object":{_text(label)},"result":'
        shown = "" if origins[place[0].co_filename] is Origin.OWN else describe(*place)
        if type(operation) is Atomic:
            operation = str.__str__(operation)
        step = self.symbols.setdefault((thread, operation, label), len(self.symbols))
        # The code is kept, so that its id stays its own.
        atomic = ',"atomic":true' if type(key[1]) is Atomic else ""
        parts = self._parts[key] = (before, f'{atomic},"place":{_text(shown)},"time":', step, place)
        return parts

    def _write(self, data: bytes) -> None:
        end = self._end + len(data)
        self._grow(end)
        self._map[self._end : end] = data  # type: ignore[index]  # there is one as soon as there is a size
        self._end = end

    def _grow(self, end: int) -> None:
        """Makes room up to `end`."""
        while self._size < end:
            self._add_chunk()

    def _add_chunk(self) -> None:
        try:
            os.lseek(self._file, self._size, os.SEEK_SET)
            left = chunk = _CHUNK if self._size else _FIRST_CHUNK
            while left:
                left -= real.write(self._file, bytes(left))
        except OSError as error:
            raise TraceFull(error.strerror) from error
        self._size += chunk
        if self._map is not None:
            self._map.close()
        self._map = mmap.mmap(self._file, self._size)
