"""The string buffer of a library: appending another buffer asks it for its length, and then for its characters."""

from __future__ import annotations

import threading

from benchmarks.sctbench.threads import start


class _StringBuffer:
    def __init__(self, text: str = "") -> None:
        self.lock = threading.Lock()
        self.characters = [*text, *[""] * 16]
        self.count = len(text)

    def length(self) -> int:
        with self.lock:
            return self.count

    def get(self, begin: int, end: int, into: list[str], place: int) -> None:
        with self.lock:
            assert begin >= 0
            assert 0 <= end <= self.count, "asked for characters behind the end"
            assert begin <= end
            into[place : place + end - begin] = self.characters[begin:end]

    def reserve(self, count: int) -> None:
        capacity = len(self.characters)
        if count > capacity:
            larger = max(count, (capacity + 1) * 2)
            self.characters = [*self.characters, *[""] * (larger - capacity)]

    def append_buffer(self, other: _StringBuffer) -> None:
        with self.lock:
            length = other.length()
            count = self.count + length
            self.reserve(count)
            other.get(0, length, self.characters, self.count)  # the bug: the length may have changed
            self.count = count

    def append(self, text: str) -> None:
        with self.lock:
            count = self.count + len(text)
            self.reserve(count)
            self.characters[self.count : count] = text
            self.count = count

    def erase(self, begin: int, end: int) -> None:
        with self.lock:
            assert begin >= 0
            end = min(end, self.count)
            assert begin <= end
            length = end - begin
            if length > 0:
                self.characters[begin : self.count - length] = self.characters[end : self.count]
                self.count -= length


def stringbuffer() -> None:
    """Fails where the other buffer is empty for a moment, after it was asked for its length.

    The main thread does not join the thread that erases.
    """
    buffer = _StringBuffer("abc")

    def change() -> None:
        buffer.erase(0, 3)
        buffer.append("abc")

    start(change)
    _StringBuffer().append_buffer(buffer)
