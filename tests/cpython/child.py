"""One process that runs the tests of a module one after the other, plainly or under control.

    python -m tests.cpython.child MODULE plain|control STRATEGY SEED SKIP DESCRIPTOR [MATCH]

Writes JSON lines to a file descriptor: how many tests there are, then which one begins and how it ended.
The first SKIP tests are left out: an earlier child has run them.
"""

from __future__ import annotations

import gc
import importlib
import json
import os
import sys
import unittest
import warnings
from typing import TYPE_CHECKING, Any

from tests.cpython.modules import BY_NAME

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tests.cpython.modules import Module

PASSED, FAILED, SKIPPED = "passed", "failed", "skipped"

#: Verdict of a test, and why.
Verdict = tuple[str, str]


class Suite(unittest.TestSuite):
    """Gives the fixtures of classes and modules, which stay outside of what is under control."""

    def __init__(self, run: Callable[[unittest.TestCase], Verdict]) -> None:
        super().__init__()
        self._run = run
        self._own: Any = self  # typeshed does not know the methods for fixtures

    def verdict(self, case: unittest.TestCase, fixtures: Any) -> Verdict:
        """Runs a test, and before it the fixtures that it needs."""
        noted = len(fixtures.errors), len(fixtures.skipped)
        self._own._tearDownPreviousClass(case, fixtures)
        self._own._handleModuleFixture(case, fixtures)
        self._own._handleClassSetUp(case, fixtures)
        fixtures._previousTestClass = type(case)
        if getattr(type(case), "_classSetupFailed", False) or getattr(fixtures, "_moduleSetUpFailed", False):
            if len(fixtures.skipped) > noted[1]:
                self.why = SKIPPED, fixtures.skipped[-1][1]
            elif len(fixtures.errors) > noted[0]:
                self.why = FAILED, fixtures.errors[-1][1]
            return self.why
        return self._run(case)

    def close(self, fixtures: Any) -> None:
        """Takes the last fixtures down."""
        self._own._tearDownPreviousClass(None, fixtures)
        self._own._handleModuleTearDown(fixtures)


def verdict_of(result: unittest.TestResult) -> Verdict:
    """What came of one test."""
    for problem in result.failures + result.errors:
        return FAILED, problem[1]
    if result.unexpectedSuccesses:
        return FAILED, "unexpected success"
    if result.skipped and not result.expectedFailures:
        return SKIPPED, result.skipped[0][1]
    return (PASSED, "") if result.testsRun else (FAILED, "it was not run")


def run_plainly(case: unittest.TestCase) -> Verdict:
    """Runs a test as it is."""
    result = unittest.TestResult()
    case.run(result)
    return verdict_of(result)


def controlled(strategy: str, seed: int) -> Callable[[unittest.TestCase], Verdict]:
    """What runs a test as one execution under control. Patches."""
    from replay.execution import Execution
    from tracer import patch
    from tracer.outcome import FailureKind

    patch.install()

    def run(case: unittest.TestCase) -> Verdict:
        result = unittest.TestResult()
        execution = Execution(lambda: case.run(result), strategy=strategy, seed=seed)
        execution.run()
        outcome = execution.outcome()
        execution.close()
        gc.collect()
        verdict, why = verdict_of(result)
        for failure in outcome.failures:
            # Tests let threads fail on purpose.
            if failure.kind is not FailureKind.EXCEPTION or failure.threads == ["MainThread"]:
                waits = "\n".join(map(str, failure.waiting))
                return FAILED, f"{failure.kind.value}: {failure.message}\n{waits}\n{why}"
        return verdict, why

    return run


def collect(module: Module) -> Iterator[unittest.TestCase]:
    """The tests of a module, in order."""
    for name in module.modules:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            found = importlib.import_module(name)
        pending: list[Any] = [unittest.defaultTestLoader.loadTestsFromModule(found)]
        while pending:
            first = pending.pop(0)
            if isinstance(first, unittest.TestSuite):
                pending[:0] = list(first)
            elif module.takes(first.id()):
                yield first


def main() -> None:
    name, way, strategy, seed, skip, descriptor, *match = sys.argv[1:]
    out = open(int(descriptor), "w", buffering=1)

    def say(**line: object) -> None:
        if os.getpid() == pid:  # and not in what a test has forked
            print(json.dumps(line), file=out)

    pid = os.getpid()
    sys.argv[1:] = []
    run = run_plainly if way == "plain" else controlled(strategy, int(seed))
    try:
        cases = list(collect(BY_NAME[name]))
    except unittest.SkipTest as reason:
        say(all=0, why=f"skipped: {reason}")
        return
    except ModuleNotFoundError as error:
        say(all=0, why=f"not installed with this Python: {error}")
        return
    cases = [case for case in cases if not match or match[0] in case.id()]
    say(all=len(cases))
    suite, fixtures = Suite(run), unittest.TestResult()
    for case in cases[int(skip) :]:
        say(begins=case.id())
        verdict, why = suite.verdict(case, fixtures)
        say(ends=case.id(), verdict=verdict, why=why)
    suite.close(fixtures)
    say(over=True)
    os._exit(0)  # threads that a failed test has left behind must not keep it


if __name__ == "__main__":
    main()
