"""A producer and a consumer that sums what it has consumed, and a sum that is claimed to be impossible."""

from __future__ import annotations

import threading

from benchmarks.sctbench.threads import run

_ITEMS = 3


class _Progression:
    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.empty = threading.Condition(self.lock)
        self.full = threading.Condition(self.lock)
        self.pending = 0
        self.total = 0
        self.done = False

    def produce(self) -> None:
        for _ in range(_ITEMS):
            with self.lock:
                while self.pending > 0:
                    self.empty.wait()
                self.pending += 1
            with self.full:
                self.full.notify()

    def consume(self) -> None:
        for number in range(_ITEMS):
            with self.lock:
                while self.pending == 0:
                    self.full.wait()
                self.total += number
                self.pending -= 1
            with self.empty:
                self.empty.notify()
        self.total += _ITEMS
        self.done = True


def arithmetic_prog() -> None:
    """Fails on every schedule: the sum of 0 to 3 is 6.

    Conditions are notified after the section that changed the state; Python needs another section for it.
    """
    shared = _Progression()
    run(shared.produce, shared.consume)
    if shared.done:
        assert shared.total != _ITEMS * (_ITEMS + 1) // 2, "the total is the sum of the progression"
