"""Programs in which a thread computes for long and meets no scheduling point."""

import os
import signal
import subprocess
import sys
import threading
from pathlib import Path

import pytest

import threadtrace
from tests.expectations import expectations
from tests.support import ROOT, command, fewer
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


ABBA = """
import threading
a, b = threading.Lock(), threading.Lock()
def first():
    with a:
        with b: pass
def second():
    with b:
        with a: pass
def computes():
    n, m = [], 0
    {loop}
threads = [threading.Thread(target=first), threading.Thread(target=second)]
for t in [*threads, threading.Thread(target=computes, daemon=True)]: t.start()
for t in threads: t.join()
"""

LOOPS = {
    "numbers": "while True: m += 1",
    "a list": "while True: n.append(m); n.pop()",
    "a condition": "while m >= 0: n.append(m); m += 1; n.pop()",
}


@pytest.mark.parametrize("options", ["--strategy dpor", "--strategy random --preempt any"])
@pytest.mark.parametrize("loop", LOOPS.values(), ids=LOOPS)
def test_watching_accesses_keeps_nobody_from_being_interrupted(loop, options, tmp_path):
    """Almost all the time goes into looking at what is accessed, and there nobody can be interrupted."""
    (tmp_path / "program.py").write_text(ABBA.format(loop=loop))
    arguments = ("--no-shrink", "--no-label", "--executions", "20", *options.split(), "program.py")
    done = command("explore", "--json", *arguments, cwd=tmp_path)
    assert [failure["kind"] for failure in done.json["failures"]] == ["deadlock"]
    assert not any("did not fail again" in warning for warning in done.json["warnings"])


@pytest.mark.parametrize("strategy", ["dpor", "preemption-bounded"])
def test_what_was_interrupted_proves_nothing(strategy, tmp_path):
    """Another time it may be interrupted elsewhere, or not at all."""
    (tmp_path / "program.py").write_text(
        "import os, threading\n"
        "lock = threading.Lock()\n"
        "def work():\n"
        "    end = os.times().user + 0.6\n"
        "    while os.times().user < end: pass\n"
        "    with lock: pass\n"
        "threads = [threading.Thread(target=work) for _ in range(2)]\n"
        "for t in threads: t.start()\n"
        "for t in threads: t.join()\n"
    )
    options = ("--strategy", strategy, "--preempt", "sync")
    done = command("explore", "--json", *options, "program.py", cwd=tmp_path)
    assert done.json["verdict"] == "sampled"
    assert any("interrupted while it computed" in one for one in done.json["advice"])


# In functions -------------------------------------------------------------------------------------------------


def spins():
    numbers = []
    while True:
        numbers.append(1)
        numbers.pop()


def test_a_function_whose_thread_computes(tmp_path, monkeypatch, plain_hooks):
    monkeypatch.chdir(tmp_path)

    def dead_locked_meanwhile():
        a, b = threading.Lock(), threading.Lock()

        def takes(one, other):
            with one, other:
                pass

        threads = [threading.Thread(target=takes, args=pair) for pair in [(a, b), (b, a)]]
        for thread in [*threads, threading.Thread(target=spins, daemon=True, name="Spinner")]:
            thread.start()
        for thread in threads:
            thread.join()

    result = threadtrace.explore(dead_locked_meanwhile, executions=100, time_limit=60)
    assert [failure.kind for failure in result.failures] == ["deadlock"]
    assert any("Spinner was interrupted at" in warning for warning in result.warnings)
    assert threadtrace.replay(result.failures[0].trace, dead_locked_meanwhile).verdict == "failed"


def test_a_function_that_never_ends_is_stopped_when_its_time_is_up():
    def waits_for_ever():
        spinner = threading.Thread(target=spins)
        spinner.start()
        spinner.join()

    result = threadtrace.explore(waits_for_ever, time_limit=1)
    assert result.verdict == "nothing-tested"
    assert result.elapsed_s < 10
    assert signal.getitimer(signal.ITIMER_VIRTUAL) == (0, 0)


def test_a_signal_that_comes_late_is_nobodys_affair(capfd):
    """The timer is off, but its signal came with another one whose handler raised."""

    def ends_its_own_timer():
        thread = threading.Thread(target=lambda: None)
        thread.start()
        thread.join()

    threadtrace.run(ends_its_own_timer)
    signal.raise_signal(signal.SIGVTALRM)
    assert threadtrace.explore(ends_its_own_timer).verdict == "exhausted"
    signal.raise_signal(signal.SIGVTALRM)
    assert capfd.readouterr().err == ""


POLLS_TWICE = """
import threading
import threadtrace

def polls_for_ever():
    done = []

    def polls():
        while not done:
            pass

    thread = threading.Thread(target=polls)
    thread.start()
    thread.join()

for _ in range(2):
    result = threadtrace.run(polls_for_ever, preempt="any", max_points=50_000)
    print("polls for ever" in result.failures[0].message)
"""


def test_what_interrupts_is_no_handler_of_the_programs(tmp_path):
    """Or else it might help a thread that polls for ever: neither while it is there nor what it leaves."""
    (tmp_path / "program.py").write_text(POLLS_TWICE)
    environment = os.environ | {"PYTHONPATH": ROOT}
    line = [sys.executable, "program.py"]
    done = subprocess.run(line, cwd=tmp_path, env=environment, capture_output=True, text=True, timeout=60, check=True)
    assert done.stdout.split() == ["True", "True"]


def test_without_timers(tmp_path):
    """As on Windows: there is nothing that interrupts, and the rest works."""
    (tmp_path / "program.py").write_text(
        "import signal, threading\n"
        "del signal.SIGVTALRM, signal.ITIMER_VIRTUAL, signal.setitimer, signal.getitimer\n"
        "import threadtrace\n"
        "def main():\n"
        "    thread = threading.Thread(target=threading.Lock().acquire)\n"
        "    thread.start()\n"
        "    thread.join()\n"
        "print(threadtrace.explore(main).verdict, threadtrace.run(main).verdict)\n"
    )
    environment = os.environ | {"PYTHONPATH": ROOT}
    line = [sys.executable, "program.py"]
    done = subprocess.run(line, cwd=tmp_path, env=environment, capture_output=True, text=True, timeout=60, check=False)
    assert (done.stdout.split(), done.stderr) == (["exhausted", "passed"], "")
