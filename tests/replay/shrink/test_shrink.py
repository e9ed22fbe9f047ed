"""Shrinking: from hundreds of needless switches to the known minimum, and to the pair of operations that decides."""

from __future__ import annotations

import pytest

from replay.following.schedule import decode
from replay.shrink.commute import commuted, switches
from tests.replay.shrink.support import failing_seed, shrunk
from tests.support import command, trace_lines

#: What `failing_seed` looks for.
pytestmark = [
    pytest.mark.one_version,
    pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning"),
]

NOISE = """
import threading, time
own = [threading.Lock() for _ in range(8)]
def noise(number):
    for _ in range(ROUNDS):
        with own[number]:
            pass
def run(*targets):
    threads = [threading.Thread(target=target, name=target.__name__) for target in targets]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
"""

ABBA = """
a, b = threading.Lock(), threading.Lock()
def forwards():
    noise(0)
    with a:
        with b:
            pass
    noise(0)
def backwards():
    noise(1)
    with b:
        with a:
            pass
    noise(1)
def bystander():
    noise(2)
run(forwards, backwards, bystander)
"""

PHILOSOPHERS = """
forks = [threading.Lock() for _ in range(3)]
def dine(seat):
    def philosopher():
        noise(seat)
        with forks[seat]:
            with forks[(seat + 1) % 3]:
                pass
    return philosopher
run(*map(dine, range(3)))
"""

CONSUMERS = """
items = []
condition = threading.Condition()
def consumer():
    noise(0)
    with condition:
        if not items:
            condition.wait()
        items.pop(0)
def other_consumer():
    noise(1)
    with condition:
        if not items:
            condition.wait()
        items.pop(0)
def producer():
    noise(2)
    for number in range(2):
        with condition:
            items.append(number)
            condition.notify()
run(consumer, other_consumer, producer)
"""

LOST_UPDATE = """
counter = 0
def add():
    global counter
    noise(0)
    value = counter
    time.sleep(0)
    counter = value + 1
    noise(1)
def add_too():
    global counter
    noise(2)
    value = counter
    time.sleep(0)
    counter = value + 1
    noise(3)
run(add, add_too)
assert counter == 2
"""


def lines_of(result):
    return [critical["event"]["place"].rpartition(":")[2] for critical in result["pair"]]


def source(path, result):
    text = path.read_text().splitlines()
    return [text[int(line) - 1].strip() for line in lines_of(result)]


@pytest.mark.parametrize(
    ("text", "rounds", "kind"),
    [
        pytest.param(ABBA, 70, "deadlock", id="ABBA"),
        pytest.param(PHILOSOPHERS, 60, "deadlock", id="philosophers"),
        pytest.param(CONSUMERS, 60, "exception", id="consumers"),
        pytest.param(LOST_UPDATE, 90, "exception", id="lost-update"),
    ],
)
def test_needless_switches_go_and_one_preemption_is_left(tmp_path, text, rounds, kind):
    path = tmp_path / "program.py"
    path.write_text(NOISE.replace("ROUNDS", str(rounds)) + text)
    result = shrunk(path, failing_seed(path))
    assert result["before"]["switches"] >= 200
    assert result["after"]["preemptions"] == 1
    assert result["minimal"] is True
    assert [failure["kind"] for failure in result["failures"]] == [kind]
    if text is ABBA:
        first, second = (critical["event"] for critical in result["pair"])
        assert {first["thread"], second["thread"]} == {"forwards", "backwards"}
        assert first["object"] == second["object"]
        assert first["operation"] == second["operation"] == "lock.acquire"
    elif text is PHILOSOPHERS:
        first, second = (critical["event"] for critical in result["pair"])
        assert first["object"] == second["object"] and first["thread"] != second["thread"]
        assert source(path, result) == ["with forks[seat]:", "with forks[(seat + 1) % 3]:"]
    elif text is CONSUMERS:
        # The woken consumer has the lock back before the producer has it for the second item.
        first, second = (critical["event"] for critical in result["pair"])
        assert first["operation"] == "condition.reacquire" and first["thread"].endswith("consumer")
        assert (second["operation"], second["thread"]) == ("rlock.acquire", "producer")
    else:
        # The read, which follows the noise, comes before the other's write, which follows the sleep.
        first, second = (critical["event"] for critical in result["pair"])
        assert {first["thread"], second["thread"]} == {"add", "add_too"}
        assert first["operation"] == "lock.release" and second["operation"] == "time.sleep"
    again = command("replay", "--json", str(tmp_path / "program.shrunk.trace"), cwd=tmp_path)
    assert again.status == 1
    assert again.json["divergence"] is None
    assert again.json["failures"][0]["fingerprint"] == result["failures"][0]["fingerprint"]


def test_the_schedule_is_that_of_the_trace(tmp_path):
    path = tmp_path / "program.py"
    path.write_text(NOISE.replace("ROUNDS", "3") + ABBA)
    result = shrunk(path, failing_seed(path))
    outcome = trace_lines(tmp_path / "program.shrunk.trace")[-1]
    assert decode(result["schedule"]).steps == decode(outcome["schedule"]).steps
    assert len(decode(result["schedule"]).steps) == outcome["events"]


def test_a_failure_on_every_schedule_has_no_pair(tmp_path):
    path = tmp_path / "program.py"
    path.write_text(NOISE.replace("ROUNDS", "2") + "def work():\n    noise(0)\n    1 / 0\nrun(work)\n")
    result = shrunk(path, 0)
    assert result["after"]["preemptions"] == 0
    assert result["minimal"] is True
    assert result["pair"] == []
    done = command("shrink", "program.trace", cwd=tmp_path)
    assert "failed on every schedule that was tried" in done.out


def test_a_crash_of_the_interpreter_is_shrunk(tmp_path):
    path = tmp_path / "program.py"
    path.write_text(
        NOISE.replace("ROUNDS", "4")
        + """
import ctypes
lock = threading.Lock()
state = []
def one():
    noise(0)
    with lock:
        state.append(1)
    with lock:
        state.append(2)
def two():
    noise(1)
    with lock:
        if len(state) == 1:
            ctypes.string_at(0)
run(one, two)
"""
    )
    for seed in range(200):
        if command("run", "--strategy", "random", "--seed", str(seed), str(path), cwd=tmp_path).status == 1:
            break
    result = command("shrink", "--json", "program.trace", cwd=tmp_path).json
    assert result["failures"][0]["kind"] == "crash"
    assert result["after"]["preemptions"] == 1 and result["minimal"]
    assert {critical["event"]["thread"] for critical in result["pair"]} == {"one", "two"}
    again = command("replay", "program.shrunk.trace", cwd=tmp_path)
    assert again.status == 1 and "SIGSEGV" in again.out


def test_a_spent_budget_is_admitted_and_what_was_found_is_kept(tmp_path):
    path = tmp_path / "program.py"
    path.write_text(NOISE.replace("ROUNDS", "30") + PHILOSOPHERS)
    result = shrunk(path, failing_seed(path), "--executions", "5")
    assert result["minimal"] is False
    assert "budget" in result["reason"]
    assert result["after"]["preemptions"] <= result["before"]["preemptions"]
    assert command("replay", "program.shrunk.trace", cwd=tmp_path).status == 1


def test_what_cannot_be_shrunk_is_refused(tmp_path):
    path = tmp_path / "program.py"
    path.write_text("import threading\nthread = threading.Thread(target=print)\nthread.start()\nthread.join()\n")
    command("run", "program.py", cwd=tmp_path)
    done = command("shrink", "program.trace", cwd=tmp_path)
    assert (done.status, done.out) == (2, "")
    assert "did not fail" in done.err and done.err.count("\n") == 1
    assert not (tmp_path / "program.shrunk.trace").exists()
    (tmp_path / "x.schedule").write_text("A: lock.acquire\n")
    done = command("shrink", "x.schedule", "program.py", cwd=tmp_path)
    assert done.status == 2 and "script" in done.err
    path.write_text("import threading\nlock = threading.Lock()\nlock.acquire()\nlock.acquire()\n")
    done = command("shrink", "program.trace", cwd=tmp_path)
    assert done.status == 3
    assert "diverged at event 2" in done.out


def test_the_programs_output_and_input_are_left_alone(tmp_path):
    path = tmp_path / "program.py"
    path.write_text(NOISE.replace("ROUNDS", "2") + "print('noise')\n" + ABBA)
    seed = failing_seed(path)
    result = shrunk(path, seed)
    assert result["minimal"]
    done = command("shrink", "program.trace", cwd=tmp_path)
    assert "\nnoise" not in done.out and done.err == ""
    assert "it fails because" in done.out


def test_commuting_needs_no_execution():
    from replay.shrink.commute import Steps
    from tracer.events import Event

    def event(thread, operation, target=None):
        return Event(0, thread, operation, target)

    steps: Steps = []
    for _ in range(10):
        for thread, lock in (("A", "a"), ("B", "b")):
            path = (int(thread == "B"),)
            steps += [(event(thread, "lock.acquire", lock), path), (event(thread, "lock.release", lock), path)]
    assert switches([path for _, path in steps]) == 19
    assert switches(commuted(steps)) == 1


@pytest.mark.parametrize("fails", [1, 2, 4])
def test_a_program_that_does_not_fail_each_time_is_not_called_shrunk(tmp_path, fails):
    (tmp_path / "program.py").write_text(
        NOISE.replace("ROUNDS", "3")
        + f"""
with open("count", "a+") as count:
    count.write("x")
    count.seek(0)
    executions = len(count.read())
def work():
    noise(0)
def other():
    noise(1)
run(work, other)
assert executions > {fails}
"""
    )
    assert command("run", "--strategy", "random", "program.py", cwd=tmp_path).status == 1
    done = command("shrink", "program.trace", cwd=tmp_path)
    assert (done.status, done.out) == ((3, done.out) if fails == 1 else (2, ""))
    assert "diverged" in done.out if fails == 1 else "does not fail each time" in done.err
    assert not (tmp_path / "program.shrunk.trace").exists()


def test_programs_that_cannot_be_executed(tmp_path):
    (tmp_path / "program.py").write_text("import threading\nlock = threading.Lock()\nlock.acquire()\nlock.acquire()\n")
    assert command("run", "program.py", cwd=tmp_path).status == 1
    done = command("shrink", "program.trace", "-m", "no_such_module", cwd=tmp_path)
    assert (done.status, done.out) == (2, "")
    assert done.err == "threadtrace: -m no_such_module: no such module\n"
    done = command("shrink", "program.trace", "none.py", cwd=tmp_path)
    assert done.status == 2 and done.err.count("\n") == 1
