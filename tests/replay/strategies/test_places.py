"""Places: where a thread stands decides who goes first, and not which thread it is."""

import threading

import pytest

from replay.strategies import places
from replay.strategies.places import Places
from tests.replay.strategies.support import execute, started


def preferences(seed):
    """Of three locks, one after the other in the same code: which one a thread came to that went before which other."""
    locks = [threading.Lock() for _ in range(3)]

    def work():
        locks[0].acquire(blocking=False)
        locks[1].acquire(blocking=False)
        locks[2].acquire(blocking=False)

    stands, preferred = {}, set()
    for thread, operation, _ in execute(lambda: started(*[work] * 6), Places(seed), preempt="sync")[1]:
        if operation == "thread.begin" and thread != "MainThread":
            stands[thread] = 0
        elif operation == "lock.acquire":
            preferred |= {(stands[thread], other) for other in stands.values() if other not in (stands[thread], 3)}
            stands[thread] += 1
    return preferred


def test_one_place_is_preferred_to_another_all_the_time(monkeypatch):
    monkeypatch.setattr(places, "_SHARED", 1.0)
    seen = set()
    for seed in range(60):
        preferred = preferences(seed)
        assert not preferred & {(other, one) for one, other in preferred}, seed
        seen |= preferred
    assert seen == {(one, other) for one in range(3) for other in range(3) if one != other}


def test_some_places_tell_threads_apart():
    mixed = [seed for seed in range(60) if (seen := preferences(seed)) & {(other, one) for one, other in seen}]
    assert 5 < len(mixed) < 55


def test_threads_at_one_place_come_in_any_order(monkeypatch):
    monkeypatch.setattr(places, "_SHARED", 1.0)
    orders = set()
    for seed in range(200):
        came = []
        execute(lambda came=came: started(*[lambda name=name: came.append(name) for name in "abc"]), Places(seed))
        orders.add("".join(came))
    assert len(orders) == 6


def test_code_that_is_gone_is_not_taken_for_other_code():
    """The same seed gives the same execution, wherever code that is made while it runs comes to lie."""

    def main():
        came = []

        def work():
            for _ in range(5):
                exec("came.append(1)", {"came": came})

        started(work, work, work)

    orders = []
    for seed in (1, 1, 2):
        kept = [compile(f"x = {number}", "x", "exec") for number in range(seed * len(orders))]
        orders.append([event[:2] for event in execute(main, Places(seed))[1]])
        del kept
    assert orders[0] == orders[1] != orders[2]


@pytest.mark.parametrize("seed", range(5))
def test_no_place_goes_on_for_ever(monkeypatch, seed):
    """A priority does not last: who has to be waited for comes, without any help by whoever looks after fairness."""
    monkeypatch.setattr(places, "_LASTS", 10)
    done = threading.Event()

    def poll():
        while not done.is_set():
            pass

    done.clear()
    outcome, _ = execute(lambda: started(poll, done.set), Places(seed), max_points=5_000)
    assert not outcome.failures
