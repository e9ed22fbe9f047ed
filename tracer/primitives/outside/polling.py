"""Which of some open files are ready, for what."""

from __future__ import annotations

import select
from typing import TYPE_CHECKING

from tracer import real

if TYPE_CHECKING:
    from collections.abc import Mapping

#: As `select.poll` names them; where there is no such thing, as on Windows, its numbers on Linux.
READABLE: int = getattr(select, "POLLIN", 1)
URGENT: int = getattr(select, "POLLPRI", 2)
WRITABLE: int = getattr(select, "POLLOUT", 4)


def ready(wanted: Mapping[int, int], seconds: float = 0.0) -> list[int]:
    """Those of the files that are ready for what is wanted of them, waiting `seconds` for the first one.

    A file with an error, or that is closed at the other end, is ready: an operation on it does not block.
    """
    if not wanted:
        if seconds:
            real.sleep(seconds)
        return []
    if real.poll is None:
        return _selected(wanted, seconds)
    poller = real.poll()
    for file, events in wanted.items():
        poller.register(file, events)
    return [file for file, _ in poller.poll(seconds * 1000)]


def _selected(wanted: Mapping[int, int], seconds: float) -> list[int]:
    """The same with `select`."""
    reading = [file for file, events in wanted.items() if events & READABLE]
    writing = [file for file, events in wanted.items() if events & WRITABLE]
    found = {file for files in real.select_(reading, writing, list(wanted), seconds) for file in files}
    return [file for file in wanted if file in found]
