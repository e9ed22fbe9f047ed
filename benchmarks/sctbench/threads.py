"""Starting and joining threads, as the programs do it."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable


def start(*bodies: Callable[[], object]) -> tuple[threading.Thread, ...]:
    """A running thread for each body, started in this order."""
    threads = tuple(threading.Thread(target=body) for body in bodies)
    for thread in threads:
        thread.start()
    return threads


def join(threads: Iterable[threading.Thread]) -> None:
    for thread in threads:
        thread.join()


def run(*bodies: Callable[[], object]) -> None:
    """A thread for each body; returns when all have ended."""
    join(start(*bodies))
