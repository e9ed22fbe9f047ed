"""Meetings: threads go on until they meet, and then it is drawn who comes first."""

import threading
from itertools import pairwise

from replay.strategies import meetings
from replay.strategies.meetings import Meetings
from tests.replay.strategies.support import (
    Thing,
    Wrong,
    assert_near,
    failures,
    play,
    random_walk,
    share,
    started,
    writes,
)

SEEDS = 2000


def changes(order):
    return sum(one != other for one, other in pairwise(order))


def test_who_meets_nobody_goes_on_to_the_end(monkeypatch):
    monkeypatch.setattr(meetings, "_MAGNITUDES", 1000)  # a change elsewhere in one execution of a hundred
    programs = [writes(*[Thing()] * 50) for _ in range(3)]
    assert share(Meetings, programs, lambda order: changes(order) == 2, SEEDS) > 0.97


def test_it_is_drawn_who_comes_first(monkeypatch):
    """The second thread stands before the last step of the first one: half of the times in which it was late so far."""
    monkeypatch.setattr(meetings, "_MAGNITUDES", 1000)
    shared = Thing()
    programs = [writes(*[Thing()] * 50, shared), writes(shared)]
    found = share(Meetings, programs, lambda order: order.index(1) == 50, SEEDS)
    assert_near(found, 0.25, SEEDS, deviations=6)


def test_reads_do_not_meet(monkeypatch):
    monkeypatch.setattr(meetings, "_MAGNITUDES", 1000)
    shared = Thing()
    programs = [[*writes(*[Thing()] * 50), ("memory.read", shared)], [("memory.read", shared)]]
    assert share(Meetings, programs, lambda order: order.index(1) == 50, SEEDS) < 0.03


def test_a_thread_is_caught_between_two_steps_too():
    """Seldom in some executions, often in others: anywhere in the first thread, and all the way."""
    programs = [writes(*[Thing()] * 50) for _ in range(2)]
    orders = [changes(play(Meetings(seed), programs)) for seed in range(SEEDS)]
    assert min(orders) == 1
    assert sum(2 <= number <= 5 for number in orders) > SEEDS / 20
    assert sum(number >= 20 for number in orders) > SEEDS / 20


def test_a_thread_that_is_late_for_its_very_first_lock():
    """The other one has a long way to go until there is one step in which it has to come."""

    def main():
        lock = threading.Lock()
        state, given = ["idle"], [None]

        def work():
            with lock:
                if state[0] == "work" and given[0] is None:
                    raise Wrong

        def give():
            for _ in range(60):
                state.append("")
            state[0] = "work"
            with lock:
                given[0] = 1

        started(work, give)

    assert failures(main, lambda seed, profile: Meetings(seed), 60) >= 2
    assert failures(main, random_walk, 60) == 0
