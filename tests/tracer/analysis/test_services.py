"""Queues, futures and pools that leave somebody waiting."""

import queue
import threading
from concurrent.futures import Future, ThreadPoolExecutor

import pytest

from tests.tracer.analysis.support import fails

pytestmark = pytest.mark.one_version


def test_nobody_puts():
    def main():
        jobs = queue.Queue()
        threading.Thread(target=lambda: jobs.get(), name="Worker").start()

    found = fails(main).only
    assert found.kind.value == "never-woken"
    assert found.message.startswith("Worker waits in jobs.get() at ")
    assert found.message.endswith("it is empty, and nobody ever put anything in")
    assert "jobs.put(None)" in found.advice


def test_nobody_puts_any_more():
    def main():
        jobs = queue.PriorityQueue()

        def work():
            while True:
                jobs.get()

        def feed():
            jobs.put(1)

        for work_or_feed in (work, feed):
            threading.Thread(target=work_or_feed, name=work_or_feed.__name__.title()).start()

    found = fails(main).only
    assert "nobody puts more in; the last put was by Feed at" in found.message
    assert found.message.endswith(", which has ended")


def test_nobody_puts_into_a_simple_queue():
    def main():
        jobs = queue.SimpleQueue()
        threading.Thread(target=lambda: jobs.get(), name="Worker").start()

    found = fails(main).only
    assert found.message.startswith("Worker waits in jobs.get() at ")
    assert found.message.endswith("it is empty, and nobody ever put anything in")


def test_nobody_takes():
    def main():
        jobs = queue.Queue(1)
        threading.Thread(target=lambda: jobs.get(), name="Taker").start()
        for number in range(3):
            jobs.put(number)

    found = fails(main).only
    assert found.message.startswith("MainThread waits in jobs.put() at ")
    assert "it is full, and nobody takes more out; the last one who did was Taker at" in found.message


def test_task_done_is_missing():
    def main():
        jobs = queue.Queue()
        threading.Thread(target=lambda: jobs.get(), name="Taker").start()
        jobs.put(1)
        jobs.join()

    found = fails(main).only
    assert "MainThread waits in jobs.join()" in found.message
    assert "jobs.task_done() once for each item" in found.advice


def test_a_class_of_the_users_is_no_queue():
    class Buffer:
        def __init__(self):
            self.mutex = threading.Lock()
            self.not_empty = threading.Condition(self.mutex)

        def take(self):
            with self.not_empty:
                self.not_empty.wait()

    def main():
        buffer = Buffer()
        threading.Thread(target=buffer.take, name="Taker").start()

    found = fails(main).only
    assert "waits for a notify of Buffer.not_empty" in found.message
    assert "nobody ever notified it" in found.message


def test_a_future_that_nobody_completes():
    def main():
        answer = Future()
        threading.Thread(target=lambda: answer.result(), name="Asker").start()

    found = fails(main).only
    assert found.kind.value == "never-woken"
    assert "Asker waits for the result of answer at" in found.message
    assert "set_exception()" in found.advice


def test_a_pool_that_waits_for_itself():
    def main():
        pool = ThreadPoolExecutor(2)
        both = threading.Barrier(2)

        def outer():
            both.wait()
            inner = pool.submit(int)
            return inner.result()

        jobs = [pool.submit(outer) for _ in range(2)]
        for job in jobs:
            job.result()

    found = fails(main).only
    assert found.kind.value == "starved-pool"
    assert "all 2 workers of pool" in found.message
    assert "while 2 jobs of the same pool are queued" in found.message
    assert [step.role for step in found.steps] == ["queued", "queued", "waits", "waits"]


def test_workers_that_wait_for_something_else_do_not_starve_their_pool():
    def main():
        pool = ThreadPoolExecutor(1)
        go = threading.Event()
        pool.submit(go.wait)
        job = pool.submit(int)
        job.result()

    done = fails(main)
    assert "starved-pool" not in done.kinds
    assert any("waits for go to be set" in one.message for one in done.found)


def test_a_pool_that_is_being_shut_down_does_not_starve():
    """What ends its workers is queued, and no job."""

    def main():
        answer = Future()
        with ThreadPoolExecutor(1) as pool:
            pool.submit(answer.result)

    done = fails(main)
    assert "starved-pool" not in done.kinds
    assert "waits for the result of answer" in done.of("never-woken").message


def test_jobs_that_are_taken_are_not_queued():
    def main():
        pool = ThreadPoolExecutor(2)

        def outer():
            inner = pool.submit(threading.Event().wait)
            return inner.result()

        pool.submit(outer).result()

    assert "starved-pool" not in fails(main).kinds


def test_an_idle_worker_is_not_blamed():
    def main():
        pool = ThreadPoolExecutor(1)
        pool.submit(int).result()
        threading.Event().wait()

    done = fails(main)
    assert [one.threads for one in done.found] == [["MainThread"]]
