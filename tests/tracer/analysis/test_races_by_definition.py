"""The races of random executions are those that the definition of happens-before has.

Not only which variables are in a race is compared, but with which access of each the first race is found.
"""

from collections import Counter

import pytest

from tests.tracer.analysis.random_accesses import Execution, races, root
from tracer.analysis.races import Races

pytestmark = pytest.mark.one_version

SEEDS = range(1500)


def found(events):
    """Of each variable the position of the access with which its first race was found."""
    watched = Races()
    first = {}
    for position, event in enumerate(events):
        before = len(watched.races)
        watched.feed(event)
        if len(watched.races) > before:
            first.setdefault(root(event.object), position)
    return first


def test_random_executions():
    racy = Counter()
    operations = Counter()
    for seed in SEEDS:
        execution = Execution(seed, 20 + seed % 100)
        expected = races(execution)
        assert found(execution.events) == expected, seed
        racy[len(expected)] += 1
        operations.update(f"{one.operation} {one.result}" for one in execution.events)
    # Executions of every kind: without any race, and with some variables that have none.
    assert all(racy[count] > 50 for count in range(4)), racy
    for one in (
        "condition.reacquire True", "condition.reacquire False", "barrier.leave None",
        "barrier.timeout BrokenBarrierError", "event.wake True", "event.timeout False", "semaphore.acquire True",
        "rlock.acquire True", "lock.locked False", "thread.join True", "socket.recv 1",
    ):  # fmt: skip
        assert operations[one] > 20, (one, operations)
