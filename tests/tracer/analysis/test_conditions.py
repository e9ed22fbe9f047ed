"""Waits at a condition that nobody ends."""

import threading
import time

import pytest

from tests.tracer.analysis.support import analysed, fails

pytestmark = pytest.mark.one_version


def start(*targets):
    threads = [threading.Thread(target=target, name=target.__name__.title()) for target in targets]
    for thread in threads:
        thread.start()
    return threads


def join(threads):
    for thread in threads:
        thread.join()


def test_notify_before_the_wait():
    def main():
        condition = threading.Condition()

        def waiter():
            with condition:
                condition.wait()

        threads = start(waiter)
        with condition:
            condition.notify()
        join(threads)

    found = fails(main).only
    assert found.kind.value == "lost-wakeup"
    assert found.failure
    assert found.threads == ["Waiter"]
    assert "notify #1 of condition at" in found.message
    assert "by MainThread happened before the wait of Waiter at" in found.message
    assert found.message.endswith("it woke nobody, and nobody has notified it since")
    assert [step.role for step in found.steps] == ["notified nobody", "waits"]
    assert [step.operation for step in found.steps] == ["condition.notify", "condition.wait"]
    assert found.steps[0].event < found.steps[1].event
    assert "while not ready: condition.wait()" in found.advice


def test_a_notify_that_another_thread_may_have_answered_is_not_lost():
    def main():
        condition = threading.Condition()
        items = []

        def producer():
            with condition:
                items.append(1)
                condition.notify()

        def taker():
            with condition:
                while not items:
                    condition.wait()
                items.pop()

        join(start(producer))
        join(start(taker))
        join(start(taker))  # nothing is left for this one

    found = fails(main).only
    assert found.kind.value == "never-woken"
    assert "nobody has notified it since notify #1" in found.message
    assert "by Producer, when nobody waited" in found.message
    assert "Producer, which notified it last, has ended" in found.advice


def test_a_notify_that_the_thread_itself_has_answered_is_not_lost():
    def main():
        condition = threading.Condition()
        items = [1]

        def taker():
            with condition:
                items.pop()
            with condition:
                while not items:
                    condition.wait()

        with condition:
            condition.notify()
        join(start(taker))

    assert fails(main).only.kind.value == "never-woken"


def test_a_notify_after_which_a_woken_thread_looked_again_is_not_lost():
    def main():
        condition = threading.Condition()
        items = []

        def taker():
            with condition:
                while True:
                    while not items:
                        condition.wait()
                    items.pop()

        threads = start(taker)
        time.sleep(1)
        with condition:
            for number in range(2):
                items.append(number)
                condition.notify()
        join(threads)

    found = fails(main).only
    assert found.kind.value == "never-woken"
    assert "since notify #2" in found.message


def test_own_notify_is_not_lost():
    def main():
        condition = threading.Condition()

        def taker():
            with condition:
                condition.notify()
                condition.wait()

        join(start(taker))

    found = fails(main).only
    assert found.kind.value == "never-woken"
    assert "since notify #1" in found.message


def test_nothing_is_known_of_a_lock_that_is_not_traced():
    class Mine:
        """Says nothing of itself: nobody knows who had it when."""

        def __init__(self):
            self.lock = threading.Lock()
            self.acquire, self.release = self.lock.acquire, self.lock.release

        def __enter__(self):
            return self.acquire()

        def __exit__(self, *error):
            self.release()

    def main():
        condition = threading.Condition(Mine())

        def waiter():
            with condition:
                condition.wait()

        threads = start(waiter)
        with condition:
            condition.notify()
        join(threads)

    assert "lost-wakeup" not in fails(main).kinds


def test_never_notified():
    def main():
        condition = threading.Condition()

        def first():
            with condition:
                condition.wait()

        def second():
            with condition:
                condition.wait()

        join(start(first, second))

    found = fails(main).only
    assert found.kind.value == "never-woken"
    assert found.threads == ["First", "Second"]
    assert "First and Second wait for a notify of condition at" in found.message
    assert "and 1 other place, and nobody ever notified it" in found.message


def test_notify_where_notify_all_is_needed():
    def main():
        gate = threading.Condition()
        is_open = []

        def first():
            with gate:
                while not is_open:
                    gate.wait()

        def second():
            with gate:
                while not is_open:
                    gate.wait()

        threads = start(first, second)
        with gate:
            is_open.append(True)
            gate.notify()
        join(threads)

    found = fails(main).only
    assert found.kind.value == "never-woken"
    assert found.threads == ["Second"]
    assert "by MainThread, which woke First" in found.message
    assert "notify_all()" in found.advice


def test_notify_that_woke_the_wrong_one():
    def main():
        condition = threading.Condition()
        box = []

        def taker():
            with condition:
                while not box:
                    condition.wait()
                box.pop()
                condition.notify()

        def giver():
            with condition:
                while box:
                    condition.wait()
                box.append(1)
                condition.notify()

        join([*start(taker, taker), *start(giver, giver)])

    done = fails(main)
    found = done.of("notified-another")
    assert "which waited again at once" in found.message
    assert "and was not woken, and nobody has notified it since" in found.message
    assert "notify_all()" in found.advice
    assert done.kinds == ["notified-another"]


def test_woken_and_went_on_is_not_the_wrong_one():
    def main():
        condition = threading.Condition()

        def first():
            for _ in range(2):
                with condition:
                    condition.wait()

        def second():
            with condition:
                condition.wait()

        threads = start(first, second)
        with condition:
            condition.notify()
        join(threads)

    assert fails(main).kinds == ["never-woken"]


def test_a_wait_with_a_limit_is_not_stuck():
    def main():
        condition = threading.Condition()

        def waiter():
            with condition:
                condition.wait(1)

        threads = start(waiter)
        with condition:
            condition.notify()
        join(threads)

    assert not analysed(main).found
