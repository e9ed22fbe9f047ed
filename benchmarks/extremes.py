"""Two programs from the ends of what tools for Python find: no single strategy of another tool finds both.

A ring of locks takes many preemptions, in any order, and defeats priorities and depth-first searches; a needle takes
one, in one place of many, and defeats a random walk.
"""

from __future__ import annotations

import threading
from functools import partial

from benchmarks.sctbench.threads import run


class _Table:
    def __init__(self, seats: int) -> None:
        self.forks = tuple(threading.Lock() for _ in range(seats))

    def dine(self, seat: int) -> None:
        with self.forks[seat], self.forks[(seat + 1) % len(self.forks)]:
            pass


class _Haystack:
    """Is given the numbers up to `size`, the last of which is the needle, and then 0."""

    def __init__(self, size: int) -> None:
        self.size = size
        self.value = 0

    def write(self) -> None:
        for number in range(self.size):
            self.value = number + 1
        self.value = 0

    def read(self) -> None:
        assert self.value != self.size, "found the needle"


def philosophers_6() -> None:
    """Ends in a deadlock where each of six philosophers takes the left fork before any takes the right one."""
    table = _Table(6)
    run(*[partial(table.dine, seat) for seat in range(6)])


def needle_20() -> None:
    """Fails where the only read comes between the twentieth write and the last one."""
    haystack = _Haystack(20)
    run(haystack.read, haystack.write)
