"""A quicksort that gives one half of what it divides to an idle thread of a pool.

The sort is that of Bentley and McIlroy (Engineering a sort function, Software: Practice and Experience, 1993): elements
like the pivot are kept at both ends and swapped into the middle at last.
"""

from __future__ import annotations

import threading
from functools import partial

from benchmarks.sctbench.threads import join, start

_WORKERS = 4
_FORK = 4  # both halves are larger where one of them is given away
_SHORT = 7  # fewer elements are sorted by insertion
_ELEMENTS = (
    7,
    6,
    9,
    19,
    17,
    31,
    10,
    12,
    9,
    13,
    26,
    11,
    18,
    27,
    3,
    6,
    28,
    2,
    20,
    24,
    27,
    8,
    7,
    13,
    22,
    26,
    14,
    3,
    19,
    31,
    9,
    26,
)

_IDLE, _WORK, _END = range(3)


class _Worker:
    """A thread of the pool, and the part of the list that it is to sort."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.changed = threading.Condition(self.lock)
        self.state = _IDLE
        self.first = 0
        self.count = 0


class _Sorter:
    def __init__(self) -> None:
        self.elements = [*_ELEMENTS]
        self.lock = threading.Lock()
        self.workers = tuple(_Worker() for _ in range(_WORKERS))
        self.idle = _WORKERS

    def sort(self) -> None:
        threads = start(*[partial(self.work, worker) for worker in self.workers])
        worker = self.workers[0]
        with worker.lock:
            worker.first = 0
            worker.count = len(_ELEMENTS)
            worker.state = _WORK
            self.idle -= 1
            worker.changed.notify()
        join(threads)

    def work(self, worker: _Worker) -> None:
        while True:
            with worker.lock:
                while worker.state == _IDLE:
                    worker.changed.wait()
            if worker.state == _END:
                return
            assert worker.state == _WORK
            self.sort_part(worker)
            with self.lock:
                worker.state = _IDLE
                self.idle += 1
                if self.idle == _WORKERS:
                    self.end_all_but(worker)
                    return

    def end_all_but(self, last: _Worker) -> None:
        for worker in self.workers:
            if worker is not last:
                with worker.lock:
                    worker.state = _END
                    worker.changed.notify()

    def allocate(self) -> _Worker | None:
        """An idle worker, whose lock is held. The bug: its state is changed before the lock is taken."""
        with self.lock:
            for worker in self.workers:
                if worker.state == _IDLE:
                    self.idle -= 1
                    worker.state = _WORK
                    worker.lock.acquire()
                    return worker
        return None

    def sort_part(self, worker: _Worker) -> None:
        first, count = worker.first, worker.count
        while True:
            parts = self.divide(first, count)
            if parts is None:
                self.insertion_sort(first, count)
                return
            less, greater = parts
            other = self.allocate() if less > _FORK and greater > _FORK else None
            if other is not None:
                other.first = first
                other.count = less
                other.changed.notify()
                other.lock.release()
            elif less > 0:
                worker.first = first
                worker.count = less
                self.sort_part(worker)
            if greater == 0:
                return
            first, count = first + count - greater, greater

    def swap(self, one: int, other: int) -> None:
        elements = self.elements
        element = elements[one]
        elements[one] = elements[other]
        elements[other] = element

    def compare(self, one: int, other: int) -> int:
        return self.elements[one] - self.elements[other]

    def insertion_sort(self, first: int, count: int) -> None:
        for end in range(first + 1, first + count):
            place = end
            while place > first and self.compare(place - 1, place) > 0:
                self.swap(place, place - 1)
                place -= 1

    def median(self, a: int, b: int, c: int) -> int:
        if self.compare(a, b) < 0:
            if self.compare(b, c) < 0:
                return b
            return c if self.compare(a, c) < 0 else a
        if self.compare(b, c) > 0:
            return b
        return a if self.compare(a, c) < 0 else c

    def divide(self, first: int, count: int) -> tuple[int, int] | None:
        """How many elements came to lie before those like the pivot, and behind; None where insertion is better."""
        if count < _SHORT:
            return None
        end = first + count
        pivot = first + count // 2
        if count > _SHORT:
            pivot = self.median(first, pivot, end - 1)
        self.swap(first, pivot)
        alike_before = before = first + 1
        alike_behind = behind = end - 1
        swapped = False
        while True:
            while before <= behind and (order := self.compare(before, first)) <= 0:
                if order == 0:
                    swapped = True
                    self.swap(alike_before, before)
                    alike_before += 1
                before += 1
            while before <= behind and (order := self.compare(behind, first)) >= 0:
                if order == 0:
                    swapped = True
                    self.swap(behind, alike_behind)
                    alike_behind -= 1
                behind -= 1
            if before > behind:
                break
            self.swap(before, behind)
            swapped = True
            before += 1
            behind -= 1
        if not swapped:
            return None
        moved = min(alike_before - first, before - alike_before)
        for index in range(moved):
            self.swap(first + index, before - moved + index)
        moved = min(alike_behind - behind, end - 1 - alike_behind)
        for index in range(moved):
            self.swap(before + index, end - moved + index)
        return before - alike_before, alike_behind - behind


def qsort_mt() -> None:
    """Fails where a worker sees its new state before it is told what to sort: its part stays as it was.

    That is so while it does not wait: when it has not begun, or has ended another part and not begun to wait again.
    """
    sorter = _Sorter()
    sorter.sort()
    elements = sorter.elements
    for index in range(1, len(elements)):
        assert elements[index - 1] <= elements[index], "the list is not sorted"
