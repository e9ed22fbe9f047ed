"""Rings, locks of ended threads, and locks kept through a wait."""

import queue
import threading
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.tracer.analysis.support import analysed, fails, line

pytestmark = pytest.mark.one_version


def ring(size, kind="Lock"):
    def main():
        make = getattr(threading, kind)  # not earlier: under control it is another one
        locks = [make() for _ in range(size)]
        everybody = threading.Barrier(size)

        def work(number):
            with locks[number]:
                everybody.wait()
                with locks[(number + 1) % size]:
                    pass

        threads = [threading.Thread(target=work, args=(number,), name=f"T{number}") for number in range(size)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

    return main


def test_two_locks():
    done = fails(ring(2))
    found = done.only
    assert found.kind.value == "deadlock"
    assert found.threads == ["T0", "T1"]
    assert "T0 holds locks[0] (acquired at " in found.message
    assert "and waits for locks[1] at " in found.message
    assert [(step.role, step.thread, step.object) for step in found.steps] == [
        ("holds", "T0", "locks[0]"),
        ("waits", "T0", "locks[1]"),
        ("holds", "T1", "locks[1]"),
        ("waits", "T1", "locks[0]"),
    ]
    assert found.steps[0].place.endswith(":" + line(done, "T0", "lock.acquire"))
    assert "such as locks[0] before locks[1]" in found.advice


@pytest.mark.parametrize("kind", ["Lock", "RLock", "Semaphore"])
@pytest.mark.parametrize("size", [2, 3, 7])
def test_rings(kind, size):
    found = fails(ring(size, kind)).only
    assert found.kind.value == "deadlock"
    assert found.threads == [f"T{number}" for number in range(size)]
    assert len(found.steps) == 2 * size
    assert ("and so on, through 4 more, back to T0" in found.message) == (size == 7)


def test_two_rings_are_two_findings():
    def main():
        threads = [threading.Thread(target=ring(2)) for _ in range(2)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

    done = fails(main)
    assert done.kinds == ["deadlock", "deadlock"]
    assert not set(done.found[0].threads) & set(done.found[1].threads)


def test_a_lock_twice():
    def main():
        lock = threading.Lock()

        def outer():
            with lock:
                inner()

        def inner():
            with lock:
                pass

        threading.Thread(target=outer, name="Worker").start()

    found = fails(main).only
    assert found.kind.value == "self-deadlock"
    first, second = found.steps
    assert first.place != second.place
    assert first.place in found.message
    assert second.place in found.message
    assert "RLock" in found.advice


def test_all_permits_of_its_own():
    def main():
        permits = threading.Semaphore(2)
        threading.Thread(target=time.sleep, args=(1,)).start()
        for _ in range(3):
            permits.acquire()

    found = fails(main).only
    assert found.kind.value == "self-deadlock"
    assert "it has every permit of permits" in found.message


def test_joins_in_a_ring():
    def main():
        threads = {}
        started = threading.Event()

        def work(other):
            started.wait()
            threads[other].join()

        for name, other in (("Left", "Right"), ("Right", "Left")):
            threads[name] = threading.Thread(target=work, args=(other,), name=name)
        for thread in threads.values():
            thread.start()
        started.set()

    found = fails(main).only
    assert found.kind.value == "deadlock"
    assert "Left joins Right at" in found.message
    assert "joins nobody" in found.advice


def test_join_with_the_lock_in_hand():
    def main():
        lock = threading.Lock()

        def work():
            with lock:
                pass

        thread = threading.Thread(target=work, name="Worker")
        with lock:
            thread.start()
            thread.join()

    found = fails(main).only
    assert found.kind.value == "waiting-while-holding"
    assert found.advice == "release lock before joining Worker"


def test_lock_of_an_ended_thread():
    def main():
        lock = threading.Lock()
        thread = threading.Thread(target=lambda: lock.acquire(), name="Worker")
        thread.start()
        thread.join()
        lock.acquire()

    found = fails(main).only
    assert found.kind.value == "abandoned-lock"
    assert found.message.startswith("Worker has ended without releasing lock (acquired at")
    assert [step.role for step in found.steps] == ["holds", "ended", "waits"]
    assert "with lock:" in found.advice


@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
def test_lock_of_a_thread_that_an_exception_ended():
    def main():
        lock = threading.Lock()

        def work():
            lock.acquire()
            int("forty-two")

        thread = threading.Thread(target=work, name="Worker")
        thread.start()
        thread.join()
        lock.acquire()

    found = analysed(main).only
    assert found.kind.value == "abandoned-lock"
    assert found.message.startswith("Worker was ended by ValueError: invalid literal")
    assert "test_locks.py:" in found.message.partition(" without releasing")[0]


def test_lock_of_the_main_thread_that_has_come_to_its_end():
    def main():
        lock = threading.Lock()
        lock.acquire()
        threading.Thread(target=lambda: lock.acquire(), name="Worker").start()

    found = fails(main).only
    assert found.kind.value == "abandoned-lock"
    assert found.message.startswith("MainThread has come to its end without releasing lock")


def test_nested_monitor():
    def main():
        outer, inner = threading.Lock(), threading.Condition()

        def take():
            with outer, inner:
                inner.wait()

        def give():
            with outer, inner:
                inner.notify()

        taker = threading.Thread(target=take, name="Taker")
        taker.start()
        threading.Thread(target=give, name="Giver").start()

    found = fails(main).only
    assert found.kind.value == "waiting-while-holding"
    assert found.threads == ["Taker", "Giver"]
    assert found.message.startswith("Taker waits for a notify of inner at ")
    assert "while it holds outer (acquired at" in found.message
    assert "its own lock only" in found.advice


def test_full_queue_inside_a_lock():
    def main():
        lock, jobs = threading.Lock(), queue.Queue(1)

        def produce():
            with lock:
                jobs.put(1)
                jobs.put(2)

        def consume():
            with lock:
                jobs.get()

        producer = threading.Thread(target=produce, name="Producer")
        producer.start()
        time.sleep(1)
        threading.Thread(target=consume, name="Consumer").start()

    found = fails(main).only
    assert found.kind.value == "waiting-while-holding"
    assert found.message.startswith("Producer waits in jobs.put() at ")
    assert "its own lock only" not in found.advice


def test_result_waited_for_under_a_lock():
    def main():
        lock = threading.Lock()
        pool = ThreadPoolExecutor(1)

        def work():
            with lock:
                pass

        with lock:
            job = pool.submit(work)
            job.result()

    done = fails(main)
    assert done.kinds == ["waiting-while-holding"]
    assert "MainThread waits for the result of job at" in done.only.message


def test_a_lock_that_nobody_needs_is_not_blamed():
    def main():
        lock, go = threading.Lock(), threading.Event()

        def work():
            with lock:
                go.wait()

        threading.Thread(target=work, name="Worker").start()

    assert fails(main).kinds == ["never-woken"]
