"""How fast executions are, on one core: traced lock operations, scheduling points, executions, a whole command.

    python -m benchmarks.speed [--profile]

Each figure stands beside that of a bare greenlet kernel (`bare_kernel.py`), measured in turn with it in the same run:
these ratios hold when the machine is noisy, the figures alone do not. Medians of `ROUNDS` rounds.
"""

from __future__ import annotations

import argparse
import cProfile
import os
import pstats
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from typing import TYPE_CHECKING

from benchmarks import bare_kernel
from replay.execution import Execution
from tracer import patch
from tracer.journal import Journal
from tracer.labels import Labels
from tracer.real import perf_counter_ns
from tracer.trace import FORMAT, Header

if TYPE_CHECKING:
    from collections.abc import Callable

    from tracer.events import Recorder

ROUNDS = 7
LOOPS = 10_000
EXECUTIONS = 1_000

EXAMPLE = os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), "examples", "condition.py")


def seconds(work: Callable[[], object]) -> float:
    begin = perf_counter_ns()
    work()
    return (perf_counter_ns() - begin) / 1e9


def contended_lock(loops: int) -> None:
    """Three threads that take and release one lock."""
    lock = threading.Lock()

    def work() -> None:
        for _ in range(loops):
            lock.acquire()
            lock.release()

    threads = [threading.Thread(target=work) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def bare_contended_lock(loops: int) -> None:
    kernel = bare_kernel.Kernel()
    lock = bare_kernel.Lock(kernel)

    def work() -> None:
        for _ in range(loops):
            lock.acquire()
            lock.release()

    for _ in range(3):
        kernel.spawn(work)
    kernel.run()


def two_critical_sections() -> None:
    """Two threads, each with two critical sections on one lock."""
    contended = threading.Lock()

    def work() -> None:
        with contended:
            pass
        with contended:
            pass

    threads = [threading.Thread(target=work), threading.Thread(target=work)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def bare_two_critical_sections() -> None:
    kernel = bare_kernel.Kernel()
    lock = bare_kernel.Lock(kernel)

    def work() -> None:
        for _ in range(2):
            lock.acquire()
            lock.release()

    kernel.spawn(work)
    kernel.spawn(work)
    kernel.run()


def execute(
    main: Callable[[], object], recorder: Recorder | None = None, labels: Labels | None = None, seed: int = 0
) -> int:
    execution = Execution(main, strategy="random", seed=seed, recorder=recorder, labels=labels)
    execution.run()
    outcome = execution.outcome()
    assert not outcome.failures, outcome
    execution.close()
    return outcome.points


def journaled_lock(folder: str) -> float:
    labels = Labels()
    header = Header(
        threadtrace=FORMAT, version="", python="", program="", arguments=[], module=False, seed=0,
        strategy="random", preempt="sync", clock="virtual", hash_seed=0,
    )  # fmt: skip
    journal = Journal(os.path.join(folder, "speed.trace"), header, labels)
    took = seconds(lambda: execute(lambda: contended_lock(LOOPS), journal, labels))
    journal.cut()
    return took


def many_executions() -> None:
    for seed in range(EXECUTIONS):
        execute(two_critical_sections, seed=seed)


def bare_many_executions() -> None:
    for _ in range(EXECUTIONS):
        bare_two_critical_sections()


def command(folder: str) -> None:
    line = [sys.executable, "-m", "threadtrace", "run", EXAMPLE]
    subprocess.run(line, cwd=folder, stdout=subprocess.DEVNULL, check=False)


def measure() -> None:
    patch.install()
    operations = 6 * LOOPS
    with tempfile.TemporaryDirectory() as folder:
        rows: dict[str, list[tuple[float, float]]] = {}
        for _ in range(ROUNDS):
            bare = operations / seconds(lambda: bare_contended_lock(LOOPS))
            memory = operations / seconds(lambda: execute(lambda: contended_lock(LOOPS)))
            journal = operations / journaled_lock(folder)
            bare_runs = EXECUTIONS / seconds(bare_many_executions)
            runs = EXECUTIONS / seconds(many_executions)
            rows.setdefault("lock operations/s, events in memory", []).append((memory, bare))
            rows.setdefault("lock operations/s, trace file", []).append((journal, bare))
            rows.setdefault("executions/s, 2 threads x 2 sections", []).append((runs, bare_runs))
        whole = statistics.median(seconds(lambda: command(folder)) for _ in range(ROUNDS))
    print(f"Python {sys.version.split()[0]}, medians of {ROUNDS} rounds")
    print(f"{'':40}{'threadtrace':>12}{'bare kernel':>13}{'ratio':>7}")
    for name, pairs in rows.items():
        ours, theirs = (statistics.median(column) for column in zip(*pairs, strict=True))
        ratio = statistics.median(a / b for a, b in pairs)
        print(f"{name:40}{ours:>12,.0f}{theirs:>13,.0f}{ratio:>7.2f}")
    print(f"{'threadtrace run, small program':40}{whole:>11.3f}s")


def profile() -> None:
    """Where the time of a scheduling point goes."""
    patch.install()
    profiler = cProfile.Profile(timer=time.process_time_ns, timeunit=1e-9)
    with tempfile.TemporaryDirectory() as folder:
        profiler.runcall(journaled_lock, folder)
    pstats.Stats(profiler).sort_stats("tottime").print_stats(14)


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--profile", action="store_true")
    profile() if parser.parse_args().profile else measure()
