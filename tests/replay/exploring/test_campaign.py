"""Campaigns over functions: verdicts, what they rest on, when they stop, and how many processes they take."""

from __future__ import annotations

import threading
import weakref
from concurrent.futures import ThreadPoolExecutor
from multiprocessing import get_context

import pytest

from replay.exploring.functions import explore
from replay.exploring.job import PORTFOLIO, Budget
from replay.exploring.one import execute
from replay.exploring.plans import Plans
from replay.exploring.specs import Run, Setting, Spec
from replay.exploring.verdict import advice, coverage, verdict_of
from replay.settings import SEARCH_NAMES, STRATEGY_NAMES
from replay.strategies import STRATEGIES
from tests.support import fewer
from tracer.access.watch import Kept
from tracer.outcome import Ending, FailureKind, Verdict
from tracer.runtime import door


class Counter:
    def __init__(self):
        self.value = 0


def in_threads(*targets):
    threads = [threading.Thread(target=target) for target in targets]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def lost_update():
    counter = Counter()

    def add():
        counter.value = counter.value + 1

    in_threads(add, add)
    assert counter.value == 2


def locked_update():
    counter, lock = Counter(), threading.Lock()

    def add():
        with lock:
            counter.value = counter.value + 1

    in_threads(add, add)
    assert counter.value == 2
    return counter.value


def many_orders():
    lock = threading.Lock()

    def work():
        for _ in range(6):
            with lock:
                pass

    in_threads(work, work, work)


def both_failures():
    a, b = threading.Lock(), threading.Lock()
    counter = Counter()

    def first():
        counter.value = counter.value + 1
        with a, b:
            pass

    def second():
        counter.value = counter.value + 1
        with b, a:
            pass

    in_threads(first, second)
    assert counter.value == 2


@pytest.mark.parametrize("strategy", fewer(["portfolio", "dpor", "surw", "places", "meetings", "pos", "pct", "urw",
                                            "random", "preemption-bounded", "delay-bounded"]))  # fmt: skip
def test_each_strategy_finds_a_lost_update(strategy):
    found = explore(lost_update, strategy=strategy, budget=Budget(300))
    assert verdict_of(found) is Verdict.FAILED
    (failure,) = found.failures
    assert failure.failure.kind is FailureKind.EXCEPTION
    assert failure.number == found.executions


def test_all_strategies_are_offered():
    assert {*STRATEGY_NAMES} == {*STRATEGIES}
    assert not {*SEARCH_NAMES} & {*STRATEGIES}


@pytest.mark.parametrize("strategy", ["portfolio", "dpor", "preemption-bounded", "delay-bounded"])
def test_a_search_that_comes_to_its_end(strategy):
    found = explore(locked_update, strategy=strategy, budget=Budget(2_000))
    assert verdict_of(found) is Verdict.EXHAUSTED
    assert found.states == 1
    assert coverage(found) == 1


@pytest.mark.parametrize("strategy", ["preemption-bounded", "delay-bounded"])
def test_how_far_a_bounded_search_has_come(strategy):
    found = explore(many_orders, strategy=strategy, budget=Budget(200), setting=Setting(preempt="sync"))
    assert verdict_of(found) is Verdict.SAMPLED
    deviations = strategy.removesuffix("-bounded")
    assert found.bound in (0, 1, 2)
    told = f"all schedules with at most {found.bound} {deviations}{'' if found.bound == 1 else 's'} were executed"
    assert told in advice(found, "sync")
    least = explore(many_orders, strategy=strategy, budget=Budget(1), setting=Setting(preempt="sync"))
    assert least.bound == {"preemption": None, "delay": 0}[deviations]  # without a delay there is one schedule


def test_a_module_that_is_to_be_watched_and_is_not_there():
    found = explore(locked_update, budget=Budget(5), setting=Setting(include=["nosuch", "threading", "stdlib"]))
    assert found.warnings == ["--include nosuch: the program has imported no such module"]


def test_sampling_is_never_exhaustive():
    found = explore(locked_update, strategy="random", budget=Budget(500))
    assert verdict_of(found) is Verdict.SAMPLED
    assert found.executions == 500
    assert found.schedules < 500
    assert 0 < coverage(found) <= 1


def test_nothing_to_test():
    assert verdict_of(explore(lambda: None)) is Verdict.NOTHING_TESTED
    assert verdict_of(explore(threading.Lock)) is Verdict.NOTHING_TESTED


def test_what_would_say_more():
    found = explore(many_orders, budget=Budget(40), setting=Setting(preempt="sync"))
    assert verdict_of(found) is Verdict.SAMPLED
    told = advice(found, "sync")
    assert any("--executions" in one for one in told)
    assert any("--preempt any" in one for one in told)
    assert coverage(found) < 0.5


def test_going_on_after_a_failure():
    stopped = explore(both_failures, budget=Budget(400))
    assert len(stopped.failures) == 1
    assert stopped.executions < 400
    found = explore(both_failures, strategy="random", budget=Budget(400, keep_going=True))
    assert {one.failure.kind for one in found.failures} == {FailureKind.DEADLOCK, FailureKind.EXCEPTION}
    assert all(one.times > 1 for one in found.failures)
    assert found.executions == 400
    assert [one.number for one in found.failures] == sorted(one.number for one in found.failures)


def test_the_time_is_up():
    found = explore(many_orders, strategy="random", budget=Budget(10**6, seconds=0.3))
    assert 0 < found.executions < 10**6
    assert found.seconds < 5


@pytest.mark.parametrize("strategy", ["random", "pos", "pct", "surw", "urw", "places", "meetings"])
def test_the_same_is_found_with_more_processes(strategy):
    one, two = (
        explore(many_orders, strategy=strategy, seed=3, budget=Budget(120), jobs=jobs) for jobs in (1, 2)
    )  # fmt: skip
    assert (one.executions, one.schedules, one.seen_once) == (two.executions, two.schedules, two.seen_once)
    first, second = (explore(lost_update, strategy=strategy, seed=5, budget=Budget(120), jobs=jobs) for jobs in (1, 2))
    assert first.failures[0].number == second.failures[0].number
    assert first.failures[0].run.trail == second.failures[0].run.trail


def test_a_portfolio_gives_the_others_more_where_nothing_was_found():
    plans = Plans(PORTFOLIO, seed=0, executions=1000)
    made = []
    for number in range(1, 402):
        strategy = plans.next(number).strategy
        made.append(strategy)
        points = 10**6 if number == 1 else 100  # too many for a reduction
        plans.learn(
            Run(number, strategy, Ending.COMPLETED, failures=[], order=number, events=1, points=points, threads=[])
        )
    first, early, late = made[0], made[1:145], made[145:]
    assert first == "dpor"
    assert early.count("surw") + early.count("places") == 132
    assert late.count("surw") == late.count("pos") == late.count("places") == 64
    assert {*early} == {*late} == {"surw", "places", "pos", "urw", "pct", "random", "meetings"}


def test_seeds_differ_and_repeat():
    trails = [
        explore(lost_update, strategy="random", seed=seed, budget=Budget(120)).failures[0].run.trail
        for seed in (1, 1, 2, 3)
    ]
    assert trails[0] == trails[1]
    assert len({tuple(one) for one in trails}) > 1


def test_what_another_process_has_learned():
    """What was of no interest in the executions of this one is, from then on."""

    class Box:
        def __init__(self):
            self.never_written_again = 1

    def main():
        box = Box()
        in_threads(lambda: box.never_written_again, lambda: box.never_written_again)

    kept = Kept()
    setting = Setting()
    points = [
        execute(Spec(number, "random", seed=5, learned=learned), setting, main, kept).points
        for number, learned in enumerate([[]] * 2 + [["never_written_again"]] * 2)
    ]
    kept.close()
    assert points[0] == points[1]
    assert points[2] == points[3] > points[0]


def test_executors():
    from concurrent.futures import ProcessPoolExecutor

    with ProcessPoolExecutor(2, mp_context=get_context("fork")) as executor:
        found = explore(lost_update, strategy="random", budget=Budget(200), executor=executor, jobs=2)
    assert found.failures[0].number == explore(lost_update, strategy="random", budget=Budget(200)).failures[0].number


def test_what_an_executor_raises():
    with ThreadPoolExecutor(1) as executor, pytest.raises(ZeroDivisionError):

        class Broken:
            def submit(self, *arguments):
                return executor.submit(lambda: 1 / 0)

        explore(lost_update, budget=Budget(10), executor=Broken())


def test_an_error_of_a_strategy_is_no_failure_of_the_program(monkeypatch):
    def broken(self, enabled, current):
        raise ZeroDivisionError

    monkeypatch.setattr("replay.strategies.random_walk.RandomWalk.choose", broken)
    with pytest.raises(ZeroDivisionError):
        explore(lost_update, strategy="random", budget=Budget(10))


def test_ctrl_c_keeps_what_was_found():
    def interrupt(found):
        if found.executions > 20 and not found.interrupted:
            raise KeyboardInterrupt

    found = explore(both_failures, strategy="random", budget=Budget(10**6, keep_going=True), on_progress=interrupt)
    assert found.interrupted
    assert found.failures
    assert verdict_of(found) is Verdict.FAILED


def test_progress():
    seen = []
    budget = Budget(10**6, seconds=0.5)
    explore(many_orders, strategy="random", budget=budget, on_progress=lambda one: seen.append(one.executions))
    assert len(seen) > 2
    assert seen == sorted(seen)


@pytest.mark.parametrize("preempt", ["sync", "any"])
@pytest.mark.parametrize("strategy", ["random", "surw", "dpor"])
@pytest.mark.parametrize("program", [many_orders, lost_update])
def test_nothing_is_left_of_an_execution(program, strategy, preempt):
    """What only a collection of all garbage would find adds up to a gigabyte before there is one."""
    kernels = []
    most = 0

    def main():
        nonlocal most
        kernels.append(weakref.ref(door.runtime))
        most = max(most, sum(kernel() is not None for kernel in kernels))
        program()

    explore(main, strategy=strategy, budget=Budget(20, keep_going=True), setting=Setting(preempt=preempt))
    assert 1 <= most <= 2  # that of the execution before may be there while the next one begins


def test_no_execution_inside_another():
    def nested():
        explore(lost_update)

    found = explore(nested, budget=Budget(1))
    assert "inside another" in found.failures[0].failure.message
