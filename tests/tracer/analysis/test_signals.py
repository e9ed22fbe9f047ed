"""Waits for a `threading.Event` that nobody ends."""

import threading
import time

import pytest

from tests.tracer.analysis.support import fails

pytestmark = pytest.mark.one_version


def test_cleared_by_who_set_it():
    def main():
        event = threading.Event()

        def pulse():
            event.set()
            event.clear()

        thread = threading.Thread(target=pulse, name="Pulse")
        thread.start()
        thread.join()
        event.wait()

    found = fails(main).only
    assert found.kind.value == "lost-wakeup"
    assert "event was set at" in found.message
    assert "by Pulse and cleared at" in found.message
    assert "before MainThread waited for it at" in found.message
    assert [step.role for step in found.steps] == ["set", "cleared", "waits"]
    assert [step.event for step in found.steps] == sorted(step.event for step in found.steps)


def test_cleared_by_who_waits():
    def main():
        done = threading.Event()
        thread = threading.Thread(target=done.set, name="Worker")
        thread.start()
        thread.join()
        done.clear()
        done.wait()

    found = fails(main).only
    assert found.kind.value == "lost-wakeup"
    assert "not just before waiting for it" in found.advice


def test_a_set_that_was_waited_for_is_not_lost():
    def main():
        more = threading.Event()

        def worker():
            while True:
                more.wait()
                more.clear()

        thread = threading.Thread(target=worker, name="Worker")
        thread.start()
        time.sleep(1)
        more.set()
        thread.join()

    found = fails(main).only
    assert found.kind.value == "never-woken"
    assert "nobody has set it since Worker cleared it at" in found.message
    assert "after the set by MainThread at" in found.message


def test_a_set_that_another_thread_used_up_is_not_lost():
    def main():
        turn = threading.Event()

        def take():
            turn.wait()
            turn.clear()

        first = threading.Thread(target=take, name="First")
        first.start()
        turn.set()
        first.join()
        second = threading.Thread(target=take, name="Second")
        second.start()
        second.join()

    found = fails(main).only
    assert found.kind.value == "never-woken"
    assert found.threads == ["Second"]


def test_never_set():
    def main():
        go = threading.Event()
        assert not go.is_set()
        go.clear()
        threading.Thread(target=go.wait, name="Worker").start()

    found = fails(main).only
    assert found.kind.value == "never-woken"
    assert found.message.startswith("Worker waits for go to be set at")
    assert found.message.endswith("and nobody ever set it")
