"""Two threads that fill and empty a queue by turns, and a copy of what each element is expected to be."""

from __future__ import annotations

import threading

from benchmarks.sctbench.threads import run

_SIZE = 20


class _Queue:
    def __init__(self) -> None:
        self.elements = [0] * _SIZE
        self.head = 0
        self.tail = 0
        self.amount = 0

    def empty(self) -> bool:
        return self.head == self.tail

    def enqueue(self, value: int) -> None:
        self.elements[self.tail] = value
        self.amount += 1
        if self.tail == _SIZE:
            self.tail = 1
        else:
            self.tail += 1

    def dequeue(self) -> int:
        value = self.elements[self.head]
        self.amount -= 1
        if self.head == _SIZE:
            self.head = 1
        else:
            self.head += 1
        return value


class _Turns:
    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.queue = _Queue()
        self.stored = [0] * _SIZE
        self.may_enqueue = True
        self.may_dequeue = False
        assert self.queue.empty()

    def fill(self) -> None:
        value = 0
        with self.lock:
            self.queue.enqueue(value)
            self.stored[0] = value
            assert not self.queue.empty()
        for place in range(1, _SIZE):
            with self.lock:
                if self.may_enqueue:
                    value += 1
                    self.queue.enqueue(value)
                    self.stored[place] = value
                    self.may_enqueue = False
                    self.may_dequeue = True

    def drain(self) -> None:
        for place in range(_SIZE):
            with self.lock:
                if self.may_dequeue:
                    assert self.queue.dequeue() == self.stored[place], "another value came out than was stored"
                    self.may_dequeue = False
                    self.may_enqueue = True


def queue() -> None:
    """Fails where the thread that empties comes in vain: it compares with what was stored at a later place."""
    turns = _Turns()
    run(turns.fill, turns.drain)
