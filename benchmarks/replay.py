"""How long a replay takes, as a multiple of the execution that was recorded, on one core.

    python -m benchmarks.replay [--profile]

The execution writes its trace; it is replayed from the trace, from the schedule alone, and realigned. All of them are
measured in turn in one run: the ratios hold when the machine is noisy, the figures alone do not. Medians of `ROUNDS`
rounds. A replay is to take no more than 1.3 times as long.
"""

from __future__ import annotations

import argparse
import contextlib
import cProfile
import io
import os
import pstats
import statistics
import sys
import tempfile
from collections.abc import Callable
from functools import partial

import msgspec

from benchmarks.speed import LOOPS, contended_lock, seconds
from replay.execution import Execution
from replay.following.schedule import recorded, settings_of
from replay.job import Job, Replay
from replay.plan import make_plan
from tracer import patch
from tracer.journal import Journal
from tracer.labels import Labels
from tracer.trace import FORMAT, Header

ROUNDS = 9

EXAMPLES = os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), "examples")


def example(name: str) -> Callable[[], None]:
    path = os.path.join(EXAMPLES, f"{name}.py")
    with open(path) as file:
        code = compile(file.read(), path, "exec")

    def main() -> None:
        with contextlib.redirect_stdout(io.StringIO()):
            exec(code, {"__name__": "__main__"})

    return main


#: Name, what is executed, how often: short executions are measured by the hundred.
PROGRAMS: list[tuple[str, Callable[[], object], int]] = [
    ("contended lock", partial(contended_lock, LOOPS), 1),
    ("examples/semaphore.py", example("semaphore"), 100),
    ("examples/condition.py", example("condition"), 100),
]


def execute(main: Callable[[], object], path: str, replay: Replay | None = None) -> str:
    """One execution as the host does it, planning and reading of the recording included; gives its schedule."""
    job = Job(program="", arguments=[], module=False, trace=path, strategy="random", max_points=1 << 30, replay=replay)
    header = Header(
        threadtrace=FORMAT, version="", python="", program="", arguments=[], module=False, seed=0,
        strategy="random", preempt="sync", clock="virtual", hash_seed=0, max_points=job.max_points,
    )  # fmt: skip
    labels = Labels()
    journal = Journal(path, header, labels)
    plan = make_plan(job, journal)
    execution = Execution(
        main, strategy=plan.strategy, recorder=plan.recorder, labels=labels, max_points=job.max_points
    )
    plan.begin(execution.kernel)
    execution.run()
    schedule = recorded(settings_of(header), journal.symbols, journal.steps).encode()
    outcome = plan.end(msgspec.structs.replace(execution.outcome(), schedule=schedule))
    assert outcome.divergence is None, outcome.divergence
    journal.close(outcome)
    execution.close()
    return schedule


def measure() -> None:
    patch.install()
    print(f"Python {sys.version.split()[0]}, medians of {ROUNDS} rounds; multiples of the recorded execution")
    print(f"{'':28}{'recorded':>12}{'from trace':>12}{'from tt1':>10}{'realigned':>11}")
    with tempfile.TemporaryDirectory() as folder:
        for name, main, times in PROGRAMS:
            report(folder, name, main, times)


def report(folder: str, name: str, main: Callable[[], object], times: int) -> None:
    first, again = os.path.join(folder, "first.trace"), os.path.join(folder, "again.trace")

    def repeat(path: str, replay: Replay | None = None) -> float:
        return seconds(lambda: [execute(main, path, replay) for _ in range(times)]) / times

    rows = []
    schedule = execute(main, first)
    for _ in range(ROUNDS):
        original = repeat(first)
        replays = [Replay(first), Replay(schedule), Replay(first, realign=True)]
        rows.append((original, *(repeat(again, replay) / original for replay in replays)))
    original, trace, text, realigned = (statistics.median(column) for column in zip(*rows, strict=True))
    print(f"{name:28}{original * 1e3:>10.2f}ms{trace:>12.2f}{text:>10.2f}{realigned:>11.2f}")


def profile() -> None:
    """Where the time of a replay goes."""
    patch.install()
    profiler = cProfile.Profile()
    with tempfile.TemporaryDirectory() as folder:
        first, again = os.path.join(folder, "first.trace"), os.path.join(folder, "again.trace")
        schedule = execute(PROGRAMS[0][1], first)
        profiler.runcall(execute, PROGRAMS[0][1], again, Replay(schedule))
    pstats.Stats(profiler).sort_stats("tottime").print_stats(14)


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--profile", action="store_true")
    profile() if parser.parse_args().profile else measure()
