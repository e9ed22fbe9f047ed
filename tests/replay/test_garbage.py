"""Finalizers use locks like any code, and the kernel is not disturbed; objects live no longer than without us."""

import gc
import threading
import weakref

import pytest

from tests.support import passes


@pytest.mark.parametrize("seed", range(6))
def test_finalizers_of_garbage_may_use_locks(seed):
    finalized = []

    def main():
        lock, other = threading.Lock(), threading.RLock()

        class Cycle:
            def __init__(self):
                self.me = self

            def __del__(self):
                with other, lock:
                    finalized.append(1)

        def work():
            for _ in range(2000):
                Cycle()
                with lock:
                    pass

        threads = [threading.Thread(target=work) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

    run = passes(main, strategy="random", seed=seed)
    assert len(finalized) > 500
    assert len(run.outcome.threads) == 5
    assert gc.isenabled()


def test_objects_die_when_the_program_lets_them():
    def main():
        for make in (
            threading.Lock,
            threading.RLock,
            threading.Condition,
            threading.Semaphore,
            threading.Event,
            lambda: threading.Barrier(1),
            threading.local,
        ):
            thing = make()
            if hasattr(thing, "acquire"):
                with thing:
                    pass
            alive = weakref.ref(thing)
            del thing
            if alive() is not None:
                gc.collect()  # a condition refers to the methods of its lock
            assert alive() is None, make

    passes(main)


def test_threads_and_their_locals_die_with_them():
    def main():
        local = threading.local()

        class Value:
            pass

        values = weakref.WeakSet()

        def work():
            local.value = Value()
            values.add(local.value)

        threads = [threading.Thread(target=work) for _ in range(5)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert len(values) <= 1  # the object itself shows the values of who used it last
        alive = weakref.WeakSet(threads)
        del thread
        threads.clear()
        gc.collect()
        assert not alive

    passes(main)
