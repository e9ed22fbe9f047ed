"""`--preempt`: accesses to shared memory as scheduling points, and whether the GIL lets a failure happen."""

import sys

import pytest

from tests.support import EXAMPLES, command, trace_lines

CALLS_BETWEEN = """\
import threading
counter = 0
def one():
    return 1
def increment():
    global counter
    for _ in range(2):
        counter = counter + one()
threads = [threading.Thread(target=increment, name=f"Adder-{number}") for number in (1, 2)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
assert counter == 4, counter
"""


def run(tmp_path, source, *options, level="any", **more):
    (tmp_path / "program.py").write_text(source)
    options = ["--json", "--preempt", level, "--no-label", *options]
    return command("run", *options, "program.py", cwd=tmp_path, **more)


def failing_seed(tmp_path, source, level="any", options=(), **more):
    for seed in range(10):
        ran = run(tmp_path, source, "--strategy", "random", "--seed", str(seed), *options, level=level, **more)
        if ran.json["failures"]:
            return seed
    return None


def test_the_racy_counter_fails_and_not_under_the_gil(tmp_path):
    done = command("run", "--json", "--preempt", "any", f"{EXAMPLES}/lost_update.py", cwd=tmp_path)
    (failure,) = done.json["failures"]
    assert (done.status, failure["kind"], failure["gil"]) == (1, "exception", False)
    (note,) = done.json["notes"]
    assert note.startswith(f"under the GIL of CPython {sys.version_info.major}.{sys.version_info.minor}: not found in ")


def test_with_a_call_between_reading_and_writing_the_gil_does_not_help(tmp_path):
    seed = failing_seed(tmp_path, CALLS_BETWEEN)
    options = ["--json", "--preempt", "any", "--strategy", "random", "--seed", str(seed)]
    done = command("run", *options, "program.py", cwd=tmp_path)
    assert done.json["failures"][0]["gil"] is True
    assert "reached" in done.json["notes"][0]


@pytest.mark.parametrize("level", ["gil", "any"])
def test_a_replay_repeats_every_access(tmp_path, level):
    seed = failing_seed(tmp_path, CALLS_BETWEEN, level)
    assert seed is not None
    recorded = trace_lines(tmp_path / "program.trace")
    assert {event["operation"] for event in recorded[1:-1]} >= {"memory.read", "memory.write"}
    again = command("replay", "--json", "program.trace", cwd=tmp_path)
    assert (again.status, again.json["divergence"]) == (1, None)
    assert trace_lines(tmp_path / "program.replay.trace")[1:-1] == recorded[1:-1]
    schedule = recorded[-1]["schedule"]
    from_text = command("replay", "--json", schedule, "program.py", cwd=tmp_path)
    assert (from_text.status, from_text.json["divergence"]) == (1, None)


def test_accesses_are_printed_only_when_asked_for(tmp_path):
    shown = command("run", "--preempt", "any", "--no-label", f"{EXAMPLES}/lock.py", cwd=tmp_path)
    assert "memory." not in shown.out
    assert "accesses to shared memory; --show-memory prints them" in shown.out
    shown = command("run", "--preempt", "any", "--no-label", "--show-memory", f"{EXAMPLES}/event.py", cwd=tmp_path)
    assert shown.status == 0


def test_the_log_tells_what_was_read_and_written(tmp_path):
    options = ["--preempt", "any", "--no-label", "--show-memory"]
    shown = command("run", *options, f"{EXAMPLES}/lost_update.py", cwd=tmp_path)
    assert "memory.read          counter → 0" in shown.out
    assert "memory.write         counter → 1" in shown.out


def test_installed_packages_are_watched_when_included(tmp_path):
    package = tmp_path / "site-packages" / "counting"
    package.mkdir(parents=True)
    (package / "__init__.py").write_text("total = 0\ndef add():\n    global total\n    total += 1\n")
    source = "import threading, counting\n"
    source += "threads = [threading.Thread(target=counting.add) for _ in range(2)]\n"
    source += "[thread.start() for thread in threads]\n[thread.join() for thread in threads]\n"
    source += "assert counting.total == 2\n"
    env = {"PYTHONPATH": f"{tmp_path}/site-packages:" + __file__.rpartition("/tests/")[0]}
    assert run(tmp_path, source, env=env).json["verdict"] == "passed"
    assert "counting.total" not in {event.get("object") for event in trace_lines(tmp_path / "program.trace")}
    assert failing_seed(tmp_path, source, options=["--include", "counting"], env=env) is not None
    again = command("replay", "--json", "program.trace", cwd=tmp_path, env=env)
    assert (again.status, again.json["divergence"]) == (1, None)


def test_who_spins_on_a_variable_lets_the_others_go_on(tmp_path):
    source = "import threading\nready = False\ndef wait():\n    while not ready:\n        pass\n"
    source += "def give():\n    global ready\n    ready = True\n"
    source += "threads = [threading.Thread(target=one) for one in (wait, give)]\n"
    source += "[thread.start() for thread in threads]\n[thread.join() for thread in threads]\n"
    for level in ("gil", "any"):
        for strategy in ("no-preemption", "round-robin", "random"):
            assert run(tmp_path, source, "--strategy", strategy, level=level).json["verdict"] == "passed"


def test_a_partial_deadlock_beside_a_thread_that_uses_shared_memory(tmp_path):
    source = "import threading\na, b = threading.Lock(), threading.Lock()\nbeats = 0\nmet = threading.Barrier(2)\n"
    source += "def left():\n    with a:\n        met.wait()\n        with b:\n            pass\n"
    source += "def right():\n    with b:\n        met.wait()\n        with a:\n            pass\n"
    source += "def tick():\n    global beats\n    while True:\n        beats = beats + 1\n"
    source += "for one in (left, right, tick):\n    threading.Thread(target=one, name=one.__name__).start()\n"
    (failure,) = run(tmp_path, source).json["failures"]
    assert failure["kind"] == "deadlock"
    assert {"left", "right"} <= set(failure["threads"])
    assert "tick" not in failure["threads"]


def test_many_threads(tmp_path):
    source = "import threading\ntotal = 0\ndef add():\n    global total\n    total += 1\n"
    source += "threads = [threading.Thread(target=add) for _ in range(1000)]\n"
    source += "[thread.start() for thread in threads]\n[thread.join() for thread in threads]\n"
    assert run(tmp_path, source, "--strategy", "random").json["verdict"] == "passed"


@pytest.mark.skipif(sys.version_info < (3, 12), reason="sys.monitoring came with 3.12")
def test_beside_other_tools(tmp_path):
    source = "import sys\nm = sys.monitoring\nm.use_tool_id(m.COVERAGE_ID, 'other')\nlines = set()\n"
    source += "m.register_callback(m.COVERAGE_ID, m.events.LINE, lambda code, line: lines.add(line))\n"
    source += "m.set_events(m.COVERAGE_ID, m.events.LINE)\n" + CALLS_BETWEEN
    assert failing_seed(tmp_path, source) is not None
    taken = "import sys\nfor number in (3, 4):\n    sys.monitoring.use_tool_id(number, 'other')\n"
    (tmp_path / "sitecustomize.py").write_text(taken)
    env = {"PYTHONPATH": f"{tmp_path}:" + __file__.rpartition("/tests/")[0]}
    refused = run(tmp_path, CALLS_BETWEEN, env=env)
    assert refused.status == 2
    assert refused.err.startswith("threadtrace: sys.monitoring has no free place: other, other have taken it")
    assert not (tmp_path / "program.trace.tmp").exists()


@pytest.mark.skipif(sys.version_info >= (3, 12), reason="with sys.monitoring there is room for several tools")
def test_a_trace_function_of_the_program_is_said(tmp_path):
    source = "import sys\nsys.settrace(lambda *_: None)\n" + CALLS_BETWEEN
    ran = run(tmp_path, source)
    assert ran.json["verdict"] == "uncontrolled"
    assert "a trace function was set at program.py:2" in ran.json["uncontrolled"][0]


def test_a_forked_child_is_not_watched(tmp_path):
    source = "import os, threading\ntotal = 0\ndef add():\n    global total\n    total += 1\n"
    source += (
        "    child = os.fork()\n    if not child:\n        total += 1\n        os._exit(0)\n    os.waitpid(child, 0)\n"
    )
    source += "thread = threading.Thread(target=add)\nthread.start()\nthread.join()\n"
    ran = run(tmp_path, source)
    assert ran.json["verdict"] == "passed", ran
