"""The programs in `tests/programs`, whose folder is their verdict."""

import sys
import types
from pathlib import Path

import pytest

from tests.support import execute

PROGRAMS = Path(__file__).parent / "programs"
SCHEDULES = [{"strategy": "round-robin"}] + [{"strategy": "random", "seed": seed} for seed in range(200)]


def kinds(path, **schedule):
    """The kinds of failure in one execution of a program."""
    code = compile(path.read_text(), str(path), "exec")
    module = types.ModuleType("__main__")
    before = sys.modules["__main__"]
    sys.modules["__main__"] = module
    try:
        outcome = execute(lambda: exec(code, module.__dict__), max_points=5000, **schedule).outcome
    finally:
        sys.modules["__main__"] = before
    return {failure.kind.value for failure in outcome.failures}, outcome


def programs(folder):
    found = sorted((PROGRAMS / folder).rglob("*.py"))
    assert found
    return [pytest.param(path, id=path.stem) for path in found]


@pytest.mark.parametrize("path", programs("pass"))
@pytest.mark.parametrize("clock", ["virtual", "any"])
def test_passes_on_every_schedule(path, clock):
    if clock == "any" and path.stem in ("timeouts_look_like_deadlocks", "timer"):
        pytest.skip("asserts that a timeout is not over too early, which the clock `any` does not promise")
    for schedule in SCHEDULES[:60]:
        found, outcome = kinds(path, clock=clock, **schedule)
        assert not found, (schedule, outcome.failures)


@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
@pytest.mark.parametrize("path", programs("fail"))
def test_fails_on_some_schedule(path):
    for schedule in SCHEDULES:
        found, _ = kinds(path, **schedule)
        assert found <= {path.parent.name}, schedule
        if found:
            return
    pytest.fail("it passed on every schedule")
