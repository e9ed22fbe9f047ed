"""Threads that poll for ever are found, and those that only poll for long are not."""

from __future__ import annotations

import threading
import time

import pytest

from tests.support import execute, passes
from tracer.outcome import Ending, FailureKind


class Flag:
    up = False


def polls_for_ever():
    flag = Flag()

    def polls():
        while not flag.up:
            pass

    thread = threading.Thread(target=polls)
    thread.start()
    thread.join()


def asks_for_ever():
    event = threading.Event()

    def asks():
        while True:
            if event.is_set():
                return

    thread = threading.Thread(target=asks)
    thread.start()
    thread.join()


@pytest.mark.parametrize("main", [polls_for_ever, asks_for_ever])
def test_who_polls_for_ever(main):
    run = execute(main, preempt="any", max_points=50_000)
    (failure,) = run.outcome.failures
    assert failure.kind is FailureKind.LIVELOCK
    assert "polls for ever" in failure.message
    assert run.outcome.ending is Ending.POINTS
    assert run.outcome.points < 5_000


def test_where_it_cannot_be_told_the_limit_counts():
    run = execute(asks_for_ever, max_points=5_000)  # accesses to memory are not watched
    (failure,) = run.outcome.failures
    assert "5,000 scheduling points" in failure.message


def counts():
    flag = Flag()

    def polls():
        for _ in range(3_000):
            if flag.up:
                return

    return polls


def counts_by_hand():
    flag = Flag()

    def polls():
        count = 0
        while not flag.up and count < 3_000:
            count += 1

    return polls


def takes_from_an_iterator():
    flag = Flag()

    def polls():
        left = iter([None] * 3_000)
        while next(left, "nothing") is None:
            if flag.up:
                return

    return polls


def keeps_in_a_list():
    flag = Flag()

    def polls():
        seen: list[bool] = []
        while len(seen) < 3_000:
            seen.append(flag.up)

    return polls


def keeps_in_an_object():
    flag = Flag()

    def polls():
        own = Flag()
        own.count = 0
        while own.count < 3_000:
            own.count = own.count + (not flag.up)

    return polls


@pytest.mark.parametrize(
    "made", [counts, counts_by_hand, takes_from_an_iterator, keeps_in_a_list, keeps_in_an_object]
)  # fmt: skip
def test_who_comes_to_an_end(made):
    def main():
        thread = threading.Thread(target=made())
        thread.start()
        thread.join()

    passes(main, preempt="any")


def test_somebody_who_sleeps_may_end_it():
    def main():
        flag = Flag()

        def polls():
            while not flag.up:
                pass

        def sets():
            time.sleep(1)
            flag.up = True

        threads = [threading.Thread(target=target) for target in (polls, sets)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

    passes(main, preempt="any")
