"""Philosophers who take both forks at once, count those who have eaten, and claim that not all of them do."""

from __future__ import annotations

import threading
from functools import partial

from benchmarks.sctbench.threads import run


class _Table:
    def __init__(self, seats: int) -> None:
        self.atomic = threading.Lock()
        self.forks = tuple(threading.Lock() for _ in range(seats))
        self.seats = seats
        self.fed = 0

    def dine(self, seat: int) -> None:
        left, right = self.forks[seat], self.forks[(seat + 1) % self.seats]
        with self.atomic, right, left:
            pass
        self.fed += 1
        assert self.fed != self.seats, "all philosophers have eaten"


def _dinner(seats: int) -> None:
    table = _Table(seats)
    run(*[partial(table.dine, seat) for seat in range(seats)])


def din_phil2_sat() -> None:
    """Fails unless an addition is lost: the count reaches the number of philosophers."""
    _dinner(2)


def din_phil3_sat() -> None:
    """As `din_phil2_sat`, with three philosophers."""
    _dinner(3)


def din_phil4_sat() -> None:
    """As `din_phil2_sat`, with four philosophers."""
    _dinner(4)


def din_phil5_sat() -> None:
    """As `din_phil2_sat`, with five philosophers."""
    _dinner(5)


def din_phil6_sat() -> None:
    """As `din_phil2_sat`, with six philosophers."""
    _dinner(6)


def din_phil7_sat() -> None:
    """As `din_phil2_sat`, with seven philosophers."""
    _dinner(7)
