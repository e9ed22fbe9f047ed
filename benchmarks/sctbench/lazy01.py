"""Two additions under a lock, and a thread that claims that they do not both come before it."""

from __future__ import annotations

import threading

from benchmarks.sctbench.threads import run


class _Data:
    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.value = 0

    def add_one(self) -> None:
        with self.lock:
            self.value += 1

    def add_two(self) -> None:
        with self.lock:
            self.value += 2

    def check(self) -> None:
        with self.lock:
            assert self.value < 3, "both additions came before the check"


def lazy01() -> None:
    """Fails where the check comes last."""
    data = _Data()
    run(data.add_one, data.add_two, data.check)
