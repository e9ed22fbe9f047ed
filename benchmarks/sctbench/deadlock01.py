"""Two locks, taken in opposite order."""

from __future__ import annotations

import threading

from benchmarks.sctbench.threads import run


class _Counter:
    def __init__(self) -> None:
        self.a = threading.Lock()
        self.b = threading.Lock()
        self.value = 1

    def up(self) -> None:
        self.a.acquire()
        self.b.acquire()
        self.value += 1
        self.b.release()
        self.a.release()

    def down(self) -> None:
        self.b.acquire()
        self.a.acquire()
        self.value -= 1
        self.a.release()
        self.b.release()


def deadlock01() -> None:
    """Deadlocks where each thread has its first lock.

    Calls, not `with`: up to 3.13, CPython lets no thread go on between two locks that another one takes by `with`.
    """
    shared = _Counter()
    run(shared.up, shared.down)
