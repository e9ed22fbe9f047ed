"""A deque of work: its owner pushes and pops at the tail without a lock, a thief takes from the head with one.

The protocol is THE (Frigo, Leiserson and Randall: The implementation of the Cilk-5 multithreaded language, PLDI 1998).
Owner and thief move their index first, and then look at the other one's; where they meet, the owner takes the lock.
"""

from __future__ import annotations

import threading
import time
from typing import TYPE_CHECKING

from benchmarks.sctbench.threads import join, start

if TYPE_CHECKING:
    from collections.abc import Callable
    from contextlib import AbstractContextManager

_SIZE = 2  # a power of two
_ITEMS = 4
_STEALS = 2


class _SpinLock:
    """A test-and-set lock: who finds it taken lets others go on, and looks again."""

    def __init__(self) -> None:
        self.taken = threading.Lock()

    def __enter__(self) -> None:
        while not self.taken.acquire(blocking=False):
            time.sleep(0)

    def __exit__(self, *exc_info: object) -> None:
        self.taken.release()


class _Item:
    def __init__(self) -> None:
        self.executed = 0

    def execute(self) -> None:
        self.executed += 1


class _WorkStealQueue:
    def __init__(self, lock: AbstractContextManager[object]) -> None:
        self.lock = lock
        self.head = 0
        self.tail = 0
        self.mask = _SIZE - 1
        self.elements: list[_Item | None] = [None] * _SIZE

    def steal(self) -> _Item | None:
        with self.lock:
            head = self.head
            self.head = head + 1
            if head < self.tail:
                return self.elements[head & self.mask]
            self.head = head
            return None

    def pop(self) -> _Item | None:
        tail = self.tail - 1
        self.tail = tail
        if self.head <= tail:
            return self.elements[tail & self.mask]
        self.tail = tail + 1
        return self.pop_locked()

    def pop_locked(self) -> _Item | None:
        with self.lock:
            item = None
            tail = self.tail - 1
            self.tail = tail
            if self.head <= tail:
                item = self.elements[tail & self.mask]
            else:
                self.tail = tail + 1
            if self.head > tail:
                self.head = 0
                self.tail = 0
                item = None
            return item

    def push(self, item: _Item) -> None:
        tail = self.tail
        if tail < self.head + self.mask + 1:  # the bug: a thief that has moved the head may yet have to take its item
            self.elements[tail & self.mask] = item
            self.tail = tail + 1
        else:
            self.push_locked(item)

    def push_locked(self, item: _Item) -> None:
        with self.lock:
            head = self.head
            count = self.tail - head
            head &= self.mask
            self.head = head
            self.tail = head + count
            if count >= self.mask:
                size = 2 * (self.mask + 1)
                elements: list[_Item | None] = [None] * size
                for index in range(count):
                    elements[index] = self.elements[(head + index) & self.mask]
                self.elements = elements
                self.mask = size - 1
                self.head = 0
                self.tail = count
            assert count < self.mask
            tail = self.tail
            self.elements[tail & self.mask] = item
            self.tail = tail + 1


def _execute(take: Callable[[], _Item | None]) -> None:
    item = take()
    if item is not None:
        item.execute()


def _work(queue: _WorkStealQueue) -> None:
    items = [_Item() for _ in range(_ITEMS)]

    def thief() -> None:
        for _ in range(_STEALS):
            _execute(queue.steal)

    threads = start(thief)
    for index in range(0, _ITEMS, 2):
        queue.push(items[index])
        queue.push(items[index + 1])
        _execute(queue.pop)
    for _ in range(_ITEMS // 2):
        _execute(queue.pop)
    join(threads)
    for item in items:
        assert item.executed == 1, "an item was not executed once"


def work_steal_queue() -> None:
    """Fails where the owner overwrites an item that the thief is about to take.

    That item is lost, and the one in its place is executed twice.
    """
    _work(_WorkStealQueue(threading.Lock()))


def interlocked_work_steal_queue() -> None:
    """As `work_steal_queue`, with a spin lock."""
    _work(_WorkStealQueue(_SpinLock()))
