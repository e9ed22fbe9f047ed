"""The programs in `tests/programs`, whose folder is their verdict."""

import concurrent.futures.thread
import sys
import threading
import types
from pathlib import Path

import pytest

import replay.kernel
from replay.stuck.watch import Watch
from tests.expectations import expectations
from tests.support import execute, fewer

PROGRAMS = Path(__file__).parent / "programs"
SCHEDULES = [{"strategy": "round-robin"}] + [{"strategy": "random", "seed": seed} for seed in range(100)]

pytestmark = pytest.mark.usefixtures("plain_hooks", "few_objects")


def kinds(path, source=None, **schedule):
    """The kinds of failure in one execution of a program."""
    code = compile(source or path.read_text(), str(path), "exec")
    module = types.ModuleType("__main__")

    def main():
        try:
            exec(code, module.__dict__)
        finally:  # what the interpreter does before it waits for the threads
            for call in reversed(threading._threading_atexits):
                call()

    before = sys.modules["__main__"]
    sys.modules["__main__"] = module
    try:
        outcome = execute(main, max_points=5000, **schedule).outcome
    finally:
        sys.modules["__main__"] = before
        concurrent.futures.thread._shutdown = False
        concurrent.futures.thread._threads_queues.clear()
    return {failure.kind.value for failure in outcome.failures}, outcome


def schedules(path, most=len(SCHEDULES)):
    """Those to try. Looking for a partial deadlock takes a while in a process as large as a test runner's."""
    return SCHEDULES[: 6 if path.stem.startswith("partial_") else most]


def programs(folder):
    found = sorted((PROGRAMS / folder).rglob("*.py"))
    assert found
    return [pytest.param(path, id=path.stem) for path in found]


@pytest.mark.parametrize("path", programs("pass"))
@pytest.mark.parametrize("clock", ["virtual", "any"])
def test_passes_on_every_schedule(path, clock):
    if clock == "any" and path.stem.startswith("timed_"):
        pytest.skip("relies on a timed wait not being over too early, which the clock `any` does not promise")
    for schedule in fewer(SCHEDULES[:40]):
        found, outcome = kinds(path, clock=clock, **schedule)
        assert not found, (schedule, outcome.failures)


@pytest.mark.parametrize("path", programs("pass"))
@pytest.mark.parametrize("clock", ["virtual", "any"])
def test_nobody_is_lost_at_any_point(path, clock, monkeypatch):
    """Threads that can never go on are looked for at every scheduling point, and are never found."""
    if path.stem.startswith("timed_"):
        pytest.skip("relies on a timed wait not being over too early, and so much attention makes the time go by")
    monkeypatch.setattr(replay.kernel, "ATTEND_EVERY", 1)
    monkeypatch.setattr(Watch, "look", lambda watch, frame: watch._kernel.points < 200 and watch.look_at_once(frame))
    for schedule in fewer(SCHEDULES[:4]):
        found, outcome = kinds(path, clock=clock, **schedule)
        assert not found, (schedule, outcome.failures)


@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
@pytest.mark.parametrize("path", programs("fail"))
def test_fails_on_some_schedule(path):
    for schedule in schedules(path):
        found, _ = kinds(path, **schedule)
        assert found <= {path.parent.name}, schedule
        if found:
            return
    pytest.fail("it passed on every schedule")


@pytest.mark.parametrize("path", programs("fail/deadlock"))
def test_deadlock_is_the_expected_one(path):
    expected = expectations(path)
    for schedule in fewer(schedules(path)):
        _, outcome = kinds(path, **schedule)
        for failure in outcome.failures:
            assert any(one.is_met_by(failure) for one in expected), (schedule, failure, expected)


@pytest.mark.parametrize("path", [path for path in programs("fail/deadlock") if path.id.startswith("partial_")])
def test_partial_deadlock_is_a_deadlock_once_nobody_goes_on(path):
    """The same program, with an end to what goes on for ever: then the main thread can be stuck, too."""
    source = path.read_text()
    assert source.count("while True:") == 1
    source = source.replace("while True:", "for _ in range(3):")
    expected = expectations(path)
    for schedule in fewer(schedules(path, 60)):
        found, outcome = kinds(path, source, **schedule)
        assert found == {"deadlock"}, schedule
        (failure,) = outcome.failures
        assert any(set(failure.threads) - {"MainThread"} == one.threads - {"MainThread"} for one in expected)
        assert any(set(failure.objects) >= one.objects for one in expected)
