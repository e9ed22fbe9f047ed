"""A variable that one thread guards with a lock, and others with another one."""

from __future__ import annotations

import threading

from benchmarks.sctbench.threads import run


class _Data:
    def __init__(self) -> None:
        self.data_lock = threading.Lock()
        self.this_lock = threading.Lock()
        self.value = 0

    def check(self) -> None:
        with self.data_lock:
            before = self.value
            self.value += 1
            assert self.value == before + 1, "the value changed under the lock"

    def add(self) -> None:
        with self.this_lock:
            self.value += 1


def _wrong_lock(others: int) -> None:
    data = _Data()
    run(data.check, *[data.add] * others)


def wronglock() -> None:
    """Fails where one of seven additions comes between a thread's own addition and its check."""
    _wrong_lock(7)


def wronglock_3() -> None:
    """As `wronglock`, with three additions."""
    _wrong_lock(3)
