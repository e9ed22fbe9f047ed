"""Whatever a strategy prefers, nobody is kept waiting for ever by threads that only look."""

from __future__ import annotations

import threading
import time

import pytest

from replay.exploring.functions import explore
from replay.exploring.job import Budget
from replay.strategies import STRATEGIES
from tests.support import passes
from tracer.outcome import FailureKind

#: Those that prefer one thread to another for more than a moment, and go by chance.
PREFERRING = ["pct", "pos", "surw", "places", "meetings"]


def run(*bodies):
    threads = [threading.Thread(target=body) for body in bodies]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def three_who_try():
    """Two that find the lock taken are two that look, in turn: neither is preferred for long, and both to its owner."""
    lock = threading.Lock()
    total = 0

    def work():
        nonlocal total
        for _ in range(5):
            while not lock.acquire(blocking=False):
                pass
            total += 1
            lock.release()

    run(work, work, work)
    assert total == 15


def two_who_give_way():
    done = 0

    def wait():
        while done < 20:
            time.sleep(0)

    def work():
        nonlocal done
        for number in range(20):
            done = number + 1

    run(wait, wait, work)


@pytest.mark.parametrize("seed", range(6))
@pytest.mark.parametrize("strategy", STRATEGIES)
@pytest.mark.parametrize("main", [three_who_try, two_who_give_way])
def test_who_looks_keeps_nobody_from_going_on(main, strategy, seed):
    assert passes(main, preempt="any", strategy=strategy, seed=seed).outcome.points < 10_000


def gives_up():
    """Fails where the other thread does nothing while this one gives way three times."""
    ready = threading.Event()

    def wait():
        for _ in range(3):
            if ready.is_set():
                return
            time.sleep(0)
        assert ready.is_set(), "gave up"

    run(wait, ready.set)


def looks_away():
    """Fails where a hundred operations go unnoticed between two looks."""
    begun, ended = threading.Event(), threading.Event()
    lock = threading.Lock()

    def wait():
        seen = 0
        while not ended.is_set():
            seen += begun.is_set()
            time.sleep(0)
        assert seen, "has seen nothing of it"

    def work():
        begun.set()
        for _ in range(50):
            with lock:
                pass
        ended.set()

    run(wait, work)


@pytest.mark.parametrize("main", [gives_up, looks_away])
@pytest.mark.parametrize("strategy", PREFERRING)
def test_whatever_happens_while_somebody_gives_way(main, strategy):
    search = explore(main, strategy=strategy, seed=1, budget=Budget(1000))
    assert [one.failure.kind for one in search.failures] == [FailureKind.EXCEPTION]
