"""`alarm` and `setitimer` send their signal in program time."""

import signal
import threading
import time

import pytest

from tests.replay.signals.support import Interrupted, raises
from tests.support import execute, passes


def test_an_alarm_ends_a_wait_without_limit():
    def main():
        signal.signal(signal.SIGALRM, raises)
        assert signal.alarm(7) == 0
        begin = time.monotonic()
        with pytest.raises(Interrupted):
            threading.Event().wait()
        assert round(time.monotonic() - begin) == 7

    passes(main)


def test_an_interval_timer_comes_again_and_again():
    def main():
        came = []
        begin = time.monotonic()
        signal.signal(signal.SIGALRM, lambda *_: came.append(time.monotonic() - begin))
        assert signal.setitimer(signal.ITIMER_REAL, 0.5, 2) == (0, 0)
        left, every = signal.getitimer(signal.ITIMER_REAL)
        assert 0.4 < left <= 0.5
        assert every == 2
        time.sleep(6)
        left, every = signal.setitimer(signal.ITIMER_REAL, 0)
        assert 0.4 < left <= 0.5
        time.sleep(10)
        assert [round(moment, 1) for moment in came] == [0.5, 2.5, 4.5]
        assert signal.getitimer(signal.ITIMER_REAL) == (0, 0)

    passes(main)


def test_a_later_alarm_replaces_the_first():
    def main():
        signal.signal(signal.SIGALRM, raises)
        signal.alarm(5)
        time.sleep(2)
        assert signal.alarm(100) == 3
        time.sleep(10)
        assert signal.alarm(0) == 90
        time.sleep(1000)

    passes(main)


def test_a_lock_that_is_lost_ends_by_an_alarm(schedule):
    """Nobody would release it: without the timer it is a deadlock."""

    def main(alarm):
        signal.signal(signal.SIGALRM, raises)
        lock = threading.Lock()
        lock.acquire()
        if alarm:
            signal.alarm(1)
        try:
            lock.acquire()
        except Interrupted:
            pass

    passes(lambda: main(True), **schedule)
    assert execute(lambda: main(False), **schedule).outcome.failures
