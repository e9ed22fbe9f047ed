"""The locks of `multiprocessing`, between threads under control."""

import multiprocessing
import threading

import pytest

from tests.support import execute, passes


def run_all(*bodies):
    threads = [threading.Thread(target=body) for body in bodies]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


@pytest.mark.parametrize("kind", ["Lock", "RLock", "BoundedSemaphore"])
def test_one_thread_at_a_time(kind):
    def main():
        lock = getattr(multiprocessing, kind)()
        inside = []

        def work():
            for _ in range(3):
                with lock:
                    inside.append(1)
                    assert len(inside) == 1
                    guard.acquire()
                    guard.release()
                    inside.pop()

        guard = threading.Lock()
        run_all(work, work, work)

    for seed in range(30):
        passes(main, strategy="random", seed=seed)


def test_only_the_owner_acquires_again():
    def main():
        lock = multiprocessing.RLock()
        with lock, lock:
            seen = []
            run_all(lambda: seen.append((lock.acquire(False), lock.acquire(timeout=5))))
            assert seen == [(False, False)]

            def wrong():
                with pytest.raises(AssertionError, match="not owned by thread"):
                    lock.release()

            run_all(wrong)
        run_all(lambda: seen.append(lock.acquire(False)))
        assert seen[1:] == [True]

    for seed in range(10):
        assert passes(main, strategy="random", seed=seed).outcome.virtual_time >= 5


def test_condition_and_semaphore():
    def main():
        condition = multiprocessing.Condition()
        full = multiprocessing.Semaphore(0)
        items = []

        def consume():
            with condition:
                while not items:
                    condition.wait()
                items.pop()
            full.release()

        def produce():
            with condition:
                items.append(1)
                condition.notify()

        run_all(consume, consume, produce, produce)
        assert full.acquire() and full.acquire() and not full.acquire(timeout=0.1)

    for seed in range(30):
        passes(main, strategy="random", seed=seed)


def test_a_lock_that_nobody_releases_is_a_deadlock():
    def main():
        first = multiprocessing.Lock()
        second = multiprocessing.Lock()

        def take(one, other):
            with one:
                barrier.wait()
                with other:
                    pass

        barrier = threading.Barrier(2)
        run_all(lambda: take(first, second), lambda: take(second, first))

    run = execute(main)
    (failure,) = run.outcome.failures
    assert failure.kind.value == "deadlock"
    assert {"first", "second"} <= set(failure.objects), failure


def test_a_queue_of_processes_between_threads():
    def main():
        queue = multiprocessing.SimpleQueue()
        got = []
        run_all(
            lambda: [queue.put(number) for number in range(3)],
            lambda: [queue.put(number) for number in range(3)],
            lambda: got.extend(queue.get() for _ in range(6)),
        )
        assert sorted(got) == [0, 0, 1, 1, 2, 2]
        queue.close()

    for seed in range(20):
        passes(main, strategy="random", seed=seed)
