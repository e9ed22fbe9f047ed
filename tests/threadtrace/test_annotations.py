"""What a program, or a test, tells: notes, sections that nobody interrupts, what has to hold."""

import threading

import pytest

import threadtrace
from replay.settings import SEARCH_NAMES
from tests.support import trace_lines
from tests.threadtrace.test_api import in_threads

pytestmark = pytest.mark.usefixtures("somewhere")


@pytest.fixture
def somewhere(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)


class Account:
    def __init__(self):
        self.here, self.there = 5, 5
        self.lock = threading.Lock()


def move(account):
    with account.lock:
        account.here -= 1
        threadtrace.note(f"{account.here} are left")
        account.there += 1


def twice(account):
    in_threads(lambda: move(account), lambda: move(account))


def test_a_note_stands_in_the_trace_and_in_the_interleaving():
    def fails(account):
        twice(account)
        assert account.here == 2

    result = threadtrace.explore(fails, setup=Account)
    notes = [line["result"] for line in trace_lines(result.trace)[1:-1] if line["operation"] == "program.note"]
    assert notes == ["4 are left", "3 are left"]
    assert "notes 4 are left" in str(result.report)


def test_without_control_nothing_happens():
    account = Account()
    move(account)
    with threadtrace.atomic():
        move(account)
    assert account.here == 3


def test_what_holds_before_each_operation():
    result = threadtrace.explore(twice, setup=Account, invariant=lambda account: account.here > 2)
    assert result.verdict == "sampled"
    assert any("an invariant sees states in between" in one for one in result.advice)


def test_what_does_not_hold_in_between_fails():
    result = threadtrace.explore(twice, setup=Account, invariant=lambda account: account.here + account.there == 10)
    (failure,) = result.failures
    assert failure.kind == "exception"
    assert "AssertionError: the invariant at" in failure.message
    assert failure.threads == ["Thread-1 (<lambda>)"]
    again = threadtrace.replay(
        failure.schedule, twice, setup=Account, invariant=lambda account: account.here + account.there == 10,
        name=threadtrace.api.name_of(twice),
    )  # fmt: skip
    assert again.verdict == "failed"
    assert "the invariant at" in again.failures[0].message


def test_states_that_only_some_of_the_equivalent_schedules_have():
    """Two threads that have nothing to do with each other: one order is as good as any other, but not in between."""

    def writes(state):
        in_threads(lambda: state.__setitem__("first", 1), lambda: state.__setitem__("second", 1))

    def holds(state):
        return not (state.get("second") and not state.get("first"))

    assert threadtrace.explore(writes, setup=dict, invariant=holds).verdict == "failed"
    for strategy in SEARCH_NAMES:
        assert threadtrace.explore(writes, setup=dict, invariant=holds, strategy=strategy).verdict != "exhausted"


@pytest.mark.parametrize("strategy", SEARCH_NAMES)
def test_with_an_invariant_nothing_is_exhausted(strategy):
    """What only one thread uses is no place where others go first, and the invariant looks at it all the same."""
    result = threadtrace.explore(
        twice, setup=Account, invariant=lambda account: account.here > 2, strategy=strategy, executions=300
    )
    assert result.verdict == "sampled"


def test_an_invariant_that_would_wait_is_told_so():
    def holds(account):
        with account.lock:
            pass

    (failure,) = threadtrace.explore(twice, setup=Account, invariant=holds).failures
    assert "lock.acquire would block: nothing is scheduled in an invariant" in failure.message


def racy(outer=threadtrace.atomic):
    total = [0]

    def add():
        with outer():
            total[0] += 1

    in_threads(add, add)
    assert total == [2]


@pytest.mark.parametrize("strategy", [*SEARCH_NAMES, "random", "pct", "surw", "pos"])
def test_nobody_goes_first_in_an_atomic_section(strategy):
    result = threadtrace.explore(racy, strategy=strategy, executions=100)
    assert result.verdict == "sampled"
    assert any("threadtrace.atomic() kept threads from going first" in one for one in result.advice)
    assert threadtrace.explore(lambda: racy(threading.Lock), strategy=strategy, executions=100).verdict == "failed"


def test_the_orders_of_atomic_sections_are_explored():
    def main():
        order = []

        def add(name):
            with threadtrace.atomic():
                order.append(name)
                order.append(name)

        in_threads(lambda: add("a"), lambda: add("b"))
        assert order != ["b", "b", "a", "a"]

    for strategy in SEARCH_NAMES:
        assert threadtrace.explore(main, strategy=strategy).verdict == "failed", strategy


def test_who_has_to_wait_in_an_atomic_section_lets_others_go_on():
    def main():
        got = threading.Event()
        order = []

        def first():
            with threadtrace.atomic():
                order.append("first")
                got.wait()
                order.append("first")
                order.append("again")

        def second():
            order.append("second")
            got.set()
            order.append("second")

        in_threads(first, second)
        assert order.index("again") - order.index("first", order.index("first") + 1) == 1

    assert threadtrace.explore(main, executions=200).verdict == "sampled"


def test_what_happens_before_the_threads_begin_is_no_doubt():
    def main():
        with threadtrace.atomic():
            lock = threading.Lock()
            total = [0]

        def add():
            with lock:
                total[0] += 1

        in_threads(add, add)
        assert total == [2]

    assert threadtrace.explore(main).verdict == "exhausted"
