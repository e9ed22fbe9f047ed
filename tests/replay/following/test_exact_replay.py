"""A trace, and the schedule of it alone, give the same events byte for byte, on every schedule."""

import re

import pytest

from replay.strategies import STRATEGIES
from tests.replay.following.support import EXAMPLE_RUNS, PROGRAMS, example, name_of, program, replayed, trace
from tests.support import EXAMPLES, command, fewer, trace_lines
from tracer.operations import OUTSIDE
from tracer.runtime import door

pytestmark = [
    pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning"),
    pytest.mark.usefixtures("few_objects"),
]

OUTSIDE_IN_LINES = [f'"operation":"{word}'.encode() for word in OUTSIDE]

SCHEDULES = [("random", seed) for seed in range(200)] + [("round-robin", 0), ("no-preemption", 0)]


def comparable(lines):
    """A replay collects garbage when the recording's finalizers act, which may have been begun earlier.

    And what comes from outside may come sooner or later, and in other pieces.
    """
    if any(operation in line for operation in OUTSIDE_IN_LINES for line in lines):
        lines = [re.sub(rb'"result":[1-9]\d*,', b'"result":1,', line) for line in lines]
    elif not any(b'"garbage collector"' in line for line in lines):
        return lines
    return [re.sub(rb',"enabled":[^}]*', b"", line) for line in lines]


def replays(main, tmp_path, strategy, seed, clock="virtual", wrap=None):
    """Executes `main` and replays it twice."""
    first = trace(
        main, tmp_path / "first.trace", strategy=wrap, strategy_name=strategy, seed=seed, clock=clock, max_points=2500
    )
    for source in (first.path, first.schedule):
        again = replayed(main, source, tmp_path / "again.trace")
        assert again.outcome.divergence is None, (strategy, seed, again.outcome.divergence)
        assert comparable(again.lines) == comparable(first.lines), (strategy, seed)
        assert again.schedule == first.schedule
        assert again.outcome.failures == first.outcome.failures
        assert again.outcome.ending == first.outcome.ending
    return first


@pytest.mark.parametrize("run", EXAMPLE_RUNS, ids=name_of)
def test_examples_on_two_hundred_seeds(tmp_path, run):
    main = example(*run)
    different = {replays(main, tmp_path, *schedule).schedule for schedule in SCHEDULES}
    assert len(different) > 30, "hardly any two interleavings differ"


@pytest.mark.parametrize("path", PROGRAMS, ids=lambda path: path.stem)
@pytest.mark.parametrize("clock", ["virtual", "any"])
def test_programs(tmp_path, path, clock):
    main = program(path)
    trace(main, tmp_path / "imports.trace")  # a module that is imported for the first time is executed
    schedules = [("random", 0), ("round-robin", 0), ("random", 1), ("random", 2), ("no-preemption", 0)]
    if clock == "any" or path.stem.startswith("partial_"):  # those are long, and much like one another
        schedules = schedules[:3]
    for strategy, seed in fewer(schedules):
        replays(main, tmp_path, strategy, seed, clock)


class Watching:
    """A strategy that notes after how many events it chose whom."""

    def __init__(self, strategy):
        self.strategy = strategy
        self.choices = []

    def choose(self, enabled, current):
        chosen = self.strategy.choose(enabled, current)
        self.choices.append((door.runtime.recorder.count, chosen.label))
        return chosen


@pytest.mark.parametrize("clock", ["virtual", "any"])
@pytest.mark.parametrize("strategy", STRATEGIES)
def test_the_next_event_is_of_the_thread_that_was_chosen(tmp_path, strategy, clock):
    """What following a schedule rests on."""
    watching = None

    def wrap(inner):
        nonlocal watching
        watching = Watching(inner)
        return watching

    asked = 0
    mains = [example(*run) for run in EXAMPLE_RUNS] + [program(path) for path in PROGRAMS]
    for main in mains:
        for seed in fewer(range(2)) if strategy == "random" else (0,):
            first = trace(
                main, tmp_path / "first.trace", strategy=wrap, strategy_name=strategy, seed=seed, clock=clock,
                max_points=3000,
            )  # fmt: skip
            events = first.events
            if any(event[1].startswith(OUTSIDE) for event in events):
                continue  # an operation on the outside may have parts, which are no events
            counts = [count for count, _ in watching.choices]
            assert len(set(counts)) == len(counts), "it was asked twice before one event"
            for count, chosen in watching.choices:
                # The last choice may be that of a thread which the end of the execution left no time.
                assert count == len(events) or events[count][0] == chosen
            asked += len(counts)
    assert asked > 200


@pytest.mark.parametrize(
    "run", [("condition",), ("lock", "4", "500"), ("barrier", "broken"), ("semaphore",)], ids=name_of
)
def test_on_the_command_line(tmp_path, run):
    name, *arguments = run
    path = f"{EXAMPLES}/{name}.py"
    first = command("run", "--strategy", "random", "--seed", "9", "--json", path, *arguments, cwd=tmp_path)
    again = command("replay", "--json", f"{name}.trace", cwd=tmp_path)
    assert (again.status, again.json["verdict"]) == (first.status, first.json["verdict"])
    assert again.json["divergence"] is None
    assert again.json["trace"] == f"{name}.replay.trace"
    assert trace_lines(tmp_path / f"{name}.replay.trace")[1:-1] == trace_lines(tmp_path / f"{name}.trace")[1:-1]
    (tmp_path / "schedule").write_text(first.json["schedule"])
    pasted = command("replay", "--json", "schedule", path, *arguments, cwd=tmp_path)
    assert (pasted.status, pasted.json["schedule"]) == (first.status, first.json["schedule"])
    assert (tmp_path / f"{name}.replay.trace").read_bytes().splitlines()[1:-1] == (
        tmp_path / f"{name}.trace"
    ).read_bytes().splitlines()[1:-1]


def test_the_strategy_that_a_schedule_was_made_by_does_not_matter(tmp_path):
    """A schedule fits whoever made it: it holds the order, not the choices of a strategy."""
    main = example("dining_philosophers")
    made = {name: trace(main, tmp_path / f"{name}.trace", strategy_name=name).schedule for name in STRATEGIES}
    for name, schedule in made.items():
        assert replayed(main, schedule, tmp_path / "again.trace").schedule == made[name]
