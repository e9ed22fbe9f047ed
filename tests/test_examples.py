"""Each documented example says what it should, on the command line."""

import json

import pytest

import threadtrace
from tests.replay.following.support import program
from tests.support import EXAMPLES, command, trace_lines

PASSING = ["thread_create", "lock", "lost_update", "condition_two_consumers", "semaphore", "barrier", "event"]


def run(tmp_path, name, *arguments, options=()):
    return command("run", *options, "--json", f"{EXAMPLES}/{name}.py", *arguments, cwd=tmp_path)


@pytest.mark.parametrize("name", PASSING)
def test_passes(tmp_path, name):
    done = run(tmp_path, name)
    assert (done.status, done.json["verdict"]) == (0, "passed"), done


def test_condition_is_a_deadlock_at_once(tmp_path):
    done = run(tmp_path, "condition")
    (failure,) = done.json["failures"]
    assert done.status == 1
    assert failure["kind"] == "deadlock"
    assert failure["threads"] == ["MainThread", "Consumer"]
    by_thread = {one["thread"]: one for one in failure["waiting"]}
    assert by_thread["Consumer"]["operation"] == "condition.wait"
    assert by_thread["Consumer"]["object"] == "condition"
    assert by_thread["Consumer"]["source"] == "condition.wait()"
    assert by_thread["MainThread"]["operation"] == "thread.join"
    assert by_thread["MainThread"]["holders"] == [{"thread": "Consumer", "place": None}]
    assert done.json["elapsed_s"] < 1, "eleven seconds of sleeping were slept"


@pytest.mark.parametrize("seed", range(10))
def test_condition_is_a_deadlock_on_every_schedule(tmp_path, seed):
    done = run(tmp_path, "condition", options=["--strategy", "random", "--seed", str(seed)])
    assert done.json["failures"][0]["kind"] == "deadlock"


def test_daemons_are_abandoned(tmp_path):
    assert run(tmp_path, "thread_create").json["abandoned"] == ["Ticker", "Late"]


def test_lock_counts_to_100_000(tmp_path):
    done = run(tmp_path, "lock", options=["--strategy", "random", "--seed", "1"])
    assert done.status == 0
    assert "counter: 100000" in done.err


def test_two_consumers_fail_on_some_schedules(tmp_path):
    seen = set()
    for seed in range(70, 170):
        done = run(tmp_path, "condition_two_consumers", options=["--strategy", "random", "--seed", str(seed)])
        seen |= {failure["message"].partition(": ")[2] for failure in done.json["failures"]}
        seen |= {done.json["verdict"]}
        if len(seen) >= 3:
            break
    assert {"passed", "failed", "IndexError: pop from empty list"} <= seen


def test_semaphore_never_lets_a_fourth_in(tmp_path):
    run(tmp_path, "semaphore")
    inside, most = set(), 0
    for event in trace_lines(tmp_path / "semaphore.trace"):
        if event.get("thread") == "MainThread" or event.get("object") != "pool":
            continue
        if event["operation"] == "semaphore.acquire":
            inside.add(event["thread"])
        elif event["operation"] == "semaphore.release":
            inside.remove(event["thread"])
        most = max(most, len(inside))
    assert most == 3


def test_fifty_seeds_of_semaphore(tmp_path):
    """Many different traces, each reproducible from its seed."""
    main, path = program(f"{EXAMPLES}/semaphore.py"), str(tmp_path / "here.trace")
    traces = set()
    for seed in range(50):
        threadtrace.run(main, strategy="random", seed=seed, trace=path)
        traces.add(json.dumps(trace_lines(path)[1:-1]))
    assert len(traces) >= 45
    for seed in ("0", "1", "49"):
        again = set()
        for _ in range(2):
            command("run", "--strategy", "random", "--seed", seed, "--quiet", f"{EXAMPLES}/semaphore.py", cwd=tmp_path)
            again.add(json.dumps(trace_lines(tmp_path / "semaphore.trace")[1:]))
        assert len(again) == 1


def test_barrier_short_of_parties(tmp_path):
    failure = run(tmp_path, "barrier", "short").json["failures"][0]
    assert [one["note"] for one in failure["waiting"][1:]] == ["2 of 3 arrived"] * 2


def test_barrier_broken(tmp_path):
    assert run(tmp_path, "barrier", "broken").json["verdict"] == "passed"


def test_event_cleared_too_early(tmp_path):
    (failure,) = run(tmp_path, "event", "cleared").json["failures"]
    assert failure["threads"] == ["MainThread"]
    assert failure["objects"] == ["done"]


@pytest.mark.parametrize(("name", "stuck", "first"), [("deadlock_abba", 3, 0), ("dining_philosophers", 6, 70)])
def test_deadlocks_of_some_schedules(tmp_path, name, stuck, first):
    for seed in range(first, 300):
        done = run(tmp_path, name, options=["--strategy", "random", "--seed", str(seed)])
        if done.status == 1:
            break
    (failure,) = done.json["failures"]
    assert failure["kind"] == "deadlock"
    assert len(failure["threads"]) == stuck
    for one in failure["waiting"][1:]:
        assert one["holders"][0]["place"], "who holds the lock, and where it was acquired"
