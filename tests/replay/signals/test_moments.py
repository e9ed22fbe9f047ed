"""When a handler runs: who wakes the main thread, and where CPython never looks for signals."""

import _thread
import os
import queue
import signal
import threading
import time

import pytest

import threadtrace
from tests.replay.following.support import program
from tests.replay.signals.support import in_thread, raises, send
from tests.support import execute, fewer, passes


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
    main, trace = program(tmp_path / "program.py"), str(tmp_path / "program.trace")
    for seed in fewer(range(40)):
        done = threadtrace.run(main, strategy="random", seed=seed, preempt="any", races="off", trace=trace)
        assert done.verdict == "passed", seed
        again = threadtrace.replay(trace, main, trace=str(tmp_path / "again.trace"))
        assert again.verdict == "passed", seed


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
