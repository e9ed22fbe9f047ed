"""Handlers of signals run in the main thread while it waits, as in CPython, and end its wait when they raise."""

import os
import queue
import signal
import threading
import time

import pytest

from tests.replay.signals.support import Interrupted, in_thread, raises, send
from tests.support import execute, passes


def test_the_handler_runs_in_the_main_thread_and_releases_it(schedule):
    ran_in = []

    def main():
        got = threading.Event()

        def handler(number, frame):
            ran_in.append((threading.current_thread().name, number))
            got.set()

        signal.signal(signal.SIGUSR1, handler)
        sender = in_thread(send)
        assert got.wait()
        sender.join()

    passes(main, **schedule)
    assert ran_in == [("MainThread", signal.SIGUSR1)]


def wait_for_event():
    threading.Event().wait()


def wait_for_event_a_while():
    threading.Event().wait(100)


def wait_for_lock():
    lock = threading.Lock()
    in_thread(lock.acquire, name="Owner").join()
    lock.acquire()


def wait_for_lock_a_while():
    lock = threading.Lock()
    lock.acquire()
    lock.acquire(timeout=100)


def wait_for_condition():
    condition = threading.Condition()
    with condition:
        condition.wait()


def wait_for_condition_of_a_lock():
    condition = threading.Condition(threading.Lock())
    with condition:
        condition.wait(100)


def wait_for_semaphore():
    threading.Semaphore(0).acquire()


def wait_for_queue():
    queue.Queue().get()


def wait_for_simple_queue():
    queue.SimpleQueue().get()


def wait_at_barrier():
    threading.Barrier(2).wait()


def wait_for_thread():
    event = threading.Event()
    thread = in_thread(event.wait, name="Waiter")
    try:
        thread.join()
    finally:
        event.set()


def sleep():
    time.sleep(1e9)


def read_from_pipe():
    reading, _ = os.pipe()
    os.read(reading, 1)


@pytest.mark.parametrize(
    "wait",
    [
        wait_for_event,
        wait_for_event_a_while,
        wait_for_lock,
        wait_for_lock_a_while,
        wait_for_condition,
        wait_for_condition_of_a_lock,
        wait_for_semaphore,
        wait_for_queue,
        wait_for_simple_queue,
        wait_at_barrier,
        wait_for_thread,
        sleep,
        read_from_pipe,
        signal.pause,
    ],
    ids=lambda wait: wait.__name__,
)
@pytest.mark.parametrize("clock", ["virtual", "any"])
@pytest.mark.parametrize("strategy", ["round-robin", "no-preemption", "random"])
def test_what_the_handler_raises_ends_every_wait(wait, strategy, clock):
    """Also where the signal comes before the wait, or after it: on every schedule the exception comes, once."""
    seen = []

    def main():
        signal.signal(signal.SIGUSR1, raises)
        sender = in_thread(send)
        try:
            try:
                wait()
                sender.join()
            except Interrupted:
                seen.append("interrupted")
            sender.join()
        except Interrupted:  # CPython, too, may run it as late as this
            seen.append("interrupted")

    for seed in range(6):
        seen.clear()
        run = execute(main, strategy=strategy, seed=seed, clock=clock, max_points=2000)
        if clock == "virtual" or not run.outcome.failures:
            assert not run.outcome.failures, (seed, run.outcome.failures)
            assert seen == ["interrupted"], seed


def test_the_wait_goes_on_after_the_handler_with_the_rest_of_its_time():
    def main():
        handled = []
        signal.signal(signal.SIGUSR1, lambda *_: handled.append(time.monotonic()))
        begin = time.monotonic()

        def work():
            for _ in range(3):
                time.sleep(1)
                send()

        worker = in_thread(work)
        assert not threading.Event().wait(10)
        assert 10 <= time.monotonic() - begin < 10.01
        assert [round(moment - begin) for moment in handled] == [1, 2, 3]
        worker.join()

    passes(main)


def test_time_passes_while_the_handler_runs():
    def main():
        signal.signal(signal.SIGUSR1, lambda *_: time.sleep(20))
        begin = time.monotonic()
        sender = in_thread(send)
        lock = threading.Lock()
        lock.acquire()
        assert not lock.acquire(timeout=10)
        assert 20 <= time.monotonic() - begin < 20.01
        sender.join()

    passes(main, strategy="no-preemption")


def test_what_happens_to_the_lock_meanwhile_counts(schedule):
    """The main thread stands before a lock that others take and give back while it runs its handler."""

    def main():
        lock = threading.Lock()
        inside = []
        turns = threading.Semaphore(0)

        def handler(number, frame):
            time.sleep(1)
            turns.release()

        def use():
            for _ in range(3):
                with lock:
                    inside.append(1)
                    time.sleep(0.5)
                    assert len(inside) == 1
                    inside.pop()

        signal.signal(signal.SIGUSR1, handler)
        users = [in_thread(use, name=f"User{number}") for number in range(2)]
        sender = in_thread(send)
        for _ in range(5):
            with lock:
                inside.append(1)
                time.sleep(0.1)
                assert len(inside) == 1
                inside.pop()
        sender.join()
        turns.acquire()
        for user in users:
            user.join()

    passes(main, **schedule)


def test_a_handler_notifies_the_condition_that_it_interrupted(schedule):
    def main():
        condition = threading.Condition()
        ready = []

        def handler(number, frame):
            with condition:
                ready.append(1)
                condition.notify()

        def work():
            entered.wait()
            with condition:  # only when the main thread waits
                send()

        entered = threading.Event()
        signal.signal(signal.SIGUSR1, handler)
        sender = in_thread(work)
        with condition:
            entered.set()
            while not ready:
                condition.wait()
        sender.join()

    passes(main, **schedule)


def test_a_notify_by_a_handler_may_be_lost():
    """The signal may come between the look and the wait: nobody comes a second time, and nobody is waited for."""

    def main():
        condition = threading.Condition()
        ready = []

        def handler(number, frame):
            with condition:
                ready.append(1)
                condition.notify()

        signal.signal(signal.SIGUSR1, handler)
        sender = in_thread(send)
        with condition:
            while not ready:
                condition.wait()
        sender.join()

    kinds = {len(execute(main, strategy="random", seed=seed).outcome.failures) for seed in range(20)}
    assert kinds == {0, 1}


def test_a_handler_is_interrupted_by_another():
    order = []

    def main():
        first, second = threading.Event(), threading.Event()

        def outer(number, frame):
            order.append("outer")
            second.wait()
            order.append("outer is over")

        def inner(number, frame):
            order.append("inner")
            second.set()
            first.set()

        signal.signal(signal.SIGUSR1, outer)
        signal.signal(signal.SIGUSR2, inner)

        def work():
            send(signal.SIGUSR1)
            time.sleep(1)
            send(signal.SIGUSR2)

        worker = in_thread(work)
        first.wait()
        worker.join()

    for seed in range(10):
        order.clear()
        passes(main, strategy="random", seed=seed)
        assert order == ["outer", "inner", "outer is over"]


def test_the_lock_is_released_although_the_handler_raises():
    """CPython runs a handler before or after `release`, which is written in C, and never instead of it."""

    def main(make):
        lock = make()
        signal.signal(signal.SIGUSR1, raises)
        sender = in_thread(send)
        try:
            for _ in range(3):
                with lock:
                    pass
            sender.join()
        except Interrupted:
            pass
        if isinstance(lock, type(threading.RLock())):
            assert in_other_thread(lambda: lock.acquire(blocking=False))
        else:
            assert not lock.locked()
        signal.signal(signal.SIGUSR1, signal.SIG_IGN)
        sender.join()

    def in_other_thread(call):
        results = []
        in_thread(lambda: results.append(call()), name="Other").join()
        return results[0]

    for make in (threading.Lock, threading.RLock):
        for seed in range(40):
            run = execute(lambda make=make: main(make), strategy="random", seed=seed)
            names = {failure.message for failure in run.outcome.failures}
            assert all("Interrupted" in name for name in names), names  # it may come in the last lines as well


def test_the_condition_has_its_lock_again_when_the_handler_raises(schedule):
    def main():
        condition = threading.Condition()
        signal.signal(signal.SIGUSR1, raises)
        entered = threading.Event()

        def work():
            entered.wait()
            with condition:  # only when the main thread waits
                send()
                time.sleep(1)

        worker = in_thread(work)
        with condition:
            entered.set()
            with pytest.raises(Interrupted):
                condition.wait()
            assert condition._is_owned()
            assert not condition._waiters
        worker.join()

    passes(main, **{**schedule, "clock": "virtual"})
