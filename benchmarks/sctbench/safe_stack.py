"""A stack without locks, whose cells are the elements of an array (Vyukov's SafeStack).

Its author believed that taking a cell's successor away before taking the cell rules the ABA problem out.
"""

from __future__ import annotations

import threading
import time
from functools import partial

from benchmarks.sctbench.threads import run

_THREADS = 3
_CELLS = 3
_ROUNDS = 2
_NOBODY = -1


class _Atomic:
    """An integer with operations that nobody can come between. Reading needs no lock."""

    def __init__(self, value: int) -> None:
        self.lock = threading.Lock()
        self.value = value

    def store(self, value: int) -> None:
        with self.lock:
            self.value = value

    def exchange(self, value: int) -> int:
        """Writes a value, and returns the one before."""
        with self.lock:
            before = self.value
            self.value = value
            return before

    def compare_exchange(self, expected: int, value: int) -> int:
        """Writes a value where the expected one is found. Returns what was found."""
        with self.lock:
            found = self.value
            if found == expected:
                self.value = value
            return found

    def add(self, number: int) -> None:
        with self.lock:
            self.value += number


class _Cell:
    def __init__(self, successor: int) -> None:
        self.owner = _NOBODY
        self.successor = _Atomic(successor)


class _SafeStack:
    def __init__(self) -> None:
        self.count = _Atomic(_CELLS)
        self.head = _Atomic(0)
        self.cells = tuple(_Cell(index + 1 if index + 1 < _CELLS else -1) for index in range(_CELLS))

    def pop(self) -> int:
        while self.count.value > 1:
            head = self.head.value
            successor = self.cells[head].successor.exchange(-1)
            if successor < 0:
                time.sleep(0)
            elif self.head.compare_exchange(head, successor) == head:
                self.count.add(-1)
                return head
            else:
                self.cells[head].successor.exchange(successor)
        return -1

    def push(self, index: int) -> None:
        head = self.head.value
        while True:
            self.cells[index].successor.store(head)
            found = self.head.compare_exchange(head, index)
            if found == head:
                break
            head = found
        self.count.add(1)


def _work(stack: _SafeStack, number: int) -> None:
    for _ in range(_ROUNDS):
        while (index := stack.pop()) < 0:
            time.sleep(0)
        cell = stack.cells[index]
        cell.owner = number
        assert cell.owner == number, "two threads own a cell"
        stack.push(index)


def safe_stack() -> None:
    """Fails where a cell is popped and pushed again while a thread is about to pop it.

    It takes seven preemptions at least: a search through the program's states, in which a thread that sleeps was left
    at no cost, found no schedule with fewer.
    """
    stack = _SafeStack()
    run(*[partial(_work, stack, number) for number in range(_THREADS)])
