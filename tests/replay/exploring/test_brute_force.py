"""The enumerator finds the published numbers of traces, and all that the kernel does with the same programs."""

from __future__ import annotations

from itertools import repeat
from typing import get_args

import pytest

from replay.execution import Execution
from replay.strategies import STRATEGIES, make
from replay.strategies.profile import NOTHING_KNOWN, Profiler
from tests.replay.exploring.brute_force import TooLarge, counts, reachable
from tests.replay.exploring.known_abstract import ABSTRACT
from tests.replay.exploring.known_traces import COARSER, KNOWN
from tests.replay.exploring.language import (
    MAIN,
    Acquire,
    Await,
    Clear,
    Code,
    Give,
    If,
    Instruction,
    IsSet,
    Join,
    Notify,
    Program,
    Read,
    Release,
    Set,
    Start,
    Take,
    TryAcquire,
    Wait,
    Write,
    plain,
)
from tests.replay.exploring.programs import compile_to_function, generate, keeping, source_of, unfinished
from tests.support import fewer
from tracer.outcome import Ending, FailureKind

#: Random programs, in so many parts, and the seeds of the strategy for each.
PROGRAMS, PARTS, SEEDS = 300, 10, 24

#: Strategies that take these in turn.
BY_CHANCE = [name for name in STRATEGIES if name not in ("round-robin", "no-preemption")]


def executed(main, strategy="random", **settings):
    """Executes `main`; its final state, or the names of the threads that have not ended."""
    main, kept = keeping(main)
    execution = Execution(main, strategy=strategy, preempt="any", keep_going=True, **settings)
    execution.run()
    outcome, left = execution.outcome(), unfinished(execution)
    execution.close()
    assert {failure.kind for failure in outcome.failures} <= {FailureKind.DEADLOCK}, outcome.failures
    assert bool(left) is bool(outcome.failures) is (outcome.ending is Ending.DEADLOCK)
    assert left or outcome.ending is Ending.COMPLETED
    return left or kept[0]


# Against published numbers -----------------------------------------------------------------------------------


@pytest.mark.one_version
@pytest.mark.parametrize("name", ABSTRACT)
def test_published_numbers(name):
    program, interleavings, deadlocking = ABSTRACT[name]
    found = counts(program)
    assert (found.traces, found.deadlocking_traces) == next(row[2:] for row in KNOWN if row[0] == name)
    if interleavings is not None:
        assert (found.interleavings, found.deadlocking_interleavings) == (interleavings, deadlocking)
    if name in COARSER:
        assert counts(program, failed_tries_write=True).traces == COARSER[name]


def test_too_large():
    with pytest.raises(TooLarge):
        counts(generate(0), 2)
    with pytest.raises(TooLarge):
        reachable(generate(0), 2)


# By hand -----------------------------------------------------------------------------------------------------


def program(*threads: Code, main: Code = ()) -> Program:
    """A program with objects enough; the semaphore has no permit at first."""
    return Program("by hand", (main, *threads), 1, ("Lock", "RLock"), (0, 1), (0,), 2)


def lost(*names: str) -> frozenset[str]:
    """A deadlock of these threads, which the main thread waits for."""
    return frozenset([MAIN, *names])


#: What they are about, the program, the values that variable 0 can have at the end, and the deadlocks.
BY_HAND = [
    ("a lost update", program(*repeat((Read(0, 0), Write(0, 1, 0)), 2)), {1, 2}, set()),
    (
        "who waits for an event is woken though the flag is down again",
        program((Await(0), Write(0, 1)), (Set(0), Clear(0))),
        {1},
        {lost("t1")},
    ),
    (
        "waiters are notified first come, first served",
        program(
            (Acquire(0), Set(0), Wait(0), Write(0, 1), Release(0)),
            (Await(0), Acquire(0), Set(1), Wait(0), Write(0, 2), Release(0)),
            (Await(1), Acquire(0), Notify(0), Release(0)),
        ),
        set(),
        {lost("t2")},
    ),
    (
        "everybody is notified, and goes on in any order",
        program(
            (Acquire(1), Set(0), Wait(1), Write(0, 1), Release(1)),
            (Await(0), Acquire(1), Set(1), Wait(1), Write(0, 2), Release(1)),
            (Await(1), Acquire(1), Notify(1, everybody=True), Release(1)),
        ),
        {1, 2},
        set(),
    ),
    (
        "a wait releases its own lock alone",
        program((Acquire(1), Acquire(0), Set(0), Wait(0)), (Await(0), Acquire(0), Acquire(1))),
        set(),
        {lost("t1", "t2")},
    ),
    (
        "a permit goes to whoever comes first",
        program((Take(0), Write(0, 1)), (Give(0), Take(0), Write(0, 2))),
        set(),
        {lost("t1"), lost("t2")},
    ),
    (
        "a try-acquire does not wait, for the thread itself neither",
        program((Acquire(0), TryAcquire(0, 0), Write(0, 1, 0), Release(0))),
        {1},
        set(),
    ),
    (
        "to look at an event is not to wait",
        program((IsSet(0, 0), If(0, 1, (Write(0, 1),)), If(0, 1, (Write(0, 2),), unless=True)), (Set(0),)),
        {1, 2},
        set(),
    ),
    (
        "a thread is there when it is started, and over when it is joined",
        program((Start(2), Join(2), Write(0, 1)), (Write(0, 2),), main=(Start(1), Write(0, 3))),
        {1, 3},
        set(),
    ),
    (
        "a thread that is not started is not in a deadlock",
        program((Await(0), Start(2)), (Write(0, 1),)),
        set(),
        {lost("t1")},
    ),
    (
        "the main thread alone",
        program((Set(0),), main=(Await(1),)),
        set(),
        {lost()},
    ),
]


@pytest.mark.parametrize(("one", "values", "deadlocks"), [row[1:] for row in BY_HAND], ids=[row[0] for row in BY_HAND])
def test_by_hand(one, values, deadlocks):
    found = reachable(one)
    assert {variables[0] for variables, _ in found.finals} == values
    assert found.deadlocks == deadlocks
    main = compile_to_function(one)
    assert {executed(main, seed=seed) for seed in range(100)} == found.finals | found.deadlocks


def test_where_threads_are_blocked():
    found = reachable(program((Acquire(0), Await(0)), (Acquire(0), Wait(0), Acquire(0))))
    assert found.blocked == {
        frozenset([(MAIN, "at its end"), ("t1", "parked Await(event=0)"), ("t2", "ready Acquire(lock=0)")]),
        frozenset([(MAIN, "at its end"), ("t1", "parked Await(event=0)"), ("t2", "waiting Wait(condition=0)")]),
    }


# Random programs ---------------------------------------------------------------------------------------------


def test_programs_are_the_same_for_a_seed():
    assert [generate(seed) for seed in range(20)] == [generate(seed) for seed in range(20)]
    assert len({source_of(generate(seed)) for seed in range(20)}) == 20


def test_programs_are_diverse():
    programs = [generate(seed) for seed in range(100)]
    used = {type(instruction) for one in programs for code in one.threads for instruction in plain(code)}
    assert used | {If} == set(get_args(Instruction))
    ends = [reachable(one) for one in programs]
    assert 0.2 < sum(1 for end in ends if end.deadlocks) / len(ends) < 0.7
    assert sum(1 for end in ends if len(end.finals) > 1) / len(ends) > 0.4
    assert max(end.states for end in ends) < 20_000


@pytest.mark.parametrize("part", range(PARTS))
def test_the_kernel_reaches_nothing_else(part):
    for number in fewer(range(part, PROGRAMS, PARTS)):
        one = generate(number)
        found = reachable(one)
        main = compile_to_function(one)
        profile = NOTHING_KNOWN
        for seed in range(SEEDS):
            name = BY_CHANCE[seed % len(BY_CHANCE)]
            profiler = Profiler(make(name, seed, profile).choose)
            end = executed(main, profiler, learned=set())
            profile = profile.merged(profiler.profile)
            assert end in found.finals | found.deadlocks, (number, name, seed, source_of(one))


# The programs in Python --------------------------------------------------------------------------------------


@pytest.mark.parametrize(("name", "main", "traces", "deadlocking"), KNOWN, ids=[row[0] for row in KNOWN])
def test_programs_in_python(name, main, traces, deadlocking):
    ends = [executed(main, seed=seed) for seed in range(3)]
    if not deadlocking:
        assert all(type(end) is not frozenset for end in ends)
    if deadlocking == traces:
        assert all(type(end) is frozenset for end in ends)
