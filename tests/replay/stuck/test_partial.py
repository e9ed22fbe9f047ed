"""Threads that can never go on while others do are found, and nobody else is taken for one of them."""

import functools
import queue
import threading
import time
import weakref
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.support import command, execute, passes

#: Enough for everything here that ends, and for the search to begin where nobody suspects anything.
POINTS = 6000


pytestmark = pytest.mark.usefixtures("plain_hooks")


def tick():
    while True:
        time.sleep(1)


def ring_of_locks():
    one, two, both = threading.Lock(), threading.Lock(), threading.Barrier(2)

    def take(first, second):
        with first:
            both.wait()
            with second:
                pass

    return [functools.partial(take, one, two), functools.partial(take, two, one)]


def ring_of_rlocks():
    one, two, both = threading.RLock(), threading.RLock(), threading.Barrier(2)

    def take(first, second):
        with first:
            both.wait()
            with second:
                pass

    return [functools.partial(take, one, two), functools.partial(take, two, one)]


def ring_of_events():
    one, two = threading.Event(), threading.Event()

    def wait(first, second):
        first.wait()
        second.set()

    return [functools.partial(wait, one, two), functools.partial(wait, two, one)]


def ring_of_queues():
    one, two = queue.Queue(), queue.Queue()

    def pass_on(first, second):
        second.put(first.get())

    return [functools.partial(pass_on, one, two), functools.partial(pass_on, two, one)]


def nested_monitor():
    outer, inner = threading.Lock(), threading.Condition()
    held = threading.Event()

    def consume():
        with outer, inner:
            held.set()
            inner.wait()

    def produce():
        held.wait()
        with outer, inner:
            inner.notify()

    return [consume, produce]


def acquired_twice():
    lock = threading.Lock()

    def again():
        with lock, lock:
            pass

    return [again]


def short_barrier():
    barrier = threading.Barrier(3)
    return [barrier.wait, barrier.wait]


@pytest.mark.parametrize(
    "make",
    [ring_of_locks, ring_of_rlocks, ring_of_events, ring_of_queues, nested_monitor, acquired_twice, short_barrier],
)
@pytest.mark.parametrize("clock", ["virtual", "any"])
def test_lost_threads_are_found(make, clock):
    def main():
        for number, body in enumerate(make()):
            threading.Thread(target=body, name=f"Lost-{number}").start()
        threading.Thread(target=tick, name="Ticker").start()

    for seed in range(10):
        outcome = execute(main, strategy="random", seed=seed, clock=clock, max_points=POINTS).outcome
        (failure,) = outcome.failures
        assert failure.kind.value == "deadlock", failure
        lost = [name for name in failure.threads if name.startswith("Lost")]
        assert lost, failure
        assert "Ticker" not in failure.threads
        assert failure.message.endswith("while Ticker can")


def test_a_ring_of_locks_is_found_at_once():
    def main():
        threading.Thread(target=tick, name="Ticker", daemon=True).start()
        threads = [threading.Thread(target=body) for body in ring_of_locks()]
        for thread in threads:
            thread.start()

    outcome = execute(main).outcome
    assert outcome.points < 40
    assert len(outcome.failures[0].cycle) == 4


def test_what_an_earlier_execution_has_left_helps_nobody():
    """`threading` knows of all thread objects that exist: also of one that is garbage, and names a lock `lock`."""
    lock = threading.Lock()

    def helper():
        with lock:
            pass

    left = []

    def first():
        left.append(threading.Thread(target=helper, name="Left"))

    def second():
        def take():
            with lock, lock:
                pass

        threading.Thread(target=take, name="Lost").start()
        threading.Thread(target=tick, name="Ticker").start()

    passes(first)
    (failure,) = execute(second, max_points=POINTS).outcome.failures
    assert failure.kind.value == "deadlock"


def start(bodies):
    for number, body in enumerate(bodies):
        threading.Thread(target=body, name=f"Lost-{number}").start()


def ring_about_which_an_abstract_class_was_asked():
    bodies = ring_of_queues()

    class Releases:
        def release(self):
            bodies[0].args[0].put(1)

    global kept_here
    kept_here = Releases
    assert not issubclass(Releases, Sequence)
    start(bodies)


def test_a_class_that_an_abstract_one_was_asked_about_helps_nobody():
    """Every abstract class remembers weakly what it was asked about."""

    def main():
        ring_about_which_an_abstract_class_was_asked()
        while True:
            time.sleep(1)
            isinstance(Box(), Sequence)

    (failure,) = execute(main, max_points=POINTS).outcome.failures
    assert failure.kind.value == "deadlock", failure


def test_what_pools_of_processes_do_at_exit_helps_nobody():
    """The main thread will call it."""
    import concurrent.futures.process  # noqa: F401

    def main():
        start(ring_of_queues())
        while True:
            time.sleep(1)
            queue.Queue()

    (failure,) = execute(main, max_points=POINTS).outcome.failures
    assert failure.kind.value == "deadlock"


def test_going_on_without_them():
    def main():
        for body in ring_of_locks():
            threading.Thread(target=body).start()
        for _ in range(20):
            time.sleep(1)

    run = execute(main, keep_going=True)
    (failure,) = run.outcome.failures
    assert failure.kind.value == "deadlock"
    assert run.operations("MainThread").count("time.wake") == 20


def test_it_is_found_again_in_a_replay(tmp_path):
    program = tmp_path / "program.py"
    program.write_text(
        "import threading, time\n"
        "a, b, both = threading.Lock(), threading.Lock(), threading.Barrier(2)\n"
        "def take(x, y):\n"
        "    with x:\n"
        "        both.wait()\n"
        "        with y: pass\n"
        "for pair in ((a, b), (b, a)): threading.Thread(target=take, args=pair).start()\n"
        "while True: time.sleep(1)\n"
    )
    ran = command("run", "--json", program.name, cwd=tmp_path)
    assert ran.json["failures"][0]["cycle"] == ["Thread-1 (take)", "b", "Thread-2 (take)", "a"]
    replayed = command("replay", "--json", "program.trace", "--trace", "second.trace", cwd=tmp_path)
    assert replayed.json["failures"][0]["fingerprint"] == ran.json["failures"][0]["fingerprint"]
    assert replayed.json["divergence"] is None
    by_schedule = command("replay", ran.json["schedule"], program.name, "--trace", "third.trace", cwd=tmp_path)
    assert by_schedule.status == 1, by_schedule


# Who is released in the end, in a roundabout way, was not lost ---------------------------------------------------


def busy():
    """Longer than it takes until a search is made."""
    for _ in range(POINTS // 4):
        time.sleep(0.001)


class Box:
    pass


def by_closure():
    lock = threading.Lock()

    def work():
        busy()
        lock.release()

    return lock, [work]


def by_bound_method():
    lock = threading.Lock()

    def work(release):
        busy()
        release()

    return lock, [functools.partial(work, lock.release)]


def by_computed_name():
    lock = threading.Lock()

    def work():
        busy()
        getattr(lock, "rel" + "ease")()

    return lock, [work]


def by_attribute():
    lock, box = threading.Lock(), Box()
    box.inner = {"key": [lock]}

    def work():
        busy()
        box.inner["key"][0].release()

    return lock, [work]


def by_iterator():
    lock = threading.Lock()

    def work(made):
        for one in made:
            busy()
            one.release()

    return lock, [functools.partial(lambda one: work(iter([one])), lock)]


def by_value_on_the_stack():
    lock = threading.Lock()
    made = [lock]

    def slow():
        busy()
        return 1

    def work():
        (made.pop().release, slow())[0]()

    return lock, [work]


def keep(box):
    busy()
    busy()
    del box


def by_weak_reference():
    box = Box()
    box.lock = lock = threading.Lock()
    weak = weakref.ref(box)

    def work():
        busy()
        weak().lock.release()

    return lock, [work, functools.partial(keep, box)]


def by_globals_of_a_function():
    global kept_here
    kept_here = threading.Lock()

    def work():
        busy()
        busy.__globals__["kept_here"].release()

    return kept_here, [work]


def by_finalizer():
    lock = threading.Lock()

    class Releases:
        def __del__(self):
            lock.release()

    def work():
        kept = Releases()
        busy()
        del kept

    return lock, [work]


def by_a_thread_that_is_started_late():
    lock = threading.Lock()

    def work():
        busy()
        threading.Thread(target=lock.release).start()

    return lock, [work]


def by_map():
    lock = threading.Lock()

    def release(one):
        busy()
        one.release()

    return lock, [lambda: list(map(release, [lock]))]


@pytest.mark.parametrize(
    "make",
    [
        by_closure,
        by_bound_method,
        by_computed_name,
        by_attribute,
        by_iterator,
        by_value_on_the_stack,
        by_weak_reference,
        by_globals_of_a_function,
        by_finalizer,
        by_a_thread_that_is_started_late,
        by_map,
    ],
)
def test_a_lock_that_is_handed_over(make):
    def main():
        lock, bodies = make()
        lock.acquire()
        for body in bodies:
            threading.Thread(target=body).start()
        lock.acquire()

    for seed in range(3):
        assert not execute(main, strategy="random", seed=seed).outcome.failures


def test_what_only_the_stack_knows():
    def start():
        event = threading.Event()
        threading.Thread(target=event.wait).start()
        return event

    def main():
        for event in [start() for _ in range(3)]:
            busy()
            event.set()

    assert not execute(main).outcome.failures


def test_idle_workers_are_not_lost():
    def main():
        with ThreadPoolExecutor(3) as pool:
            list(pool.map(abs, range(3)))
            busy()

    assert not execute(main).outcome.failures


def test_idle_workers_of_a_forgotten_pool_are_not_lost():
    def use():
        pool = ThreadPoolExecutor(3)
        list(pool.map(abs, range(3)))
        busy()

    def main():
        use()
        busy()

    assert not execute(main).outcome.failures


def test_a_notify_that_comes_late():
    def main():
        condition, done = threading.Condition(), []

        def wait():
            with condition:
                while not done:
                    condition.wait()

        threads = [threading.Thread(target=wait) for _ in range(3)]
        for thread in threads:
            thread.start()
        busy()
        with condition:
            done.append(1)
            condition.notify_all()

    assert not execute(main).outcome.failures


def test_daemons_alone_are_no_failure():
    def main():
        for body in ring_of_locks():
            threading.Thread(target=body, daemon=True).start()
        busy()

    assert not execute(main).outcome.failures
