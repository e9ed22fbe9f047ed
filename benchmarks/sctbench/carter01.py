"""Two classes of operations that exclude each other, by a lock: the first of a class takes it, the last releases it."""

from __future__ import annotations

import threading

from benchmarks.sctbench.threads import run


class _Classes:
    def __init__(self) -> None:
        self.mutex = threading.Lock()
        self.turn = threading.Lock()
        self.a = 0
        self.b = 0

    def first(self) -> None:
        with self.mutex:
            self.a += 1
            if self.a == 1:
                self.turn.acquire()
        with self.mutex:
            self.a -= 1
            if self.a == 0:
                self.turn.release()

    def second(self) -> None:
        with self.mutex:
            self.b += 1
            if self.b == 1:
                self.turn.acquire()
        with self.mutex:
            self.b -= 1
            if self.b == 0:
                self.turn.release()

    def nothing(self) -> None:
        pass


def carter01() -> None:
    """Deadlocks where one class waits for its turn with the mutex that the other one needs to give it up."""
    shared = _Classes()
    run(shared.first, shared.second, shared.nothing, shared.nothing)
