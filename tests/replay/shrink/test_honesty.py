"""What shrinking says of programs that do not do the same each time, that are long, or that leave much garbage."""

from __future__ import annotations

import tracemalloc

import pytest

from replay.shrink.attempts import Attempt
from replay.shrink.certify import _branch, _course
from replay.shrink.watch import Choice, Log
from tests.replay.shrink.support import shrunk
from tests.support import command, trace_lines
from tracer.outcome import Ending, Outcome

pytestmark = pytest.mark.one_version

#: Loses an update where it is preempted. EXTRA and PASSES may depend on `executions`, how often it was executed.
COUNTING = """
import os, threading
with open("executions", "a") as file:
    file.write("x")
executions = os.path.getsize("executions")
lock = threading.Lock()
balance = 0
def deposit():
    global balance
    for _ in range(EXTRA):
        with lock:
            pass
    with lock:
        seen = balance
    with lock:
        balance = seen + 1
threads = [threading.Thread(target=deposit) for _ in range(2)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
assert balance == 2 or PASSES
"""

GARBAGE = """
import threading
lock = threading.Lock()
class Node:
    def __init__(self):
        self.me = self
    def __del__(self):
        with lock:
            pass
def litter():
    for _ in range(3000):
        Node()
        with lock:
            pass
threads = [threading.Thread(target=litter) for _ in range(2)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
raise SystemError
"""


SPINNING = """
import threading
lock = threading.Lock()
total, done = 0, False
def spin():
    while not done: pass
def add():
    global total
    with lock: seen = total
    with lock: total = seen + 1
spinner = threading.Thread(target=spin)
spinner.start()
threads = [threading.Thread(target=add) for _ in range(2)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
done = True
spinner.join()
assert total == 2
"""


def failing(path, text: str, *options: str) -> int:
    """Writes the program, and finds a seed with which it fails; it was executed never when this returns."""
    path.write_text(text)
    for seed in range(100):
        (path.parent / "executions").unlink(missing_ok=True)
        done = command("run", "--strategy", "random", "--seed", str(seed), *options, path.name, cwd=path.parent)
        if done.status == 1:
            return seed
    raise AssertionError("it never fails")


def test_a_program_that_changes_from_one_execution_to_the_next_is_not_called_minimal(tmp_path):
    text = COUNTING.replace("EXTRA", "0 if executions < 3 else executions % 3").replace("PASSES", "False")
    failing(tmp_path / "program.py", text)
    done = command("shrink", "--json", "program.trace", cwd=tmp_path)
    assert done.status == 1, done.err
    assert not done.json["minimal"]
    assert "does not do the same each time" in done.json["reason"]


def test_what_does_not_fail_again_is_not_kept(tmp_path):
    text = COUNTING.replace("EXTRA", "0").replace("PASSES", "executions > 5")
    failing(tmp_path / "program.py", text)
    old = (tmp_path / "program.trace").read_bytes()
    (tmp_path / "program.shrunk.trace").write_bytes(old)
    done = command("shrink", "program.trace", cwd=tmp_path)
    assert done.status == 2, done.out
    assert "does not fail each time" in done.err
    assert (tmp_path / "program.shrunk.trace").read_bytes() == old


def test_what_depends_on_the_machines_time_is_not_called_minimal(tmp_path):
    text = COUNTING.replace("EXTRA", "0").replace("PASSES", "False")
    failing(tmp_path / "program.py", text, "--clock", "real")
    done = command("shrink", "--json", "program.trace", cwd=tmp_path)
    assert done.json["after"]["preemptions"] == 1
    assert not done.json["minimal"]
    assert "--clock real" in done.json["reason"]


def test_the_garbage_is_collected_as_if_nobody_watched(tmp_path):
    path = tmp_path / "program.py"
    path.write_text(GARBAGE)
    command("run", "--strategy", "no-preemption", "--trace", "plain.trace", path.name, cwd=tmp_path)
    shrunk(path, 0)
    plain, watched = (trace_lines(tmp_path / name)[1:-1] for name in ("plain.trace", "program.shrunk.trace"))
    assert any(event["thread"] == "garbage collector" for event in plain)
    assert watched == plain


def test_a_long_execution_does_not_fill_the_memory():
    choices = [Choice(number, [(0,), (1,)], (0,), (0,)) for number in range(20_000)]
    attempt = Attempt(Outcome(Ending.COMPLETED, 0, 0, []), Log(choices=choices))
    levels = [[], []]
    tracemalloc.start()
    _branch(attempt, _course(attempt), 0, 0, levels)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert len(levels[1]) == 20_000
    assert peak < 10_000_000  # copies of what comes before each choice would be 1.6 GB


def test_what_was_interrupted_while_it_computed_proves_no_minimum(tmp_path):
    failing(tmp_path / "program.py", SPINNING)
    done = command("shrink", "--json", "program.trace", cwd=tmp_path)
    assert done.json["after"]["preemptions"] == 1
    assert not done.json["minimal"]
    assert "interrupted while it computed" in done.json["reason"]


def test_what_was_stopped_by_a_limit_proves_no_minimum(tmp_path):
    """Without a preemption the poller polls until the limit, and nobody knows what would have come after it."""
    text = """
import threading
lock, done = threading.Lock(), threading.Event()
order = []
def poller():
    order.append("poller")
    while not done.is_set():
        pass
def setter():
    order.append("setter")
    with lock:
        pass
    last = order[-1]
    done.set()
    assert last == "setter"
threads = [threading.Thread(target=target) for target in (poller, setter)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
"""
    failing(tmp_path / "program.py", text, "--max-points", "100")
    done = command("shrink", "--json", "program.trace", cwd=tmp_path)
    assert done.status == 1, done.err
    assert done.json["failures"][0]["kind"] == "exception"
    assert done.json["after"]["preemptions"] == 2
    assert not done.json["minimal"]
    assert "stopped by a limit" in done.json["reason"]
