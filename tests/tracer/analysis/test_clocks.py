"""What happened before what, for each primitive."""

import queue
import threading
import time

import pytest

from tests.tracer.analysis.traced import traced
from tracer.analysis.clocks import edges
from tracer.analysis.order import At, Order, clocks

pytestmark = pytest.mark.one_version


def found(path, main, kind):
    """The edges of a kind: operations and threads at both ends."""
    events, outcome = traced(path, main)
    assert not outcome.failures
    by_number = {event.number: event for event in events}
    made = list(edges(events))
    assert [edge.after for edge in made] == sorted(edge.after for edge in made)
    for edge in made:
        assert edge.before < edge.after
        assert by_number[edge.before].thread != by_number[edge.after].thread
    ends = [(by_number[edge.before], by_number[edge.after]) for edge in made if edge.kind == kind]
    return [(f"{a.thread} {a.operation}", f"{b.thread} {b.operation}") for a, b in ends]


def together(*targets):
    threads = [threading.Thread(target=target, name=name) for name, target in zip("ABC", targets, strict=False)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def later(what):
    """Does it when the others have come as far as they can."""
    return lambda: (time.sleep(1), what())


def test_start_and_join(tmp_path):
    def main():
        together(lambda: None, lambda: None)

    assert found(tmp_path, main, "start") == [("MainThread thread.start", "A thread.begin"),
                                              ("MainThread thread.start", "B thread.begin")]  # fmt: skip
    joins = found(tmp_path, main, "join")
    assert joins[:2] == [("A thread.end", "MainThread thread.join"), ("B thread.end", "MainThread thread.join")]


def test_a_thread_that_is_not_alive_any_more(tmp_path):
    def main():
        thread = threading.Thread(target=lambda: None, name="A")
        thread.start()
        time.sleep(1)
        thread.is_alive()

    assert ("A thread.end", "MainThread thread.is_alive") in found(tmp_path, main, "join")


def test_locks(tmp_path):
    lock, rlock = threading.Lock(), threading.RLock()

    def work():
        with lock, rlock, rlock:
            pass
        assert lock.acquire(timeout=1)
        lock.release()

    assert found(tmp_path, lambda: together(work, later(work)), "lock") == [
        ("A lock.release", "B lock.acquire"),
        ("A rlock.release", "B rlock.acquire"),
    ]


def test_a_lock_that_was_not_acquired(tmp_path):
    lock = threading.Lock()

    def main():
        with lock:
            together(lambda: lock.acquire(False), later(lambda: lock.acquire(timeout=1)))

    assert found(tmp_path, main, "lock") == []


def test_conditions(tmp_path):
    condition = threading.Condition()

    def wait():
        with condition:
            condition.wait()

    def notify():
        with condition:
            condition.notify()

    def main():
        together(wait, later(notify))

    assert found(tmp_path, main, "notify") == [("B condition.notify", "A condition.reacquire")]
    assert found(tmp_path, main, "lock") == [
        ("A condition.wait", "B rlock.acquire"),
        ("B rlock.release", "A condition.reacquire"),
    ]


def test_a_wait_that_was_over_before_the_notify(tmp_path):
    condition = threading.Condition()

    def wait():
        with condition:
            condition.wait(1)

    def notify():
        time.sleep(5)
        with condition:
            condition.notify()

    assert found(tmp_path, lambda: together(wait, notify), "notify") == []


def test_semaphores(tmp_path):
    semaphore = threading.Semaphore(1)

    def main():
        together(
            semaphore.acquire, later(lambda: semaphore.release(2)), lambda: (semaphore.acquire(), semaphore.acquire())
        )

    assert found(tmp_path, main, "semaphore") == [("B semaphore.release", "C semaphore.acquire")] * 2


def test_events(tmp_path):
    event = threading.Event()

    def main():
        together(
            event.wait, later(lambda: (event.set(), event.set())), lambda: (time.sleep(2), event.wait(), event.is_set())
        )

    assert sorted(found(tmp_path, main, "set")) == [
        ("B event.set", "A event.wake"),
        ("B event.set", "C event.is_set"),
        ("B event.set", "C event.wait"),
    ]


def test_an_event_that_was_cleared(tmp_path):
    event = threading.Event()
    targets = (
        lambda: (event.set(), event.clear()),
        lambda: (time.sleep(1), event.set()),
        lambda: (time.sleep(2), event.wait()),
    )
    assert found(tmp_path, lambda: together(*targets), "set") == [("B event.set", "C event.wait")]


def test_barriers(tmp_path):
    barrier = threading.Barrier(3)
    assert sorted(found(tmp_path, lambda: together(*[barrier.wait] * 3), "barrier")) == [
        ("A barrier.wait", "C barrier.wait"),
        ("B barrier.wait", "C barrier.wait"),
        ("C barrier.wait", "A barrier.leave"),
        ("C barrier.wait", "B barrier.leave"),
    ]


def test_a_barrier_that_is_aborted(tmp_path):
    barrier = threading.Barrier(3)

    def wait():
        try:
            barrier.wait()
        except threading.BrokenBarrierError:
            pass

    assert found(tmp_path, lambda: together(wait, later(barrier.abort)), "barrier") == [
        ("B barrier.abort", "A barrier.leave")
    ]


def test_queues(tmp_path):
    jobs = queue.Queue()
    assert found(tmp_path, lambda: together(jobs.get, later(lambda: jobs.put(1))), "notify") == [
        ("B condition.notify", "A condition.reacquire")
    ]


def test_clocks():
    """A tells B, and B tells C; D tells nobody."""
    orders = [Order(At(2, "A"), At(3, "B")), Order(At(4, "B"), At(6, "C"))]
    wanted = [At(1, "A"), At(3, "B"), At(5, "C"), At(7, "C"), At(8, "A"), At(9, "D")]
    known = clocks(orders, wanted)
    assert known == {
        At(1, "A"): {},
        At(3, "B"): {"A": 2},
        At(5, "C"): {},
        At(7, "C"): {"A": 2, "B": 4},
        At(8, "A"): {},
        At(9, "D"): {},
    }


def test_clocks_keep_what_is_newer():
    orders = [Order(At(1, "A"), At(3, "C")), Order(At(2, "A"), At(4, "B")), Order(At(3, "C"), At(5, "B"))]
    assert clocks(orders, [At(1, "A"), At(6, "B"), At(7, "C")])[At(6, "B")] == {"A": 2, "C": 3}
