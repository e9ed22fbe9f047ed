"""Predictions from one trace beside the deadlocks that really can be reached.

With programs of locks, `start` and `join`, of events and of semaphores without permits the analysis is exact: no cycle
is reported that no interleaving leads to, and none is missed but those whose locks include a shorter one's.
"""

from collections import Counter

import pytest

from tests.tracer.analysis.lock_programs import (
    deadlocks,
    random_program,
    ring_program,
    signal_program,
    trace_of,
)
from tracer.analysis.lockorder import lock_order

pytestmark = pytest.mark.one_version

#: What `check` counted: a comparison of nothing with nothing says nothing.
counted = Counter()


def lock_at(program, thread, position):
    return f"L{program[thread][position][1]}"


def check(program, seed):
    """Compares what is reported with what can be reached."""
    made = trace_of(program, seed)
    if made is None:
        return
    events, where = made
    reachable = deadlocks(program)
    order = lock_order(events)
    assert order.complete
    for cycle in order.cycles:
        stands = frozenset(where[one.at.number] for one in cycle.requests)
        assert stands in reachable, (seed, program, cycle)
        counted[len(cycle.locks)] += 1
    reported = [set(cycle.locks) for cycle in order.cycles]
    for ring in reachable:
        locks = {lock_at(program, *one) for one in ring}
        assert locks in reported or (len(ring) > 2 and any(one < locks for one in reported)), (seed, program, ring)
    counted["none"] += not reachable


@pytest.mark.parametrize("first", range(0, 600, 50))
def test_predictions_are_the_deadlocks_that_can_be_reached(first):
    for seed in range(first, first + 50):
        check(random_program(seed), seed)


@pytest.mark.parametrize("first", range(0, 600, 100))
def test_predictions_with_signals(first):
    counted.clear()
    for seed in range(first, first + 100):
        check(signal_program(seed), seed)
    assert counted[2] > 3
    assert counted["none"] > 5


@pytest.mark.parametrize("size", [3, 4, 5])
def test_predictions_of_rings(size):
    counted.clear()
    for seed in range(60):
        check(ring_program(seed, size), seed)
    assert counted[size] > 5
    assert counted["none"] > 5
