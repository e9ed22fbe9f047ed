"""`queue.SimpleQueue`: what is put in is there in one operation, as in C."""

import queue
import threading

import pytest

from tests.support import passes


@pytest.mark.parametrize("seed", range(20))
def test_a_queue_that_is_not_empty_has_something_to_get(seed):
    def main():
        jobs = queue.SimpleQueue()
        putting = threading.Thread(target=jobs.put, args=(1,))
        putting.start()
        while jobs.empty():
            threading.Event().is_set()  # a scheduling point
        assert jobs.get_nowait() == 1
        putting.join()

    passes(main, strategy="random", seed=seed)


def test_arguments_are_judged_as_in_c():
    def main():
        jobs = queue.SimpleQueue()
        with pytest.raises(queue.Empty):
            jobs.get(False, -1)
        with pytest.raises(ValueError, match="'timeout' must be a non-negative number"):
            jobs.get(timeout=-1)
        with pytest.raises(queue.Empty):
            jobs.get(timeout=3)

    assert passes(main).outcome.virtual_time >= 3


def test_a_finalizer_may_put_something_in_at_any_moment():
    def main():
        jobs = queue.SimpleQueue()

        class Job:
            def __init__(self, left):
                self.left = left

            def __del__(self):
                if self.left:
                    jobs.put(Job(self.left - 1))

        jobs.put(Job(3))
        for _ in range(4):
            jobs.get()
        assert jobs.empty()

    passes(main)


def test_the_module_in_c_may_be_imported_anew(monkeypatch):
    import importlib
    import sys

    monkeypatch.delitem(sys.modules, "_queue")
    fresh = importlib.import_module("_queue")

    def main():
        jobs = fresh.SimpleQueue()
        threading.Thread(target=jobs.put, args=(1,)).start()
        assert jobs.get() == 1
        with pytest.raises(fresh.Empty):
            jobs.get_nowait()

    passes(main)
