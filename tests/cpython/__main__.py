"""Runs CPython's own tests of the threading primitives under control, and prints a table.

    python -m tests.cpython [--verbose] [--strategy random --seed 3]

Each test is one execution, in which the test's main thread and its helper threads are controlled. Exit status 1 when a
test failed that is not listed, with its reason, in `EXPECTED`.
"""

from __future__ import annotations

import argparse
import gc
import io
import sys
import unittest
import warnings

from replay.execution import Execution
from tracer import patch

patch.install()

with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    import test.test_thread
    import test.test_threading

SUITES = {
    "Lock": [test.test_threading.LockTests],
    "RLock (Python)": [test.test_threading.PyRLockTests],
    "RLock (C)": [test.test_threading.CRLockTests],
    "Event": [test.test_threading.EventTests],
    "Condition (Python RLock)": [test.test_threading.ConditionAsRLockTests],
    "Condition": [test.test_threading.ConditionTests],
    "Semaphore": [test.test_threading.SemaphoreTests],
    "BoundedSemaphore": [test.test_threading.BoundedSemaphoreTests],
    "Barrier": [test.test_threading.BarrierTests],
    "_thread lock": [test.test_thread.LockTests],
}

#: Test -> why it cannot pass under control.
EXPECTED: dict[str, str] = {}


def run_test(case: unittest.TestCase, strategy: str, seed: int) -> tuple[str, str]:
    """How one test ended: passed, failed or skipped, and why."""
    result = unittest.TestResult()
    execution = Execution(lambda: case.run(result), strategy=strategy, seed=seed)
    execution.run()
    outcome = execution.outcome()
    execution.close()
    for problem in result.failures + result.errors:
        return "failed", problem[1]
    for failure in outcome.failures:
        if not failure.message.startswith("Thread-"):  # tests let threads fail on purpose
            return "failed", failure.message + "\n" + "\n".join(map(str, failure.waiting))
    return ("skipped", result.skipped[0][1]) if result.skipped else ("passed", "")


def main() -> int:
    parser = argparse.ArgumentParser()
    parser.add_argument("--verbose", action="store_true")
    parser.add_argument("--strategy", default="round-robin")
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    unexpected = 0
    print(f"Python {sys.version.split()[0]}")
    print(f"{'suite':28}{'passed':>8}{'failed':>8}{'skipped':>9}")
    for name, classes in SUITES.items():
        counts = {"passed": 0, "failed": 0, "skipped": 0}
        reports = []
        for suite in classes:
            for case in unittest.defaultTestLoader.loadTestsFromTestCase(suite):
                stderr, sys.stderr = sys.stderr, io.StringIO()
                try:
                    verdict, why = run_test(case, options.strategy, options.seed)
                finally:
                    sys.stderr = stderr
                gc.collect()
                counts[verdict] += 1
                if verdict == "failed":
                    reason = EXPECTED.get(case.id().removeprefix("test."))
                    unexpected += reason is None
                    reports.append(f"  {case.id()}: {reason or why}")
                elif verdict == "skipped" and options.verbose:
                    reports.append(f"  {case.id()}: skipped: {why}")
        print(f"{name:28}{counts['passed']:>8}{counts['failed']:>8}{counts['skipped']:>9}")
        print(*reports, sep="\n", end="\n" if reports else "")
    return 1 if unexpected else 0


sys.exit(main())
