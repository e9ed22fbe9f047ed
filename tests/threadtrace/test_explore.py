"""`threadtrace explore`: what it finds, says, writes, and refuses."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time

import pytest

from tests.support import EXAMPLES, ROOT, command

#: Programs whose bug others have missed, or called a pass; each fails with this kind, under the default strategy.
IN_A_THREAD = """
import threading
class Counter: value = 0
counter = Counter()
def add():
    counter.value = counter.value + 1
def work():
    threads = [threading.Thread(target=add) for _ in range(2)]
    for t in threads: t.start()
    for t in threads: t.join()
outer = threading.Thread(target=work)
outer.start()
outer.join()
assert counter.value == 2
"""

IN_AN_EXECUTOR = """
import threading
from concurrent.futures import ThreadPoolExecutor
class Counter: value = 0
counter = Counter()
def add():
    counter.value = counter.value + 1
def work():
    with ThreadPoolExecutor(2) as pool:
        pool.submit(add)
        pool.submit(add)
outer = threading.Thread(target=work)
outer.start()
outer.join()
assert counter.value == 2
"""

REORDER = """
import sys, threading
class Shared: a = b = 0
s = Shared()
def setter():
    s.a = 1
    s.b = -1
def checker():
    assert (s.a == 0 and s.b == 0) or (s.a == 1 and s.b == -1)
threads = [threading.Thread(target=setter) for _ in range(int(sys.argv[1]))] + [threading.Thread(target=checker)]
for t in threads: t.start()
for t in threads: t.join()
"""

LOST_WAKEUP = """
import threading
cv, ready = threading.Condition(), False
def waiter():
    if not ready:
        with cv:
            cv.wait()
def setter():
    global ready
    ready = True
    with cv:
        cv.notify()
threads = [threading.Thread(target=waiter), threading.Thread(target=setter)]
for t in threads: t.start()
for t in threads: t.join()
"""

TIMED_WAIT = """
import threading
event = threading.Event()
def setter():
    event.set()
thread = threading.Thread(target=setter)
thread.start()
assert event.wait(60), "the event was not set in time"
"""

WHILE_ANOTHER_COMPUTES = """
import threading
a, b = threading.Lock(), threading.Lock()
def first():
    with a:
        with b: pass
def second():
    with b:
        with a: pass
def computes():
    n = 0
    while True: n += 1
threads = [threading.Thread(target=first), threading.Thread(target=second)]
for t in [*threads, threading.Thread(target=computes, daemon=True)]: t.start()
for t in threads: t.join()
"""

MADE_AT_IMPORT = """
import threading
import locks_of_a_module
def first():
    with locks_of_a_module.a:
        with locks_of_a_module.b: pass
def second():
    with locks_of_a_module.b:
        with locks_of_a_module.a: pass
threads = [threading.Thread(target=first), threading.Thread(target=second)]
for t in threads: t.start()
for t in threads: t.join()
"""

IF_FOR_WHILE = """
import threading
cv, items = threading.Condition(), []
def consumer():
    with cv:
        if not items:
            cv.wait()
        items.pop()
def producer():
    with cv:
        items.append(1)
        cv.notify()
threads = [threading.Thread(target=consumer), threading.Thread(target=producer)]
for t in threads: t.start()
for t in threads: t.join()
"""

STARTED_IN_INIT = """
import threading
class Worker:
    def __init__(self):
        self.error = None
        self.thread = threading.Thread(target=self.run)
        self.thread.start()
        self.ready = True
    def run(self):
        try: self.ready
        except AttributeError as error: self.error = error
worker = Worker()
worker.thread.join()
assert worker.error is None
"""

#: Name, program, its arguments, options, kind.
NEVER_FALSELY_GREEN = [
    ("in a thread", IN_A_THREAD, [], [], "exception"),
    ("in an executor in a thread", IN_AN_EXECUTOR, [], [], "exception"),
    ("reorder_3", REORDER, ["2"], [], "exception"),
    ("reorder_5", REORDER, ["4"], [], "exception"),
    ("lost wakeup", LOST_WAKEUP, [], [], "deadlock"),
    ("timed wait", TIMED_WAIT, [], ["--clock", "any"], "exception"),
    ("while another computes", WHILE_ANOTHER_COMPUTES, [], [], "deadlock"),
    ("made at import", MADE_AT_IMPORT, [], [], "deadlock"),
    ("started in __init__", STARTED_IN_INIT, [], [], "exception"),
    ("if for while", IF_FOR_WHILE, [], ["--spurious"], "exception"),
]


def explored(tmp_path, source, *options, arguments=()):
    """The JSON object of exploring a program."""
    program = tmp_path / "program.py"
    program.write_text(source)
    (tmp_path / "locks_of_a_module.py").write_text("import threading\na, b = threading.Lock(), threading.Lock()\n")
    done = command("explore", "--json", "--no-label", *options, "program.py", *arguments, cwd=tmp_path)
    assert done.out, done.err
    return done.json | {"status": done.status, "err": done.err}


@pytest.mark.parametrize("case", NEVER_FALSELY_GREEN, ids=lambda case: case[0])
def test_where_others_have_a_false_pass(case, tmp_path):
    _, source, arguments, options, kind = case
    found = explored(tmp_path, source, "--no-shrink", *options, arguments=arguments)
    assert found["verdict"] == "failed"
    failure = found["failures"][0]
    assert failure["kind"] == kind
    assert failure["replayed"]
    replayed = command("replay", failure["trace"], cwd=tmp_path)
    assert replayed.status == 1
    assert "happened as recorded" in replayed.out


@pytest.mark.one_version
@pytest.mark.parametrize("source", [TIMED_WAIT, IF_FOR_WHILE], ids=["timed wait", "if for while"])
def test_what_cannot_happen_without_the_option(source, tmp_path):
    assert explored(tmp_path, source)["verdict"] == "exhausted"


def test_a_newcomer(tmp_path):
    done = command("explore", os.path.join(EXAMPLES, "lost_update.py"), cwd=tmp_path)
    assert done.status == 1
    assert "preempted" in done.out
    assert "updates were lost" in done.out
    assert "1 preemption causes it, no schedule with fewer does" in done.out
    assert "the GIL of this Python does not let it happen" in done.out
    assert "threadtrace replay lost_update.shrunk.trace" in done.out
    assert {one.name for one in tmp_path.iterdir()} == {"lost_update.trace", "lost_update.shrunk.trace"}


def test_exhausted(tmp_path):
    done = command("explore", os.path.join(EXAMPLES, "lock.py"), "2", "2", cwd=tmp_path)
    assert done.status == 0
    assert "exhausted" in done.out


@pytest.mark.one_version
def test_nothing_to_test(tmp_path):
    found = explored(tmp_path, "print('hello')\n")
    assert (found["verdict"], found["status"]) == ("nothing-tested", 4)


@pytest.mark.one_version
def test_keys(tmp_path):
    found = explored(tmp_path, IN_A_THREAD)
    assert {
        "verdict", "executions", "events", "points", "threads", "elapsed_s", "executions_per_s", "failures", "warnings",
        "schedules", "states", "coverage", "estimate", "strategies", "uncontrolled", "advice",
    } <= found.keys()  # fmt: skip
    assert {
        "kind", "fingerprint", "message", "threads", "objects", "sites", "gil", "execution", "schedule", "trace",
        "times", "strategy", "replayed", "shrunk", "shrunk_trace", "causes",
    } <= found["failures"][0].keys()  # fmt: skip
    assert found["failures"][0]["schedule"].startswith("tt1:")


@pytest.mark.one_version
def test_each_kind_of_failure_once(tmp_path):
    source = """
import threading
a, b = threading.Lock(), threading.Lock()
class Counter: value = 0
c = Counter()
def first():
    c.value = c.value + 1
    with a:
        with b: pass
def second():
    c.value = c.value + 1
    with b:
        with a: pass
threads = [threading.Thread(target=first), threading.Thread(target=second)]
for t in threads: t.start()
for t in threads: t.join()
assert c.value == 2
"""
    found = explored(tmp_path, source, "--keep-going", "--executions", "300")
    assert sorted(one["kind"] for one in found["failures"]) == ["deadlock", "exception"]
    assert all(one["replayed"] and os.path.exists(one["trace"]) for one in found["failures"])
    assert len({one["trace"] for one in found["failures"]}) == 2


# Programs that end otherwise ---------------------------------------------------------------------------------

FLAG = """
import ctypes, os, sys, threading
class Flag: up = False
flag = Flag()
def raises():
    flag.up = True
    flag.up = False
def looks():
    if flag.up:
        {}
threads = [threading.Thread(target=raises), threading.Thread(target=looks)]
for t in threads: t.start()
for t in threads: t.join()
"""


def test_a_crash_of_the_interpreter(tmp_path):
    found = explored(tmp_path, FLAG.format("ctypes.string_at(0)"))
    (failure,) = found["failures"]
    assert failure["kind"] == "crash"
    assert failure["replayed"]
    again = command("replay", failure["trace"], cwd=tmp_path)
    assert again.status == 1
    assert "SIGSEGV" in again.out


def test_an_exit_inside_a_thread(tmp_path):
    found = explored(tmp_path, FLAG.format("os._exit(3)"))
    (failure,) = found["failures"]
    assert "exit status 3" in failure["message"]
    assert failure["replayed"]


@pytest.mark.one_version
def test_a_status_of_the_main_thread_is_a_failure(tmp_path):
    found = explored(tmp_path, FLAG.format("flag.seen = True") + "sys.exit(hasattr(flag, 'seen'))\n")
    assert "exit status 1" in found["failures"][0]["message"]


def test_a_crash_before_there_is_a_choice(tmp_path):
    found = explored(tmp_path, "import ctypes\nctypes.string_at(0)\n")
    assert found["failures"][0]["kind"] == "crash"


def test_an_execution_that_never_ends(tmp_path):
    found = explored(tmp_path, FLAG.format("while True: pass"), "--execution-limit", "1", "--no-shrink")
    (failure,) = found["failures"]
    assert failure["kind"] == "livelock"
    assert "1 s" in failure["message"]


@pytest.mark.one_version
def test_an_execution_with_too_many_points(tmp_path):
    source = FLAG.format("\n        lock = threading.Lock()\n        while True:\n            with lock: pass")
    found = explored(tmp_path, source, "--max-points", "3000", "--no-shrink")
    (failure,) = found["failures"]
    assert failure["kind"] == "livelock"
    assert "3,000 scheduling points" in failure["message"]


POLLING = """
import threading
class Flag: up = False
flag = Flag()
def polls():
    while not flag.up: pass
def sets():
    flag.up = True
threads = [threading.Thread(target=one) for one in (polls, sets)]
for t in threads: t.start()
for t in threads: t.join()
"""


@pytest.mark.one_version
@pytest.mark.parametrize(("preempt", "executions"), [("any", 60), ("sync", 4)])
def test_polling_is_no_livelock(preempt, executions, tmp_path):
    found = explored(tmp_path, POLLING, "--preempt", preempt, "--executions", str(executions))
    assert (found["verdict"], found["executions"]) == ("sampled", executions)
    assert not any("did not fail again" in warning for warning in found["warnings"])


@pytest.mark.one_version
def test_long_choices_and_long_results_at_once(tmp_path):
    """More than a pipe holds, in both directions: whoever writes first is not to wait for the other one."""
    source = """
import threading
def work(lock):
    for _ in range(1500):
        with lock: pass
threads = [threading.Thread(target=work, args=(threading.Lock(),)) for _ in range(2)]
for t in threads: t.start()
for t in threads: t.join()
"""
    options = ("--preempt", "sync", "--strategy", "preemption-bounded", "--executions", "40", "--jobs", "2")
    assert explored(tmp_path, source, *options)["executions"] == 40


@pytest.mark.one_version
def test_a_thousand_threads(tmp_path):
    source = """
import threading
lock = threading.Lock()
def work():
    with lock: pass
threads = [threading.Thread(target=work) for _ in range(1000)]
for t in threads: t.start()
for t in threads: t.join()
"""
    found = explored(tmp_path, source, "--executions", "3", "--races", "off")
    assert (found["verdict"], found["executions"], len(found["threads"])) == ("sampled", 3, 1001)


@pytest.mark.one_version
def test_output_of_the_program_is_not_printed(tmp_path):
    source = "import threading\nprint('x' * 100_000)\n" + IN_A_THREAD.replace(
        "def add():", "def add():\n    print('y')"
    )
    program = tmp_path / "program.py"
    program.write_text(source)
    done = command("explore", "program.py", cwd=tmp_path)
    assert done.status == 1
    assert "xxx" not in done.out + done.err


@pytest.mark.one_version
def test_a_failure_that_does_not_happen_again_is_none(tmp_path):
    source = """
import os, threading
reading, writing = os.pipe()
os.write(writing, b"1234")
got = []
def reads():
    got.append(os.read(reading, 1))
thread = threading.Thread(target=reads)
thread.start()
reads()
thread.join()
assert len({*got}) == 2
"""
    found = explored(tmp_path, source, "--executions", "30", "--time-limit", "20", "--execution-limit", "2")
    assert found["verdict"] == "sampled"
    assert found["status"] == 0
    assert any("did not fail again" in one for one in found["warnings"])
    assert any("did not end the same" in one for one in found["advice"])


# Races, levels -----------------------------------------------------------------------------------------------

RACE = """
import threading
class Box: value = None
box = Box()
def sets(n): box.value = n
threads = [threading.Thread(target=sets, args=(n,)) for n in range(2)]
for t in threads: t.start()
for t in threads: t.join()
"""


@pytest.mark.one_version
def test_races(tmp_path):
    assert not explored(tmp_path, RACE, "--races", "off")["warnings"]
    warned = explored(tmp_path, RACE)
    assert any("data race" in one for one in warned["warnings"])
    assert (warned["verdict"], warned["status"]) == ("exhausted", 0)
    failed = explored(tmp_path, RACE, "--races", "fail")
    assert failed["failures"][0]["kind"] == "data-race"
    assert (failed["verdict"], failed["status"]) == ("failed", 1)


@pytest.mark.one_version
def test_levels(tmp_path):
    assert explored(tmp_path, IN_A_THREAD, "--preempt", "sync")["verdict"] == "exhausted"
    assert explored(tmp_path, IN_A_THREAD, "--preempt", "gil")["verdict"] == "exhausted"


@pytest.mark.one_version
def test_which_level_it_takes(tmp_path):
    (tmp_path / "program.py").write_text(IN_A_THREAD)
    done = command("explore", "--json", "program.py", cwd=tmp_path)
    assert done.json["failures"][0]["gil"] is False


@pytest.mark.one_version
@pytest.mark.parametrize("strategy", ["portfolio", "dpor", "random", "preemption-bounded"])
@pytest.mark.parametrize("preempt", ["sync", "gil"])
def test_failures_happen_again_at_each_level(preempt, strategy, tmp_path):
    source = WHILE_ANOTHER_COMPUTES.replace("with b: pass", "b.acquire()").replace("with a: pass", "a.acquire()")
    source = source.replace("while True: n += 1", "pass")
    found = explored(tmp_path, source, "--preempt", preempt, "--strategy", strategy, "--no-shrink")
    assert found["failures"][0]["replayed"], found["warnings"]


@pytest.mark.parametrize("strategy", ["dpor", "pos"])
def test_what_the_gil_does_not_allow(strategy, tmp_path):
    """Between two `with` statements that need not wait, CPython looks for no other thread."""
    options = ("--preempt", "gil", "--strategy", strategy, "--executions", "300")
    assert not explored(tmp_path, MADE_AT_IMPORT, *options)["failures"]


@pytest.mark.one_version
def test_real_time_is_never_exhaustive(tmp_path):
    source = IN_A_THREAD.replace("counter.value = counter.value + 1", "pass").replace("counter.value == 2", "True")
    assert explored(tmp_path, source)["verdict"] == "exhausted"
    assert explored(tmp_path, source, "--clock", "real", "--executions", "50")["verdict"] == "sampled"


def test_include(tmp_path):
    folder = tmp_path / "site-packages" / "counting"
    folder.mkdir(parents=True)
    (folder / "__init__.py").write_text(
        "class Counter:\n    value = 0\n    def add(self):\n        self.value = self.value + 1\n"
    )
    source = IN_A_THREAD.replace(
        "class Counter: value = 0", "import sys\nsys.path.insert(0, 'site-packages')\nimport counting"
    )
    source = source.replace("counter = Counter()", "counter = counting.Counter()")
    source = source.replace("counter.value = counter.value + 1", "counter.add()")
    assert explored(tmp_path, source, "--include", "counting")["verdict"] == "failed"


# What is refused, and what is kept -----------------------------------------------------------------------------


@pytest.mark.one_version
@pytest.mark.parametrize(
    "arguments",
    [
        ["missing.py"],
        ["folder"],
        ["broken.py"],
        ["--strategy", "luck", "program.py"],
        ["--executions", "0", "program.py"],
        ["--jobs", "0", "program.py"],
        ["--trace", "notes.txt", "program.py"],
        ["--trace", "nowhere/x.trace", "program.py"],
        ["-m", "no_such_module"],
    ],
    ids=" ".join,
)
def test_bad_input(arguments, tmp_path):
    (tmp_path / "folder").mkdir()
    (tmp_path / "broken.py").write_text("def (\n")
    (tmp_path / "notes.txt").write_text("precious")
    (tmp_path / "program.py").write_text(IN_A_THREAD)
    done = command("explore", *arguments, cwd=tmp_path)
    assert done.status == 2
    assert len(done.err.strip().splitlines()) == 1
    assert (tmp_path / "notes.txt").read_text() == "precious"


@pytest.mark.one_version
def test_the_module_of_a_program(tmp_path):
    (tmp_path / "program.py").write_text(IN_A_THREAD)
    done = command("explore", "--json", "--no-label", "-m", "program", cwd=tmp_path)
    assert done.json["verdict"] == "failed"


@pytest.mark.one_version
@pytest.mark.skipif(not hasattr(os, "killpg"), reason="sends signals as a terminal does")
def test_ctrl_c_prints_what_was_found(tmp_path):
    source = """
import threading
lock = threading.Lock()
def work():
    for _ in range(20):
        with lock: pass
threads = [threading.Thread(target=work) for _ in range(3)]
for t in threads: t.start()
for t in threads: t.join()
"""
    (tmp_path / "program.py").write_text(source)
    process = subprocess.Popen(
        [sys.executable, "-m", "threadtrace", "explore", "--json", "--executions", "10000000", "program.py"],
        cwd=tmp_path,
        env=os.environ | {"PYTHONPATH": ROOT},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        start_new_session=True,
    )
    time.sleep(3)
    os.killpg(process.pid, signal.SIGINT)
    out, err = process.communicate(timeout=30)
    assert process.returncode == 130, err
    found = json.loads(out)
    assert found["interrupted"]
    assert found["executions"] > 0


@pytest.mark.one_version
def test_no_process_is_left(tmp_path):
    (tmp_path / "program.py").write_text(FLAG.format("import time; time.sleep(100)"))
    explored(tmp_path, FLAG.format("pass"), "--executions", "50")
    if os.path.isdir("/proc"):
        left = [one for one in os.listdir("/proc") if one.isdigit() and _folder_of(one) == str(tmp_path)]
        assert not left


def _folder_of(pid):
    try:
        return os.readlink(f"/proc/{pid}/cwd")
    except OSError:
        return ""


def test_what_nobody_looks_at_is_a_doubt(tmp_path):
    source = """
import os, threading
def makes():
    if not os.path.exists("made"):
        open("made", "x").close()
threads = [threading.Thread(target=makes) for _ in range(2)]
for t in threads: t.start()
for t in threads: t.join()
"""
    found = explored(tmp_path, source, "--executions", "40")
    assert found["verdict"] == "sampled"
    assert any(one.startswith("not exhaustive") for one in found["advice"])
