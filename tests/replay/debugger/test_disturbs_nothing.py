"""Looking changes nothing."""

from __future__ import annotations

import pytest

from tests.replay.debugger.support import MIXED, debug, record
from tests.replay.debugger.terminal import events_of

pytestmark = pytest.mark.one_version

LOOKS = (
    "threads",
    "holds",
    "waits",
    "where Worker 0",
    "lock.locked(), later.locked(), places._value",
    "jobs.qsize(), jobs.empty(), ready.is_set()",
    "time.monotonic(), time.time()",
    "threading.current_thread().name, threading.active_count(), threading.enumerate()",
    "random.random(), random.seed(1), random.gauss(0, 1)",
    "threading.Lock(), threading.Condition(), queue.Queue()",
    "lock.acquire(False) and lock.release()",
    "places.acquire(blocking=False) and places.release()",
    "time.sleep(1)",
    "ready.wait()",
    "threading.Thread(target=print).start()",
    "__import__('_thread').start_new_thread(print, ())",
    "[bytearray(1) for _ in range(20000)] and None",
    "[[] for _ in range(20000)] and None",
    "w",
    "l",
    "dir(), vars()",
    "p locals()",
)


@pytest.mark.parametrize("every", [["lock.acquire"], ["time.sleep", "semaphore.release"], ["condition.notify"]])
def test_what_is_evaluated_disturbs_nothing(tmp_path, every):
    trace = record(tmp_path, MIXED)
    with debug(tmp_path, trace, break_on=every) as terminal:
        shown = terminal.until()
        stops = 0
        while "the execution is over" not in shown:
            stops += 1
            for look in LOOKS:
                answer = terminal.tell(look)
                assert "KeyError" not in answer
                assert "AttributeError" not in answer
            shown = terminal.tell("c")
        assert stops > 5
        assert "the program has ended" in shown
        terminal.send("c\n")
        status, report = terminal.end()
    assert status == 0, report
    assert events_of(tmp_path / "again.trace") == events_of(trace)


def test_what_would_block_says_so(tmp_path, deadlock):
    with debug(tmp_path, deadlock, stop_at=10) as terminal:
        terminal.until()
        for look in ("lock_a.acquire()", "lock_a.acquire(timeout=1)", "barrier.wait()", "threads[1].join()"):
            assert "would block: nothing is scheduled at the prompt" in terminal.tell(look)
        assert "no thread is started at the prompt" in terminal.tell("threading.Thread(target=print).start()")
        assert terminal.tell("lock_a.acquire(False)") == "False\n"


def test_the_object_of_the_event_stays_as_it_is(tmp_path, deadlock):
    with debug(tmp_path, deadlock, break_on="lock.acquire lock_a") as terminal:
        terminal.until()
        assert terminal.tell("lock_a.locked()") == "False\n"
        assert terminal.tell("lock_a.acquire()") == "True\n"
        assert terminal.tell("lock_a.locked()") == "False\n"
        assert "the execution is over: deadlock" in terminal.tell("c")
        terminal.send("c\n")
        terminal.end()
    assert events_of(tmp_path / "again.trace") == events_of(deadlock)


def test_what_is_changed_diverges_and_says_so(tmp_path):
    trace = record(tmp_path, MIXED)
    with debug(tmp_path, trace, break_on="event.set") as terminal:
        terminal.until()
        terminal.tell("later.acquire()")
        assert "diverged" in terminal.tell("c")
        assert "stands before" in terminal.tell("where Worker 0")
        terminal.send("c\n")
        status, report = terminal.end()
    assert status == 3
    assert "diverged at event" in report
