"""How fast accesses to shared memory are, as scheduling points, on one core.

    python -m benchmarks.memory

Two threads add to an attribute, which is two accesses a time; then code that shares nothing, at each level of
preemption beside its plain speed. Medians of `ROUNDS` rounds; the levels are measured in turn in the same round.
"""

from __future__ import annotations

import statistics
import sys
import threading
from typing import TYPE_CHECKING

from benchmarks.speed import seconds
from replay.execution import Execution
from tracer import patch

if TYPE_CHECKING:
    from collections.abc import Callable

ROUNDS = 5
LOOPS = 20_000
PLAIN_LOOPS = 200_000
EXECUTIONS = 300

_NO_LIMIT = 1 << 40


class Counter:
    """What is shared."""

    def __init__(self) -> None:
        self.value = 0

    def add(self, times: int) -> None:
        for _ in range(times):
            self.value += 1


def add_in_two_threads(times: int) -> None:
    counter = Counter()
    threads = [threading.Thread(target=counter.add, args=(times,)) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def share_nothing() -> int:
    """Numbers, a list and a dict that nobody else has, and calls."""
    total = 0
    for number in range(PLAIN_LOOPS):
        total = (total * 3 + number) % 1_000_003
        if total > 7:
            total = half(total)
    return total


def half(number: int) -> int:
    return number // 2


def in_a_thread(work: Callable[[], object]) -> None:
    thread = threading.Thread(target=work)
    thread.start()
    thread.join()


def execute(main: Callable[[], object], preempt: str, seed: int = 1) -> int:
    """The number of scheduling points."""
    execution = Execution(main, strategy="random", seed=seed, preempt=preempt, max_points=_NO_LIMIT)
    execution.run()
    outcome = execution.outcome()
    execution.close()
    assert not outcome.failures, outcome.failures
    return outcome.points


def many(preempt: str) -> None:
    for seed in range(EXECUTIONS):
        execute(lambda: add_in_two_threads(1), preempt, seed)


def measure() -> None:
    patch.install()
    accesses: dict[str, list[float]] = {"gil": [], "any": []}
    alone: dict[str, list[float]] = {"sync": [], "gil": [], "any": []}
    executions: dict[str, list[float]] = {"sync": [], "gil": [], "any": []}
    for _ in range(ROUNDS):
        for level, figures in accesses.items():
            figures.append(4 * LOOPS / seconds(lambda level=level: execute(lambda: add_in_two_threads(LOOPS), level)))
        plain = seconds(share_nothing)
        for level, figures in alone.items():
            took = seconds(lambda level=level: execute(lambda: in_a_thread(share_nothing), level))
            figures.append(plain / took)
        for level, figures in executions.items():
            figures.append(EXECUTIONS / seconds(lambda level=level: many(level)))
    print(f"Python {sys.version.split()[0]}, medians of {ROUNDS} rounds")
    for level, figures in accesses.items():
        print(f"accesses/s, --preempt {level:<22}{statistics.median(figures):>12,.0f}")
    for level, figures in alone.items():
        print(f"code that shares nothing, --preempt {level:<8}{statistics.median(figures):>12.2f} of its plain speed")
    for level, figures in executions.items():
        print(f"executions/s, two adders, --preempt {level:<8}{statistics.median(figures):>12,.0f}")


if __name__ == "__main__":
    measure()
