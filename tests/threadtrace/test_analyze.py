"""`threadtrace analyze`, and the causes that `run` and `replay` print."""

import pytest

from tests.support import EXAMPLES, ROOT, command

pytestmark = pytest.mark.one_version

DEADLOCKS = f"{ROOT}/tests/programs/fail/deadlock"

KEYS = {"kind", "failure", "message", "reason", "advice", "benign", "threads", "objects", "sites", "steps"}
STEP_KEYS = {"role", "thread", "operation", "object", "place", "source", "event", "stack", "holding"}


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("traces")
    command("run", "--quiet", f"{EXAMPLES}/condition.py", cwd=folder)
    command("run", "--quiet", f"{EXAMPLES}/event.py", cwd=folder)
    return folder


def analyze(folder, *arguments):
    return command("analyze", *arguments, cwd=folder)


def write(folder, text, name="prog.py"):
    (folder / name).write_text(text)
    return name


def test_explains(folder):
    done = analyze(folder, "condition.trace")
    assert done.status == 1
    assert done.out.startswith(
        "deadlock: MainThread and Consumer can never go on\n\n1. never-woken: Consumer waits for"
    )
    assert "nobody has notified it since notify #5 of condition at" in done.out
    lines = done.out.splitlines()
    (step,) = [line for line in lines if line.startswith("     waits ")]
    assert "Consumer  condition.wait condition" in step
    assert lines[lines.index(step) + 1].strip() == "condition.wait()"
    assert "   try: Producer, which notified it last, has ended" in done.out
    assert not done.err


def test_json(folder):
    done = analyze(folder, "condition.trace", "--json")
    assert done.status == 1
    assert not done.err
    found = done.json
    assert found["trace"] == "condition.trace"
    assert found["program"].endswith("condition.py")
    assert found["outcome"]["ending"] == "deadlock"
    assert found["outcome"]["events"] == 56
    assert found["outcome"]["failures"][0]["kind"] == "deadlock"
    (one,) = found["findings"]
    assert set(one) == KEYS
    assert (one["kind"], one["failure"], one["threads"]) == ("never-woken", True, ["Consumer"])
    assert all(set(step) == STEP_KEYS for step in one["steps"])
    assert one["steps"][-1]["source"] == "condition.wait()"


def test_nothing_found(folder):
    done = analyze(folder, "event.trace")
    assert done.status == 0
    assert done.out == "nothing found in this one execution; other interleavings may fail\n"
    assert analyze(folder, "event.trace", "--json").json["findings"] == []


def test_a_failure_without_a_finding(tmp_path):
    write(tmp_path, "import threading\nthreading.Thread(target=int, args=('x',), name='Worker').start()\n")
    command("run", "--quiet", "prog.py", cwd=tmp_path)
    done = analyze(tmp_path, "prog.trace")
    assert done.status == 1
    assert "Worker: ValueError" in done.out
    assert "nothing more was found in this one execution" in done.out


def test_refuses_what_is_no_trace(folder):
    (folder / "bad.trace").write_bytes(b"hello\n")
    whole = (folder / "condition.trace").read_bytes().splitlines(keepends=True)
    (folder / "damaged.trace").write_bytes(b"".join([*whole[:9], b"{]\n", *whole[10:]]))
    without = [line.replace(b'"object":"Consumer"', b'"object":null') for line in whole]
    assert without != whole
    (folder / "twisted.trace").write_bytes(b"".join(without))
    for name, why in [
        ("missing", "cannot be read"),
        ("bad", "is not a threadtrace trace"),
        ("damaged", "damaged"),
        ("twisted", "do not fit each other"),
    ]:
        for more in [(), ("--json",)]:
            done = analyze(folder, f"{name}.trace", *more)
            assert (done.status, done.out) == (2, "")
            (line,) = done.err.splitlines()
            assert line.startswith(f"threadtrace: {name}.trace")
            assert why in line


def test_cut_off_anywhere(folder):
    whole = (folder / "condition.trace").read_bytes()
    header = whole.index(b"\n") + 1
    for end in range(header, whole.rindex(b"\n", 0, -1), 977):
        (folder / "cut.trace").write_bytes(whole[:end])
        done = analyze(folder, "cut.trace")
        assert (done.status, done.err) == (0, "")
        assert done.out.startswith("nothing found so far; the trace was cut off")
    assert analyze(folder, "cut.trace", "--json").json["outcome"] is None


def test_source_lines_only_of_what_was_executed(tmp_path):
    text = (
        "import threading\nlock = threading.Lock()\nthreading.Thread(target=int).start()\nwith lock, lock:\n    pass\n"
    )
    write(tmp_path, text)
    command("run", "--quiet", "prog.py", cwd=tmp_path)
    assert "with lock, lock:" in analyze(tmp_path, "prog.trace").out
    write(tmp_path, "# edited\n" + text)
    done = analyze(tmp_path, "prog.trace")
    assert "self-deadlock" in done.out
    assert "         " not in done.out


def test_run_and_replay_say_why(tmp_path):
    for arguments in [("run", f"{DEADLOCKS}/join_while_holding.py"), ("replay", "join_while_holding.trace")]:
        done = command(arguments[0], "--quiet", arguments[1], cwd=tmp_path)
        assert done.status == 1
        assert "why:\n  waiting-while-holding: MainThread and Thread-1 (work) wait for each other" in done.out
        assert "      try: release lock before joining Thread-1 (work)" in done.out
        with_json = command(arguments[0], "--json", arguments[1], cwd=tmp_path).json
        (failure,) = with_json["failures"]
        (cause,) = failure["causes"]
        assert cause.startswith("MainThread and Thread-1 (work) wait for each other")
        assert [set(one) for one in with_json["findings"]] == [KEYS]
        assert failure["message"].startswith("deadlock: ")


DAEMONS = """
import queue, threading, time
jobs = queue.Queue()
threading.Thread(target=jobs.get, daemon=True, name="Idle").start()
one, two, both = threading.Lock(), threading.Lock(), threading.Barrier(2)
def take(first, second):
    with first:
        both.wait()
        with second:
            pass
if {hang}:
    threading.Thread(target=take, args=(one, two), daemon=True, name="Left").start()
    threading.Thread(target=take, args=(two, one), daemon=True, name="Right").start()
time.sleep(1)
"""


def test_hanging_daemons_are_a_warning(tmp_path):
    write(tmp_path, DAEMONS.format(hang=True))
    done = command("run", "--quiet", "prog.py", cwd=tmp_path)
    assert done.status == 0
    assert "warning: daemon threads hang:\n  deadlock: Left and Right wait for each other" in done.out
    assert "where the threads were" not in done.out
    assert analyze(tmp_path, "prog.trace").status == 0
    (warning,) = command("run", "--json", "prog.py", cwd=tmp_path).json["warnings"]
    assert warning.startswith("Left and Right wait for each other")


def test_idle_daemons_are_none(tmp_path):
    write(tmp_path, DAEMONS.format(hang=False))
    done = command("run", "--quiet", "prog.py", cwd=tmp_path)
    assert done.status == 0
    assert "Idle" in done.out
    assert "warning" not in done.out
    assert "where the threads were" not in done.out


def test_the_users_caller_of_a_package(tmp_path):
    package = tmp_path / "site-packages" / "wrapped"
    package.mkdir(parents=True)
    (package / "__init__.py").write_text("def take(lock):\n    lock.acquire()\n")
    write(
        tmp_path,
        "import sys\nsys.path.insert(0, 'site-packages')\nimport threading, wrapped\nlock = threading.Lock()\n"
        "threading.Thread(target=int).start()\nwrapped.take(lock)\nwrapped.take(lock)\n",
    )
    done = command("run", "--quiet", "prog.py", cwd=tmp_path)
    assert "at site-packages/wrapped/__init__.py:2" in done.out
    assert "      called at prog.py:7" in done.out
    assert "it holds lock (acquired at prog.py:6) and acquires it again at prog.py:7" in done.out
    assert "         called at prog.py:6\n         wrapped.take(lock)" in analyze(tmp_path, "prog.trace").out


def test_many_findings_are_counted(tmp_path):
    write(
        tmp_path,
        "import threading\nevents = [threading.Event() for _ in range(9)]\n"
        "for event in events:\n    threading.Thread(target=event.wait).start()\n",
    )
    done = command("run", "--quiet", "prog.py", cwd=tmp_path)
    assert "… and 4 more; `threadtrace analyze`" in done.out
    assert len(analyze(tmp_path, "prog.trace", "--json").json["findings"]) == 9


def test_help_names_the_exit_status():
    done = command("analyze", "--help", cwd=ROOT)
    assert done.status == 0
    assert "Exit status" in done.out


def test_lock_order_beside_the_causes(tmp_path):
    write(
        tmp_path,
        "import threading, time\na, b, go = threading.Lock(), threading.Lock(), threading.Event()\n"
        "def forth():\n    with a, b:\n        pass\n"
        "def back():\n    time.sleep(1)\n    with b, a:\n        pass\n"
        "for work in (forth, back):\n    threading.Thread(target=work).start()\n"
        "go.wait()\n",
    )
    command("run", "--quiet", "prog.py", cwd=tmp_path)
    found = analyze(tmp_path, "prog.trace", "--json").json["findings"]
    assert [(one["kind"], one["failure"]) for one in found] == [("never-woken", True), ("lock-order", False)]
    assert "a and b are taken in opposite orders" in found[1]["message"]
    printed = analyze(tmp_path, "prog.trace")
    assert printed.status == 1
    assert "2. lock-order: " in printed.out
