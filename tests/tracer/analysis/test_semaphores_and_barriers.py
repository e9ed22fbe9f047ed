"""Permits that nobody gives, and barriers at which too few arrive."""

import threading
import time

import pytest

from tests.tracer.analysis.support import fails

pytestmark = pytest.mark.one_version


def test_a_permit_that_leaked():
    def main():
        permits = threading.Semaphore(1)

        def divide(by):
            try:
                permits.acquire()
                print(1 // by)
                permits.release()
            except ZeroDivisionError:
                pass

        bad = threading.Thread(target=divide, args=(0,), name="Bad")
        bad.start()
        bad.join()
        threading.Thread(target=divide, args=(1,), name="Good").start()

    found = fails(main).only
    assert found.kind.value == "leaked-permit"
    assert found.threads == ["Good"]
    assert "Bad acquired a permit at" in found.message
    assert "has ended without releasing it" in found.message


def test_permits_that_leaked():
    def main():
        permits = threading.Semaphore(2)

        def take():
            permits.acquire()
            permits.acquire()

        thread = threading.Thread(target=take, name="Taker")
        thread.start()
        thread.join()
        permits.acquire()

    found = fails(main).only
    assert found.kind.value == "leaked-permit"
    assert "Taker acquired 2 permits, the first at" in found.message
    assert "has ended without releasing them" in found.message


def test_a_counter_does_not_leak():
    """A semaphore that begins with nothing: who acquires is not who releases."""

    def main():
        items = threading.Semaphore(0)

        def take():
            items.acquire()

        first = threading.Thread(target=take, name="First")
        first.start()
        items.release()
        first.join()
        threading.Thread(target=take, name="Second").start()

    found = fails(main).only
    assert found.kind.value == "never-woken"
    assert "it began with 0 permits, was released 1 time, and all permits were acquired" in found.message


def test_room_that_others_make_does_not_leak():
    """Producers acquire and consumers release."""

    def main():
        room = threading.Semaphore(1)

        def produce():
            room.acquire()

        def consume():
            room.release()

        for work in (produce, consume, produce):
            thread = threading.Thread(target=work)
            thread.start()
            thread.join()
        room.acquire()

    assert fails(main).only.kind.value == "never-woken"


def test_taken_one_by_one():
    def main():
        permits = threading.Semaphore(2)
        both = threading.Barrier(2)

        def work():
            with permits:
                both.wait()
                permits.acquire()

        for name in ("Left", "Right"):
            threading.Thread(target=work, name=name).start()

    found = fails(main).only
    assert found.kind.value == "deadlock"
    assert "Left and Right have all 2 permits of permits, and each waits for one more" in found.message


def test_permits_of_threads_that_wait_for_something_else():
    def main():
        permits, go = threading.Semaphore(2), threading.Event()

        def work():
            with permits:
                go.wait()

        for name in ("First", "Second", "Third"):
            threading.Thread(target=work, name=name).start()

    done = fails(main)
    assert done.kinds == ["waiting-while-holding", "never-woken"]
    assert "no permit of permits is left for Third" in done.found[0].message
    assert "First has one, acquired at" in done.found[0].message


def test_a_barrier_short_of_parties():
    def main():
        barrier = threading.Barrier(3)
        for name in ("First", "Second"):
            threading.Thread(target=lambda: barrier.wait(), name=name).start()

    found = fails(main).only
    assert found.kind.value == "barrier-short"
    assert found.message.startswith("2 of 3 arrived at barrier: First and Second at ")
    assert found.message.endswith("; no other thread is left")
    assert [step.role for step in found.steps] == ["arrived", "arrived"]


def test_a_barrier_beside_threads_that_go_on():
    def main():
        def meet():
            barrier = threading.Barrier(3)
            for name in ("Left", "Right"):
                threading.Thread(target=barrier.wait, name=name).start()

        meet()
        while True:
            time.sleep(1)

    found = fails(main, max_points=20_000).only
    assert found.threads == ["Left", "Right"]
    assert found.message.endswith("; of the others MainThread can go on")


def test_a_barrier_whose_party_came_once():
    def main():
        barrier = threading.Barrier(2)

        def meet(times):
            for _ in range(times):
                barrier.wait()

        for name, times in (("Once", 1), ("Twice", 2)):
            threading.Thread(target=meet, args=(times,), name=name).start()

    found = fails(main).only
    assert "1 of 2 arrived at barrier: Twice at" in found.message
    assert "Once came in an earlier round and has ended" in found.message


def test_a_barrier_whose_party_waits_elsewhere():
    def main():
        barrier, go = threading.Barrier(2), threading.Event()

        def late():
            go.wait()
            barrier.wait()

        threading.Thread(target=lambda: barrier.wait(), name="Early").start()
        time.sleep(1)
        threading.Thread(target=late, name="Late").start()

    done = fails(main)
    assert done.kinds == ["barrier-short", "never-woken"]
    assert "Late waits for go to be set at" in done.found[0].message
