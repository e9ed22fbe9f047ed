"""Threads that write two variables, and threads that check that both were written or none."""

from __future__ import annotations

from benchmarks.sctbench.threads import run


class _Pair:
    def __init__(self) -> None:
        self.a = 0
        self.b = 0

    def write(self) -> None:
        self.a = 1
        self.b = -1

    def check(self) -> None:
        assert (self.a == 0 and self.b == 0) or (self.a == 1 and self.b == -1), "only one of two writes was seen"


def reorder(writers: int, checkers: int) -> None:
    """Fails where a check comes after the first write of a thread, and before the second one of any thread."""
    pair = _Pair()
    run(*[pair.write] * writers, *[pair.check] * checkers)


def reorder_3() -> None:
    """Two threads write, one checks."""
    reorder(2, 1)


def reorder_4() -> None:
    """Three threads write, one checks."""
    reorder(3, 1)


def reorder_5() -> None:
    """Four threads write, one checks."""
    reorder(4, 1)


def reorder_10() -> None:
    """Nine threads write, one checks."""
    reorder(9, 1)


def reorder_20() -> None:
    """Ten threads write, ten check."""
    reorder(10, 10)


def reorder_50() -> None:
    """Forty threads write, ten check."""
    reorder(40, 10)


def reorder_100() -> None:
    """Ninety-nine threads write, one checks."""
    reorder(99, 1)
