"""Objects that were made before the patch are found wherever they are kept, and are under control."""

import _thread
import subprocess
import sys
import threading
import time
import types

import pytest

from tests.support import ROOT, execute, passes
from tracer import patch, real
from tracer.earlier.names import called
from tracer.primitives.earlier import EarlierLock, EarlierRLock

PROGRAM = """
import collections, functools, queue, threading, time, weakref

lock_a = threading.Lock()
again = threading.RLock()

class Account:
    lock = threading.Lock()
    __slots__ = ("__dict__", "slotted", "__private")

    def __init__(self):
        self.own = threading.RLock()
        self.slotted = threading.Lock()
        self.__private = threading.Lock()

    def private(self):
        return self.__private

class Static:
    lock = staticmethod(threading.Lock().acquire)

account = Account()
forks = [threading.Lock() for _ in range(3)]
pair = (threading.Lock(), (1, threading.Lock()))
Named = collections.namedtuple("Named", "number lock")
named = Named(1, threading.Lock())
table = {"x": threading.Lock()}
ordered = collections.OrderedDict([(1, 1), (threading.Lock(), 2), (3, 3)])
weakly = weakref.WeakValueDictionary(fork=forks[0])
weak_set = weakref.WeakSet([forks[1]])
a_set = {threading.Lock()}
turns = collections.deque([threading.Lock()])
partly = functools.partial(lambda lock, more: lock, threading.Lock(), more=1)
acquire = lock_a.acquire
condition, of_lock = threading.Condition(), threading.Condition(threading.Lock())
jobs = queue.Queue()

def default(lock=threading.Lock(), *, more=threading.RLock()):
    return lock, more

def enclose():
    inner = threading.Lock()
    return lambda: inner

enclosed = enclose()

simple = queue.SimpleQueue()
values = threading.local()
values.x = "main's"

class Values(threading.local):
    total = 0

    def __init__(self, first=0):
        self.first = first

derived = Values(7)

class Timer:
    clock = time.monotonic
    sleep = staticmethod(time.sleep)

    def __init__(self, now=time.time, *, sleep=time.sleep):
        self.now = now
        self.later = functools.partial(sleep, 50)
"""

LOCKS = {
    "lock_a": "lock_a",
    "again": "again",
    "Account.lock": "Account.lock",
    "account.own": "Account.own",
    "account.slotted": "Account.slotted",
    "account.private()": "Account.__private",
    "Static.lock.__self__": "",
    "forks[1]": "forks[1]",
    "pair[0]": "pair[0]",
    "pair[1][1]": "pair[1][1]",
    "named.lock": "named[1]",
    "table['x']": "table['x']",
    "list(ordered)[1]": "",
    "weakly['fork']": "forks[0]",
    "[one for one in weak_set][0]": "forks[1]",
    "list(a_set)[0]": "",
    "turns[0]": "turns[0]",
    "partly()": "",
    "acquire.__self__": "lock_a",
    "condition._lock": "condition.lock",
    "condition.acquire.__self__": "condition.lock",
    "of_lock._lock": "of_lock.lock",
    "jobs.mutex": "jobs.mutex",
    "jobs.not_full._lock": "jobs.mutex",
    "default()[0]": "lock",
    "default()[1]": "",
    "enclosed()": "inner",
}


@pytest.fixture
def early():
    """A module whose objects were made before the patch."""
    patch.uninstall()
    module = types.ModuleType("early")
    exec(PROGRAM, module.__dict__)
    module.__file__ = __file__
    sys.modules["early"] = module
    patch.install()
    yield module
    del sys.modules["early"]
    if not patch._undo:
        patch.install()


def contend(lock):
    """Two threads that want a lock while it is held across scheduling points."""
    inside = []

    def work():
        with lock:
            inside.append(1)
            assert len(inside) == 1
            time.sleep(1)
            inside.clear()

    threads = [threading.Thread(target=work) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


@pytest.mark.parametrize("where", LOCKS)
def test_a_lock_is_found_and_under_control(early, where):
    lock = eval(where, early.__dict__)
    assert isinstance(lock, EarlierLock | EarlierRLock)
    run = passes(lambda: contend(lock), strategy="random", seed=3)
    assert [name for name in run.operations() if name.endswith("lock.acquire")] == [f"{lock.kind.lower()}.acquire"] * 2
    if LOCKS[where]:
        del lock
        assert called(eval(where, early.__dict__)) == LOCKS[where]


def test_one_object_stays_one(early):
    assert early.acquire.__self__ is early.lock_a
    assert early.jobs.not_full._lock is early.jobs.not_empty._lock is early.jobs.mutex
    assert early.weakly["fork"] is early.forks[0]
    assert [*early.ordered.values()] == [1, 2, 3]
    assert early.ordered[list(early.ordered)[1]] == 2


def test_everything_is_given_back(early):
    traced = {where: eval(where, early.__dict__) for where in LOCKS}
    patch.uninstall()
    for where, lock in traced.items():
        assert eval(where, early.__dict__) is lock.real, where
    assert early.ordered[list(early.ordered)[1]] == 2
    assert early.Timer.clock is early.time.monotonic is real.monotonic
    assert early.Timer.sleep is early.Timer().later.func is real.sleep
    assert type(early.simple).__module__ == "_queue"


def test_locks_in_use_exclude_who_has_the_original(early):
    original = early.lock_a.real
    outcome = []

    def main():
        with early.lock_a:
            outcome.append(original.locked())
        outcome.append(original.locked())
        original.acquire()
        outcome.append(early.lock_a.acquire(blocking=False))
        original.release()
        outcome.append(early.lock_a.acquire(blocking=False))
        early.lock_a.release()

    passes(main)
    assert outcome == [True, False, False, True]


def test_a_lock_held_before_is_held_and_can_be_released(early):
    early.lock_a.acquire()

    def main():
        assert early.lock_a.locked()
        thread = threading.Thread(target=early.lock_a.acquire)
        thread.start()
        early.lock_a.release()
        thread.join()
        early.lock_a.release()

    passes(main)
    assert not early.lock_a.real.locked()


def test_what_a_deadlocked_thread_held_is_free_afterwards(early):
    def main():
        with early.lock_a, early.lock_a:
            pass

    run = execute(main)
    assert [failure.objects for failure in run.outcome.failures] == [["lock_a"]]
    assert early.lock_a.acquire(blocking=False)
    early.lock_a.release()
    assert not early.lock_a.real.locked()


def test_a_real_thread_that_holds_one_is_waited_for(early):
    held, done = real.allocate_lock(), real.allocate_lock()
    held.acquire()

    def outside():
        with early.again:
            held.release()
            real.sleep(0.2)
        done.release()

    done.acquire()
    real.start_new_thread(outside, ())
    held.acquire()

    def main():
        with early.again:
            pass

    passes(main)
    done.acquire()


def test_conditions_and_queues(early):
    got = []

    def main():
        def work():
            with early.condition:
                early.condition.wait()
            with early.of_lock:
                early.of_lock.wait(10)
            got.append(early.jobs.get())
            got.append(early.simple.get())

        thread = threading.Thread(target=work)
        thread.start()
        time.sleep(1)
        with early.condition:
            early.condition.notify()
        time.sleep(20)
        early.jobs.put("job")
        time.sleep(1)
        early.simple.put("simple")
        thread.join()

    for seed in range(5):
        assert {"condition", "jobs.mutex"} <= {event[2] for event in passes(main, seed=seed, strategy="random").events}
    assert got == ["job", "simple"] * 5


def test_items_of_a_simple_queue_come_along():
    patch.uninstall()
    module = types.ModuleType("early")
    exec(PROGRAM + "\nsimple.put(1)\nsimple.put(2)", module.__dict__)
    sys.modules["early"] = module
    patch.install()
    try:
        assert module.simple.get() == 1
        module.simple.put(3)
        patch.uninstall()
        assert [module.simple.get(), module.simple.get()] == [2, 3]
    finally:
        patch.install()
        del sys.modules["early"]


def test_local_values_are_those_of_each_thread(early):
    seen = {}

    def main():
        assert early.values.x == "main's"
        assert (early.derived.first, early.derived.total) == (7, 0)
        early.derived.total = 1

        def work(number):
            before = hasattr(early.values, "x"), early.derived.first, early.derived.total
            early.values.x = early.derived.total = number
            early.derived.first += number
            time.sleep(number)
            seen[number] = before, early.values.x, early.derived.total, early.derived.first

        threads = [threading.Thread(target=work, args=(number,)) for number in (2, 3)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert (early.values.x, early.derived.total, early.derived.first) == ("main's", 1, 7)

    passes(main, strategy="random", seed=2)
    assert seen == {number: ((False, 7, 0), number, number, 7 + number) for number in (2, 3)}
    assert (early.values.x, early.derived.total) == ("main's", 1)


def test_clocks_in_classes_and_defaults(early):
    def main():
        timer = early.Timer()
        begin = timer.clock()
        timer.sleep(100)
        timer.later()
        assert 150 <= timer.clock() - begin < 151
        assert 1_767_225_600 <= timer.now() < 1_767_300_000

    assert passes(main).outcome.virtual_time >= 150


def test_functions_stand_for_those_in_c():
    import copy
    import inspect
    import pickle

    class Timer:
        clock, sleep, ident = time.monotonic, time.sleep, threading.get_ident

    def main():
        Timer().sleep(1)
        assert Timer().clock() >= 1
        assert Timer().ident() == threading.get_ident()

    passes(main)
    assert pickle.loads(pickle.dumps(time.sleep)) == copy.deepcopy(time.sleep) == time.sleep
    assert time.sleep.__name__ == "sleep"
    assert len(inspect.signature(time.sleep).parameters) == 1


def test_locks_of_the_threading_module_stay():
    assert type(threading._active_limbo_lock) is _thread.RLock or isinstance(
        threading._active_limbo_lock, real.RLockType
    )


def test_the_locks_of_logging_are_under_control():
    import logging

    def main():
        def work():
            logger.warning("hello")

        threads = [threading.Thread(target=work) for _ in range(2)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

    class Slow(logging.Handler):
        def emit(self, record):
            time.sleep(1)

    patch.uninstall()
    handler = Slow()
    logger = logging.Logger("slow")
    logger.addHandler(handler)
    patch.install()
    assert "rlock.acquire" in passes(main, strategy="random", seed=1).operations()
    logger.removeHandler(handler)


REVIVED = """
import asyncio, gc
from tracer.earlier.exchange import referrers

async def wait():
    future = asyncio.get_running_loop().create_future()
    asyncio.get_running_loop().call_soon(future.set_result, 1)
    await future

async def several():
    await asyncio.gather(*[wait() for _ in range(5)])

asyncio.run(several())
for _ in range(3):
    referrers([[] for _ in range(200)])
gc.collect()
"""


def test_the_dead_objects_of_asyncio_stay_dead():
    """On 3.12 its module shows them to whoever asks what it refers to; freed twice, they are a loop without end."""
    subprocess.run([sys.executable, "-c", REVIVED], cwd=ROOT, check=True, timeout=20)
