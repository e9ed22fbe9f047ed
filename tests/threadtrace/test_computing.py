"""Programs in which a thread computes for long and meets no scheduling point."""

from pathlib import Path

import pytest

from tests.expectations import expectations
from tests.support import command, fewer
from tracer.trace import TraceReader

PROGRAMS = Path(__file__).parents[1] / "programs" / "computing"

SCHEDULES = [("round-robin", "virtual"), ("random", "virtual"), ("random", "any"), ("random", "real")]


def failures(path):
    with TraceReader(path) as reader:
        list(reader)
        return reader.outcome.failures


@pytest.mark.parametrize("program", sorted(PROGRAMS.glob("*.py")), ids=lambda path: path.stem)
@pytest.mark.parametrize(("strategy", "clock"), fewer(SCHEDULES, least=1))
def test_the_others_deadlock_is_found(program, strategy, clock, tmp_path):
    schedule = ("--strategy", strategy, "--seed", "3", "--clock", clock, "--time-limit", "20")
    done = command("run", "--json", *schedule, "--trace", "a.trace", str(program), cwd=tmp_path)
    assert done.status == 1, done.err
    (failure,) = failures(tmp_path / "a.trace")
    assert any(one.is_met_by(failure) for one in expectations(program)), failure
    again = command("replay", "--json", "a.trace", cwd=tmp_path)
    assert again.json["verdict"] == "failed"
    assert again.json["failures"][0]["fingerprint"] == failure.fingerprint


@pytest.mark.parametrize("program", sorted(PROGRAMS.glob("passes/*.py")), ids=lambda path: path.stem)
@pytest.mark.parametrize(("strategy", "clock"), fewer(SCHEDULES[:3], least=1))
def test_who_computes_lets_others_go_on(program, strategy, clock, tmp_path):
    schedule = ("--strategy", strategy, "--seed", "2", "--clock", clock, "--time-limit", "20")
    done = command("run", "--json", *schedule, "--trace", "a.trace", str(program), cwd=tmp_path)
    assert done.status == 0, done.json["failures"]
    again = command("replay", "--json", "a.trace", cwd=tmp_path)
    assert again.status == 0
    assert again.json["events"] == done.json["events"]


def test_who_is_interrupted_only_in_the_replay_goes_on_in_its_turn(tmp_path):
    """The machine may be slower then: the order of events is what is repeated."""
    (tmp_path / "program.py").write_text(
        """
import os, threading
lock, door = threading.Lock(), threading.Event()
def work():
    total = 0
    for number in range(20_000_000 if os.path.exists("slow") else 2): total += number
    lock.release()
    door.set()
lock.acquire()
threading.Thread(target=work, name="Worker").start()
threading.Thread(target=door.wait, name="Waiter").start()
lock.acquire()
"""
    )
    assert command("run", "--strategy", "round-robin", "program.py", cwd=tmp_path).status == 0
    (tmp_path / "slow").touch()
    done = command("replay", "program.trace", cwd=tmp_path)
    assert done.status == 0, done.out


def test_an_interruption_is_said(tmp_path):
    done = command("run", "--json", str(PROGRAMS / "passes" / "polls_a_variable.py"), cwd=tmp_path)
    (warning,) = done.json["warnings"]
    assert warning.startswith("Poller was interrupted at ")
    assert "passes/polls_a_variable.py:" in warning


def test_a_program_that_uses_the_signal_itself_is_left_alone(tmp_path):
    (tmp_path / "program.py").write_text(
        "import signal, threading, time\n"
        "signal.signal(signal.SIGURG, lambda *arguments: print('mine'))\n"
        "threading.Thread(target=time.sleep, args=(1,)).start()\n"
        "for number in range(20_000_000): pass\n"
    )
    done = command("run", "--quiet", "program.py", cwd=tmp_path)
    assert done.status == 0
    assert "mine" not in done.out
