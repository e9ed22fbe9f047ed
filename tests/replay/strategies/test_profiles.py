"""Profiles say what happened, and asking for them, or using them, changes nothing."""

import collections
from types import SimpleNamespace

import msgspec
import pytest

from replay.execution import Execution
from replay.strategies.profile import Profile, Profiler, with_descendants
from replay.strategies.surw import Surw
from tests.replay.strategies.support import assert_near, execute, mixed, profile_of
from tracer.analysis.accesses import unnumbered


def test_a_profile_counts_what_threads_do():
    profile, _ = profile_of(mixed, 1)
    assert set(profile.threads) == {"", "0", "1", "0.0"}
    assert profile.threads[""] == 2  # two starts: neither the beginning nor joins nor the exit
    assert profile.objects["condition.lock"] == {"0": 2, "1": 1}  # one reacquires it
    assert "condition" not in profile.objects
    assert "condition.lock" in profile.interesting()
    assert 0 < profile.points < sum(profile.threads.values())
    assert set(profile.objects["items[*]"]) == {"0", "0.0"}
    assert profile.objects["items[*]"]["0"] == 1 + profile.objects["items[0]"]["0"]
    assert "items[0]" not in profile.interesting()  # nobody else's


def test_only_what_is_shared_and_written_is_interesting():
    profile = Profile(
        objects={"alone": {"": 9}, "read": {"": 1, "0": 1}, "both": {"": 2, "0": 3}},
        written=frozenset(["alone", "both"]),
    )
    assert profile.interesting() == {"both": 5}
    assert all(Surw(seed, profile).drawn == "both" for seed in range(5))


def test_objects_are_drawn_as_often_as_they_are_accessed():
    profile = Profile(objects={"rare": {"": 1, "0": 1}, "hot": {"": 4, "0": 2}}, written=frozenset(["rare", "hot"]))
    drawn = collections.Counter(Surw(seed, profile).drawn for seed in range(2000))
    assert_near(drawn["hot"] / 2000, 6 / 8, 2000)


def test_descendants_are_summed_up():
    assert with_descendants({"": 1, "0": 2, "0.1": 3, "2.0": 4, "10": 5}) == {
        "": 15, "0": 5, "0.1": 3, "2": 4, "2.0": 4, "10": 5,
    }  # fmt: skip


def test_means_are_kept():
    one = Profile(3, {"": 1, "0": 5}, {"x": {"": 1}}, frozenset("x"))
    other = Profile(2, {"": 2, "1": 1}, {"x": {"": 3, "0": 1}, "y": {"0": 1}}, frozenset("y"))
    merged = one.merged(other)
    assert merged == Profile(3, {"": 2, "0": 5, "1": 1}, {"x": {"": 2, "0": 1}, "y": {"0": 1}}, frozenset("xy"))
    assert (one.objects, other.threads) == ({"x": {"": 1}}, {"": 2, "1": 1})  # as they were


def test_one_execution_that_spun_is_soon_forgotten():
    usual, spun = Profile(10, {"": 4}, {"x": {"": 2}}), Profile(1000, {"": 900}, {"x": {"": 800}})
    merged = usual.merged(spun)
    for _ in range(12):
        merged = merged.merged(usual)
    assert merged.points <= 11
    assert merged.threads[""] <= 5


def test_a_profile_can_be_sent():
    profile, _ = profile_of(mixed, 2)
    assert profile.steps() != profile.threads
    assert msgspec.json.decode(msgspec.json.encode(profile), type=Profile) == profile


@pytest.mark.parametrize("preempt", ["sync", "any"])
def test_who_looks_ahead_gives_no_label_ahead_of_time(preempt):
    """Labels are numbered in the order of the events, or a replay, where nobody looks ahead, would have others."""
    profile, learned = profile_of(mixed, 5, preempt=preempt)
    for seed in range(20):
        strategy = Profiler(Surw(seed, profile).choose)
        _, events = execute(mixed, strategy, preempt=preempt, learned=learned)
        numbers = collections.Counter()
        for label in dict.fromkeys(target for _, operation, target in events if operation.startswith("memory.")):
            name = unnumbered(label)
            numbers[name] += 1
            assert label == name or f"#{numbers[name]}" in label, events


def test_surw_knows_its_object_where_nobody_else_gives_labels():
    """Who only counts executions records no names; the executions are the same all the same."""
    profile, learned = profile_of(mixed, 5)
    drawn = set()
    for seed in range(40):
        named = execute(mixed, Profiler(Surw(seed, profile).choose), learned=learned)[1]
        events = []
        nameless = SimpleNamespace(record=events.append, amend=len, watch=len, count=0)
        strategy = Surw(seed, profile)
        execution = Execution(mixed, strategy=strategy, preempt="any", learned=learned, recorder=nameless)
        execution.kernel.always_ask()
        execution.run()
        execution.close()
        assert [(event[0].label, event[1]) for event in events] == [event[:2] for event in named]
        drawn.add(strategy.drawn)
    assert drawn >= {"state.x", "state#2.x", "items[*]", "condition.lock"}
