"""A sender and a receiver that take turns by flags, each with as many tries as there are items."""

from __future__ import annotations

import threading

from benchmarks.sctbench.threads import run

_CAPACITY = 10
_ITEMS = 7
_ERROR = -1


class _Buffer:
    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.items = [0] * _CAPACITY
        self.first = 0
        self.next = 0
        self.may_send = True
        self.may_receive = False

    def insert(self, item: int) -> int:
        if self.next >= _CAPACITY:
            return _ERROR
        self.items[self.next] = item
        self.next = (self.next + 1) % _CAPACITY
        assert self.next < _CAPACITY
        return item

    def remove(self) -> int:
        assert self.first >= 0
        if self.next > 0 and self.first < _CAPACITY:
            self.first += 1
            return self.items[self.first - 1]
        return _ERROR

    def send(self) -> None:
        for item in range(_ITEMS):
            with self.lock:
                if self.may_send:
                    self.insert(item)
                    self.may_send = False
                    self.may_receive = True

    def receive(self) -> None:
        for item in range(_ITEMS):
            with self.lock:
                if self.may_receive:
                    assert self.remove() == item, "another item was received than expected"
                    self.may_receive = False
                    self.may_send = True


def circular_buffer() -> None:
    """Fails where the receiver tries in vain, and expects the next item when one is there."""
    shared = _Buffer()
    run(shared.send, shared.receive)
