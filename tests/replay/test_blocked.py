"""What a report says of threads that cannot go on."""

import threading

import pytest

from tests.support import execute

pytestmark = pytest.mark.one_version


def waiting(main):
    (failure,) = execute(main).outcome.failures
    assert failure.kind.value == "deadlock"
    return {one.thread: one for one in failure.waiting}


def test_a_lock_of_its_own():
    def main():
        lock = threading.Lock()
        with lock, lock:
            pass

    one = waiting(main)["MainThread"]
    assert (one.operation, one.object, one.note) == ("lock.acquire", "lock", "it waits for itself")
    assert one.holders[0].thread == "MainThread"
    assert one.holders[0].place == one.place


def test_a_lock_of_a_thread_that_has_ended():
    def main():
        lock = threading.Lock()
        thread = threading.Thread(target=lock.acquire, name="Careless")
        thread.start()
        thread.join()
        lock.acquire()

    one = waiting(main)["MainThread"]
    assert one.note == "Careless has ended without releasing it"


def test_the_main_thread_at_its_end():
    def main():
        threading.Thread(target=threading.Event().wait, name="Stuck").start()

    found = waiting(main)
    assert found["MainThread"].operation == "program.exit"
    assert [holder.thread for holder in found["MainThread"].holders] == ["Stuck"]
    assert found["Stuck"].note == "nobody is left who could set it"


def test_daemons_are_told_apart():
    def main():
        threading.Thread(target=threading.Event().wait, name="Daemon", daemon=True).start()
        threading.Semaphore(0).acquire()

    found = waiting(main)
    assert found["Daemon"].daemon
    assert not found["MainThread"].daemon
    (failure,) = execute(main).outcome.failures
    assert failure.threads == ["MainThread"]


def test_places_are_those_of_the_user_even_inside_the_standard_library():
    import queue

    def main():
        jobs = queue.Queue()
        jobs.get()

    one = waiting(main)["MainThread"]
    assert (one.operation, one.object, one.source) == ("condition.wait", "jobs.not_empty", "jobs.get()")
    assert one.stack[0].endswith("in main")


def test_the_fingerprint_is_that_of_the_places():
    lock = None

    def deadlock(name):
        def main():
            nonlocal lock
            lock = threading.Lock()
            thread = threading.Thread(target=lock.acquire, name=name)
            lock.acquire()
            thread.start()
            thread.join()

        return main

    def other():
        threading.Event().wait()

    first, second, third = (execute(main).outcome.failures[0] for main in (deadlock("a"), deadlock("b"), other))
    assert first.fingerprint == second.fingerprint != third.fingerprint


def test_the_thread_that_ended_last_is_not_stuck():
    def main():
        lock = threading.Lock()

        def work():
            with lock:
                pass

        threading.Thread(target=work, name="Innocent").start()
        threading.Event().wait()

    for seed in range(10):
        (failure,) = execute(main, strategy="random", seed=seed).outcome.failures
        assert failure.threads == ["MainThread"]
        assert [one.thread for one in failure.waiting] == ["MainThread"]
