"""A ring of three places with two conditions, and counters of those who wait for them."""

from __future__ import annotations

import threading

from benchmarks.sctbench.threads import run

_PRODUCERS = 2
_CONSUMERS = 2
_ITEMS = 4
_SIZE = 3


class _BoundedBuffer:
    """Holds one item less than it has places."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.not_full = threading.Condition(self.lock)
        self.not_empty = threading.Condition(self.lock)
        self.head = 0
        self.rear = 0
        self.waiting_producers = 0
        self.waiting_consumers = 0
        self.places = [0] * _SIZE

    def put(self, item: int) -> None:
        with self.lock:
            if (self.rear + 1) % _SIZE == self.head:
                self.waiting_producers += 1
                while (self.rear + 1) % _SIZE == self.head:
                    self.not_full.wait()
                self.waiting_producers -= 1
            self.places[self.rear] = item
            self.rear = (self.rear + 1) % _SIZE
            if self.waiting_consumers > 0:
                self.not_empty.notify()

    def get(self) -> int:
        with self.lock:
            if self.head == self.rear:
                self.waiting_consumers += 1
                while self.head == self.rear:
                    self.not_empty.wait()
                self.waiting_consumers -= 1
        with self.lock:  # the bug: the buffer may be empty again
            assert self.head != self.rear, "took an item from an empty buffer"
            item = self.places[self.head]
            self.head = (self.head + 1) % _SIZE
            if self.waiting_producers > 0:
                self.not_full.notify()
            return item


def bounded_buffer() -> None:
    """Fails where a consumer takes an item that another one has seen, and not yet taken.

    The rewritten program is that of the published figures, which has the bug; that of the Inspect suite has five
    threads of each kind and ten items, keeps the lock in between, and does not fail.
    """
    buffer = _BoundedBuffer()

    def produce() -> None:
        for item in range(_ITEMS):
            buffer.put(item)

    def consume() -> None:
        for _ in range(_ITEMS):
            buffer.get()

    run(*[produce] * _PRODUCERS, *[consume] * _CONSUMERS)
