"""Handlers of signals run in the main thread, between its operations and while it waits, as in CPython."""

import _thread
import os
import queue
import signal
import subprocess
import sys
import threading
import time

import pytest

from tests.support import ROOT, command, execute, fewer, passes, trace_lines

SCHEDULES = [{"strategy": "round-robin"}, {"strategy": "no-preemption"}] + [
    {"strategy": "random", "seed": seed, "clock": clock} for seed in range(10) for clock in ("virtual", "any")
]


@pytest.fixture(params=SCHEDULES, ids=lambda schedule: "-".join(map(str, schedule.values())))
def schedule(request):
    return request.param


def send(number=signal.SIGUSR1):
    os.kill(os.getpid(), number)


def in_thread(call, *args, name="Sender"):
    thread = threading.Thread(target=call, args=args, name=name)
    thread.start()
    return thread


class Interrupted(Exception):
    pass


def raises(number, frame):
    raise Interrupted


# Where a handler runs ------------------------------------------------------------------------------------------


def test_the_handler_runs_in_the_main_thread_and_releases_it(schedule):
    ran_in = []

    def main():
        got = threading.Event()

        def handler(number, frame):
            ran_in.append((threading.current_thread().name, number))
            got.set()

        signal.signal(signal.SIGUSR1, handler)
        sender = in_thread(send)
        assert got.wait()
        sender.join()

    passes(main, **schedule)
    assert ran_in == [("MainThread", signal.SIGUSR1)]


def wait_for_event():
    threading.Event().wait()


def wait_for_event_a_while():
    threading.Event().wait(100)


def wait_for_lock():
    lock = threading.Lock()
    in_thread(lock.acquire, name="Owner").join()
    lock.acquire()


def wait_for_lock_a_while():
    lock = threading.Lock()
    lock.acquire()
    lock.acquire(timeout=100)


def wait_for_condition():
    condition = threading.Condition()
    with condition:
        condition.wait()


def wait_for_condition_of_a_lock():
    condition = threading.Condition(threading.Lock())
    with condition:
        condition.wait(100)


def wait_for_semaphore():
    threading.Semaphore(0).acquire()


def wait_for_queue():
    queue.Queue().get()


def wait_for_simple_queue():
    queue.SimpleQueue().get()


def wait_at_barrier():
    threading.Barrier(2).wait()


def wait_for_thread():
    event = threading.Event()
    thread = in_thread(event.wait, name="Waiter")
    try:
        thread.join()
    finally:
        event.set()


def sleep():
    time.sleep(1e9)


def read_from_pipe():
    reading, _ = os.pipe()
    os.read(reading, 1)


@pytest.mark.parametrize(
    "wait",
    [
        wait_for_event,
        wait_for_event_a_while,
        wait_for_lock,
        wait_for_lock_a_while,
        wait_for_condition,
        wait_for_condition_of_a_lock,
        wait_for_semaphore,
        wait_for_queue,
        wait_for_simple_queue,
        wait_at_barrier,
        wait_for_thread,
        sleep,
        read_from_pipe,
        signal.pause,
    ],
    ids=lambda wait: wait.__name__,
)
@pytest.mark.parametrize("clock", ["virtual", "any"])
@pytest.mark.parametrize("strategy", ["round-robin", "no-preemption", "random"])
def test_what_the_handler_raises_ends_every_wait(wait, strategy, clock):
    """Also where the signal comes before the wait, or after it: on every schedule the exception comes, once."""
    seen = []

    def main():
        signal.signal(signal.SIGUSR1, raises)
        sender = in_thread(send)
        try:
            try:
                wait()
                sender.join()
            except Interrupted:
                seen.append("interrupted")
            sender.join()
        except Interrupted:  # CPython, too, may run it as late as this
            seen.append("interrupted")

    for seed in range(6):
        seen.clear()
        run = execute(main, strategy=strategy, seed=seed, clock=clock, max_points=2000)
        if clock == "virtual" or not run.outcome.failures:
            assert not run.outcome.failures, (seed, run.outcome.failures)
            assert seen == ["interrupted"], seed


def test_the_wait_goes_on_after_the_handler_with_the_rest_of_its_time():
    def main():
        handled = []
        signal.signal(signal.SIGUSR1, lambda *_: handled.append(time.monotonic()))
        begin = time.monotonic()

        def work():
            for _ in range(3):
                time.sleep(1)
                send()

        worker = in_thread(work)
        assert not threading.Event().wait(10)
        assert 10 <= time.monotonic() - begin < 10.01
        assert [round(moment - begin) for moment in handled] == [1, 2, 3]
        worker.join()

    passes(main)


def test_time_passes_while_the_handler_runs():
    def main():
        signal.signal(signal.SIGUSR1, lambda *_: time.sleep(20))
        begin = time.monotonic()
        sender = in_thread(send)
        lock = threading.Lock()
        lock.acquire()
        assert not lock.acquire(timeout=10)
        assert 20 <= time.monotonic() - begin < 20.01
        sender.join()

    passes(main, strategy="no-preemption")


def test_what_happens_to_the_lock_meanwhile_counts(schedule):
    """The main thread stands before a lock that others take and give back while it runs its handler."""

    def main():
        lock = threading.Lock()
        inside = []
        turns = threading.Semaphore(0)

        def handler(number, frame):
            time.sleep(1)
            turns.release()

        def use():
            for _ in range(3):
                with lock:
                    inside.append(1)
                    time.sleep(0.5)
                    assert len(inside) == 1
                    inside.pop()

        signal.signal(signal.SIGUSR1, handler)
        users = [in_thread(use, name=f"User{number}") for number in range(2)]
        sender = in_thread(send)
        for _ in range(5):
            with lock:
                inside.append(1)
                time.sleep(0.1)
                assert len(inside) == 1
                inside.pop()
        sender.join()
        turns.acquire()
        for user in users:
            user.join()

    passes(main, **schedule)


def test_a_handler_notifies_the_condition_that_it_interrupted(schedule):
    def main():
        condition = threading.Condition()
        ready = []

        def handler(number, frame):
            with condition:
                ready.append(1)
                condition.notify()

        def work():
            entered.wait()
            with condition:  # only when the main thread waits
                send()

        entered = threading.Event()
        signal.signal(signal.SIGUSR1, handler)
        sender = in_thread(work)
        with condition:
            entered.set()
            while not ready:
                condition.wait()
        sender.join()

    passes(main, **schedule)


def test_a_notify_by_a_handler_may_be_lost():
    """The signal may come between the look and the wait: nobody comes a second time, and nobody is waited for."""

    def main():
        condition = threading.Condition()
        ready = []

        def handler(number, frame):
            with condition:
                ready.append(1)
                condition.notify()

        signal.signal(signal.SIGUSR1, handler)
        sender = in_thread(send)
        with condition:
            while not ready:
                condition.wait()
        sender.join()

    kinds = {len(execute(main, strategy="random", seed=seed).outcome.failures) for seed in range(20)}
    assert kinds == {0, 1}


def test_a_handler_is_interrupted_by_another():
    order = []

    def main():
        first, second = threading.Event(), threading.Event()

        def outer(number, frame):
            order.append("outer")
            second.wait()
            order.append("outer is over")

        def inner(number, frame):
            order.append("inner")
            second.set()
            first.set()

        signal.signal(signal.SIGUSR1, outer)
        signal.signal(signal.SIGUSR2, inner)

        def work():
            send(signal.SIGUSR1)
            time.sleep(1)
            send(signal.SIGUSR2)

        worker = in_thread(work)
        first.wait()
        worker.join()

    for seed in range(10):
        order.clear()
        passes(main, strategy="random", seed=seed)
        assert order == ["outer", "inner", "outer is over"]


def test_the_lock_is_released_although_the_handler_raises():
    """CPython runs a handler before or after `release`, which is written in C, and never instead of it."""

    def main(make):
        lock = make()
        signal.signal(signal.SIGUSR1, raises)
        sender = in_thread(send)
        try:
            for _ in range(3):
                with lock:
                    pass
            sender.join()
        except Interrupted:
            pass
        if isinstance(lock, type(threading.RLock())):
            assert in_other_thread(lambda: lock.acquire(blocking=False))
        else:
            assert not lock.locked()
        signal.signal(signal.SIGUSR1, signal.SIG_IGN)
        sender.join()

    def in_other_thread(call):
        results = []
        in_thread(lambda: results.append(call()), name="Other").join()
        return results[0]

    for make in (threading.Lock, threading.RLock):
        for seed in range(40):
            run = execute(lambda make=make: main(make), strategy="random", seed=seed)
            names = {failure.message for failure in run.outcome.failures}
            assert all("Interrupted" in name for name in names), names  # it may come in the last lines as well


def test_the_condition_has_its_lock_again_when_the_handler_raises(schedule):
    def main():
        condition = threading.Condition()
        signal.signal(signal.SIGUSR1, raises)
        entered = threading.Event()

        def work():
            entered.wait()
            with condition:  # only when the main thread waits
                send()
                time.sleep(1)

        worker = in_thread(work)
        with condition:
            entered.set()
            with pytest.raises(Interrupted):
                condition.wait()
            assert condition._is_owned()
            assert not condition._waiters
        worker.join()

    passes(main, **{**schedule, "clock": "virtual"})


# Who is woken ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("how", "wakes"),
    [
        (lambda main: os.kill(os.getpid(), signal.SIGINT), True),
        (lambda main: signal.pthread_kill(main, signal.SIGINT), True),
        (lambda main: signal.pthread_kill(threading.get_ident(), signal.SIGINT), False),
        (lambda main: signal.raise_signal(signal.SIGINT), False),
        (lambda main: _thread.interrupt_main(), False),
    ],
    ids=["kill", "pthread_kill main", "pthread_kill self", "raise_signal", "interrupt_main"],
)
def test_only_what_reaches_the_main_thread_wakes_it(how, wakes):
    """As measured with CPython on Linux: the others only have it handled once it goes on."""

    def main():
        ident = threading.get_ident()
        sender = in_thread(lambda: (time.sleep(1), how(ident)))
        begin = time.monotonic()
        with pytest.raises(KeyboardInterrupt):
            threading.Event().wait(5)
            pytest.fail("it came too late")
        assert round(time.monotonic() - begin) == (1 if wakes else 5)
        sender.join()

    passes(main)


def test_a_thread_that_interrupts_a_wait_without_limit_leaves_a_deadlock():
    def main():
        in_thread(_thread.interrupt_main)
        threading.Event().wait()

    run = execute(main, strategy="no-preemption")
    assert [failure.kind.value for failure in run.outcome.failures] == ["deadlock"]


def test_a_handler_that_takes_the_lock_of_its_own_thread_is_a_deadlock():
    def main():
        lock = threading.Lock()

        def handler(number, frame):
            with lock:
                pass

        signal.signal(signal.SIGUSR1, handler)
        with lock:
            send()

    (failure,) = execute(main).outcome.failures
    assert failure.kind.value == "deadlock"
    assert failure.threads == ["MainThread"]


@pytest.mark.parametrize("make", [threading.Lock, threading.RLock])
def test_no_handler_runs_where_cpython_does_not_look_for_signals(make):
    """Between an acquire and a release without a call or a loop; and it runs as soon as the lock is free."""

    def main(body):
        lock = make()
        in_section, seen = [False], []

        def handler(number, frame):
            seen.append(in_section[0])

        signal.signal(signal.SIGUSR1, handler)
        sender = in_thread(send)
        for _ in range(3):
            with lock:
                in_section[0] = True
                if body:
                    body()
                in_section[0] = False
        sender.join()
        found.update(seen)

    found = set()
    for seed in range(60):
        passes(lambda: main(None), strategy="random", seed=seed)
    assert found == {False}
    for seed in range(60):
        passes(lambda: main(lambda: time.sleep(0)), strategy="random", seed=seed)
    assert found == {False, True}


ADDS = """
import os, signal, threading
counter = 0
def handler(number, frame):
    global counter
    counter += 1
signal.signal(signal.SIGUSR1, handler)
def work():
    os.kill(os.getpid(), signal.SIGUSR1)
    return counter
thread = threading.Thread(target=work)
thread.start()
for _ in range(3):
    counter += 1
thread.join()
assert counter == 4, counter
"""


def test_no_handler_runs_between_the_reading_and_the_writing_of_an_addition(tmp_path):
    """On no build of CPython: it looks for signals at calls and backward jumps. And the handler runs all the same."""
    (tmp_path / "program.py").write_text(ADDS)
    for seed in fewer(range(40)):
        options = ("--strategy", "random", "--seed", str(seed), "--preempt", "any", "--races", "off")
        assert command("run", "--quiet", *options, "program.py", cwd=tmp_path).status == 0, seed
        assert command("replay", "--quiet", "--races", "off", "program.trace", cwd=tmp_path).status == 0, seed


def test_a_handler_runs_right_after_the_release():
    def main():
        lock = threading.Lock()
        got = []
        signal.signal(signal.SIGUSR1, lambda *_: got.append(1))
        sent = []

        def work():
            send()
            sent.append(1)

        sender = in_thread(work)
        for _ in range(3):
            with lock:
                before = len(sent)
            assert len(got) >= before
        sender.join()

    for seed in range(100):
        passes(main, strategy="random", seed=seed)


def test_what_is_sent_to_oneself_is_handled_before_the_next_line(schedule):
    def main():
        got = []
        signal.signal(signal.SIGUSR1, lambda *_: got.append(1))
        sends = (
            send,
            lambda: signal.raise_signal(signal.SIGUSR1),
            lambda: signal.pthread_kill(threading.get_ident(), signal.SIGUSR1),
            lambda: _thread.interrupt_main(signal.SIGUSR1),
        )
        for count, how in enumerate(sends, 1):
            how()
            assert len(got) == count

    passes(main, **schedule)


def test_signals_are_events_in_their_order():
    def main():
        signal.signal(signal.SIGUSR1, lambda *_: None)
        in_thread(send).join()

    run = passes(main, strategy="no-preemption")
    assert [event[:4] for event in run.events if event[1].startswith("signal.")] == [
        ("Sender", "signal.send", "SIGUSR1", None),
        ("MainThread", "signal.handle", "SIGUSR1", None),
    ]


# The signal module ----------------------------------------------------------------------------------------------


def test_the_program_sees_its_own_handlers():
    def main():
        def handler(number, frame):
            pass

        assert signal.signal(signal.SIGUSR1, handler) is signal.SIG_DFL
        assert signal.getsignal(signal.SIGUSR1) is handler
        assert signal.signal(signal.SIGUSR1, signal.SIG_IGN) is handler
        assert signal.getsignal(signal.SIGUSR1) is signal.SIG_IGN
        with pytest.raises(TypeError):
            signal.signal(signal.SIGUSR1, "no handler")
        with pytest.raises(OSError, match="Invalid argument"):
            signal.signal(signal.SIGKILL, handler)
        assert signal.getsignal(signal.SIGKILL) is signal.SIG_DFL
        assert signal.getsignal(signal.SIGINT) is signal.default_int_handler
        with pytest.raises(ValueError, match="out of range"):
            signal.signal(1000, handler)

    passes(main)


def test_only_the_main_thread_installs_handlers():
    def main():
        refused = []

        def work():
            try:
                signal.signal(signal.SIGUSR1, raises)
            except ValueError as error:
                refused.append(str(error))

        in_thread(work).join()
        assert refused == ["signal only works in main thread of the main interpreter"]

    passes(main)


def test_handlers_are_gone_when_the_execution_is_over():
    before = signal.getsignal(signal.SIGUSR1)
    passes(lambda: signal.signal(signal.SIGUSR1, raises))
    assert signal.getsignal(signal.SIGUSR1) is before


def test_bad_arguments_are_refused_as_elsewhere():
    def main():
        with pytest.raises(TypeError):
            os.kill(os.getpid(), "TERM")
        with pytest.raises(ValueError, match="out of range"):
            _thread.interrupt_main(1000)
        with pytest.raises(signal.ItimerError):
            signal.setitimer(signal.ITIMER_REAL, -1)
        with pytest.raises(TypeError):
            signal.alarm("1")
        os.kill(os.getpid(), 0)

    passes(main)


# Timers ---------------------------------------------------------------------------------------------------------


def test_an_alarm_ends_a_wait_without_limit():
    def main():
        signal.signal(signal.SIGALRM, raises)
        assert signal.alarm(7) == 0
        begin = time.monotonic()
        with pytest.raises(Interrupted):
            threading.Event().wait()
        assert round(time.monotonic() - begin) == 7

    passes(main)


def test_an_interval_timer_comes_again_and_again():
    def main():
        came = []
        begin = time.monotonic()
        signal.signal(signal.SIGALRM, lambda *_: came.append(time.monotonic() - begin))
        assert signal.setitimer(signal.ITIMER_REAL, 0.5, 2) == (0, 0)
        left, every = signal.getitimer(signal.ITIMER_REAL)
        assert 0.4 < left <= 0.5
        assert every == 2
        time.sleep(6)
        left, every = signal.setitimer(signal.ITIMER_REAL, 0)
        assert 0.4 < left <= 0.5
        time.sleep(10)
        assert [round(moment, 1) for moment in came] == [0.5, 2.5, 4.5]
        assert signal.getitimer(signal.ITIMER_REAL) == (0, 0)

    passes(main)


def test_a_later_alarm_replaces_the_first():
    def main():
        signal.signal(signal.SIGALRM, raises)
        signal.alarm(5)
        time.sleep(2)
        assert signal.alarm(100) == 3
        time.sleep(10)
        assert signal.alarm(0) == 90
        time.sleep(1000)

    passes(main)


def test_a_lock_that_is_lost_ends_by_an_alarm(schedule):
    """Nobody would release it: without the timer it is a deadlock."""

    def main(alarm):
        signal.signal(signal.SIGALRM, raises)
        lock = threading.Lock()
        lock.acquire()
        if alarm:
            signal.alarm(1)
        try:
            lock.acquire()
        except Interrupted:
            pass

    passes(lambda: main(True), **schedule)
    assert execute(lambda: main(False), **schedule).outcome.failures


# Signals that are waited for ------------------------------------------------------------------------------------


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


def test_what_a_handler_raises_at_the_end_is_said(capfd):
    """While the program waits for its threads. CPython does not wait for them any more then."""

    def main():
        signal.signal(signal.SIGUSR1, raises)
        in_thread(lambda: (time.sleep(1), send(), time.sleep(1)))

    run = passes(main)
    assert run.outcome.abandoned == ["Sender"]
    assert "Exception ignored in: <module 'threading'" in capfd.readouterr().err


def test_executions_repeat_exactly(schedule):
    def main():
        got = queue.SimpleQueue()  # the other ones are not for handlers
        signal.signal(signal.SIGUSR1, lambda *_: got.put(1))
        signal.signal(signal.SIGALRM, lambda *_: got.put(2))
        signal.setitimer(signal.ITIMER_REAL, 0.1)
        senders = [in_thread(send, name=f"Sender{number}") for number in range(3)]
        got.get()  # signals that come while one waits for its handler are one
        for sender in senders:
            sender.join()

    assert passes(main, **schedule).events == passes(main, **schedule).events
