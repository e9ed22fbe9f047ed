"""How long an analysis takes, and in which order findings come."""

import itertools
import time

import pytest

from tests.tracer.analysis.support import written
from tests.tracer.pictures.support import Program, ring
from tracer.analysis.finding import FindingKind
from tracer.analysis.findings import folded

pytestmark = pytest.mark.one_version

#: Ten times and more of what was measured, for slow machines.
SECONDS = 2


def test_a_thousand_threads_in_a_ring():
    made = ring(1000)
    begin = time.perf_counter()
    (found,) = written(made)
    assert time.perf_counter() - begin < SECONDS
    assert len(found.threads) == 1000


def test_a_thousand_threads_each_before_another_object():
    made = Program().start(*(f"T{number}" for number in range(1000)))
    for number in range(1000):
        made(f"T{number}", "barrier.wait", f"barriers[{number}]", 0, size=2)
        made.waits(f"T{number}", "barrier.wait", f"barriers[{number}]")
    begin = time.perf_counter()
    found = written(made)
    assert time.perf_counter() - begin < SECONDS
    assert len(found) == 1000
    assert "and 996 more did not arrive" in found[0].message


def test_two_hundred_thousand_events():
    made = Program().start("Waiter", "Notifier")
    for _ in range(40_000):
        made("Notifier", "lock.acquire", "lock", True, "p.py:1")
        made("Notifier", "condition.notify", "condition", 0, "p.py:2", lock="lock")
        made("Notifier", "lock.release", "lock", None, "p.py:3")
        made("Notifier", "event.set", "event", None, "p.py:4")
        made("Notifier", "event.clear", "event", None, "p.py:5")
    made("Waiter", "event.wait", "event", False)
    made.waits("Waiter", "event.wait", "event")
    begin = time.perf_counter()
    (found,) = written(made)
    assert time.perf_counter() - begin < 2 * SECONDS
    assert found.kind is FindingKind.LOST_WAKEUP


def test_the_weightiest_first():
    made = Program().start("A", "B", "C", "D", "E")
    for thread, lock in (("A", "a"), ("B", "b")):
        made(thread, "lock.acquire", lock, True)
    made("C", "event.wait", "event", False)
    made("D", "barrier.wait", "barrier", 0, size=2)
    for thread, operation, target in [
        ("A", "lock.acquire", "b"),
        ("B", "lock.acquire", "a"),
        ("C", "event.wait", "event"),
        ("D", "barrier.wait", "barrier"),
    ]:
        made.waits(thread, operation, target)
    kinds = [one.kind for one in written(made)]
    assert kinds == [FindingKind.DEADLOCK, FindingKind.BARRIER_SHORT, FindingKind.NEVER_WOKEN]
    weight = list(FindingKind)
    assert all(weight.index(one) < weight.index(other) for one, other in itertools.pairwise(kinds))


def test_what_was_said_is_not_said_again():
    (one,) = written(ring(2))
    assert folded([one, one]) == [one]
