"""Races in executions of programs that hand something over in every way that the standard library has, and in none."""

import queue
import threading
import time
from concurrent.futures import ThreadPoolExecutor, as_completed
from multiprocessing.pool import ThreadPool

import pytest

from tests.tracer.analysis.support import analysed
from tracer.runtime import door

pytestmark = pytest.mark.one_version


class Variable:
    """A variable of the program, whose accesses it reports itself."""

    _threadtrace_label = None
    kind = "x"

    def access(self, operation):
        door.runtime.point(operation, self)
        door.runtime.log(operation, self, "1")

    def write(self):
        self.access("memory.write")

    def add(self):
        self.access("memory.read")
        self.write()


def together(*works):
    threads = [threading.Thread(target=work) for work in works]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def with_lock(x):
    lock = threading.Lock()

    def work():
        for _ in range(3):
            with lock:
                x.add()

    together(work, work, work)
    x.add()


def with_rlock(x):
    lock = threading.RLock()

    def work():
        with lock:
            with lock:
                x.add()
            x.add()

    together(work, work)


def with_condition(x):
    condition, turn = threading.Condition(), [0]

    def work(mine):
        for _ in range(3):
            with condition:
                while turn[0] != mine:
                    condition.wait()
            x.add()
            with condition:
                turn[0] = 1 - mine
                condition.notify_all()

    together(lambda: work(0), lambda: work(1))


def with_condition_and_time_limits(x):
    condition = threading.Condition()

    def work():
        with condition:
            x.add()
            condition.wait(timeout=1)
            x.add()

    together(work, work, work)


def with_event(x):
    ready, done = threading.Event(), threading.Event()

    def first():
        x.add()
        ready.set()
        done.wait()
        x.add()

    def second():
        ready.wait()
        x.add()
        done.set()

    together(second, first)


def with_event_that_is_polled(x):
    full = threading.Event()

    def first():
        for _ in range(3):
            while full.is_set():
                time.sleep(1)
            x.add()
            full.set()

    def second():
        for _ in range(3):
            while not full.wait(timeout=1):
                pass
            x.add()
            full.clear()

    together(first, second)


def with_semaphore(x):
    permits = threading.Semaphore(1)

    def work():
        with permits:
            x.add()

    together(work, work, work)


def with_semaphores_as_signals(x):
    full, free = threading.Semaphore(0), threading.Semaphore(1)

    def first():
        for _ in range(3):
            free.acquire()
            x.add()
            full.release()

    def second():
        for _ in range(3):
            full.acquire()
            x.add()
            free.release()

    together(first, second)


def with_barrier(x):
    barrier = threading.Barrier(3, action=x.add)

    def work(adds):
        if adds:
            x.add()
        barrier.wait()
        barrier.wait()
        if not adds:
            x.add()
        barrier.wait()

    together(lambda: work(True), lambda: work(False), lambda: barrier.wait() + barrier.wait() + barrier.wait())


def with_queue(x, made=queue.Queue):
    first, second = made(), made()

    def work(mine, other):
        for _ in range(3):
            mine.get()
            x.add()
            other.put(1)

    first.put(1)
    together(lambda: work(first, second), lambda: work(second, first))


def with_queue_that_is_joined(x):
    jobs = queue.Queue(1)

    def work():
        while jobs.get() is not None:
            x.add()
            jobs.task_done()

    def give():
        for _ in range(3):
            jobs.put(1)
            jobs.join()
            x.add()
        jobs.put(None)

    together(give, work)


def with_simple_queue(x):
    with_queue(x, queue.SimpleQueue)


def with_lifo_queue(x):
    with_queue(x, lambda: queue.LifoQueue(1))


def with_join_in_another_thread(x):
    first = threading.Thread(target=x.add)

    def second():
        first.join()
        x.add()

    first.start()
    together(second)
    x.add()


def with_is_alive(x):
    thread = threading.Thread(target=x.add)
    thread.start()
    while thread.is_alive():
        time.sleep(1)
    x.add()


def with_a_count_of_threads(x):
    threading.Thread(target=x.add).start()
    while threading.active_count() > 1:
        time.sleep(1)
    x.add()


def with_executor(x):
    with ThreadPoolExecutor(2) as pool:
        for _ in range(3):
            x.add()
            pool.submit(x.add).result()
    x.add()


def with_futures_as_they_are_completed(x):
    xs = [x, Variable(), Variable()]
    with ThreadPoolExecutor(2) as pool:
        futures = {pool.submit(one.add): one for one in xs}
        for future in as_completed(futures):
            futures[future].add()


def with_callback(x):
    done = threading.Event()
    with ThreadPoolExecutor(1) as pool:
        future = pool.submit(x.add)
        future.add_done_callback(lambda _: (x.add(), done.set()))
        done.wait()
        x.add()


def with_thread_pool(x):
    with ThreadPool(2) as pool:
        x.add()
        pool.apply(x.add)
        x.add()
        pool.map_async(lambda _: x.add(), [1]).get()
        x.add()


def with_timer(x):
    x.add()
    timer = threading.Timer(1, x.add)
    timer.start()
    timer.join()
    x.add()


ORDERED = [value for name, value in sorted(globals().items()) if name.startswith("with_")]


def nothing(x):
    together(x.add, x.add)


def only_half_of_it(x):
    lock = threading.Lock()

    def work():
        with lock:
            x.access("memory.read")
        with lock:
            pass
        x.write()

    together(work, work)


def a_semaphore_that_lets_both_in(x):
    permits = threading.Semaphore(2)

    def work():
        with permits:
            x.add()

    together(work, work)


def after_the_barrier(x):
    barrier = threading.Barrier(2)
    together(lambda: (barrier.wait(), x.add()), lambda: (barrier.wait(), x.add()))


def before_the_join(x):
    thread = threading.Thread(target=x.add)
    thread.start()
    x.add()
    thread.join()


def by_sleeping(x):
    def late():
        time.sleep(1)
        x.add()

    together(x.add, late)


@pytest.mark.parametrize("program", ORDERED)
def test_ordered(program):
    for seed in range(12):
        done = analysed(lambda: program(Variable()), strategy="random", seed=seed)
        assert not done.outcome.failures, done.outcome
        assert done.found == [], seed


@pytest.mark.parametrize(
    ("program", "always"),
    [(nothing, True), (a_semaphore_that_lets_both_in, True), (after_the_barrier, True), (before_the_join, True),
     (by_sleeping, True), (only_half_of_it, False)],
)  # fmt: skip
def test_races(program, always):
    found = [
        [one.kind.value for one in analysed(lambda: program(Variable()), strategy="random", seed=seed).found]
        for seed in range(12)
    ]
    assert all(found) if always else any(found)
    assert {kind for kinds in found for kind in kinds} == {"data-race"}
