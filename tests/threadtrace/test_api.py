"""The Python API."""

import functools
import os
import queue
import signal
import subprocess
import sys
import threading
import time
import unittest

import pytest

import threadtrace
from replay.following.recording import RecordingError
from tests.support import command
from tracer import real
from tracer.trace import TraceError


@pytest.fixture(autouse=True)
def in_a_folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)


class Counter:
    def __init__(self):
        self.value = 0

    def add(self):
        self.value += 1


def in_threads(*functions):
    threads = [threading.Thread(target=one) for one in functions]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def lost_update():
    counter = Counter()
    in_threads(counter.add, counter.add)
    assert counter.value == 2, "an update was lost"


def locked_update():
    counter, lock = Counter(), threading.Lock()

    def add():
        with lock:
            counter.add()

    in_threads(add, add)
    return counter.value


def test_a_failure(tmp_path):
    result = threadtrace.explore(lost_update)
    assert (result.verdict, result.ok) == ("failed", False)
    (failure,) = result.failures
    assert failure.kind == "exception"
    assert failure.message == "MainThread: AssertionError: an update was lost"
    assert failure.gil is False
    assert isinstance(failure.exception, AssertionError)
    assert failure.execution == result.executions
    assert failure.trace == os.path.join(".threadtrace", "traces", os.path.basename(failure.trace))
    assert (tmp_path / failure.trace).exists()
    assert "preempted" in result.report
    assert "threadtrace.replay(" in result.report
    with pytest.raises(threadtrace.Failed, match="an update was lost") as raised:
        result.assert_ok()
    assert raised.value.__cause__ is failure.exception


def test_it_is_replayed_by_its_trace_and_by_its_schedule():
    failure = threadtrace.explore(lost_update).failures[0]
    for source in (failure.trace, failure.schedule):
        for _ in range(3):
            again = threadtrace.replay(source, lost_update)
            assert again.verdict == "failed"
            assert again.failures[0].fingerprint == failure.fingerprint
    assert threadtrace.replay(failure.trace, locked_update).verdict == "diverged"
    assert threadtrace.replay(failure.trace, locked_update, realign=True).verdict == "passed"


def test_a_pass():
    result = threadtrace.explore(locked_update).assert_ok()
    assert result.verdict == "exhausted"
    assert result.executions >= result.schedules >= 2
    assert result.executions_per_s > 0
    assert not os.path.exists(".threadtrace")


def test_setup_and_check():
    seen = []

    def body(counter):
        in_threads(counter.add, counter.add)

    def check(counter):
        seen.append(counter)
        assert counter.value == 2

    result = threadtrace.explore(body, setup=Counter, check=check)
    assert result.verdict == "failed"
    assert len({id(one) for one in seen}) == len(seen) > 2
    assert threadtrace.explore(locked_update, check=lambda value: value == 2).ok


def test_one_execution():
    result = threadtrace.run(locked_update)
    assert (result.verdict, result.value) == ("passed", 2)
    trace = threadtrace.Trace(result.trace)
    assert trace.threads == ["MainThread", "Thread-1 (add)", "Thread-2 (add)"]
    assert len(trace) == len(list(trace)) == result.events
    assert trace.outcome is not None
    assert "lock.acquire" in {event.operation for event in trace}


def test_nothing_tested():
    with pytest.raises(threadtrace.NothingTested, match="one thread only"):
        threadtrace.explore(lambda: None).assert_ok()


def test_where_traces_go(tmp_path):
    assert threadtrace.explore(lost_update, trace="mine.trace").failures[0].trace == "mine.shrunk.trace"
    assert threadtrace.explore(locked_update, trace="passed.trace").trace == "passed.trace"
    assert (tmp_path / "passed.trace").exists()
    assert (tmp_path / ".threadtrace" / "traces").exists() is False
    threadtrace.run(locked_update)
    assert (tmp_path / ".threadtrace" / "traces" / ".gitignore").read_text() == "*\n"


def test_options():
    assert threadtrace.explore(lost_update, preempt="sync", executions=50).ok
    assert threadtrace.explore(lost_update, strategy="random", seed=3).verdict == "failed"
    assert threadtrace.explore(lost_update, shrink=False, label=False).failures[0].gil is None
    assert threadtrace.explore(locked_update, time_limit=0.2, strategy="random", executions=10**9).elapsed_s < 2
    raced = threadtrace.explore(lambda: in_threads(Counter().add, Counter().add) or lost_quietly(), races="fail")
    assert [one.kind for one in raced.failures] == ["data-race"]


def lost_quietly():
    counter = Counter()
    in_threads(counter.add, counter.add)


@pytest.mark.parametrize(
    ("options", "error", "message"),
    [
        ({"strategy": "best"}, ValueError, "strategy: 'best' is none of portfolio"),
        ({"preempt": "never"}, ValueError, "preempt: 'never' is none of sync, gil, any"),
        ({"clock": "sand"}, ValueError, "clock: 'sand'"),
        ({"races": True}, ValueError, "races: True"),
        ({"executions": 0}, ValueError, "at least 1"),
        ({"speed": 1}, TypeError, "speed"),
    ],
)
def test_what_makes_no_sense(options, error, message):
    with pytest.raises(error, match=message):
        threadtrace.explore(lost_update, **options)


def test_what_keeps_something_from_one_execution_to_the_next():
    """No schedule is to blame for that."""
    kept = []

    def main():
        lock = threading.Lock()

        def add():
            with lock:
                kept.append(1)

        in_threads(add, add)
        assert len(kept) == 2

    with pytest.raises(threadtrace.NotRepeatable, match="fails when it is executed once more with the very same"):
        threadtrace.explore(main)


def test_no_functions():
    async def coroutine():
        pass

    with pytest.raises(TypeError, match="leave out the parentheses"):
        threadtrace.explore(locked_update())
    with pytest.raises(TypeError, match="is a coroutine"):
        threadtrace.explore(coroutine)
    with pytest.raises(RecordingError, match="nosuch"):
        threadtrace.replay("nosuch.trace", lost_update)
    with pytest.raises(TraceError):
        threadtrace.Trace(__file__)


def test_not_inside_itself():
    with pytest.raises(threadtrace.Failed, match="inside another"):
        threadtrace.run(lambda: threadtrace.run(locked_update)).assert_ok()


def test_other_callables():
    assert threadtrace.explore(functools.partial(locked_update)).ok
    assert threadtrace.explore(type("Called", (), {"__call__": lambda self: locked_update()})()).ok


class InUnittest(unittest.TestCase):
    def test_it(self):
        assert threadtrace.explore(locked_update).ok


def test_the_command_line_says_what_a_trace_of_a_function_is_of(tmp_path):
    path = threadtrace.explore(lost_update).failures[0].trace
    done = command("replay", path, cwd=tmp_path)
    assert done.status == 2
    assert "lost_update" in done.err
    assert "--threadtrace-replay" in done.err
    assert command("show", path, cwd=tmp_path).status == 0


def test_locks_that_were_frozen(tmp_path):
    """Servers freeze what they have before they fork, and the collector shows nothing of it from then on."""
    (tmp_path / "frozen.py").write_text(
        "import gc, threading\n"
        "lock = threading.Lock()\n"
        "gc.freeze()\n"
        "import threadtrace\n"
        "def main():\n"
        "    threads = [threading.Thread(target=lambda: lock.acquire()) for _ in range(2)]\n"
        "    for thread in threads: thread.start()\n"
        "print(threadtrace.explore(main, executions=20).failures[0].message)\n"
    )
    done = subprocess.run(
        [sys.executable, "frozen.py"], cwd=tmp_path, capture_output=True, text=True, timeout=60, check=False
    )
    assert "can never go on" in done.stdout, done.stderr


@pytest.mark.parametrize("make", [threading.Lock, threading.RLock])
def test_a_lock_that_a_thread_from_before_holds(make):
    """It gives it back as it took it."""
    lock, got, begun = make(), [], []

    def work():
        with lock:
            got.append(1)
            while not begun:
                real.sleep(0.01)
            real.sleep(0.1)
        got.append(2)

    def main():
        begun.append(1)
        in_threads(take, take)

    def take():
        with lock:
            pass

    outsider = threading.Thread(target=work)
    outsider.start()
    while not got:
        time.sleep(0.01)
    assert threadtrace.run(main).verdict == "uncontrolled"
    outsider.join()
    assert got == [1, 2]


def test_a_thread_from_before():
    """It is not controlled, and helps all the same; who waits for it in vain is told so."""
    go, done = threading.Event(), threading.Event()
    stop = threading.Event()

    def work():
        go.wait()
        done.set()
        stop.wait()

    outsider = threading.Thread(target=work, name="Outsider")
    outsider.start()
    time.sleep(0.05)
    try:
        helped = threadtrace.run(lambda: in_threads(go.set, done.wait))
        assert helped.verdict == "uncontrolled"
        assert "Outsider, a thread that was started before" in helped.uncontrolled[0]
        assert helped.assert_ok()
        alone = threadtrace.run(lambda: in_threads(threading.Event().wait))
        assert alone.failures[0].message.endswith("and Outsider, not controlled, did not help for 1 s")
    finally:
        stop.set()
        outsider.join()


def test_a_worker_from_before_serves_all_executions():
    """What it waits for when one ends, it goes on waiting for."""
    jobs = queue.Queue()

    def work():
        for answers, number in iter(jobs.get, None):
            answers.put(number + 1)

    def main():
        answers = queue.Queue()
        jobs.put((answers, 1))
        in_threads(lambda: answers.put(5), lambda: None)
        assert {answers.get(), answers.get()} == {2, 5}

    worker = threading.Thread(target=work, name="Worker")
    worker.start()
    try:
        for _ in range(3):
            assert threadtrace.run(main).verdict == "uncontrolled"
        explored = threadtrace.explore(main, executions=20)
        assert (explored.verdict, explored.executions) == ("sampled", 20)
    finally:
        jobs.put(None)
        worker.join(10)
    assert not worker.is_alive()


class TimeIsUp(Exception):
    """What the handlers of test runners raise."""


def endless():
    lock = threading.Lock()

    def take():
        for _ in range(10):
            with lock:
                pass

    in_threads(take, take, take)


@pytest.fixture
def alarm():
    """Has a handler called after some seconds, by a signal."""
    before = signal.getsignal(signal.SIGALRM)

    def set_alarm(handler, first, then=0.0):
        signal.signal(signal.SIGALRM, handler)
        signal.setitimer(signal.ITIMER_REAL, first, then)

    yield set_alarm
    signal.setitimer(signal.ITIMER_REAL, 0)
    signal.signal(signal.SIGALRM, before)


@pytest.mark.parametrize("strategy", ["portfolio", "random", "dpor"])
def test_what_a_handler_of_the_callers_raises_reaches_the_caller(alarm, strategy):
    def handler(number, frame):
        raise TimeIsUp

    alarm(handler, 0.3)
    with pytest.raises(TimeIsUp):
        threadtrace.explore(endless, strategy=strategy, executions=10**9)
    assert signal.getsignal(signal.SIGALRM) is handler


def test_it_ends_a_wait_too(alarm):
    def handler(number, frame):
        raise TimeIsUp

    def spins():
        done = []
        threading.Thread(target=lambda: threading.Event().wait(), daemon=True).start()
        while not done:
            pass

    alarm(handler, 0.3)
    with pytest.raises(TimeIsUp):
        threadtrace.run(spins)


def test_a_handler_that_returns_is_nobodys_affair(alarm):
    came = []
    alarm(lambda number, frame: came.append(number), 0.05, 0.05)
    result = threadtrace.explore(endless, strategy="random", executions=200)
    assert (result.verdict, result.executions, result.warnings) == ("sampled", 200, [])
    assert came


@pytest.mark.parametrize("strategy", ["portfolio", "random"])
def test_ctrl_c_ends_an_exploration_with_what_was_found(strategy):
    sender = subprocess.Popen(["sh", "-c", f"sleep 0.5; kill -INT {os.getpid()}"])
    result = threadtrace.explore(endless, strategy=strategy, executions=10**9)
    sender.wait()
    assert result.interrupted
    assert (result.verdict, result.failures, result.warnings) == ("sampled", [], [])
    assert result.executions > 10
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler


def test_an_execution_that_is_longer_than_the_time_is_given_up():
    def main():
        lock = threading.Lock()

        def take():
            while True:
                with lock:
                    pass

        in_threads(take, take)

    begin = time.monotonic()
    result = threadtrace.explore(main, time_limit=0.5, max_points=10**9)
    assert time.monotonic() - begin < 5
    assert (result.verdict, result.executions) == ("nothing-tested", 0)
    with pytest.raises(threadtrace.NothingTested, match="no execution came to its end in time"):
        result.assert_ok()
