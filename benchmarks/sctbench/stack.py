"""A thread that pushes ten times, and one that pops as soon as there has been something once."""

from __future__ import annotations

import threading

from benchmarks.sctbench.threads import run

_SIZE = 10
_OVERFLOW = -1
_UNDERFLOW = -2


class _Stack:
    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.elements = [0] * _SIZE
        self.top = 0
        self.filled = False

    def push(self, value: int) -> int:
        if self.top == _SIZE:
            return _OVERFLOW
        self.elements[self.top] = value
        self.top += 1
        return 0

    def pop(self) -> int:
        if self.top == 0:
            return _UNDERFLOW
        self.top -= 1
        return self.elements[self.top]

    def fill(self) -> None:
        for value in range(_SIZE):
            with self.lock:
                assert self.push(value) != _OVERFLOW, "pushed on a full stack"
                self.filled = True

    def drain(self) -> None:
        for _ in range(_SIZE):
            with self.lock:
                if self.filled:  # the bug: it says what was, not what is
                    assert self.pop() != _UNDERFLOW, "popped from an empty stack"


def stack() -> None:
    """Fails where more is popped than has been pushed."""
    shared = _Stack()
    run(shared.fill, shared.drain)
