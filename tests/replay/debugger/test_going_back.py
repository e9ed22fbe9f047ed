"""Going on, and going back."""

from __future__ import annotations

import sys

import pytest

from tests.replay.debugger.support import debug, record
from tests.replay.debugger.terminal import events_of
from tests.support import trace_lines

pytestmark = pytest.mark.one_version


def test_next_step_and_until(tmp_path, condition):
    with debug(tmp_path, condition, stop_at=4) as terminal:
        terminal.until()
        assert "event 5 " in terminal.tell("next")
        assert "event 6 " in terminal.tell("n")
        assert "event 9  Producer" in terminal.tell("until Producer") + terminal.tell("goto 9")
        assert "Producer at" in terminal.tell("step")
        assert "condition.py(21)run()" in terminal.tell("w")
        assert "with condition" in terminal.tell("s")
        assert "event 13  Consumer" in terminal.tell("until Consumer")


def test_going_back_shows_the_earlier_state(tmp_path, condition):
    with debug(tmp_path, condition, stop_at=22) as terminal:
        assert "event 22 " in terminal.until()
        assert terminal.tell("p number, items") == "(2, [1, 2])\n"
        assert "event 9 " in terminal.tell("goto 9")
        assert terminal.tell("p number, items") == "(0, [0])\n"
        assert "event 8 " in terminal.tell("back")
        assert "event 5 " in terminal.tell("back 3")
        assert terminal.tell("p items") == "[]\n"
        assert terminal.tell("events 1").split()[0] == "5"
        assert "event 1 " in terminal.tell("back 1000")
        assert "no frame" in terminal.tell("p items")
        again = terminal.tell("goto 22")
        assert "event 22 " in again
        assert terminal.tell("p number, items") == "(2, [1, 2])\n"
        assert "this is event 22" in terminal.tell("goto 22")
        assert "the execution is over" in terminal.tell("c")
        assert "event 46 " in terminal.tell("goto 46") or "last event" in terminal.tell("goto 1000")
        terminal.tell("c")
        terminal.send("c\n")
        assert terminal.end()[0] == 1
    assert events_of(tmp_path / "again.trace") == events_of(condition)


def test_what_was_printed_is_not_printed_again(tmp_path, condition):
    with debug(tmp_path, condition, stop_at=22) as terminal:
        assert "produced 0" in terminal.until()
        assert "produced" not in terminal.tell("goto 21")
        assert "consumed 2" in terminal.tell("c") + terminal.tell("c")


def test_breakpoints_and_commands_go_back_too(tmp_path, condition):
    with debug(tmp_path, condition, stop_at=22) as terminal:
        terminal.until()
        assert "breakpoint: condition.notify" in terminal.tell("break condition.notify")
        assert "breakpoint: condition.py:30" in terminal.tell("break condition.py:30")
        assert "event 2 " in terminal.tell("goto 2")
        assert terminal.tell("break") == "1  condition.py:30\n2  condition.notify\n"
        assert "condition.notify" in terminal.tell("c")
        assert "Consumer at" in terminal.tell("c")
        terminal.tell("clear 1")
        assert "there is no breakpoint 7" in terminal.tell("clear 7")
        assert terminal.tell("break") == "1  condition.notify\n"
        assert "no code on this line" in terminal.tell("break condition.py:2")
        assert "is no operation" in terminal.tell("break lock.steal")
        assert "event 21" in terminal.tell("goto 22") + terminal.tell("back;; p items")
        assert "event 20" in terminal.tell("back")
        assert "event 19" in terminal.tell("")  # the last command again


def test_after_a_deadlock_one_can_still_look_and_go_back(tmp_path, deadlock):
    with debug(tmp_path, deadlock, stop_at=99) as terminal:
        assert "deadlock: MainThread, Forwards and Backwards can never go on" in terminal.until()
        assert "program.py(9)work()" in terminal.tell("thread Backwards")
        assert terminal.tell("p first is lock_b, lock_a.locked()") == "(True, True)\n"
        assert "would block" in terminal.tell("lock_a.acquire()")
        assert "event 10 " in terminal.tell("back")
        assert "event 7 " in terminal.tell("back 3")
        assert "the execution is over" in terminal.tell("c")
        terminal.send("c\n")
        status, report = terminal.end()
        assert terminal.is_gone()
    assert status == 1
    assert "Forwards: lock.acquire lock_b" in report
    assert events_of(tmp_path / "again.trace") == events_of(deadlock)


def test_after_an_exception_its_frames_are_there(tmp_path):
    trace = record(
        tmp_path,
        """
        import threading
        def inner(value):
            return 1 // value
        thread = threading.Thread(target=inner, args=(0,), name="Divider")
        thread.start()
        thread.join()
        """,
    )
    with debug(tmp_path, trace, stop_at=99) as terminal:
        assert "the execution is over: Divider: ZeroDivisionError" in terminal.until()
        assert "program.py(4)inner()" in terminal.tell("thread Divider")
        assert terminal.tell("p value") == "0\n"
        assert "has ended" in terminal.tell("thread MainThread")
        terminal.send("c\n")
        assert terminal.end()[0] == 1


def test_after_os_exit(tmp_path):
    trace = record(tmp_path, "import os, threading\nthreading.Lock().acquire()\nos._exit(5)\n")
    with debug(tmp_path, trace, stop_at=99) as terminal:
        assert "the program has called os._exit" in terminal.until()
        assert "program.py(3)<module>()" in terminal.tell("w")
        assert "event 2 " in terminal.tell("back")
        assert "os._exit" in terminal.tell("c")
        terminal.send("c\n")
        terminal.end()
    assert trace_lines(tmp_path / "again.trace")[-1]["exit_status"] == 5


def test_many_checkpoints(tmp_path):
    trace = record(tmp_path, "lock.py", "3", "700", name="lock")
    with debug(tmp_path, trace, stop_at=4200) as terminal:
        terminal.until()
        numbers = [4000, 3999, 3998, 401, 400, 399, 201, 200, 199, 2, 1, 2, 3500, 3499, 4210]
        for number in numbers:
            assert f"event {number:,} " in terminal.tell(f"goto {number}")
            assert terminal.tell("events 1").split()[0] == str(number)
        terminal.tell("c")
        if sys.platform == "linux":
            assert len(terminal.processes()) < 20
        terminal.send("c\n")
        status, report = terminal.end()
        assert status == 0
        assert "replayed: all" in report
        assert terminal.is_gone()
    assert events_of(tmp_path / "again.trace") == events_of(trace)
