"""The three clocks."""

import threading
import time
from types import SimpleNamespace

import pytest

from replay.clocks import VirtualClock
from replay.deadlines import Deadlines
from tests.support import execute, passes
from tracer import real


def sleepers(order, *lengths):
    def main():
        threads = [threading.Thread(target=lambda s=s: (time.sleep(s), order.append(s))) for s in lengths]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

    return main


def test_virtual_sleeping_takes_no_time_and_keeps_its_order():
    for seed in range(20):
        order = []
        begin = real.monotonic()
        run = passes(sleepers(order, 300, 100, 200), strategy="random", seed=seed)
        assert order == [100, 200, 300]
        assert run.outcome.virtual_time == 300
        assert real.monotonic() - begin < 5


def test_virtual_clocks_agree_and_start_where_they_always_do():
    def main():
        seen.append((time.time(), time.monotonic(), time.perf_counter()))
        time.sleep(10)
        seen.append((time.time(), time.monotonic(), time.perf_counter()))

    seen = []
    passes(main)
    passes(main)
    assert seen[:2] == seen[2:]
    for before, after in zip(*seen[:2], strict=True):
        assert 10 <= after - before < 10.01
    assert time.gmtime(seen[0][0])[:3] == (2026, 1, 1)


def test_sleeping_takes_a_number_of_a_kind_of_its_own():
    class Seconds(float):
        pass

    run = passes(lambda: time.sleep(Seconds(2.5)))
    assert [(event[1], event[3], type(event[3])) for event in run.events[1:2]] == [("time.sleep", 2.5, float)]


def test_polling_the_virtual_clock_comes_to_an_end():
    def main():
        end = time.monotonic() + 2
        while time.monotonic() < end:
            pass

    assert passes(main).outcome.points < 50_000


def test_any_lets_waits_be_over_in_any_order():
    orders = set()
    for seed in range(60):
        order = []
        passes(sleepers(order, 1, 2, 3), clock="any", strategy="random", seed=seed)
        orders.add(tuple(order))
    assert len(orders) == 6


def test_any_never_turns_time_back():
    times = [event[4] for event in passes(sleepers([], 5, 1, 3), clock="any", strategy="random", seed=3).events]
    assert times == sorted(times)


def timed_out():
    event, results = threading.Event(), []
    thread = threading.Thread(target=lambda: results.append(event.wait(timeout=5)))
    thread.start()
    time.sleep(1)
    event.set()
    thread.join()
    return results[0]


def test_any_wakes_who_waits_already_too():
    def woken(seed):
        event, results = threading.Event(), []

        def main():
            thread = threading.Thread(target=lambda: results.append(event.wait(timeout=5)))
            thread.start()
            event.set()
            thread.join()

        run = passes(main, clock="any", strategy="random", seed=seed)
        return results[0], "event.wake" in run.operations(), "event.timeout" in run.operations()

    assert {woken(seed) for seed in range(60)} == {(True, False, False), (True, True, False), (False, False, True)}


def test_a_timeout_that_comes_first_is_found_with_any_only():
    def results(clock):
        seen = set()
        for seed in range(40):
            passes(lambda: seen.add(timed_out()), clock=clock, strategy="random", seed=seed)
        return seen

    assert results("virtual") == {True}
    assert results("any") == {True, False}


@pytest.mark.parametrize("strategy", ["round-robin", "random"])
def test_real_time_passes(strategy):
    order = []
    begin = real.monotonic()
    run = passes(sleepers(order, 0.3, 0.1, 0.2), clock="real", strategy=strategy)
    assert 0.3 <= real.monotonic() - begin < 5
    due = {thread: at + seconds for thread, operation, _, seconds, at in run.events if operation == "time.sleep"}
    late = [at - due[thread] for thread, operation, _, _, at in run.events if operation == "time.wake"]
    assert len(late) == 3
    assert min(late) >= 0
    if max(late) < 0.05:  # on a machine that stands still for a while several are due at once
        assert order == [0.1, 0.2, 0.3]
    times = [event[4] for event in run.events]
    assert times == sorted(times)


def test_real_deadlines_are_met_while_another_thread_is_busy():
    def main():
        lock, woken = threading.Lock(), []
        thread = threading.Thread(target=lambda: (time.sleep(0.05), woken.append(True)))
        thread.start()
        end = real.monotonic() + 5
        while not woken and real.monotonic() < end:
            with lock:
                pass
        assert woken

    passes(main, clock="real")


def test_a_daemon_that_sleeps_for_ever_does_not_hide_the_end():
    def main():
        threading.Thread(target=time.sleep, args=(1e6,), daemon=True).start()
        time.sleep(1)

    outcome = execute(main).outcome
    assert outcome.virtual_time == 1
    assert outcome.abandoned == ["Thread-1"] or len(outcome.abandoned) == 1


def test_polling_lets_sleeping_threads_come():
    def main():
        stop, lock = threading.Event(), threading.Lock()

        def poll():
            while not stop.is_set():
                pass

        def hold():
            with lock:
                time.sleep(3)

        poller, holder = threading.Thread(target=poll), threading.Thread(target=hold)
        poller.start()
        holder.start()
        time.sleep(5)
        while not lock.acquire(blocking=False):
            pass
        stop.set()
        while poller.is_alive():
            time.sleep(0)

    for strategy, seed in (("round-robin", 0), ("random", 1), ("random", 2)):
        assert passes(main, strategy=strategy, seed=seed).outcome.points < 20_000


def test_a_real_timeout_that_is_over_at_once_is_not_lost():
    def main():
        lock, done = threading.Lock(), threading.Event()

        def hold():
            for _ in range(100):
                with lock:
                    pass
            lock.acquire()
            done.wait()
            lock.release()

        def try_():
            for _ in range(500):
                if lock.acquire(timeout=1e-7):
                    lock.release()
            done.set()

        threads = [threading.Thread(target=hold), threading.Thread(target=try_)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

    for seed in range(10):
        passes(main, clock="real", strategy="random", seed=seed)


def test_only_a_wait_that_lasts_is_cut_short():
    """Many operations in no time: who has waited through all of them is told that the time is over, and nobody else."""
    clock = VirtualClock()
    kernel = SimpleNamespace(deadlines=Deadlines(), now=0, expire=lambda: None)
    threads = [SimpleNamespace(deadline=0, alarm=0) for _ in range(2)]
    kernel.deadlines.add(threads[0], 30)
    clock.hurry(kernel)
    assert kernel.now == 0
    kernel.deadlines.remove(threads[0])  # it was over in time, and the next one has begun
    kernel.deadlines.add(threads[1], 40)
    clock.hurry(kernel)
    assert kernel.now == 0
    clock.hurry(kernel)
    assert kernel.now == 40
