"""Producers and consumers that wait for what nobody does."""

from __future__ import annotations

import threading

from benchmarks.sctbench.threads import run


class _Slot:
    """A count of items, and conditions that are notified after the section that changed it.

    Python needs another section for that.
    """

    def __init__(self, items: int) -> None:
        self.lock = threading.Lock()
        self.empty = threading.Condition(self.lock)
        self.full = threading.Condition(self.lock)
        self.items = items

    def produce(self) -> None:
        with self.lock:
            while self.items > 0:
                self.empty.wait()
            self.items += 1
        with self.full:
            self.full.notify()

    def look(self) -> None:
        with self.lock:
            while self.items == 0:
                self.full.wait()
        with self.empty:
            self.empty.notify()

    def consume(self) -> None:
        with self.lock:
            while self.items == 0:
                self.full.wait()
            self.items -= 1
        with self.empty:
            self.empty.notify()


def sync01() -> None:
    """Deadlocks on every schedule: the consumer does not take the item that the producer wants gone."""
    slot = _Slot(1)
    run(slot.produce, slot.look)


def sync02() -> None:
    """Deadlocks on every schedule: with two items to begin with, the producer waits for a third consumption."""
    slot = _Slot(2)

    def producer() -> None:
        for _ in range(2):
            slot.produce()

    def consumer() -> None:
        for _ in range(2):
            slot.consume()

    run(producer, consumer)
