"""What is not controlled is said: threads that C starts, calls that block. Never falsely green, nor falsely red."""

import sys
import textwrap

import pytest

from tests.support import command

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="starts threads with pthread_create")

#: `start(function)` starts a thread as a library written in C does.
START = """
import ctypes, queue, threading, time
from concurrent.futures import Future

libc = ctypes.CDLL(None)
Callback = ctypes.CFUNCTYPE(ctypes.c_void_p, ctypes.c_void_p)
callbacks = []

def start(function):
    def call(_):
        function()
        return 0
    callbacks.append(Callback(call))
    assert libc.pthread_create(ctypes.byref(ctypes.c_ulong()), None, callbacks[-1], None) == 0
"""


def run(tmp_path, source, *options):
    (tmp_path / "prog.py").write_text(START + textwrap.dedent(source))
    return command("run", "--json", "--time-limit", "20", *options, "prog.py", cwd=tmp_path)


def line(tmp_path, text):
    """`file:line` of the line that contains the text."""
    lines = (tmp_path / "prog.py").read_text().splitlines()
    return f"prog.py:{next(number for number, line in enumerate(lines, 1) if text in line)}"


def test_a_thread_that_c_started_is_named_and_its_operations_are_in_the_trace(tmp_path):
    done = run(
        tmp_path,
        """
        jobs, finished, lock, total = queue.Queue(), threading.Event(), threading.Lock(), 0

        def outside():
            global total
            for number in range(3):
                with lock:
                    before = total
                    jobs.put(number)
                    total = before + 1
            finished.set()

        def consume():
            global total
            for _ in range(3):
                jobs.get()
                with lock:
                    before = total
                    time.sleep(0.01)
                    total = before + 1

        thread = threading.Thread(target=consume)
        thread.start()
        start(outside)
        finished.wait()
        thread.join()
        assert total == 6
        """,
    )
    assert done.status == 0, done.err
    assert done.json["verdict"] == "uncontrolled"
    (sentence,) = done.json["uncontrolled"]
    assert sentence.startswith("Dummy-2, a thread that was not started through threading, was running at prog.py:")
    assert "Dummy-2" in done.json["threads"]
    assert done.json["abandoned"] == []
    shown = command("show", "prog.trace", cwd=tmp_path).out
    assert "Dummy-2" in shown and "event.set" in shown
    assert "not controlled: Dummy-2" in shown and "passed as far as it was controlled" in shown


def test_what_it_releases_later_is_waited_for(tmp_path):
    done = run(
        tmp_path,
        """
        gate, event = threading.Semaphore(0), threading.Event()

        def outside():
            libc.usleep(300_000)
            gate.release()
            libc.usleep(300_000)
            event.set()

        start(outside)
        thread = threading.Thread(target=gate.acquire)
        thread.start()
        assert event.wait(10)
        thread.join()
        """,
    )
    assert done.json["verdict"] == "uncontrolled", done.err


def test_futures_conditions_and_threads_of_its_own(tmp_path):
    done = run(
        tmp_path,
        """
        future, condition, ready = Future(), threading.Condition(), []

        def outside():
            with condition:
                while not ready:
                    condition.wait()
            mine = threading.Thread(target=time.sleep, args=(5,), name="Mine")
            mine.start()
            mine.join()
            future.set_result("result")

        def get_ready():
            with condition:
                ready.append(True)
                condition.notify()

        start(outside)
        threading.Timer(3, get_ready).start()
        assert future.result() == "result"
        """,
    )
    assert done.json["verdict"] == "uncontrolled", done.err
    assert {"Mine", "Dummy-2"} <= set(done.json["threads"]) or len(done.json["threads"]) == 4


def test_an_exception_reaches_the_thread_that_is_not_controlled(tmp_path):
    done = run(
        tmp_path,
        """
        lock, seen, event = threading.Lock(), [], threading.Event()

        def outside():
            try:
                lock.release()
            except RuntimeError as error:
                seen.append(str(error))
            event.set()

        start(outside)
        event.wait()
        assert seen == ["release unlocked lock"]
        """,
    )
    assert done.status == 0, done.err


def test_a_deadlock_with_it_is_still_found(tmp_path):
    done = run(
        tmp_path,
        """
        lock, event = threading.Lock(), threading.Event()

        def outside():
            lock.acquire()
            event.set()

        threading.Thread(target=event.wait).start()
        start(outside)
        event.wait()
        lock.acquire()
        """,
    )
    assert done.json["verdict"] == "failed"
    (failure,) = done.json["failures"]
    assert (failure["kind"], failure["threads"], failure["objects"]) == ("deadlock", ["MainThread"], ["lock"])
    assert done.json["uncontrolled"]


def test_one_that_uses_nothing_is_named_too(tmp_path):
    done = run(
        tmp_path,
        """
        over = []

        def outside():
            while not over:
                libc.usleep(1000)

        start(outside)
        threads = [threading.Thread(target=time.sleep, args=(1,)) for _ in range(2)]
        for thread in threads:
            thread.start()
        libc.usleep(300_000)
        for thread in threads:
            thread.join()
        over.append(True)
        """,
    )
    assert done.json["verdict"] == "uncontrolled", done.err
    assert "a thread that was not started through threading" in done.json["uncontrolled"][0]
    assert "prog.py:" in done.json["uncontrolled"][0]


def test_threads_of_a_library_that_never_run_python_are_not_named(tmp_path):
    done = run(
        tmp_path,
        """
        libc.pthread_create(ctypes.byref(ctypes.c_ulong()), None, libc.pause, None)
        threads = [threading.Thread(target=time.sleep, args=(1,)) for _ in range(2)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        """,
    )
    assert (done.json["verdict"], done.json["uncontrolled"]) == ("passed", [])


def test_a_blocking_call_is_named(tmp_path):
    done = run(
        tmp_path,
        """
        lock = threading.Lock()

        def work():
            with lock:
                libc.usleep(1_500_000)  # here

        threads = [threading.Thread(target=work), threading.Thread(target=lambda: lock.acquire())]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        """,
    )
    assert (done.status, done.json["verdict"]) == (0, "uncontrolled")
    (sentence,) = done.json["uncontrolled"]
    assert sentence.startswith("Thread-1 (work) was blocked for more than 1 s in a call that is not controlled, at ")
    assert line(tmp_path, "# here") in sentence


def test_a_call_that_never_ends_is_named(tmp_path):
    done = run(
        tmp_path,
        """
        thread = threading.Thread(target=lambda: libc.pause())
        thread.start()
        thread.join()
        """,
        "--time-limit",
        "2",
    )
    (failure,) = done.json["failures"]
    assert "was blocked, in a call that is not controlled, at prog.py:" in failure["message"]


@pytest.mark.parametrize("clock", ["virtual", "real"])
def test_waiting_under_control_is_no_blocking_call(tmp_path, clock):
    done = run(
        tmp_path,
        """
        import subprocess, sys

        def work():
            subprocess.run([sys.executable, "-c", "import time; time.sleep(1.3)"])
            time.sleep(1.3)

        thread = threading.Thread(target=work)
        thread.start()
        thread.join()
        """,
        "--clock",
        clock,
    )
    assert (done.json["verdict"], done.json["uncontrolled"]) == ("passed", []), done.err


def test_computing_is_no_blocking_call(tmp_path):
    done = run(
        tmp_path,
        """
        def work():
            end = time.process_time() + 1.5
            while time.process_time() < end:
                pass

        threads = [threading.Thread(target=work), threading.Thread(target=time.sleep, args=(1,))]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        """,
    )
    assert (done.json["verdict"], done.json["uncontrolled"]) == ("passed", []), done.err
