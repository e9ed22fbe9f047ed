"""What is controlled on this interpreter, found out by trying: threads under control use each group of primitives.

A check passes where its threads do what they should on every schedule that is tried, and what they do are operations
that the scheduler saw. Started as a program of its own, `main` prints what was found as JSON.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from contextlib import redirect_stderr
from io import StringIO

from replay.execution import Execution
from tracer import patch
from tracer.earlier.left import left_over
from tracer.events import MemoryRecorder
from tracer.labels import Labels

#: What a group is called, the operations that have to be seen, and what its threads do.
Check = tuple[str, tuple[str, ...], Callable[[], object]]

#: Schedules that each check is tried on.
_SEEDS = 3

#: A check that meets more scheduling points does not end.
_MAX_POINTS = 20_000


def _threads(*bodies: Callable[[], object]) -> None:
    import threading

    threads = [threading.Thread(target=body) for body in bodies]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def _excludes(kind: str) -> Callable[[], None]:
    """Of two threads that each take `threading.<kind>()` and sleep, one is inside at a time."""

    def check() -> None:
        import threading
        import time

        lock, inside = getattr(threading, kind)(), []

        def work() -> None:
            with lock:
                inside.append(1)
                assert len(inside) == 1, "two threads were inside"
                time.sleep(1)
                inside.clear()

        _threads(work, work)

    return check


def _condition() -> None:
    import threading

    condition = threading.Condition()
    ready: list[bool] = []

    def wait() -> None:
        with condition:
            assert condition.wait_for(lambda: ready, 10)

    def notify() -> None:
        with condition:
            ready.append(True)
            condition.notify()

    _threads(wait, notify)


def _event() -> None:
    import threading

    event = threading.Event()
    _threads(event.wait, event.set)


def _barrier() -> None:
    import threading

    barrier = threading.Barrier(2)
    _threads(barrier.wait, barrier.wait)


def _queue(kind: str) -> Callable[[], None]:
    def check() -> None:
        import queue

        jobs, got = getattr(queue, kind)(), []
        _threads(lambda: got.append(jobs.get()), lambda: jobs.put(1))
        assert got == [1], got

    return check


def _pool() -> None:
    from concurrent.futures import ThreadPoolExecutor

    with ThreadPoolExecutor(2) as pool:
        assert list(pool.map(abs, [-1, -2])) == [1, 2]


def _clocks() -> None:
    import time

    begin = time.monotonic(), time.time(), time.perf_counter()
    time.sleep(3600)
    for before, now in zip(begin, (time.monotonic(), time.time(), time.perf_counter()), strict=True):
        assert 3600 <= now - before < 3601, "a clock shows another time"


def _dates() -> None:
    import datetime
    import time

    before = datetime.datetime.now(datetime.timezone.utc), time.mktime(time.localtime())
    time.sleep(7200)
    assert (datetime.datetime.now(datetime.timezone.utc) - before[0]).seconds == 7200, "datetime.now"
    assert abs(time.mktime(time.localtime()) - before[1] - 7200) <= 1, "time.localtime"


def _local() -> None:
    import threading
    import time

    values = threading.local()

    def work(value: int) -> Callable[[], None]:
        def body() -> None:
            assert not hasattr(values, "x"), "a thread sees another one's value"
            values.x = value
            time.sleep(1)
            assert values.x == value, "a thread sees another one's value"

        return body

    _threads(work(1), work(2))


def _sockets() -> None:
    import socket

    one, other = socket.socketpair()
    with one, other:
        _threads(lambda: one.recv(10), lambda: other.sendall(b"hello"))


def _pipes() -> None:
    import os

    reading, writing = os.pipe()
    _threads(lambda: os.read(reading, 10), lambda: os.write(writing, b"hello"))
    os.close(reading)
    os.close(writing)


def _select() -> None:
    import selectors
    import socket

    one, other = socket.socketpair()
    with one, other, selectors.DefaultSelector() as selector:
        selector.register(one, selectors.EVENT_READ)
        _threads(selector.select, lambda: other.sendall(b"hello"))


def _subprocess() -> None:
    import subprocess

    _threads(lambda: subprocess.run([sys.executable, "-c", "pass"], check=True), lambda: None)


def _asyncio() -> None:
    import asyncio

    def run() -> None:
        asyncio.run(asyncio.wait_for(asyncio.sleep(1), 5))

    _threads(run, run)


def _signals() -> None:
    import os
    import signal
    import threading

    ran_in: list[str] = []

    def handle(number: int, frame: object) -> None:
        ran_in.append(threading.current_thread().name)
        came.set()

    came = threading.Event()
    signal.signal(signal.SIGUSR1, handle)
    thread = threading.Thread(target=lambda: os.kill(os.getpid(), signal.SIGUSR1))
    thread.start()
    came.wait()
    thread.join()
    assert ran_in == ["MainThread"], ran_in


CHECKS: list[Check] = [
    ("threading.Thread", ("thread.start", "thread.join"), lambda: _threads(lambda: None, lambda: None)),
    ("threading.Lock", ("lock.acquire",), _excludes("Lock")),
    ("threading.RLock", ("rlock.acquire",), _excludes("RLock")),
    ("threading.Condition", ("condition.notify",), _condition),
    ("threading.Semaphore", ("semaphore.acquire",), _excludes("Semaphore")),
    ("threading.Event", ("event.set",), _event),
    ("threading.Barrier", ("barrier.wait",), _barrier),
    ("threading.local", ("time.sleep",), _local),
    ("queue.Queue", ("condition.notify",), _queue("Queue")),
    ("queue.SimpleQueue", ("thread.start",), _queue("SimpleQueue")),
    ("concurrent.futures.ThreadPoolExecutor", ("thread.start",), _pool),
    ("time.sleep and the clocks", ("time.sleep", "time.read"), _clocks),
    ("dates", ("time.sleep",), _dates),
    ("sockets", ("socket.recv",), _sockets),
    ("pipes", ("file.read",), _pipes),
    ("select and selectors", ("select.wait",), _select),
    ("subprocess", ("process.wait",), _subprocess),
    ("signals", ("signal.handle",), _signals),
    ("asyncio in threads", ("select.wait",), _asyncio),
]

if sys.platform == "win32":
    CHECKS = [one for one in CHECKS if one[0] not in ("pipes", "subprocess", "signals", "asyncio in threads")]


def tried(check: Check) -> str:
    """What is wrong with a group; empty where nothing is."""
    _, wanted, body = check
    for seed in range(_SEEDS):
        labels = Labels()
        recorder = MemoryRecorder(labels)
        execution = Execution(
            body, strategy="random", seed=seed, recorder=recorder, labels=labels, max_points=_MAX_POINTS
        )
        execution.run()
        outcome = execution.outcome()
        seen = {event[1] for event in recorder.events}
        execution.close()
        if outcome.failures:
            return outcome.failures[0].message
        if outcome.uncontrolled:
            return outcome.uncontrolled[0]
        if missing := [one for one in wanted if one not in seen]:
            return f"{missing[0]} was not under control"
    return ""


def main() -> None:
    """Tries all of them, in the process of a program: patched before anything else."""
    patch.install()
    with redirect_stderr(StringIO()):
        found = {check[0]: tried(check) for check in CHECKS}
    print(json.dumps({"checks": found, "locks_not_reached": left_over()}), flush=True)
