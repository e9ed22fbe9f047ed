"""Daemons that hang at the end of a program that passed."""

import queue
import threading
import time

import pytest

from tests.tracer.analysis.support import analysed

pytestmark = pytest.mark.one_version


def passed(main, **settings):
    done = analysed(main, **settings)
    assert not done.outcome.failures
    assert not any(one.failure for one in done.found)
    return done


def daemon(target, *arguments):
    threading.Thread(target=target, args=arguments, daemon=True, name=target.__name__.title()).start()


def test_two_daemons_in_a_ring():
    def main():
        one, two, both = threading.Lock(), threading.Lock(), threading.Barrier(2)

        def left():
            with one:
                both.wait()
                with two:
                    pass

        def right():
            with two:
                both.wait()
                with one:
                    pass

        daemon(left)
        daemon(right)
        time.sleep(1)

    done = passed(main)
    assert done.outcome.abandoned == ["Left", "Right"]
    assert [one.thread for one in done.outcome.waiting] == ["Left", "Right"]
    assert done.only.kind.value == "deadlock"


def test_a_daemon_that_waits_for_an_ended_thread():
    def main():
        lock = threading.Lock()

        def taker():
            lock.acquire()

        thread = threading.Thread(target=taker, name="Taker")
        thread.start()
        thread.join()
        daemon(taker)
        time.sleep(1)

    assert passed(main).only.kind.value == "abandoned-lock"


def test_daemons_that_wait_for_work():
    def main():
        jobs, go, lock, leader = queue.Queue(), threading.Event(), threading.Condition(), threading.Lock()

        def worker():
            while True:
                jobs.get()

        def follower():
            with leader:
                jobs.get()

        def notified():
            with lock:
                lock.wait()

        for target in (worker, worker, follower, follower, notified, go.wait):
            threading.Thread(target=target, daemon=True).start()
        jobs.put(1)
        time.sleep(1)

    done = passed(main)
    assert len(done.outcome.waiting) == 6
    assert not done.found


def test_a_daemon_that_the_main_thread_left_behind():
    def main():
        lock = threading.Lock()
        lock.acquire()

        def worker():
            lock.acquire()

        daemon(worker)
        time.sleep(1)

    assert not passed(main).found


def test_daemons_that_go_on_are_not_waiting():
    def main():
        def ticker():
            while True:
                time.sleep(1)

        daemon(ticker)
        time.sleep(3)

    assert not passed(main).outcome.waiting
