"""A download in two parts, and an interrupt that saves how far it has come."""

from __future__ import annotations

import threading
from functools import partial
from itertools import accumulate, pairwise

from benchmarks.sctbench.threads import join, start

#: Of each part, how many bytes come with each read from its socket: as in the original's recording.
_READS = ((7842, 8192, 1539), (7838, 8192, 1544))


class _Part:
    """What one thread downloads."""

    def __init__(self, begin: int, end: int) -> None:
        self.begin = begin
        self.end = end
        self.offset = begin


class _Download:
    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.written = 0
        ends = (0, *accumulate(sum(reads) for reads in _READS))
        self.size = ends[-1]
        self.parts = tuple(_Part(begin, end) for begin, end in pairwise(ends))

    def get(self, part: _Part, reads: tuple[int, ...]) -> None:
        end = part.end
        reading = iter(reads)
        read = next(reading)
        part.offset = part.begin + read
        with self.lock:
            self.written += read
        while part.offset < end:
            read = next(reading)
            part.offset += read
            with self.lock:
                self.written += read

    def save(self) -> None:
        """What the handler of the interrupt does. The bug: it copies the parts, and then the total."""
        if self.written == self.size:
            return
        saved = tuple(part.offset - part.begin for part in self.parts)
        written = self.written
        assert sum(saved) == written, "the total is not that of the parts"


def aget_bug2() -> None:
    """Fails where more is downloaded while the interrupt saves, or between a part's offset and the total.

    The interrupt is a thread of its own, which comes first, and which the main thread does not join.
    """
    download = _Download()
    getters = tuple(partial(download.get, part, reads) for part, reads in zip(download.parts, _READS, strict=True))
    start(download.save)
    join(start(*getters))
