"""Patching: names imported before, subclasses made before, and taking it all back."""

import sys
import threading
import time
import types

import pytest

from tests.support import passes
from tracer import patch, real
from tracer.primitives.lock import Lock
from tracer.primitives.rlock import RLock


@pytest.fixture
def early():
    """A module that took the names before the patch, and its subclass."""
    patch.uninstall()
    module = types.ModuleType("early")
    exec(
        "from threading import Lock, RLock, Thread, Condition, local, get_ident\nfrom time import sleep, monotonic\n"
        "class Worker(Thread):\n"
        "    def run(self):\n        sleep(100)\n        self.done = True\n",
        module.__dict__,
    )
    sys.modules["early"] = module
    patch.install()
    yield module
    del sys.modules["early"]


def test_names_imported_before_are_patched(early):
    def main():
        worker = early.Worker()
        worker.start()
        worker.join()
        assert worker.done
        assert isinstance(early.Lock(), Lock)
        assert isinstance(early.RLock(), RLock)
        assert early.monotonic() > 100
        assert early.get_ident() == threading.current_thread().ident

    assert passes(main).outcome.virtual_time >= 100


def test_uninstalling_takes_everything_back(early):
    patch.uninstall()
    try:
        assert threading.Lock is early.Lock
        assert time.sleep is real.sleep
        assert type(threading.Lock()) is real.LockType
        assert threading.Thread.start.__module__ == "threading"
        assert "_cond" not in vars(threading.Event)
        event = threading.Event()
        event.set()
        assert event.wait()
    finally:
        patch.install()


def test_objects_of_the_patch_work_without_it():
    lock, event, barrier = threading.Lock(), threading.Event(), threading.Barrier(1)
    patch.uninstall()
    try:
        with lock:
            assert lock.locked()
        event.set()
        assert event.wait() and barrier.wait() == 0
    finally:
        patch.install()


def test_objects_made_before_the_patch_work_under_control():
    patch.uninstall()
    event, semaphore, barrier = threading.Event(), threading.Semaphore(0), threading.Barrier(2)
    patch.install()

    def main():
        def work():
            event.wait()
            semaphore.release()
            barrier.wait()

        thread = threading.Thread(target=work)
        thread.start()
        event.set()
        semaphore.acquire()
        barrier.wait()
        thread.join()

    passes(main, strategy="random", seed=4)


def test_a_lock_held_outside_is_held_in_an_execution():
    lock = threading.Lock()
    lock.acquire()

    def main():
        assert not lock.acquire(blocking=False)
        lock.release()
        with lock:
            pass

    passes(main)
    assert not lock.locked()
    assert lock.acquire(blocking=False)
    lock.release()


def test_obsolete_names_are_patched_like_the_others():
    import _thread

    def main():
        started = []
        for start in (_thread.start_new, _thread.start_new_thread):
            start(started.append, (1,))
        time.sleep(1)
        assert len(started) == 2
        assert _thread.allocate is _thread.allocate_lock is threading.Lock is Lock

    assert len(passes(main).outcome.threads) == 3


def test_a_real_thread_beside_the_execution_does_not_disturb_it():
    lock, event = threading.Lock(), threading.Event()
    begun, stop, uses = real.allocate_lock(), [], []
    begun.acquire()

    def beside():
        while not stop:
            with lock:
                event.set()
            real.sleep(0)
            uses.append(threading.current_thread())
            if len(uses) == 1:
                begun.release()

    real.start_new_thread(beside, ())
    begun.acquire()

    def main():
        own = threading.Lock()

        def work():
            for _ in range(3000):
                with own:
                    pass

        threads = [threading.Thread(target=work) for _ in range(3)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

    before = len(uses)
    run = passes(main, strategy="random", seed=1)
    while len(uses) < before + 10:
        real.sleep(0.01)
    stop.append(True)
    assert {event[0] for event in run.events} == set(run.outcome.threads)
    assert len(run.outcome.threads) == 4
    assert "event.set" not in run.operations()
