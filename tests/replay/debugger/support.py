"""What the tests of the debugger use: programs, their recordings, and sessions in a terminal."""

from __future__ import annotations

import os
import textwrap

from tests.replay.debugger.terminal import Terminal, arguments_of
from tests.support import EXAMPLES, command

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
