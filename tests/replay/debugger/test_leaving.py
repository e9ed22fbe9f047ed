"""Leaving ends everything that was started."""

from __future__ import annotations

import os
import re
import signal
import sys
import textwrap
import time

import pytest

from tests.replay.debugger.support import debug, record
from tests.replay.debugger.terminal import Terminal

pytestmark = pytest.mark.one_version


@pytest.mark.parametrize("how", ["quit\n", "q\n", "exit\n", "\x04"])
def test_leaving_ends_everything(tmp_path, condition, how):
    with debug(tmp_path, condition, stop_at=9) as terminal:
        terminal.until()
        terminal.send(how)
        status, report = terminal.end()
        assert terminal.is_gone()
    assert status == 130
    assert "the replay was left at event 9" in report


def test_ctrl_c_at_the_prompt_comes_back_to_it(tmp_path, condition):
    with debug(tmp_path, condition, stop_at=9) as terminal:
        terminal.until()
        for _ in range(3):
            time.sleep(0.1)  # readline misses what comes in the very moment in which it begins to wait
            terminal.send("p numb\x03")
            assert "KeyboardInterrupt" in terminal.until()
        assert terminal.tell("p number") == "0\n"
        assert "event 8 " in terminal.tell("back")
        time.sleep(0.1)
        terminal.send("\x03")
        assert "KeyboardInterrupt" in terminal.until()
        assert "event 9 " in terminal.tell("n")


ENDLESS = """
    import threading
    lock = threading.Lock()
    print("running", flush=True)
    number = 0
    while number < 3_000_000:
        with lock:
            number += 1
        sum(range(2_000))  # or a busy machine could take so long to interrupt it that it has met all its points
"""


def test_ctrl_c_stops_at_the_next_event(tmp_path):
    trace = record(tmp_path, ENDLESS.replace("3_000_000", "200"))
    (tmp_path / "program.py").write_text(textwrap.dedent(ENDLESS))
    with Terminal(
        *("replay", "--first", "10", "--then", "round-robin", "--stop-at", "5", "--trace", "again.trace", str(trace)),
        cwd=tmp_path,
    ) as terminal:
        terminal.until()
        for _ in range(3):
            terminal.send("c\n")
            terminal.until("c\n")  # the prompt has taken it
            time.sleep(0.3)  # it runs
            terminal.send("\x03")
            assert "event " in terminal.until()
            assert "MainThread" in terminal.tell("threads")
        assert "event 7 " in terminal.tell("goto 7")
        terminal.send("q\n")
        assert terminal.end()[0] == 130
        assert terminal.is_gone()


def test_ctrl_c_is_not_lost_while_a_checkpoint_is_made(tmp_path):
    """Nor before the command was read: then the prompt says so. Checkpoints are made soon after it goes on."""
    trace = record(tmp_path, ENDLESS.replace("3_000_000", "200"))
    (tmp_path / "program.py").write_text(textwrap.dedent(ENDLESS))
    with Terminal(
        "replay", "--first", "10", "--then", "round-robin", "--stop-at", "5", str(trace), cwd=tmp_path
    ) as terminal:
        terminal.until()
        for number in range(60):
            terminal.send("c\n")
            terminal.until("c\n")
            time.sleep(number % 30 / 1000)
            terminal.send("\x03")
            assert re.search("event |KeyboardInterrupt", terminal.until())


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGKILL])
def test_nothing_survives_the_command(tmp_path, number):
    trace = record(tmp_path, "lock.py", "3", "700", name="lock")
    with debug(tmp_path, trace, stop_at=3000) as terminal:
        terminal.until()
        assert len(terminal.processes()) > 5 or sys.platform != "linux"
        os.kill(terminal.process.pid, number)
        terminal.process.wait(30)
        assert terminal.is_gone()


def test_a_crash_is_passed_on(tmp_path):
    trace = record(
        tmp_path,
        "import os, threading\nlock = threading.Lock()\nfor _ in range(900):\n    with lock: pass\n"
        "if os.path.exists('crash'):\n    os.kill(os.getpid(), 11)\n",
    )
    (tmp_path / "crash").touch()
    with debug(tmp_path, trace, stop_at=700) as terminal:
        terminal.until()
        terminal.send("c\n")
        status, report = terminal.end()
        assert terminal.is_gone()
    assert status == 1
    assert "SIGSEGV" in report
