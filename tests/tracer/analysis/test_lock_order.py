"""Locks taken in opposite orders: what is warned of, what is not, and what is said."""

import queue
import threading
import time

import pytest

from tests.tracer.analysis.traced import traced
from tracer.analysis.finding import FindingKind
from tracer.analysis.lockorder import lock_order
from tracer.outcome import FailureKind

pytestmark = pytest.mark.one_version


def take(*locks):
    """Takes the locks in this order, and gives them back."""
    if locks:
        with locks[0]:
            take(*locks[1:])


def start(*targets):
    threads = [threading.Thread(target=target, name=name) for name, target in zip("ABCDEFGH", targets, strict=False)]
    for thread in threads:
        thread.start()
    return threads


def together(*targets):
    """Executes all of them in threads of their own, called A, B, C and so on."""
    for thread in start(*targets):
        thread.join()


def after_each_other(*targets):
    for target in targets:
        together(target)


def findings(path, main):
    events, outcome = traced(path, main)
    assert not outcome.failures
    order = lock_order(events)
    assert order.complete
    return order.findings


def new(what, count=2):
    return [what() for _ in range(count)]


@pytest.mark.parametrize("what", ["Lock", "RLock", "Condition", "Semaphore"])
def test_opposite_orders(tmp_path, what):
    first, second = new(getattr(threading, what))

    def forwards():
        with first:
            time.sleep(0)
            with second:
                pass

    def backwards():
        time.sleep(1)
        with second, first:
            pass

    (found,) = findings(tmp_path, lambda: together(forwards, backwards))
    assert found.kind is FindingKind.LOCK_ORDER
    assert not found.failure
    assert found.threads == ["A", "B"]
    assert len(found.objects) == 2
    assert [step.role for step in found.steps] == ["holds", "acquires"] * 2
    assert [step.thread for step in found.steps] == ["A", "A", "B", "B"]
    assert found.steps[0].object == found.steps[3].object
    lines = [int(step.place.rpartition(":")[2]) for step in found.steps]
    begin = forwards.__code__.co_firstlineno
    assert [line - begin for line in lines] == [1, 3, 8, 8]
    assert len(found.sites) == 3
    assert "\n" not in found.message
    for words in (*found.threads, *found.objects, *found.sites):
        assert words in found.message


def test_the_callers_are_told(tmp_path):
    a, b = new(threading.Lock)

    def main():
        together(lambda: take(a, b), lambda: (time.sleep(1), take(b, a)))

    (found,) = findings(tmp_path, main)
    assert any("in take" in frame for frame in found.steps[1].stack)


def test_a_gate(tmp_path):
    a, b, gate = new(threading.Lock, 3)
    assert not findings(tmp_path, lambda: together(lambda: take(gate, a, b), lambda: (time.sleep(1), take(gate, b, a))))


def test_one_of_several_is_not_behind_the_gate(tmp_path):
    a, b, gate = new(threading.Lock, 3)
    targets = (
        lambda: take(gate, a, b),
        lambda: (time.sleep(1), take(gate, b, a)),
        lambda: (time.sleep(2), take(b, a)),
    )
    (found,) = findings(tmp_path, lambda: together(*targets))
    assert {step.thread for step in found.steps} == {"A", "C"}


def test_one_thread_alone(tmp_path):
    a, b = new(threading.Lock)
    assert not findings(tmp_path, lambda: together(lambda: (take(a, b), take(b, a))))


def test_a_join_between(tmp_path):
    a, b = new(threading.Lock)
    assert not findings(tmp_path, lambda: after_each_other(lambda: take(a, b), lambda: take(b, a)))


def test_a_join_with_a_time_limit_promises_nothing(tmp_path):
    a, b = new(threading.Lock)

    def main():
        start(lambda: take(a, b))[0].join(timeout=5)
        together(lambda: take(b, a))

    assert len(findings(tmp_path, main)) == 1


def test_asking_whether_a_thread_is_alive(tmp_path):
    a, b = new(threading.Lock)

    def main():
        (thread,) = start(lambda: take(a, b))
        while thread.is_alive():
            time.sleep(1)
        together(lambda: take(b, a))

    assert not findings(tmp_path, main)


def test_the_main_thread_before_it_starts_others(tmp_path):
    a, b = new(threading.Lock)
    assert not findings(tmp_path, lambda: (take(a, b), together(lambda: take(b, a))))


def test_a_lock_held_around_a_start_and_a_join(tmp_path):
    """A is behind `gate` too, though it does not acquire it: nobody who holds it runs while A does."""
    a, b, gate = new(threading.Lock, 3)

    def main():
        (other,) = start(lambda: (time.sleep(1), take(gate, b, a)))
        with gate:
            together(lambda: take(a, b))
        other.join()

    assert not findings(tmp_path, main)


@pytest.mark.parametrize("how", ["release", "set", "set, seen in time", "barrier", "notify", "put", "put before"])
def test_a_signal_between(tmp_path, how):
    a, b = new(threading.Lock)
    event, barrier, semaphore = threading.Event(), threading.Barrier(2), threading.Semaphore(0)
    condition, jobs = threading.Condition(), queue.Queue()

    def signal():
        if how == "release":
            semaphore.release()
        elif how == "barrier":
            barrier.wait()
        elif how == "notify":
            time.sleep(1)
            with condition:
                condition.notify()
        elif how.startswith("put"):
            jobs.put(1)
        else:
            event.set()

    def wait():
        if how == "release":
            semaphore.acquire()
        elif how == "barrier":
            barrier.wait()
        elif how == "notify":
            with condition:
                condition.wait()
        elif how == "put before":
            time.sleep(1)
            jobs.get()
        elif how == "put":
            jobs.get()
        else:
            event.wait(5 if how.endswith("time") else None)

    assert not findings(tmp_path, lambda: together(lambda: (take(a, b), signal()), lambda: (wait(), take(b, a))))


def test_an_event_that_several_threads_set(tmp_path):
    """In another execution C lets B go on while A is still there."""
    a, b = new(threading.Lock)
    event = threading.Event()
    targets = (
        lambda: (take(a, b), event.set()),
        lambda: (event.wait(), take(b, a)),
        lambda: (time.sleep(1), event.set()),
    )
    assert len(findings(tmp_path, lambda: together(*targets))) == 1


def test_reentrant_acquires_take_nothing(tmp_path):
    a, b = threading.RLock(), threading.Lock()
    assert not findings(tmp_path, lambda: together(lambda: take(a, b, a), lambda: (time.sleep(1), take(a, b))))


@pytest.mark.parametrize("limits", [{"timeout": 1}, {"blocking": False}])
@pytest.mark.parametrize("what", ["Lock", "RLock", "Semaphore"])
def test_an_acquire_that_would_not_wait_for_ever(tmp_path, what, limits):
    a, b = new(getattr(threading, what))

    def backwards():
        time.sleep(1)
        with b:
            assert a.acquire(**limits)
            a.release()

    assert not findings(tmp_path, lambda: together(lambda: take(a, b), backwards))


def test_a_lock_that_was_only_tried_is_held_all_the_same(tmp_path):
    a, b = new(threading.Lock)

    def backwards():
        time.sleep(1)
        assert b.acquire(timeout=1)
        take(a)
        b.release()

    assert len(findings(tmp_path, lambda: together(lambda: take(a, b), backwards))) == 1


def test_a_lock_that_somebody_else_releases_is_a_signal(tmp_path):
    a, b = new(threading.Lock)

    def hand_over():
        a.acquire()
        with b:
            pass

    def take_over():
        time.sleep(1)
        a.release()
        with b, a:
            pass

    assert not findings(tmp_path, lambda: together(hand_over, take_over))


def test_a_wait_takes_the_lock_back_while_another_one_is_held(tmp_path):
    outer, condition = threading.Lock(), threading.Condition()
    ready = []

    def waiter():
        with outer, condition:
            while not ready:
                condition.wait()

    def notifier():
        time.sleep(1)
        with condition:
            ready.append(1)
            condition.notify()
        with condition, outer:
            pass

    (found,) = findings(tmp_path, lambda: together(waiter, notifier))
    assert "condition" in found.message


def test_the_wait_itself(tmp_path):
    """The waiter takes the condition's lock first, so that only taking it back is the wrong way round."""
    outer, condition = threading.Lock(), threading.Condition()

    def waiter():
        with condition, outer:
            condition.wait()

    def notifier():
        time.sleep(1)
        with condition:
            condition.notify()

    def other():
        time.sleep(2)
        with condition, outer:
            pass

    (found,) = findings(tmp_path, lambda: together(waiter, notifier, other))
    assert "back after a wait" in found.message
    assert "before the wait" in found.advice


def test_many_threads_are_one_finding(tmp_path):
    a, b = new(threading.Lock)

    def main():
        threads = [threading.Thread(target=take, args=(a, b) if n % 2 else (b, a), name=f"T{n}") for n in range(40)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

    (found,) = findings(tmp_path, main)
    assert len(found.threads) == 40
    assert found.message.count("(and 19 more)") == 2


def test_many_locks_at_the_same_places_are_one_finding(tmp_path):
    pairs = [new(threading.Lock) for _ in range(30)]
    targets = (lambda: [take(a, b) for a, b in pairs], lambda: (time.sleep(1), [take(b, a) for a, b in pairs]))
    (found,) = findings(tmp_path, lambda: together(*targets))
    assert "29 more such cycles" in found.message


def test_a_circle_of_three(tmp_path):
    a, b, c = new(threading.Lock, 3)
    targets = (lambda: take(a, b), lambda: (time.sleep(1), take(b, c)), lambda: (time.sleep(2), take(c, a)))
    (found,) = findings(tmp_path, lambda: together(*targets))
    assert "3 locks are taken in a circle" in found.message
    assert found.threads == ["A", "B", "C"]


def test_after_that_very_deadlock(tmp_path):
    a, b = new(threading.Lock)
    barrier = threading.Barrier(2)

    def work(first, second):
        take(first, second)
        barrier.wait()
        with first:
            barrier.wait()
            with second:
                pass

    def main():
        threads = start(lambda: work(a, b), lambda: (time.sleep(1), work(b, a)))
        for thread in threads:
            thread.join()

    events, outcome = traced(tmp_path, main)
    (failure,) = outcome.failures
    assert failure.kind is FailureKind.DEADLOCK
    order = lock_order(events)
    assert len(order.findings) == 1
    assert order.besides(failure.objects) == []
    assert len(order.besides(["something else"])) == 1


def test_what_threads_stand_before_counts_if_asked_for(tmp_path):
    a, b = new(threading.Lock)
    barrier = threading.Barrier(2)

    def work(first, second):
        with first:
            barrier.wait()
            with second:
                pass

    events, outcome = traced(tmp_path, lambda: together(lambda: work(a, b), lambda: work(b, a)))
    assert not lock_order(events).arrows
    order = lock_order(events, outcome.failures[0].waiting)
    assert len(order.arrows) == 2
    (found,) = order.findings
    assert [step.event for step in found.steps if step.role == "acquires"] == [0, 0]
