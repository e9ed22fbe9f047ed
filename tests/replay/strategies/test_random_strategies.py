"""Strategies that choose by chance find what they should as often as they should.

Three kinds of oracle: probabilities that can be worked out, on programs of a few steps that are played without a
kernel; uniformity, by chi-square; and the published numbers of executions to the first bug, on the published programs.
Every seed is fixed, so that nothing here is a matter of luck: the bounds say how far from the expectation a right
program could be, and a wrong one would be further off.
"""

import collections
import math
import threading
import time
from itertools import combinations

import msgspec
import pytest

from replay.strategies import STRATEGIES, make_fair
from replay.strategies.pct import Pct
from replay.strategies.places import Places
from replay.strategies.pos import Pos
from replay.strategies.profile import Profile
from replay.strategies.random_walk import RandomWalk
from replay.strategies.surw import Surw
from replay.strategies.urw import Urw
from tests.replay.strategies.support import (
    State,
    Thing,
    account,
    assert_near,
    bluetooth,
    execute,
    failures,
    play,
    profile_of,
    random_walk,
    reorder,
    share,
    started,
    stringbuffer,
    two_stages,
    writes,
)
from tracer.outcome import FailureKind

#: Program, strategy, executions, and between which numbers there must be one that fails. Behind it what is published
#: for the program, and what a reference implementation took on the same steps.
FOUND = [
    (account, Surw, 150, 2.5, 6.0),  # 5.8, 3.6
    (account, Pos, 150, 2.5, 7.0),  # 4.1, 6.5
    (reorder(2, 1), Surw, 150, 2.5, 9.0),  # 7.3, 6.0
    (reorder(2, 1), Pct, 200, 12.0, 50.0),  # 185, 21.4
    (reorder(2, 1), Pos, 200, 8.0, 30.0),  # 85, 20.9
    (reorder(2, 1), Urw, 150, 3.0, 16.0),  # 23.9, 11.2
    (reorder(4, 1), Surw, 200, 6.0, 16.0),  # 10.4, 10.1
    (reorder(10, 10), Surw, 60, 2.5, 10.0),  # 6.0, 5.8
    (two_stages(10, 10), Surw, 150, 4.0, 14.0),  # 5.7, 3.3
    (bluetooth, Surw, 200, 6.0, 20.0),  # 70.2, 11.4
    (bluetooth, Pos, 200, 6.0, 20.0),  # 36.1, 15.2
    (bluetooth, Pct, 200, 8.0, 40.0),  # 112.5, 25.9
    (stringbuffer, Surw, 150, 3.5, 10.0),  # 8.5, 5.6
    (stringbuffer, Pos, 150, 5.0, 15.0),  # 23.4, 14.1
    (reorder(2, 1), Places, 150, 5.0, 20.0),  # of RFF, in this and the next ones: 6.7
    (reorder(10, 10), Places, 60, 5.0, 20.0),  # 5.8
    (reorder(60, 1), Places, 40, 4.0, 20.0),  # 5.8, with a hundred threads
    (two_stages(60, 1), Places, 240, 10.0, 50.0),  # 56, with a hundred threads
]


@pytest.mark.parametrize(
    ("main", "make", "executions", "least", "most"),
    FOUND,
    ids=[f"{row[0].__qualname__.partition('.')[0]}-{row[1].__name__}-{number}" for number, row in enumerate(FOUND)],
)
def test_bugs_are_found_as_soon_as_published(main, make, executions, least, most):
    profile, learned = profile_of(main)
    found = failures(main, make, executions, profile, learned)
    assert executions / most <= found <= executions / least, executions / max(found, 1)


def test_a_read_among_nine_writers_is_found_by_surw_only():
    main = reorder(9, 1)
    profile, learned = profile_of(main)
    assert failures(main, Surw, 200, profile, learned) > 200 / 60
    assert failures(main, random_walk, 300) == 0


def test_pos_beats_the_random_walk_where_one_thread_has_to_wait_for_long():
    main = two_stages(1, 1)
    assert failures(main, Pos, 250) > 2 * failures(main, random_walk, 250)


# Programs without a kernel -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("setters", [2, 3, 4])
def test_pct_meets_its_bound_exactly(setters):
    """Of `reorder` the bound is the probability: 1 / 21, 1 / 36 and 1 / 55.

    The checker must have the second of n priorities, and the first change be at the first of k steps. k counts all
    steps, as the paper does. That here only choices count, where more than one thread is enabled, changes nothing: in
    all executions that fail the step is one.
    """
    threads, steps = setters + 1, 2 * setters + 3
    one, other = Thing(), Thing()
    programs = [writes(one, other)] * setters + [[("memory.read", one), ("memory.read", one), ("memory.read", other)]]
    profile = Profile(points=steps)

    def fails(order):  # the first check is after a first write, and the last before any second one
        checks = [at for at, thread in enumerate(order) if thread == setters]
        return order.index(setters) > 0 and all(order[: checks[-1]].count(setter) < 2 for setter in range(setters))

    seeds = 6000
    probability = 1 / (threads * steps)
    assert_near(share(lambda seed: Pct(seed, profile, 2), programs, fails, seeds), probability, seeds)
    assert share(lambda seed: Pct(seed, profile, 1), programs, fails, 500) == 0


def test_pct_meets_its_bound_under_the_kernel():
    """The same program as it is, with the main thread and the beginnings of threads: more threads, and more choices."""
    main = reorder(2, 1)
    profile, learned = profile_of(main)
    executions = 400
    bound = executions / (4 * profile.points)
    found = failures(main, lambda seed, known: Pct(seed, known, 2), executions, profile, learned)
    assert found >= bound - 2 * math.sqrt(bound)
    assert failures(main, lambda seed, known: Pct(seed, known, 1), executions, profile, learned) == 0


def test_pct_never_changes_priorities_at_every_choice():
    """With three choices there is one change at the most, so that some thread runs on for two of them."""
    thing = Thing()
    orders = {tuple(play(Pct(seed, Profile(points=3), 20), [writes(thing, thing)] * 2)) for seed in range(200)}
    assert (0, 0, 1, 1) in orders
    assert (0, 1, 1, 0) in orders
    assert (0, 1, 0, 1) not in orders


def test_pos_gives_a_waiting_operation_one_priority():
    """It comes before the fifth operation of another thread with a probability of 5 / 6; of 31 / 32 by chance."""
    common = Thing()
    programs = [writes(*[Thing() for _ in range(4)], common), writes(common)]
    seeds = 4000

    def last(order):
        return order[-1] == 1

    assert_near(share(Pos, programs, last, seeds), 1 / 6, seeds)
    assert_near(share(RandomWalk, programs, last, seeds), 1 / 32, seeds)


def test_pos_draws_again_for_what_has_lost_a_race():
    """It would come last with a probability of 1 / 6 instead of 1 / 2 * 1 / 5 if it were known to be small."""
    common = Thing()
    programs = [writes(common, *[Thing() for _ in range(4)]), writes(common)]
    reads = [[("memory.read", common), *programs[0][1:]], [("memory.read", common)]]
    seeds = 4000

    def last(order):
        return order[-1] == 1

    assert_near(share(Pos, programs, last, seeds), 1 / 10, seeds)
    assert_near(share(Pos, reads, last, seeds), 1 / 6, seeds)


def test_urw_is_uniform_over_all_interleavings_and_the_random_walk_is_not():
    thing = Thing()
    programs = [writes(*[thing] * 5)] * 2
    profile = Profile(threads={"0": 5, "1": 5})
    everything = [tuple(int(at in ones) for at in range(10)) for ones in combinations(range(10), 5)]
    seeds = 252 * 20
    uniform = chi_square(everything, (tuple(play(Urw(seed, profile), programs)) for seed in range(seeds)))
    walk = chi_square(everything, (tuple(play(RandomWalk(seed), programs)) for seed in range(seeds)))
    assert uniform < 251 + 4 * math.sqrt(2 * 251)
    assert walk > 3000  # 4900 for a sample of this size, by the published 24498 for 25200


def chi_square(everything, sample):
    """251 is expected for 252 outcomes that are equally likely, and so on; the deviation is the root of twice that."""
    counts = collections.Counter(sample)
    assert counts.keys() <= set(everything)
    expected = counts.total() / len(everything)
    return sum((counts[one] - expected) ** 2 / expected for one in everything)


# Programs under the kernel -----------------------------------------------------------------------------------------


def one_and_a_child(times, noise=0):
    """Two threads with as many accesses to `x`; the child has accesses to something else before each of them."""

    def main():
        state = State(x=0, noise=0)

        def work():
            for _ in range(times):
                for _ in range(noise):
                    state.noise = 1
                state.x = 1

        thread = threading.Thread(target=work)
        thread.start()
        for _ in range(times):
            state.x = 1
        thread.join()

    return main


def orders_of(main, make, executions):
    """The orders of the accesses to `x`: 1 for those of the child."""
    profile, learned = profile_of(main, 3)
    for seed in range(executions):
        events = execute(main, make(seed, profile), learned=learned)[1]
        yield tuple(int(label != "MainThread") for label, _, target in events if target == "state.x")


def test_urw_is_uniform_with_threads_that_are_started():
    everything = [tuple(int(at in ones) for at in range(6)) for ones in combinations(range(6), 3)]
    assert chi_square(everything, orders_of(one_and_a_child(3), Urw, 400)) < 19 + 4 * math.sqrt(2 * 19)
    assert chi_square(everything, orders_of(one_and_a_child(3), random_walk, 400)) > 100


def test_surw_is_uniform_over_what_matters_whatever_else_there_is():
    everything = [tuple(int(at in ones) for at in range(6)) for ones in combinations(range(6), 3)]
    main = one_and_a_child(3, noise=5)
    assert chi_square(everything, orders_of(main, Surw, 400)) < 19 + 4 * math.sqrt(2 * 19)
    assert chi_square(everything, orders_of(main, Urw, 400)) > 100
    assert chi_square(everything, orders_of(main, Pos, 400)) > 100


@pytest.mark.parametrize("make", [Pct, Pos, Urw, Surw])
@pytest.mark.parametrize("preempt", ["sync", "any"])
def test_a_seed_and_a_profile_give_one_execution(make, preempt):
    main = two_stages(2, 2)
    profile, learned = profile_of(main, 3, preempt=preempt)
    runs = [execute(main, make(seed, profile), preempt=preempt, learned=learned)[1] for seed in [*range(8), *range(8)]]
    assert runs[:8] == runs[8:]
    assert len({tuple(run) for run in runs}) > 4


@pytest.mark.parametrize("make", [Pct, Pos, Urw, Surw])
def test_nothing_needs_to_be_known_beforehand(make):
    outcome, _ = execute(two_stages(2, 2), make(1))
    assert {failure.kind for failure in outcome.failures} <= {FailureKind.EXCEPTION}


@pytest.mark.parametrize("make", [Pct, Pos, Urw, Surw])
def test_what_is_known_may_be_wrong(make):
    profile = Profile(points=1, threads={"": 1, "7": 100}, objects={"state.one": {"": 3, "9.1": 1}, "no such": {}})
    profile = msgspec.structs.replace(profile, written=frozenset(["state.one", "no such"]))
    for seed in range(10):
        execute(two_stages(2, 2), make(seed, profile))


@pytest.mark.parametrize("strategy", STRATEGIES)
@pytest.mark.parametrize("clock", ["virtual", "any"])
@pytest.mark.parametrize("seconds", [0, 1])
def test_who_sleeps_until_another_is_done_does_not_go_first_for_ever(clock, seconds, strategy):
    def main():
        state = State(done=False)

        def poll():
            while not state.done:
                time.sleep(seconds)

        def finish():
            state.done = True

        started(poll, poll, finish)

    for seed in range(30):
        outcome, _ = execute(main, make_fair(strategy, seed, "sync"), clock=clock, max_points=500)
        assert not outcome.failures


def test_who_waits_for_a_limited_time_over_and_over_does_not_go_first_for_ever():
    def main():
        condition = threading.Condition()
        state = State(done=False)

        def poll():
            with condition:
                while not state.done:
                    condition.wait(1)

        def finish():
            with condition:
                state.done = True

        started(poll, poll, finish)

    for seed in range(30):
        outcome, _ = execute(main, Pct(seed), clock="any", max_points=200)
        assert not outcome.failures
