"""Signals that are waited for: from the program itself, and from outside."""

import os
import signal
import subprocess
import sys
import time

import pytest

from tests.support import ROOT, command, fewer, trace_lines

WAITS = """
import os, signal, threading, time
signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGUSR1})
got = []
waiter = threading.Thread(target=lambda: got.append(signal.sigwait({signal.SIGUSR1})))
waiter.start()
os.kill(os.getpid(), signal.SIGUSR1)
waiter.join()
assert got == [signal.SIGUSR1] and isinstance(got[0], signal.Signals), got
begin = time.monotonic()
assert signal.sigtimedwait({signal.SIGUSR1}, 0.2) is None
assert time.monotonic() - begin >= 0.2
os.kill(os.getpid(), signal.SIGUSR1)
assert signal.sigtimedwait([signal.SIGUSR1], 5).si_signo == signal.SIGUSR1
"""


@pytest.mark.parametrize("seed", fewer(range(8)))
def test_a_thread_waits_for_signals(seed, tmp_path):
    (tmp_path / "program.py").write_text(WAITS)
    done = command("run", "--json", "--strategy", "random", "--seed", str(seed), "program.py", cwd=tmp_path)
    assert done.status == 0, done.json["failures"]
    assert not done.json["uncontrolled"]
    assert command("replay", "--quiet", "program.trace", cwd=tmp_path).status == 0


SERVES = """
import os, signal, subprocess, sys, threading
stop = threading.Event()
signal.signal(signal.SIGTERM, lambda *_: stop.set())
worker = threading.Thread(target=stop.wait, name="Worker")
worker.start()
print("ready", flush=True)
stop.wait()
worker.join()
print("stopped", flush=True)
"""


@pytest.mark.parametrize("clock", ["virtual", "real", "any"])
def test_a_server_waits_for_the_signal_that_stops_it(clock, tmp_path):
    """It comes from outside: that nobody in the program can go on is no deadlock."""
    (tmp_path / "program.py").write_text(SERVES)
    process = subprocess.Popen(
        [sys.executable, "-m", "threadtrace", "run", "--quiet", "--clock", clock, "program.py"],
        cwd=tmp_path,
        env=os.environ | {"PYTHONPATH": ROOT},
        stdout=subprocess.PIPE,
        text=True,
    )
    with process:
        assert process.stdout.readline() == "ready\n"
        time.sleep(0.5)
        (host,) = (int(pid) for pid in children(process.pid))
        os.kill(host, signal.SIGTERM)
        out = process.stdout.read()
    assert process.returncode == 0, out
    assert "stopped" in out
    done = command("replay", "--quiet", "program.trace", cwd=tmp_path)  # where nobody sends it
    assert done.status == 0, done.out
    (schedule,) = (line["schedule"] for line in trace_lines(tmp_path / "program.trace") if "schedule" in line)
    assert command("replay", "--quiet", schedule, "program.py", cwd=tmp_path).status == 0


def children(pid):
    with open(f"/proc/{pid}/task/{pid}/children") as file:
        return file.read().split()


def test_a_deadlock_beside_a_handler_of_the_outside_is_found(tmp_path):
    (tmp_path / "program.py").write_text(
        SERVES.replace("target=stop.wait", "target=deadlock").replace(
            "stop = ", "lock = threading.Lock()\ndef deadlock():\n    with lock, lock: pass\nstop = "
        )
    )
    done = command("run", "--json", "program.py", cwd=tmp_path)
    assert done.json["failures"][0]["kind"] == "deadlock"
    assert done.json["failures"][0]["threads"] == ["Worker"]


def test_a_child_tells_of_its_end_by_a_signal(tmp_path):
    (tmp_path / "program.py").write_text("""
import os, signal, subprocess, sys, threading
ended = threading.Event()
signal.signal(signal.SIGCHLD, lambda *_: ended.set())
process = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(0.3)"])
ended.wait()
assert process.wait() == 0
""")
    done = command("run", "--json", "program.py", cwd=tmp_path)
    assert not done.json["failures"]
    assert done.json["exit_status"] == 0
    assert "replayed: all" in command("replay", "--quiet", "program.trace", cwd=tmp_path).out
