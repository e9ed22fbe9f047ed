"""Programs that crash, hang, exit in odd ways, or are none: the tool says so in its own words and loses nothing."""

import os
import signal
import subprocess
import sys
import time

import pytest

from tests.support import ROOT, command, trace_lines

pytestmark = pytest.mark.one_version


@pytest.fixture
def run(tmp_path):
    """Runs a program given as text; options before it."""

    def run(text, *options, arguments=(), **words):
        (tmp_path / "program.py").write_text(text)
        return command("run", *options, "program.py", *arguments, cwd=tmp_path, **words)

    run.folder = tmp_path
    return run


IN_A_THREAD = """
import os, signal, sys, threading
lock = threading.Lock()
def work():
    with lock:
        {statement}
thread = threading.Thread(target=work, name="Worker")
thread.start()
thread.join()
print("the main thread goes on")
"""


def in_a_thread(statement):
    return IN_A_THREAD.format(statement=statement)


def one_line(done):
    assert done.status == 2, done
    (line,) = done.err.splitlines()
    assert "Traceback" not in line
    return line


def test_no_such_program(tmp_path):
    assert one_line(command("run", "missing.py", cwd=tmp_path)) == "threadtrace: missing.py: no such program"


def test_a_folder_is_no_program(tmp_path):
    assert "is a folder" in one_line(command("run", str(tmp_path), cwd=tmp_path))


def test_no_such_module(tmp_path):
    assert "no such module" in one_line(command("run", "-m", "missing_module_of_mine", cwd=tmp_path))


def test_syntax_error(run):
    assert one_line(run("import threading\nx = = 1\n")) == "threadtrace: program.py:2: SyntaxError: invalid syntax"
    assert not os.path.exists(run.folder / "program.trace")


def test_binary_file(tmp_path):
    (tmp_path / "program.py").write_bytes(b"\x00\xff" * 100)
    one_line(command("run", "program.py", cwd=tmp_path))


def test_unknown_option_and_value(tmp_path):
    assert "--strategy" in one_line(command("run", "--strategy", "clever", "x.py", cwd=tmp_path))
    assert "--seed" in one_line(command("run", "--seed", "many", "x.py", cwd=tmp_path))
    line = one_line(command("run", "--sead", "5", "x.py", cwd=tmp_path))
    assert "No such option" in line and "--sead" in line
    assert "No such command" in one_line(command("rum", cwd=tmp_path))
    assert "Commands:" in command(cwd=tmp_path).out
    assert "PROGRAM" in one_line(command("run", cwd=tmp_path))


def test_sys_exit_in_the_main_thread_is_the_status(run):
    done = run(in_a_thread("pass") + "sys.exit(3)")
    assert done.status == 3
    assert "passed" in done.out


def test_sys_exit_in_a_thread_ends_the_thread(run):
    done = run(in_a_thread("sys.exit(3)"))
    assert done.status == 0
    assert "the main thread goes on" in done.out


def test_os_exit_in_a_thread_ends_the_program(run):
    done = run(in_a_thread("print('bye', flush=True); os._exit(3)"))
    assert done.status == 3
    assert "bye" in done.out
    assert "goes on" not in done.out
    assert trace_lines(run.folder / "program.trace")[-1]["ending"] == "exited"


def test_exception_in_a_thread(run):
    done = run(in_a_thread("raise ValueError('boom')"), "--json")
    (failure,) = done.json["failures"]
    assert done.status == 1
    assert failure["message"] == "Worker: ValueError: boom"
    assert failure["sites"] == ["program.py:6"]
    assert "goes on" in done.err
    assert "Exception in thread Worker" in done.err
    assert ROOT not in done.err, "our own frames are not the user's business"


def test_exception_in_the_main_thread_waits_for_the_others(run):
    done = run("import threading\nthreading.Thread(target=print, args=('other',)).start()\n1/0\n", "--json")
    assert done.json["failures"][0]["message"] == "MainThread: ZeroDivisionError: division by zero"
    assert "other" in done.err
    assert done.err.count("ZeroDivisionError") == 1


def test_endless_recursion(run):
    text = """
import threading
def deeper(n): return deeper(n + 1) + 1
def through_c(n): return sorted([1, 2], key=lambda x: through_c(n + 1))
for target in (deeper, through_c):
    thread = threading.Thread(target=target, args=(0,))
    thread.start()
    thread.join()
"""
    done = run(text, "--json")
    assert [failure["message"].split(": ")[1] for failure in done.json["failures"]] == ["RecursionError"] * 2


def test_recursion_starts_anew_in_each_thread(run):
    text = """
import threading
def nest(n):
    if n:
        thread = threading.Thread(target=nest, args=(n - 1,))
        thread.start()
        thread.join()
def deep(n): return n and deep(n - 1)
nest(300)
deep(900)
thread = threading.Thread(target=deep, args=(900,))
thread.start()
thread.join()
"""
    assert run(text, "--quiet").status == 0


@pytest.mark.parametrize(
    ("statement", "name"),
    [
        ("os.kill(os.getpid(), signal.SIGKILL)", "SIGKILL"),
        ("os.abort()", "SIGABRT"),
        ("__import__('ctypes').string_at(0)", "SIGSEGV"),
    ],
)
def test_killed_by_a_signal_loses_no_event(run, statement, name):
    done = run(in_a_thread(statement), "--json")
    (failure,) = done.json["failures"]
    assert (done.status, failure["kind"]) == (1, "crash")
    assert name in failure["message"]
    assert "lock.acquire lock by Worker at program.py:5" in failure["message"]
    lines = trace_lines(run.folder / "program.trace")
    assert [line.get("operation") for line in lines[-2:]] == ["lock.acquire", None]
    assert command("show", "program.trace", cwd=run.folder).status == 0


def test_prints_ten_megabytes(run):
    done = run("import threading\nt = threading.Thread(target=lambda: print('x' * 10_000_000))\nt.start()\nt.join()")
    assert done.out.count("x") > 9_999_999
    assert done.status == 0


def test_a_thousand_threads(run):
    text = """
import threading
lock, total = threading.Lock(), 0
def work():
    global total
    for _ in range(5):
        with lock: total += 1
threads = [threading.Thread(target=work) for _ in range(1000)]
for thread in threads: thread.start()
for thread in threads: thread.join()
print(total)
"""
    done = run(text, "--strategy", "random", "--seed", "1", "--json")
    assert done.status == 0
    assert "5000" in done.err
    assert len(done.json["threads"]) == 1001


def test_threads_that_start_threads(run):
    text = """
import threading
def grow(depth):
    threads = [threading.Thread(target=grow, args=(depth - 1,)) for _ in range(2 if depth else 0)]
    for thread in threads: thread.start()
    for thread in threads: thread.join()
grow(5)
"""
    assert len(run(text, "--json").json["threads"]) == 63


def test_threads_outlive_the_main_thread(run):
    done = run("import threading, time\nthreading.Thread(target=lambda: (time.sleep(5), print('late'))).start()")
    assert done.status == 0
    assert "late" in done.out


def test_open_files_are_flushed_at_exit(run):
    run("import threading\nthreading.Thread(target=print).start()\nfile = open('written.txt', 'w')\nfile.write('data')")
    assert (run.folder / "written.txt").read_text() == "data"


def test_nothing_of_an_abandoned_daemon_runs(run):
    text = """
import threading, time
def tick():
    try:
        while True: time.sleep(1)
    finally:
        print("must not run")
threading.Thread(target=tick, daemon=True).start()
time.sleep(2)
"""
    done = run(text)
    assert done.status == 0
    assert "must not run" not in done.out + done.err


def test_exit_handlers_run_under_control(run):
    text = """
import atexit, threading
lock = threading.Lock()
def finish():
    with lock: print("exit handler", threading.current_thread().name)
atexit.register(finish)
threading.Thread(target=lock.locked).start()
"""
    done = run(text)
    assert done.status == 0
    assert "exit handler MainThread" in done.out


@pytest.mark.parametrize("register", ["atexit.register(late)", "threading.Thread(target=late).start()"])
def test_threads_that_start_after_the_main_thread_ended(run, register):
    """Python 3.12 refuses them, other versions do not."""
    text = f"""
import atexit, threading, time
def late():
    time.sleep(1)
    try:
        thread = threading.Thread(target=print, args=("started",))
        thread.start()
        thread.join()
    except RuntimeError as error:
        print(error)
{register}
"""
    expected = subprocess.run([sys.executable, "-c", text], capture_output=True, text=True, check=True).stdout
    assert run(text, "--quiet").out.splitlines()[0] == expected.strip()


def test_the_main_module_is_as_python_makes_it(run):
    text = """
import os, sys, threading
os.chdir("/")
print(os.path.isabs(__file__), open(__file__).read(1) == chr(10), sys.argv[0], __builtins__.len, __annotations__)
print(__name__, __spec__, __package__, sys.flags.safe_path, sys.path[0] == os.path.dirname(__file__))
x: int = 1
class Last:
    def __del__(self):
        with lock: print("finalized")
last, lock = Last(), threading.Lock()
"""
    (run.folder / "program.py").write_text(text)
    expected = subprocess.run(
        [sys.executable, "program.py"], cwd=run.folder, capture_output=True, text=True, check=True
    )
    done = run(text, "--quiet")
    assert done.err == expected.stderr
    assert done.out.startswith(expected.stdout.removesuffix("finalized\n"))
    assert "finalized" in done.out


def test_keyboard_interrupt_raised_by_the_program(run):
    done = run("import threading\nthreading.Thread(target=print).start()\nraise KeyboardInterrupt", "--json")
    assert done.json["failures"][0]["message"] == "MainThread: KeyboardInterrupt"
    assert "Traceback" in done.err


def test_a_package_is_imported_under_control(tmp_path):
    (tmp_path / "package").mkdir()
    (tmp_path / "package" / "__init__.py").write_text(
        "import sys, threading\nlock = threading.Lock()\nprint(sys.argv)\n"
        "threading.Thread(target=lock.acquire).start()\n"
    )
    (tmp_path / "package" / "__main__.py").write_text("from package import lock\nlock.acquire()\n")
    done = command("run", "--json", "-m", "package", cwd=tmp_path)
    assert done.json["failures"][0]["kind"] == "deadlock"
    assert done.json["threads"] == ["MainThread", "Thread-1 (acquire)"]
    assert "['-m']" in done.err


def test_computing_for_ever_ends_at_the_time_limit(run):
    text = """import threading
def spin():
    while True: pass
thread = threading.Thread(target=spin, name="Spinner")
thread.start()
thread.join()
"""
    done = run(text, "--time-limit", "1", "--json")
    (failure,) = done.json["failures"]
    assert (done.status, failure["kind"]) == (1, "livelock")
    assert "--time-limit" in failure["message"]
    assert "Spinner was running at program.py:3" in failure["message"]


def test_the_time_limit_holds_against_a_program_that_handles_interrupts(run):
    text = "import signal\nsignal.signal(signal.SIGINT, lambda *_: None)\nwhile True: pass\n"
    begin = time.monotonic()
    done = run(text, "--time-limit", "1", "--json")
    assert done.json["failures"][0]["kind"] == "livelock"
    assert time.monotonic() - begin < 10


def test_the_time_limit_holds_against_a_c_function_that_keeps_the_gil(run):
    done = run("import re\nre.match(r'(a+)+$', 'a' * 60 + 'b')\n", "--time-limit", "0.5", "--json")
    assert "C function" in done.json["failures"][0]["message"]


def test_synchronising_for_ever_ends_at_the_limit_of_points(run):
    done = run(
        "import threading\nlock = threading.Lock()\nwhile True:\n    with lock: pass\n",
        "--max-points",
        "5000",
        "--json",
    )
    (failure,) = done.json["failures"]
    assert failure["kind"] == "livelock"
    assert "5,000 scheduling points" in failure["message"]
    assert "program.py:4" in failure["message"]


FORK = """
import os, sys, threading
gate, lock = threading.Event(), threading.Lock()
parent = os.getpid()
worker = threading.Thread(target=lambda: (gate.wait(), print("worker", os.getpid() == parent, flush=True)))
worker.start()
def fork():
    pid = os.fork()
    if pid == 0:
        gate.set()
        with lock: print("child", threading.active_count(), flush=True)
        sys.exit(5)
    print("status", os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]), flush=True)
{call}
gate.set()
worker.join()
"""


@pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork here")
@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize(
    ("call", "status"), [("fork()", 5), ("t = threading.Thread(target=fork); t.start(); t.join()", 0)]
)
def test_a_forked_child_is_on_its_own(run, call, status):
    done = run(FORK.format(call=call), "--quiet")
    assert done.out.splitlines()[:3] == ["child 1", f"status {status}", "worker True"]
    assert done.status == 0
    lines = trace_lines(run.folder / "program.trace")
    assert [line["number"] for line in lines[1:-1]] == list(range(1, len(lines) - 1))
    assert lines[-1]["ending"] == "completed"


def test_nothing_to_control(run):
    done = run("print('hello')", "--json")
    assert (done.status, done.json["verdict"]) == (4, "nothing-tested")


def test_the_program_has_its_own_arguments_and_main(run):
    text = "import sys, threading\nprint(sys.argv, __name__, __file__, sys.modules['__main__'].__file__)\n"
    done = run(text, "--quiet", arguments=["--seed", "9", "-x"])
    path = run.folder / "program.py"
    assert f"['program.py', '--seed', '9', '-x'] __main__ {path} {path}" in done.out


def test_names_of_files_and_arguments_may_be_any_bytes(tmp_path):
    name = os.fsdecode(b"odd \xff name.py")
    (tmp_path / name).write_text(
        "import sys, os, threading\nprint(os.fsencode(sys.argv[1]))\nthreading.Lock().acquire()"
    )
    done = command("run", name, os.fsdecode(b"\xfe"), cwd=tmp_path)
    assert r"b'\xfe'" in done.out
    assert done.status == 4


def test_a_module(tmp_path):
    (tmp_path / "package").mkdir()
    (tmp_path / "package" / "__init__.py").write_text("")
    (tmp_path / "package" / "other.py").write_text("value = 5")
    (tmp_path / "package" / "__main__.py").write_text(
        "import sys, threading\nfrom .other import value\n"
        "t = threading.Thread(target=print, args=(value, sys.argv[1:]))\nt.start()\nt.join()\n"
    )
    done = command("run", "--quiet", "-m", "package", "an argument", cwd=tmp_path)
    assert "5 ['an argument']" in done.out
    assert done.status == 0
    assert (tmp_path / "package.trace").exists()


def test_siblings_of_the_program_can_be_imported(tmp_path):
    (tmp_path / "tracer.py").write_text("name = 'the module of the user'")
    (tmp_path / "helper.py").write_text("name = 'a helper'")
    (tmp_path / "program.py").write_text("import helper, tracer\nprint(helper.name, '+', tracer.name)")
    assert "a helper + the module of the user" in command("run", "--quiet", "program.py", cwd=tmp_path).out


def test_standard_input_reaches_the_program(run):
    assert "got: a line" in run("print('got:', input())", "--quiet", input="a line\n").out


def test_json_is_alone_on_standard_output(run):
    done = run(in_a_thread("print('noise')"), "--json")
    assert done.json["verdict"] == "passed"
    assert "noise" in done.err


def interrupted(run, text, times=1):
    (run.folder / "program.py").write_text(text)
    process = subprocess.Popen(
        [sys.executable, "-m", "threadtrace", "run", "--json", "program.py"],
        cwd=run.folder, env=os.environ | {"PYTHONPATH": ROOT}, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        text=True, start_new_session=True,
    )  # fmt: skip
    assert process.stderr is not None
    assert process.stderr.readline() == "ready\n"
    for _ in range(times):
        os.killpg(process.pid, signal.SIGINT)  # as a terminal does
        time.sleep(0.3)
    out, _ = process.communicate(timeout=60)
    return process.returncode, out


def test_interrupt_says_where_the_threads_were(run):
    # All on one line: the interrupt may come while it is still printing.
    text = """
import itertools, threading
def spin():

    for n in itertools.count(): n == 1000 and print("ready", flush=True)
t = threading.Thread(target=spin, name="Spinner")
t.start()
t.join()
"""
    status, out = interrupted(run, text)
    assert status == 130
    outcome = trace_lines(run.folder / "program.trace")[-1]
    assert outcome["ending"] == "interrupted"
    where = {one["thread"]: (one["operation"], one["place"]) for one in outcome["waiting"]}
    assert where == {"MainThread": ("thread.join", "program.py:8"), "Spinner": ("running", "program.py:5")}
    assert '"ending":"interrupted"' in out


def test_a_second_interrupt_kills_a_program_that_ignores_the_first(run):
    text = (
        "import signal\nsignal.signal(signal.SIGINT, lambda *_: None)\nprint('ready', flush=True)\nwhile True: pass\n"
    )
    status, out = interrupted(run, text, times=2)
    assert status == 1
    assert "SIGKILL" in out


def test_the_trace_cannot_be_written(run):
    line = one_line(run("pass", "--trace", "no/such/folder/x.trace"))
    assert "no/such/folder" in line and "--trace" in line
    (run.folder / "folder.trace").mkdir()
    assert "not a regular file" in one_line(run("pass", "--trace", "folder.trace"))
    if os.path.exists("/proc/version"):
        assert "cannot be written" in one_line(run("pass", "--trace", "/proc/x.trace"))


def test_a_file_that_is_no_trace_is_not_overwritten(run):
    (run.folder / "program.trace").write_text("my notes")
    assert "is not overwritten" in one_line(run("pass"))
    assert (run.folder / "program.trace").read_text() == "my notes"


def test_a_failed_start_keeps_the_old_trace(run):
    run(in_a_thread("pass"))
    before = (run.folder / "program.trace").read_bytes()
    run("x = = 1")
    assert (run.folder / "program.trace").read_bytes() == before


def test_a_module_that_is_missing_keeps_the_old_trace(tmp_path):
    (tmp_path / "program.py").write_text(in_a_thread("pass"))
    command("run", "--trace", "missing_of_mine.trace", "program.py", cwd=tmp_path)
    before = (tmp_path / "missing_of_mine.trace").read_bytes()
    assert "no such module" in one_line(command("run", "-m", "missing_of_mine", cwd=tmp_path))
    assert (tmp_path / "missing_of_mine.trace").read_bytes() == before
    assert not list(tmp_path.glob("*.previous"))


def test_no_space_left(run):
    text = "import resource\nresource.setrlimit(resource.RLIMIT_FSIZE, (1 << 20, 1 << 20))\nimport signal\n"
    text += "signal.signal(signal.SIGXFSZ, signal.SIG_IGN)\nimport threading\nlock = threading.Lock()\n"
    text += "for _ in range(100_000):\n    with lock: pass\n"
    line = one_line(run(text))
    assert "the trace cannot be written" in line
    shown = command("show", "program.trace", cwd=run.folder)
    assert shown.status == 0
    assert "cut off" in shown.out
