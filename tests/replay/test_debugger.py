"""Stopping inside a replay, in a real terminal: every option, every command, and that looking changes nothing."""

from __future__ import annotations

import os
import signal
import sys
import textwrap
import time

import pytest

from tests.support import EXAMPLES, command, trace_lines
from tests.threadtrace.terminal import PROMPT, Terminal, arguments_of, events_of

pytest.importorskip("pty")

DEADLOCK = """
    import threading
    lock_a, lock_b = threading.Lock(), threading.Lock()
    barrier = threading.Barrier(2)

    def work(first, second):
        with first:
            barrier.wait()
            with second:
                print("both")

    threads = [
        threading.Thread(target=work, args=(lock_a, lock_b), name="Forwards"),
        threading.Thread(target=work, args=(lock_b, lock_a), name="Backwards"),
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
"""

MIXED = """
    import queue, random, threading, time
    jobs = queue.Queue()
    ready = threading.Event()
    places = threading.Semaphore(1)
    lock = threading.Lock()
    later = threading.Lock()
    seen = []

    class Noisy:
        def __del__(self):
            with lock:
                seen.append("deleted")

    def work():
        ready.wait()
        while (job := jobs.get()) is not None:
            kept = Noisy()
            with places:
                seen.append((job, random.random(), time.monotonic()))
            kept = None
            time.sleep(0.5)
        with later:
            pass

    workers = [threading.Thread(target=work, name=f"Worker {number}") for number in range(2)]
    for worker in workers:
        worker.start()
    ready.set()
    for job in range(6):
        jobs.put(job)
    for _ in workers:
        jobs.put(None)
    for worker in workers:
        worker.join()
    print(seen)
"""


def record(folder, source, *arguments, name="program"):
    """A recorded trace of a program, given as source or by its path."""
    if "\n" in source:
        path = folder / f"{name}.py"
        path.write_text(textwrap.dedent(source))
    else:
        path = os.path.join(EXAMPLES, source)
    trace = folder / f"{name}.trace"
    command("run", "--quiet", "--trace", str(trace), str(path), *arguments, cwd=folder)
    assert trace.exists()
    return trace


def debug(folder, trace, **stops):
    """A terminal in which the trace is replayed, up to the first prompt."""
    return Terminal("replay", *arguments_of(stops), "--trace", "again.trace", str(trace), cwd=folder)


@pytest.fixture
def deadlock(tmp_path):
    return record(tmp_path, DEADLOCK)


@pytest.fixture
def condition(tmp_path):
    return record(tmp_path, "condition.py", name="condition")


# Where it stops


def test_stops_at_an_event(tmp_path, condition):
    with debug(tmp_path, condition, stop_at=9) as terminal:
        shown = terminal.until()
        assert "event 9  Producer: condition.notify condition" in shown
        assert "-> condition.notify()" in shown
        assert terminal.tell("p number") == "0\n"
        terminal.send("continue\n")
        assert "the execution is over: deadlock" in terminal.until()
        terminal.send("continue\n")
        status, report = terminal.end()
    assert status == 1
    assert "deadlock: MainThread and Consumer can never go on" in report
    assert events_of(tmp_path / "again.trace") == events_of(condition)


def test_stops_at_lines_in_every_thread(tmp_path, deadlock):
    with debug(tmp_path, deadlock, **{"break": ["program.py:9"]}) as terminal:
        assert "Backwards at program.py:9" in terminal.until()
        assert terminal.tell("p first is lock_b, second is lock_a") == "(True, True)\n"
        assert "Forwards at program.py:9" in terminal.tell("c")
        assert terminal.tell("p first is lock_a") == "True\n"
        assert "the execution is over" in terminal.tell("c")
        terminal.send("q\n")
        assert terminal.end()[0] == 1
    assert events_of(tmp_path / "again.trace") == events_of(deadlock)


def test_stops_at_every_turn_of_a_loop(tmp_path, condition):
    with debug(tmp_path, condition, **{"break": ["condition.py:19"]}) as terminal:
        assert "Producer at" in terminal.until()
        for number in range(5):
            assert terminal.tell("p number") == f"{number}\n"
            shown = terminal.tell("c")
        assert "the execution is over" in shown


def test_stops_at_operations(tmp_path, deadlock):
    with debug(tmp_path, deadlock, break_on=["lock.acquire lock_b", "barrier.wait"]) as terminal:
        stops = [terminal.until()]
        while "over" not in stops[-1]:
            stops.append(terminal.tell("c"))
    assert [stop.partition(": ")[2].partition(" at ")[0] for stop in stops[:-1]] == [
        "barrier.wait barrier → 0",
        "lock.acquire lock_b",
        "barrier.wait barrier → 1",
    ] or sorted(stop.partition(": ")[2].partition(" at ")[0].split()[0] for stop in stops[:-1]) == [
        "barrier.wait",
        "barrier.wait",
        "lock.acquire",
    ]


def test_options_are_combined(tmp_path, condition):
    with debug(
        tmp_path, condition, stop_at=2, break_on=["condition.notify"], **{"break": ["condition.py:30"]}
    ) as terminal:
        assert "event 2 " in terminal.until()
        assert "condition.notify" in terminal.tell("c")
        assert "Consumer at" in terminal.tell("c")


def test_says_that_an_event_was_not_reached(tmp_path, deadlock):
    with debug(tmp_path, deadlock, stop_at=500) as terminal:
        shown = terminal.until()
        assert "the execution is over: deadlock" in shown
        assert "event 500 was not reached: there are 10 events" in shown


# What it shows


def test_threads_holds_waits_where(tmp_path, deadlock):
    with debug(tmp_path, deadlock, break_on="lock.release", stop_at=2) as terminal:
        assert "event 2 " in terminal.until()
        assert "not begun" in terminal.tell("where Forwards") or "begun" in terminal.tell("thread Forwards")
        assert "Backwards" not in terminal.tell("threads")
        assert terminal.tell("holds") == "no lock is held\n"
        assert terminal.tell("waits") == "no thread is blocked\n"
        assert "the execution is over: deadlock" in terminal.tell("c")
        threads = terminal.tell("threads")
        assert threads.count("blocked") == 3
        assert "lock.acquire lock_b" in threads
        holds = terminal.tell("holds")
        assert "Forwards holds lock_a, acquired at program.py:7" in holds
        assert "Backwards holds lock_b, acquired at program.py:7" in holds
        waits = terminal.tell("waits")
        assert "Forwards: lock.acquire lock_b at program.py:9" in waits
        assert "waits for Backwards, acquired at program.py:7" in waits
        where = terminal.tell("where Forw")
        assert "program.py:9 in work" in where
        assert "with second:" in where


def test_events_and_the_last_of_them_is_the_event_itself(tmp_path, condition):
    with debug(tmp_path, condition, stop_at=12) as terminal:
        terminal.until()
        assert [line.split()[0] for line in terminal.tell("events").splitlines()] == [str(n) for n in range(3, 13)]
        assert [line.split()[0] for line in terminal.tell("events 3").splitlines()] == ["10", "11", "12"]
        assert "a number from 1 on is needed" in terminal.tell("events x")


def test_commands_of_pdb(tmp_path, condition):
    with debug(tmp_path, condition, stop_at=9) as terminal:
        terminal.until()
        assert terminal.tell("p items") == "[0]\n"
        assert terminal.tell("pp items") == "[0]\n"
        assert "self = <Producer(Producer, started" in terminal.tell("args")
        assert "20  ->" in terminal.tell("l")
        assert "def run(self):" in terminal.tell("ll")
        assert "condition.py(20)run()" in terminal.tell("w")
        assert "replay" not in terminal.tell("w")
        assert "Oldest frame" in terminal.tell("u")
        assert "Newest frame" in terminal.tell("d")
        assert "list" in terminal.tell("whatis items")
        assert "class Producer" in terminal.tell("source Producer")
        assert "display number" in terminal.tell("display number")
        assert "threads" in terminal.tell("help")
        assert "jump" not in terminal.tell("help")
        assert "Go back N events" in terminal.tell("help back")
        assert "not possible in a replay" in terminal.tell("jump 3")
        assert terminal.tell("!mine = number + 40") == ""
        assert terminal.tell("mine + 2") == "42\n"
        assert "NameError" in terminal.tell("nonsense")
        terminal.send("interact\n")
        terminal.until(">>> ")
        terminal.send("number + 1000\n")
        assert "1000" in terminal.until(">>> ")
        terminal.send("\x04")
        terminal.until()
        assert "event 14" in terminal.tell("goto 14")
        assert "display number: 1" in terminal.tell("until Producer") + terminal.tell("goto 18")
        terminal.send("q\n")
        assert terminal.end()[0] == 130


def test_locals_can_be_changed(tmp_path):
    trace = record(
        tmp_path,
        """
        import threading
        def work(number):
            with lock:
                pass
            print("number", number)
        lock = threading.Lock()
        thread = threading.Thread(target=work, args=(1,))
        thread.start()
        thread.join()
        """,
    )
    with debug(tmp_path, trace, break_on="lock.acquire") as terminal:
        terminal.until()
        terminal.tell("number = 77")
        assert "number 77" in terminal.tell("c")


def test_words_of_the_program_are_no_commands(tmp_path, condition):
    with debug(tmp_path, condition, stop_at=9) as terminal:
        terminal.until()
        assert "condition._lock" in terminal.tell("condition._lock.locked(), 'condition._lock'")
        terminal.tell("threads = [5]")
        assert terminal.tell("threads[0]") == "5\n"
        assert "MainThread" in terminal.tell("threads")


def test_unknown_threads(tmp_path, deadlock):
    with debug(tmp_path, deadlock, stop_at=5) as terminal:
        terminal.until()
        for order in ("thread Nobody", "where Nobody", "until Nobody"):
            answer = terminal.tell(order)
            assert "there is no thread Nobody; there are: MainThread, Forwards, Backwards" in answer


def test_thread_turns_to_another_one(tmp_path, deadlock):
    with debug(tmp_path, deadlock, stop_at=8) as terminal:
        terminal.until()
        assert "program.py" in terminal.tell("thread Main")
        assert terminal.tell("p thread.name") == "'Forwards'\n"
        assert terminal.tell("threading.current_thread().name") == "'MainThread'\n"
        terminal.tell("thread Forwards")
        assert terminal.tell("p first is lock_a") == "True\n"
        assert terminal.tell("threading.current_thread().name") == "'Forwards'\n"


# Going on and going back


def test_next_step_and_until(tmp_path, condition):
    with debug(tmp_path, condition, stop_at=4) as terminal:
        terminal.until()
        assert "event 5 " in terminal.tell("next")
        assert "event 6 " in terminal.tell("n")
        assert "event 9  Producer" in terminal.tell("until Producer") + terminal.tell("goto 9")
        assert "Producer at" in terminal.tell("step")
        assert "condition.py(21)run()" in terminal.tell("w")
        assert "with condition" in terminal.tell("s")
        assert "event 13  Consumer" in terminal.tell("until Consumer")


def test_going_back_shows_the_earlier_state(tmp_path, condition):
    with debug(tmp_path, condition, stop_at=22) as terminal:
        assert "event 22 " in terminal.until()
        assert terminal.tell("p number, items") == "(2, [1, 2])\n"
        assert "event 9 " in terminal.tell("goto 9")
        assert terminal.tell("p number, items") == "(0, [0])\n"
        assert "event 8 " in terminal.tell("back")
        assert "event 5 " in terminal.tell("back 3")
        assert terminal.tell("p items") == "[]\n"
        assert terminal.tell("events 1").split()[0] == "5"
        assert "event 1 " in terminal.tell("back 1000")
        assert "no frame" in terminal.tell("p items")
        again = terminal.tell("goto 22")
        assert "event 22 " in again
        assert terminal.tell("p number, items") == "(2, [1, 2])\n"
        assert "this is event 22" in terminal.tell("goto 22")
        assert "the execution is over" in terminal.tell("c")
        assert "event 46 " in terminal.tell("goto 46") or "last event" in terminal.tell("goto 1000")
        terminal.tell("c")
        terminal.send("c\n")
        assert terminal.end()[0] == 1
    assert events_of(tmp_path / "again.trace") == events_of(condition)


def test_what_was_printed_is_not_printed_again(tmp_path, condition):
    with debug(tmp_path, condition, stop_at=22) as terminal:
        assert "produced 0" in terminal.until()
        assert "produced" not in terminal.tell("goto 21")
        assert "consumed 2" in terminal.tell("c") + terminal.tell("c")


def test_breakpoints_and_commands_go_back_too(tmp_path, condition):
    with debug(tmp_path, condition, stop_at=22) as terminal:
        terminal.until()
        assert "breakpoint: condition.notify" in terminal.tell("break condition.notify")
        assert "breakpoint: condition.py:30" in terminal.tell("break condition.py:30")
        assert "event 2 " in terminal.tell("goto 2")
        assert terminal.tell("break") == "1  condition.py:30\n2  condition.notify\n"
        assert "condition.notify" in terminal.tell("c")
        assert "Consumer at" in terminal.tell("c")
        terminal.tell("clear 1")
        assert "there is no breakpoint 7" in terminal.tell("clear 7")
        assert terminal.tell("break") == "1  condition.notify\n"
        assert "no code on this line" in terminal.tell("break condition.py:2")
        assert "is no operation" in terminal.tell("break lock.steal")
        assert "event 21" in terminal.tell("goto 22") + terminal.tell("back;; p items")
        assert "event 20" in terminal.tell("back")
        assert "event 19" in terminal.tell("")  # the last command again


def test_after_a_deadlock_one_can_still_look_and_go_back(tmp_path, deadlock):
    with debug(tmp_path, deadlock, stop_at=99) as terminal:
        assert "deadlock: MainThread and Forwards and Backwards can never go on" in terminal.until()
        assert "program.py(9)work()" in terminal.tell("thread Backwards")
        assert terminal.tell("p first is lock_b, lock_a.locked()") == "(True, True)\n"
        assert "would block" in terminal.tell("lock_a.acquire()")
        assert "event 10 " in terminal.tell("back")
        assert "event 7 " in terminal.tell("back 3")
        assert "the execution is over" in terminal.tell("c")
        terminal.send("c\n")
        status, report = terminal.end()
        assert terminal.is_gone()
    assert status == 1
    assert "Forwards: lock.acquire lock_b" in report
    assert events_of(tmp_path / "again.trace") == events_of(deadlock)


def test_after_an_exception_its_frames_are_there(tmp_path):
    trace = record(
        tmp_path,
        """
        import threading
        def inner(value):
            return 1 // value
        thread = threading.Thread(target=inner, args=(0,), name="Divider")
        thread.start()
        thread.join()
        """,
    )
    with debug(tmp_path, trace, stop_at=99) as terminal:
        assert "the execution is over: Divider: ZeroDivisionError" in terminal.until()
        assert "program.py(4)inner()" in terminal.tell("thread Divider")
        assert terminal.tell("p value") == "0\n"
        assert "has ended" in terminal.tell("thread MainThread")
        terminal.send("c\n")
        assert terminal.end()[0] == 1


def test_after_os_exit(tmp_path):
    trace = record(tmp_path, "import os, threading\nthreading.Lock().acquire()\nos._exit(5)\n")
    with debug(tmp_path, trace, stop_at=99) as terminal:
        assert "the program has called os._exit" in terminal.until()
        assert "program.py(3)<module>()" in terminal.tell("w")
        assert "event 2 " in terminal.tell("back")
        assert "os._exit" in terminal.tell("c")
        terminal.send("c\n")
        terminal.end()
    assert trace_lines(tmp_path / "again.trace")[-1]["exit_status"] == 5


def test_many_checkpoints(tmp_path):
    trace = record(tmp_path, "lock.py", "3", "700", name="lock")
    with debug(tmp_path, trace, stop_at=4200) as terminal:
        terminal.until()
        numbers = [4000, 3999, 3998, 401, 400, 399, 201, 200, 199, 2, 1, 2, 3500, 3499, 4210]
        for number in numbers:
            assert f"event {number:,} " in terminal.tell(f"goto {number}")
            assert terminal.tell("events 1").split()[0] == str(number)
        terminal.tell("c")
        if sys.platform == "linux":
            assert len(terminal.processes()) < 20
        terminal.send("c\n")
        status, report = terminal.end()
        assert status == 0
        assert "replayed: all" in report
        assert terminal.is_gone()
    assert events_of(tmp_path / "again.trace") == events_of(trace)


# Looking changes nothing

LOOKS = (
    "threads",
    "holds",
    "waits",
    "where Worker 0",
    "lock.locked(), later.locked(), places._value",
    "jobs.qsize(), jobs.empty(), ready.is_set()",
    "time.monotonic(), time.time()",
    "threading.current_thread().name, threading.active_count(), threading.enumerate()",
    "random.random(), random.seed(1), random.gauss(0, 1)",
    "threading.Lock(), threading.Condition(), queue.Queue()",
    "lock.acquire(False) and lock.release()",
    "places.acquire(blocking=False) and places.release()",
    "time.sleep(1)",
    "ready.wait()",
    "threading.Thread(target=print).start()",
    "__import__('_thread').start_new_thread(print, ())",
    "[bytearray(1) for _ in range(20000)] and None",
    "[[] for _ in range(20000)] and None",
    "w",
    "l",
    "dir(), vars()",
    "p locals()",
)


@pytest.mark.parametrize("every", [["lock.acquire"], ["time.sleep", "semaphore.release"], ["condition.notify"]])
def test_what_is_evaluated_disturbs_nothing(tmp_path, every):
    trace = record(tmp_path, MIXED)
    with debug(tmp_path, trace, break_on=every) as terminal:
        shown = terminal.until()
        stops = 0
        while "the execution is over" not in shown:
            stops += 1
            for look in LOOKS:
                answer = terminal.tell(look)
                assert "KeyError" not in answer
                assert "AttributeError" not in answer
            shown = terminal.tell("c")
        assert stops > 5
        assert "the program has ended" in shown
        terminal.send("c\n")
        status, report = terminal.end()
    assert status == 0, report
    assert events_of(tmp_path / "again.trace") == events_of(trace)


def test_what_would_block_says_so(tmp_path, deadlock):
    with debug(tmp_path, deadlock, stop_at=10) as terminal:
        terminal.until()
        for look in ("lock_a.acquire()", "lock_a.acquire(timeout=1)", "barrier.wait()", "threads[1].join()"):
            assert "would block: nothing is scheduled at the prompt" in terminal.tell(look)
        assert "no thread is started at the prompt" in terminal.tell("threading.Thread(target=print).start()")
        assert terminal.tell("lock_a.acquire(False)") == "False\n"


def test_the_object_of_the_event_stays_as_it_is(tmp_path, deadlock):
    with debug(tmp_path, deadlock, break_on="lock.acquire lock_a") as terminal:
        terminal.until()
        assert terminal.tell("lock_a.locked()") == "False\n"
        assert terminal.tell("lock_a.acquire()") == "True\n"
        assert terminal.tell("lock_a.locked()") == "False\n"
        assert "the execution is over: deadlock" in terminal.tell("c")
        terminal.send("c\n")
        terminal.end()
    assert events_of(tmp_path / "again.trace") == events_of(deadlock)


def test_what_is_changed_diverges_and_says_so(tmp_path):
    trace = record(tmp_path, MIXED)
    with debug(tmp_path, trace, break_on="event.set") as terminal:
        terminal.until()
        terminal.tell("later.acquire()")
        assert "diverged" in terminal.tell("c")
        assert "stands before" in terminal.tell("where Worker 0")
        terminal.send("c\n")
        status, report = terminal.end()
    assert status == 3
    assert "diverged at event" in report


# Leaving


@pytest.mark.parametrize("how", ["quit\n", "q\n", "exit\n", "\x04"])
def test_leaving_ends_everything(tmp_path, condition, how):
    with debug(tmp_path, condition, stop_at=9) as terminal:
        terminal.until()
        terminal.send(how)
        status, report = terminal.end()
        assert terminal.is_gone()
    assert status == 130
    assert "the replay was left at event 9" in report


def test_ctrl_c_at_the_prompt_comes_back_to_it(tmp_path, condition):
    with debug(tmp_path, condition, stop_at=9) as terminal:
        terminal.until()
        for _ in range(3):
            time.sleep(0.1)  # readline misses what comes in the very moment in which it begins to wait
            terminal.send("p numb\x03")
            assert "KeyboardInterrupt" in terminal.until()
        assert terminal.tell("p number") == "0\n"
        assert "event 8 " in terminal.tell("back")
        time.sleep(0.1)
        terminal.send("\x03")
        assert "KeyboardInterrupt" in terminal.until()
        assert "event 9 " in terminal.tell("n")


ENDLESS = """
    import threading
    lock = threading.Lock()
    print("running", flush=True)
    number = 0
    while number < 3_000_000:
        with lock:
            number += 1
"""


def test_ctrl_c_stops_at_the_next_event(tmp_path):
    trace = record(tmp_path, ENDLESS.replace("3_000_000", "200"))
    (tmp_path / "program.py").write_text(textwrap.dedent(ENDLESS))
    with Terminal(
        *("replay", "--first", "10", "--then", "round-robin", "--stop-at", "5", "--trace", "again.trace", str(trace)),
        cwd=tmp_path,
    ) as terminal:
        terminal.until()
        for _ in range(3):
            terminal.send("c\n")
            time.sleep(0.3)  # it runs
            terminal.send("\x03")
            assert "event " in terminal.until()
            assert "MainThread" in terminal.tell("threads")
        assert "event 7 " in terminal.tell("goto 7")
        terminal.send("q\n")
        assert terminal.end()[0] == 130
        assert terminal.is_gone()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGKILL])
def test_nothing_survives_the_command(tmp_path, number):
    trace = record(tmp_path, "lock.py", "3", "700", name="lock")
    with debug(tmp_path, trace, stop_at=3000) as terminal:
        terminal.until()
        assert len(terminal.processes()) > 5 or sys.platform != "linux"
        os.kill(terminal.process.pid, number)
        terminal.process.wait(30)
        assert terminal.is_gone()


def test_a_crash_is_passed_on(tmp_path):
    trace = record(
        tmp_path,
        "import os, threading\nlock = threading.Lock()\nfor _ in range(900):\n    with lock: pass\n"
        "if os.path.exists('crash'):\n    os.kill(os.getpid(), 11)\n",
    )
    (tmp_path / "crash").touch()
    with debug(tmp_path, trace, stop_at=700) as terminal:
        terminal.until()
        terminal.send("c\n")
        status, report = terminal.end()
        assert terminal.is_gone()
    assert status == 1
    assert "SIGSEGV" in report


# Programs with habits


def test_the_program_does_not_notice_that_it_is_copied(tmp_path):
    trace = record(
        tmp_path,
        """
        import logging, os, random, signal, sys, threading
        lock = threading.Lock()
        told = []
        os.register_at_fork(
            before=lambda: told.append(1), after_in_parent=lambda: told.append(2), after_in_child=lambda: told.append(3)
        )
        signal.signal(signal.SIGCHLD, lambda number, frame: told.append(4))
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        for _ in range(500):
            with lock:
                time_of_day = random.random()
        if time_of_day > 0:
            logging.warning("told %s, %s", told, signal.getsignal(signal.SIGTERM).name)
        threading.Thread(target=print, args=(random.random(),)).start()
        """,
    )
    first = command("replay", "--quiet", "--trace", "plain.trace", str(trace), cwd=tmp_path)
    with debug(tmp_path, trace, stop_at=990) as terminal:
        terminal.until()
        assert "event 900 " in terminal.tell("goto 900")
        assert "event 3 " in terminal.tell("goto 3")
        shown = terminal.tell("c") + terminal.tell("c")
        assert "told [], SIG_IGN" in shown
        assert first.out.split()[0] in shown  # the same random number
        terminal.send("c\n")
        assert terminal.end()[0] == 0
    assert events_of(tmp_path / "again.trace") == events_of(trace)


def test_a_program_that_forks(tmp_path):
    trace = record(
        tmp_path,
        """
        import os, threading
        lock = threading.Lock()
        for _ in range(300):
            with lock:
                pass
        child = os.fork()
        if not child:
            with lock:
                print("in the child", flush=True)
            os._exit(3)
        print("status", os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), flush=True)
        with lock:
            pass
        """,
    )
    with debug(tmp_path, trace, **{"break": ["program.py:9"]}, stop_at=590) as terminal:
        terminal.until()
        shown = terminal.tell("c")
        assert "in the child" in shown
        assert "status 3" in shown
        assert "event 500 " in terminal.tell("goto 500")
        assert "event 590 " in terminal.tell("c")
        assert "status 3" in terminal.tell("c")
        terminal.send("c\n")
        assert terminal.end()[0] in (0, 4)
    assert events_of(tmp_path / "again.trace") == events_of(trace)


def test_a_program_that_replaces_its_output(tmp_path):
    trace = record(
        tmp_path,
        """
        import io, sys, threading
        lock = threading.Lock()
        sys.stdout = io.StringIO()
        sys.stdin = None
        with lock:
            print("swallowed")
        """,
    )
    with debug(tmp_path, trace, break_on="lock.release") as terminal:
        assert "lock.release" in terminal.until()
        assert terminal.tell("1 + 1") == "2\n"
        assert "event 1 " in terminal.tell("goto 1")
        assert "over" in terminal.tell("c") + terminal.tell("c")


def test_generated_code_and_modules(tmp_path):
    (tmp_path / "helper.py").write_text(
        "import threading\nlock = threading.Lock()\n\ndef use():\n    with lock:\n        x = 1\n"
    )
    trace = record(tmp_path, "import helper\nexec('helper.use()')\nhelper.use()\n")
    with debug(tmp_path, trace, **{"break": ["helper.py:6"]}) as terminal:
        assert "MainThread at helper.py:6" in terminal.until()
        assert "program.py(2)<module>()" in terminal.tell("w")
        assert "MainThread at helper.py:6" in terminal.tell("c")


def test_scripts_and_realign(tmp_path):
    program = os.path.join(EXAMPLES, "condition.py")
    script = tmp_path / "one.schedule"
    script.write_text("Consumer: condition.wait condition\nProducer: condition.notify condition\n")
    trace = record(tmp_path, "condition.py", name="condition")
    for arguments in (["--stop-at", "9", str(script), program], ["--stop-at", "9", "--realign", str(trace)]):
        with Terminal("replay", *arguments, cwd=tmp_path) as terminal:
            assert "event 9 " in terminal.until()
            assert "event 3 " in terminal.tell("goto 3")
            assert "event 9 " in terminal.tell("c")


# Without a terminal, and wrong usage


def test_commands_from_a_pipe(tmp_path, condition):
    done = command(
        *("replay", "--stop-at", "9", "--trace", "again.trace", str(condition)),
        cwd=tmp_path,
        input="p items\nback 2\nevents 1\nback\nc\nc\n",
    )
    assert f"{PROMPT}p items\n[0]\n" in done.out
    assert "event 7 " in done.out
    assert "event 6 " in done.out
    assert "the execution is over" in done.out
    assert done.status == 1, done.err


def test_an_empty_pipe_is_the_end(tmp_path, condition):
    done = command("replay", "--stop-at", "9", "--trace", "again.trace", str(condition), cwd=tmp_path, input="p items")
    assert "[0]" in done.out
    assert done.status == 130


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--break", "nowhere.py:3"], "nowhere.py:3: there is no file nowhere.py"),
        (["--break", "condition.py"], "'condition.py' is no breakpoint: write FILE:LINE"),
        (["--break", "condition.py:x"], "write FILE:LINE"),
        (["--break", "condition.py:2"], "no code on this line, so nothing would stop there; the next line with code"),
        (["--break", "condition.py:9999"], "the last line with code is 40"),
        (["--break-on", "lock.steal"], "'lock.steal' is no operation; there are lock.acquire"),
        (["--break-on", ""], "is no operation"),
        (["--stop-at", "0"], "--stop-at"),
        (["--stop-at", "3", "--json"], "leave out --stop-at"),
    ],
)
def test_wrong_usage_is_one_line(tmp_path, condition, arguments, message):
    done = command("replay", *arguments, "--trace", "again.trace", str(condition), cwd=tmp_path, input="")
    assert done.status == 2
    assert message in done.err
    assert done.err.count("\n") == 1
    assert not (tmp_path / "again.trace").exists()


def test_without_fork_going_back_says_so(tmp_path, condition):
    site = tmp_path / "site"
    site.mkdir()
    (site / "sitecustomize.py").write_text("import os\ndel os.fork\n")
    from tests.support import ROOT

    with Terminal(
        *("replay", "--stop-at", "9", "--trace", "again.trace", str(condition)),
        cwd=tmp_path,
        env={"PYTHONPATH": f"{site}{os.pathsep}{ROOT}"},
    ) as terminal:
        terminal.until()
        assert "going back is not possible here" in terminal.tell("back")
        assert "event 12 " in terminal.tell("goto 12")
        terminal.send("q\n")
        assert terminal.end()[0] == 130
