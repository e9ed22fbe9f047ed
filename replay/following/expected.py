"""A trace that an execution is expected to repeat, read along with it.

Equal events are equal text, so comparing costs next to nothing; only a line that differs is decoded.
"""

from __future__ import annotations

import mmap

import msgspec

from tracer.events import Event

_event = msgspec.json.Decoder(Event)


class Expected:
    """The events of a trace, one after the other. Raises OSError, ValueError for an empty file."""

    def __init__(self, path: str) -> None:
        self.path = path
        with open(path, "rb") as file:
            self._map = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
        self._begin = 0
        self._end = self._map.find(b"\n") + 1

    def passes(self, line: bytes) -> bool:
        """Whether the next event is this text; if so, goes on to the one after."""
        end = self._end + len(line)
        if self._map[self._end : end] != line:
            return False
        self._begin = self._end
        self._end = end
        return True

    def next(self) -> Event | None:
        """The next event; None where there is none. Goes on to the one after."""
        self._begin = self._end
        self._end = self._map.find(b"\n", self._begin) + 1 or len(self._map)
        return self.last()

    def last(self) -> Event | None:
        """The event that `passes` or `next` has gone over last."""
        try:
            return _event.decode(self._map[self._begin : self._end])
        except (msgspec.DecodeError, UnicodeError, RecursionError):
            return None  # the outcome, or the ragged end of a trace that was cut off
