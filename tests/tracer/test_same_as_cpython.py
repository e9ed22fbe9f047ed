"""The public API of the primitives, observed twice: with real threads, and under control. Both must see the same.

Each function below makes observations and returns them; errors are observed with their messages. With no runtime the
traced primitives act as the real ones, so this also tests that.
"""

import inspect
import sys
import threading
import time

import pytest

from tests.support import passes
from tracer import patch

patch.install()

SHORT = 0.01


def error(call, *arguments, **words):
    """The type and message of the exception that a call raises."""
    try:
        call(*arguments, **words)
    except Exception as found:
        return type(found).__name__, str(found)
    return None


def started(target, *arguments, **words):
    thread = threading.Thread(target=target, args=arguments, **words)
    thread.start()
    return thread


def lock_arguments():
    lock = threading.Lock()
    return [
        lock.acquire(),
        lock.acquire(False),
        lock.acquire(blocking=False),
        lock.acquire(timeout=SHORT),
        lock.acquire(True, SHORT),
        lock.acquire(True, 0),
        error(lock.acquire, False, 1),
        error(lock.acquire, timeout=-2),
        error(lock.acquire, timeout=1e100),
        error(lock.acquire, timeout="soon"),
        error(lock.acquire, True, 1, 2),
        lock.locked(),
        lock.release(),
        lock.locked(),
        error(lock.release),
        lock.__enter__(),
        lock.__exit__(None, None, None),
        repr(lock).split(" at ")[0],
    ]


def rlock_arguments():
    lock = threading.RLock()
    seen = [
        lock.acquire(),
        lock.acquire(),
        lock.acquire(False),
        lock.acquire(timeout=1),
        error(lock.acquire, False, 1),
        error(lock.acquire, timeout=-2),
        lock._is_owned(),
    ]
    other = []
    started(lambda: other.extend([lock.acquire(False), lock.acquire(timeout=SHORT), error(lock.release)])).join()
    for _ in range(4):
        lock.release()
    started(lambda: other.append(lock.acquire(False))).join()
    return [*seen, *other, error(lock.release)]


def lock_released_by_another_thread():
    lock = threading.Lock()
    lock.acquire()
    started(lock.release).join()
    return [lock.locked()]


def condition_errors():
    condition = threading.Condition()
    return [
        error(condition.wait),
        error(condition.notify),
        error(condition.notify_all),
        error(condition.release),
        condition.acquire(),
        condition.wait(SHORT),
        condition.wait(0),
        condition.wait(-1),
        condition.wait_for(lambda: False, SHORT),
        condition.wait_for(lambda: 7, SHORT),
        condition.wait_for(lambda: "at once"),
        condition.notify(),
        condition.notify(5),
        condition.notify_all(),
        condition.release(),
    ]


def condition_wakes_in_order():
    condition, order, ready = threading.Condition(), [], threading.Semaphore(0)

    def work(number):
        with condition:
            ready.release()
            condition.wait()
            order.append(number)

    threads = []
    for number in range(4):
        threads.append(started(work, number))
        ready.acquire()
    for _ in range(2):
        with condition:
            before = len(order)
            condition.notify()
        while len(order) == before:
            time.sleep(SHORT)
    with condition:
        condition.notify_all()
    for thread in threads:
        thread.join()
    return [order[:2], sorted(order)]


def waiting_for_no_time_lets_others_have_the_lock():
    condition, seen = threading.Condition(), []

    def work():
        with condition:
            seen.append("other")

    with condition:
        thread = started(work)
        time.sleep(0.1)
        seen.append(condition.wait_for(lambda: False, -1))
        seen.append(condition.wait_for(lambda: False, 0))
    thread.join()
    return sorted(map(str, seen))


def condition_restores_the_depth_of_its_lock():
    condition = threading.Condition()
    with condition, condition:
        other = started(lambda: condition.acquire(timeout=5) and (condition.notify(), condition.release()))
        woken = condition.wait(5)
        other.join()
        return [woken, condition._lock._is_owned(), condition._lock._recursion_count()]


def condition_over_a_lock_of_the_users():
    class Mine:
        def __init__(self):
            self.lock, self.log = threading.Lock(), []

        def acquire(self, *arguments):
            self.log.append("acquire")
            return self.lock.acquire(*arguments)

        def release(self):
            self.log.append("release")
            self.lock.release()

        def __enter__(self):
            return self.acquire()

        def __exit__(self, *arguments):
            self.release()

    mine = Mine()
    condition = threading.Condition(mine)

    def wake():
        with condition:
            condition.notify()

    with condition:
        thread = started(wake)
        woken = condition.wait(5)
    thread.join()
    return [woken, mine.log.count("acquire") - mine.log.count("release")]


def semaphore_arguments():
    semaphore = threading.Semaphore(2)
    return [
        error(threading.Semaphore, -1),
        threading.Semaphore()._value,
        semaphore.acquire(),
        semaphore.acquire(timeout=1),
        semaphore.acquire(False),
        semaphore.acquire(timeout=SHORT),
        semaphore.acquire(timeout=-1),
        semaphore.acquire(timeout=0),
        error(semaphore.acquire, False, 1),
        error(semaphore.release, 0),
        semaphore.release(3),
        [semaphore.acquire(False) for _ in range(4)],
        semaphore.__enter__ is not None,
    ]


def bounded_semaphore():
    semaphore = threading.BoundedSemaphore(2)
    with semaphore:
        inside = semaphore._value
    return [inside, error(semaphore.release), semaphore.acquire(), error(semaphore.release, 2), semaphore.release()]


def event_protocol():
    event = threading.Event()
    seen = [event.is_set(), event.wait(SHORT), event.wait(0), event.wait(-1), event.set(), event.is_set()]
    return [*seen, event.wait(), event.wait(5), event.clear(), event.is_set(), event.wait(timeout=SHORT)]


def event_set_and_cleared_at_once_wakes_who_waits():
    event, results, ready = threading.Event(), [], threading.Semaphore(0)

    def work():
        ready.release()
        results.append(event.wait(5))

    threads = [started(work) for _ in range(3)]
    for _ in threads:
        ready.acquire()
    time.sleep(0.2)
    event.set()
    event.clear()
    for thread in threads:
        thread.join()
    return results


def barrier_protocol():
    calls = []
    barrier = threading.Barrier(2, action=lambda: calls.append("action"))
    places = []

    def work():
        places.append(barrier.wait())

    for _ in range(3):
        thread = started(work)
        work()
        thread.join()
    return [sorted(places), calls, barrier.parties, barrier.n_waiting, barrier.broken, error(threading.Barrier, 0)]


def barrier_broken():
    barrier = threading.Barrier(2, timeout=SHORT)
    seen = [error(barrier.wait), barrier.broken, error(barrier.wait), barrier.reset(), barrier.broken]
    waiting = []
    thread = started(lambda: waiting.append(error(barrier.wait, 5)))
    while not barrier.n_waiting:
        time.sleep(SHORT)
    barrier.reset()
    thread.join()
    seen += [waiting, barrier.broken, barrier.abort(), barrier.broken, error(barrier.wait)]

    def fail():
        raise ValueError("action")

    failing = threading.Barrier(1, action=fail)
    return [*seen, error(failing.wait), failing.broken]


def thread_protocol():
    thread = threading.Thread(target=time.sleep, args=(SHORT,), name="named", daemon=True)
    seen = [thread.is_alive(), thread.ident, thread.name, thread.daemon, error(thread.join)]
    thread.start()
    seen += [error(thread.start), error(setattr, thread, "daemon", False), isinstance(thread.ident, int)]
    thread.join(5)
    seen += [thread.is_alive(), error(thread.start), thread.join(), thread.join(-1)]
    thread.name = "renamed"
    return [*seen, thread.name, error(threading.current_thread().join), "stopped daemon" in repr(thread)]


def thread_without_its_init():
    class Forgetful(threading.Thread):
        def __init__(self):
            pass

    return [error(Forgetful().start), error(Forgetful().join)]


def thread_subclass():
    class Adder(threading.Thread):
        def __init__(self, *numbers):
            super().__init__(daemon=True)
            self.numbers = numbers

        def run(self):
            self.total = sum(self.numbers)
            self.seen = threading.current_thread() is self, threading.get_ident() == self.ident

    adder = Adder(1, 2, 3)
    adder.start()
    adder.join()
    return [adder.total, adder.seen]


def thread_joins_in_time():
    event = threading.Event()
    thread = started(event.wait)
    seen = [thread.join(SHORT), thread.is_alive(), thread.join(0), thread.is_alive()]
    event.set()
    thread.join()
    return [*seen, thread.is_alive()]


def daemon_is_inherited():
    seen = []
    started(lambda: seen.append(threading.Thread().daemon), daemon=True).join()
    started(lambda: seen.append(threading.Thread().daemon), daemon=False).join()
    return seen


def module_functions():
    before = threading.active_count()
    event = threading.Event()
    thread = started(event.wait, name="other")
    names = sorted(one.name for one in threading.enumerate() if one.name in ("MainThread", "other"))
    seen = [threading.active_count() - before, names, thread in threading.enumerate()]
    event.set()
    thread.join()
    main = threading.main_thread()
    return [
        *seen,
        threading.active_count() - before,
        threading.current_thread() is main,
        main.is_alive(),
        main.ident == threading.get_ident(),
        isinstance(threading.get_native_id(), int),
        isinstance(threading.current_thread().native_id, int),
    ]


def exceptions_reach_the_hook():
    seen = []

    def hook(arguments):
        seen.append((arguments.exc_type, str(arguments.exc_value), arguments.thread.name))

    before, threading.excepthook = threading.excepthook, hook
    try:
        started(sys.exit, 3, name="exits").join()
    finally:
        threading.excepthook = before
    return seen


def timers():
    calls = []
    timer = threading.Timer(SHORT, calls.append, args=("called",))
    timer.start()
    timer.join()
    cancelled = threading.Timer(60, calls.append, args=("never",))
    cancelled.start()
    cancelled.cancel()
    cancelled.join()
    return [calls, cancelled.finished.is_set()]


def thread_locals():
    class Counted(threading.local):
        made = 0

        def __init__(self, start):
            type(self).made += 1
            self.number = start

    plain, counted = threading.local(), Counted(10)
    plain.value = "main"
    counted.number += 1
    other = []

    def work():
        other.append(error(getattr, plain, "value"))
        plain.value = "other"
        counted.number += 5
        other.append((plain.value, counted.number, sorted(plain.__dict__)))
        del plain.value
        other.append(error(getattr, plain, "value"))

    started(work).join()
    started(work).join()
    return [plain.value, counted.number, Counted.made, other, error(threading.local, 1), sorted(vars(plain))]


def clocks():
    begin = time.monotonic()
    seen = [error(time.sleep, -1), error(time.sleep, "x"), time.sleep(0), time.sleep(True and SHORT)]
    passed = time.monotonic() - begin
    order = []
    threads = [started(lambda s=s: (time.sleep(s), order.append(s))) for s in (0.15, 0.05, 0.1)]
    for thread in threads:
        thread.join()
    return [
        *seen,
        passed >= SHORT,
        order,
        time.perf_counter() <= time.perf_counter(),
        isinstance(time.monotonic_ns(), int),
        abs(time.time_ns() / 1e9 - time.time()) < 5,
        isinstance(time.perf_counter_ns(), int),
    ]


def signatures():
    return [
        str(inspect.signature(method))
        for method in (
            threading.Condition.wait_for,
            threading.Condition.notify,
            threading.Semaphore.acquire,
            threading.Event.wait,
            threading.Barrier.wait,
            threading.Thread.join,
        )
    ] + [threading.Event.wait.__doc__ is not None, threading.Event.wait.__qualname__]


OBSERVATIONS = [
    function
    for name, function in list(globals().items())
    if inspect.isfunction(function) and function.__module__ == __name__ and name not in ("error", "started")
]


@pytest.mark.parametrize("observe", OBSERVATIONS, ids=lambda function: function.__name__)
def test_same_with_real_threads_and_under_control(observe):
    real = observe()
    for strategy, seed in (("round-robin", 0), ("random", 1), ("random", 2), ("random", 3)):
        controlled = []
        passes(lambda: controlled.extend(observe()), strategy=strategy, seed=seed)
        assert controlled == real
