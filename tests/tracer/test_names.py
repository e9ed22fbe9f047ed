"""Objects are called what the user calls them, and no two alike."""

import queue
import threading
from concurrent.futures import ThreadPoolExecutor

from tests.support import execute

at_module_level = None


class Account:
    def __init__(self):
        self.lock = threading.Lock()
        self.changed = threading.Condition(self.lock)
        self.busy: threading.RLock = threading.RLock()


class Derived(threading.Semaphore):
    def __init__(self):
        super().__init__(3)


def make_lock():
    return threading.Lock()


def used(*objects):
    for one in objects:
        with one:
            pass


def names(main):
    found = []
    for event in execute(main).events:
        if event[2] and event[2] not in found and not event[1].startswith("thread."):
            found.append(event[2])
    return found


def test_variables():
    def main():
        lock_a = threading.Lock()
        lock_b, lock_c = threading.RLock(), threading.Lock()
        annotated: threading.Lock = threading.Lock()
        table = {}
        table["key"] = threading.Lock()
        if walrus := threading.Lock():
            used(lock_a, lock_b, lock_c, annotated, table["key"], walrus)

    assert names(main) == ["lock_a", "lock_b", "lock_c", "annotated", "table['key']", "walrus"]


def test_attributes_are_named_after_their_class():
    def main():
        first, second = Account(), Account()
        used(first.lock, second.lock, first.busy, second.changed)
        with first.changed:
            first.changed.notify()

    assert names(main) == ["Account.lock", "Account.lock#2", "Account.busy", "Account.changed"]


def test_comprehensions_are_numbered_as_created():
    def main():
        forks = [threading.Lock() for _ in range(3)]
        used(*reversed(forks))

    assert names(main) == ["forks[2]", "forks[1]", "forks[0]"]


def test_factories_and_subclasses_are_named_by_the_caller():
    def main():
        made = make_lock()
        pool = Derived()
        used(made, pool)

    assert names(main) == ["made", "pool"]


def test_objects_of_the_standard_library_are_named_after_the_users_object():
    def main():
        jobs = queue.Queue()
        jobs.put(1)
        condition = threading.Condition()
        with condition:
            condition.notify()

    assert names(main) == ["jobs.mutex", "jobs.not_empty", "condition.lock", "condition"]


def test_internals_of_an_executor():
    def main():
        with ThreadPoolExecutor(1) as pool:
            pool.submit(int).result()

    found = names(main)
    assert "pool._shutdown_lock" in found
    assert "Future._condition.lock" in found


def test_an_object_without_a_name_is_called_by_its_place():
    def main():
        used(*[(threading.Lock())])

    (name,) = names(main)
    assert name.startswith("Lock@") and "test_names.py:" in name


def test_equal_names_are_told_apart():
    def main():
        lock = threading.Lock()
        used(lock)
        lock = threading.Lock()
        used(lock)

    assert names(main) == ["lock", "lock#2"]


def test_threads_of_one_name_are_told_apart():
    class Consumer(threading.Thread):
        pass

    def main():
        threads = [
            threading.Thread(name="same"),
            threading.Thread(name="same"),
            Consumer(),
            threading.Thread(target=len),
        ]
        for thread in threads[:3]:
            thread.start()

    assert execute(main).outcome.threads == ["MainThread", "same", "same#2", "Thread-1 (Consumer)"]


def test_a_name_of_any_length_or_content_is_shown():
    def main():
        threading.Thread(name="x" * 10_000).start()
        threading.Thread(name='a "quoted"\nname').start()

    threads = execute(main).outcome.threads
    assert len(threads[1]) < 300
    assert threads[2] == 'a "quoted"\nname'
