"""The pytest plugin beside others that people use; with `pip install '.[dev]'` they are there."""

import re
import sys

import pytest

from tests.threadtrace.test_plugin import LOST_UPDATE, run_pytest

pytestmark = pytest.mark.one_version

MORE = """
    @pytest.mark.threadtrace
    @pytest.mark.parametrize("number", range(4))
    def test_locked(number):
        counter, lock = Counter(), threading.Lock()
        def add():
            with lock:
                counter.add()
        run(add, add)
        assert counter.value == 2
"""


def test_xdist(tmp_path):
    pytest.importorskip("xdist")
    ran = run_pytest(tmp_path, "-n", "2", source=LOST_UPDATE + MORE)
    assert ran.outcomes["test_counter"] == "FAILED"
    assert re.fullmatch(r"threadtrace: 5 tests, 4 exhausted, 1 failed; \d+ executions", ran.summary)
    assert "the other way round it passes" in ran.text
    assert [path.name for path in (tmp_path / ".threadtrace" / "corpus").iterdir()] != []
    assert "it fails as it did in an earlier run" in run_pytest(tmp_path, "-n", "2").text


def test_xdist_shares_a_budget(tmp_path):
    pytest.importorskip("xdist")
    endless = MORE.replace("run(add, add)", "run(add, add, add, add, add, add)").replace("== 2", "== 6")
    ran = run_pytest(tmp_path, "-n", "2", "--threadtrace-budget", "4s", source=endless)
    assert re.fullmatch(r"threadtrace: 4 tests, 4 (exhausted|sampled); [\d,]+ executions", ran.summary), ran.text
    assert float(re.search(r"4 passed.* in ([\d.]+)s", ran.text)[1]) < 12


LOCKED = """
    @pytest.mark.threadtrace
    def test_locked():
        lock, done = threading.Lock(), []
        def work():
            with lock:
                done.append(1)
        run(work, work)
        assert done == [1, 1]
"""


def test_coverage(tmp_path):
    """Before 3.12 there is one place for who traces: then accesses are not watched, and that is said."""
    pytest.importorskip("pytest_cov")
    ran = run_pytest(tmp_path, "--cov=.", source=LOST_UPDATE + LOCKED)
    assert ran.outcomes["test_locked"] == "PASSED"
    assert re.search(r"test_it.py +\d+ +\d+ +\d+%", ran.text)
    if sys.version_info >= (3, 12):
        assert ran.outcomes["test_counter"] == "FAILED"
    else:
        assert ran.outcomes["test_counter"] == "PASSED"
        assert "accesses to shared memory are not watched: another tool has set a trace function" in ran.text
        assert "2 sampled" in ran.summary


@pytest.mark.parametrize("method", ["signal", "thread"])
def test_timeout(tmp_path, method):
    pytest.importorskip("pytest_timeout")
    source = """
    @pytest.mark.threadtrace(strategy="random", time_limit=60, executions=10**9)
    def test_endless():
        lock = threading.Lock()
        def take():
            with lock: pass
        run(take, take)
    """
    ran = run_pytest(tmp_path, "--timeout", "3", "--timeout-method", method, source=source)
    assert ran.status == 1
    assert "Timeout" in ran.text


def test_hypothesis(tmp_path):
    pytest.importorskip("hypothesis")
    source = """
    from hypothesis import given, settings, strategies as st

    @pytest.mark.threadtrace
    @given(st.lists(st.integers(), min_size=1, max_size=3))
    def test_total(numbers):
        total = [0]
        def add(number):
            total[0] += number
        run(*[lambda number=number: add(number) for number in numbers])
        assert total[0] == sum(numbers)

    @pytest.mark.threadtrace
    @settings(deadline=1)  # milliseconds, for one execution
    @given(st.integers())
    def test_locked(number):
        lock, total = threading.Lock(), [0]
        def add():
            with lock:
                total[0] += number
        run(add, add)
        assert total[0] == 2 * number
    """
    ran = run_pytest(tmp_path, source=source)
    assert ran.outcomes == {"test_total": "FAILED", "test_locked": "PASSED"}
    assert "preempted" in ran.section("test_total")
    assert "DeadlineExceeded" not in ran.text
    if sys.version_info >= (3, 12):  # before, accesses are not watched while hypothesis traces for its explanation
        assert re.search(r"(Falsifying example|Failing test case): test_total\(", ran.text)
