"""Ending an execution: nothing is left behind, nothing runs that blocks, the first failure stays the first."""

import gc
import threading
import time

import pytest
from greenlet import greenlet

from replay import teardown
from tests.support import execute, passes


def deadlocked():
    a, b = threading.Lock(), threading.Lock()
    barrier = threading.Barrier(2)

    def one():
        with a:
            barrier.wait()
            with b:
                pass

    def two():
        with b:
            barrier.wait()
            with a:
                pass

    threads = [threading.Thread(target=one), threading.Thread(target=two)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def test_thousands_of_deadlocks_leave_nothing_behind():
    def survivors():
        gc.collect()
        objects = gc.get_objects()
        return len(objects), sum(isinstance(one, greenlet) for one in objects)

    for _ in range(20):
        execute(deadlocked)
    objects, greenlets = survivors()
    for _ in range(2000):
        execute(deadlocked)
    objects_after, greenlets_after = survivors()
    assert greenlets_after == greenlets
    assert objects_after - objects < 200
    assert threading.active_count() == 1


def test_finally_blocks_run_youngest_first_and_cannot_block():
    log = []
    lock = threading.Lock()
    never = threading.Event()

    def work(name):
        try:
            never.wait()
        finally:
            log.append(name)
            lock.release()  # not held: no error any more
            never.wait()  # would block for ever
            log.append("not reached")

    def main():
        threads = [threading.Thread(target=work, args=(name,)) for name in "ab"]
        for thread in threads:
            thread.start()
        try:
            never.wait()
        finally:
            log.append("main")

    assert execute(main).outcome.failures[0].kind.value == "deadlock"
    assert log == ["b", "a", "main"]


def test_a_lock_of_the_module_is_free_again_afterwards():
    lock = threading.Lock()

    def main():
        with lock:
            threading.Event().wait()

    execute(main)
    assert not lock.locked()
    passes(lambda: lock.acquire(timeout=1) and lock.release())


def test_a_condition_is_usable_again_afterwards():
    condition = threading.Condition()

    def main():
        with condition:
            condition.wait()

    execute(main)
    assert not condition._waiters

    def again():
        with condition:
            assert not condition.wait(timeout=1)

    passes(again)


def test_exceptions_of_the_unwinding_do_not_mask_the_failure():
    def main():
        try:
            threading.Event().wait()
        finally:
            raise ValueError("masks")

    outcome = execute(main).outcome
    assert [failure.kind.value for failure in outcome.failures] == ["deadlock"]


def test_a_thread_that_swallows_its_unwinding_is_given_up():
    event = threading.Event()

    def stubborn():
        while True:
            try:
                event.wait()
            except BaseException:
                pass

    before = len(teardown.unyielding)
    execute(lambda: threading.Thread(target=stubborn).start())
    assert len(teardown.unyielding) == before + 1


def test_threads_that_never_began_are_dropped():
    def main():
        for _ in range(3):
            threading.Thread(target=time.sleep, args=(1,), daemon=True).start()

    outcome = execute(main, strategy="round-robin").outcome
    assert not outcome.failures


def test_executions_do_not_nest():
    def main():
        with pytest.raises(RuntimeError, match="inside another"):
            execute(lambda: None)

    passes(main)
