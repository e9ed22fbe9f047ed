"""What a script asks for happens; what cannot happen is said so."""

import os
import re

import pytest

from tests.replay.following.support import EXAMPLE_RUNS, example, name_of, program, replayed, trace
from tests.support import EXAMPLES, command

pytestmark = [
    pytest.mark.one_version,
    pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning"),
]


@pytest.fixture
def make(tmp_path):
    """Makes a script happen."""

    def happen(script, main, **how):
        path = tmp_path / "a.schedule"
        path.write_text(script)
        return replayed(main, path, tmp_path / "a.trace", script=True, **how)

    return happen


@pytest.fixture
def small(tmp_path):
    """A small program."""

    def made(text):
        path = tmp_path / "small.py"
        path.write_text(text)
        return program(path)

    return made


def shown(name, tmp_path, *arguments):
    """Makes the script beside an example happen."""
    return replayed(
        example(name, *arguments), os.path.join(EXAMPLES, f"{name}.schedule"), tmp_path / "a.trace", script=True
    )


def of(run, *operations):
    """The threads that executed some operations, in order."""
    return [thread for thread, operation, _ in run.events if operation in operations]


def test_each_example_has_a_script_that_says_how_to_run_it():
    for name in sorted(os.listdir(EXAMPLES)):
        if name.endswith(".py"):
            with open(os.path.join(EXAMPLES, name.removesuffix(".py") + ".schedule")) as file:
                text = file.read()
            assert text.startswith("# ")
            assert f"threadtrace replay examples/{name.removesuffix('.py')}.schedule examples/{name}" in text


def test_two_consumers(tmp_path):
    run = shown("condition_two_consumers", tmp_path)
    (failure,) = run.outcome.failures
    assert failure.message == "Consumer-1: IndexError: pop from empty list"
    assert of(run, "condition.notify")[0] == "Producer"
    notified = run.events.index(("Producer", "condition.notify", "condition"))
    stolen = run.events.index(("Consumer-2", "rlock.acquire", "condition.lock"))
    assert notified < stolen < run.events.index(("Consumer-1", "condition.reacquire", "condition"))


def test_abba(tmp_path):
    run = shown("deadlock_abba", tmp_path)
    assert run.outcome.ending.value == "deadlock"
    assert run.outcome.failures[0].objects == ["lock_b", "lock_a"] or len(run.outcome.failures[0].threads) == 3
    assert [event for event in run.events if event[1] == "lock.acquire"] == [
        ("Forwards", "lock.acquire", "lock_a"),
        ("Backwards", "lock.acquire", "lock_b"),
    ]


def test_philosophers(tmp_path):
    run = shown("dining_philosophers", tmp_path)
    assert run.outcome.ending.value == "deadlock"
    taken = [label for _, operation, label in run.events if operation == "lock.acquire"]
    assert taken == [f"forks[{seat}]" for seat in range(5)]


def test_condition(tmp_path):
    run = shown("condition", tmp_path)
    assert of(run, "condition.wait", "condition.notify")[:7] == ["Consumer", "Producer"] * 3 + ["Producer"]
    assert of(run, "condition.reacquire") == ["Consumer"] * 3
    assert run.outcome.failures[0].kind.value == "deadlock"


def test_semaphore(tmp_path):
    run = shown("semaphore", tmp_path)
    assert not run.outcome.failures
    order = [event[:2] for event in run.events if event[2] == "pool"]
    assert order[:5] == [
        ("Client-9", "semaphore.acquire"), ("Client-8", "semaphore.acquire"), ("Client-7", "semaphore.acquire"),
        ("Client-9", "semaphore.release"), ("Client-0", "semaphore.acquire"),
    ]  # fmt: skip


def test_barrier(tmp_path):
    run = shown("barrier", tmp_path)
    assert of(run, "barrier.wait")[:4] == ["Phase-1-a", "Phase-1-b", "Phase-2-c", "Phase-1-c"]
    assert not run.outcome.failures


def test_event(tmp_path):
    run = shown("event", tmp_path)
    operations = [event[:2] for event in run.events if event[2] == "done"]
    assert operations == [
        ("MainThread", "event.wait"), ("MainThread", "event.timeout"), ("Worker", "event.set"),
        ("MainThread", "event.wait"),
    ]  # fmt: skip


def test_lock(tmp_path):
    run = shown("lock", tmp_path, "3", "10")
    assert of(run, "lock.acquire")[:5] == ["Worker-2"] * 3 + ["Worker-0", "Worker-2"]
    assert not run.outcome.failures


def test_thread_create(tmp_path):
    run = shown("thread_create", tmp_path)
    begun = run.events.index(("Countdown", "thread.begin", None))
    assert of(run, "time.wake")[:2] == ["Ticker", "Ticker"]
    assert [event for event in run.events[:begun] if event[1] == "time.wake"] == [("Ticker", "time.wake", None)] * 2


def test_lost_update(tmp_path):
    run = shown("lost_update", tmp_path)
    order = [event[:2] for event in run.events if event[0].startswith("Adder")]
    assert order == [
        ("Adder-2", "thread.begin"), ("Adder-2", "thread.end"), ("Adder-1", "thread.begin"), ("Adder-1", "thread.end"),
    ]  # fmt: skip


TWO = """\
import threading, time
lock, other, done = threading.Lock(), threading.Lock(), threading.Event()
def work():
    for _ in range(3):
        with lock:
            pass
threads = [threading.Thread(target=work, name=name) for name in ("A", "B")]
for thread in threads: thread.start()
for thread in threads: thread.join()
"""


def turns(run):
    return "".join(of(run, "lock.acquire"))


@pytest.mark.parametrize(
    ("script", "expected"),
    [
        ("B: lock.acquire", "BBBAAA"),
        ("B: lock.acquire\nA: lock.acquire\nB: lock.acquire\nA: lock.acquire", "BABAAB"),
        ("A: lock.acquire x2\nB: lock.acquire x3\nA: lock.acquire", "AABBBA"),
        ("B: lock.acquire lock #3\nA: lock.acquire", "BBBAAA"),
        ("A: lock.acquire #2\nB: lock.acquire #2\nA: lock.acquire #3", "AABBAB"),
        ("B: thread.end\nA: lock.acquire", "BBBAAA"),
        ("B: lock.release lock #2 before A: lock.acquire lock", "BBBAAA"),
        ("A: lock.acquire #2 before B: lock.acquire #1", "AAABBB"),
        ("B: thread.end before A: lock.acquire #2", "BBBAAA"),
        ("A: line 5 x2\nB: line 5 x2\nA: line 5", "ABA"),
    ],
)
def test_turns(make, small, script, expected):
    run = make(script, small(TWO))
    assert run.outcome.divergence is None, run.outcome.divergence
    assert run.outcome.ending.value == "completed"
    assert turns(run).startswith(expected)
    assert run.outcome.notes == [
        f"the script happened: all {script.count(chr(10)) + 1} lines of {run.path.parent}/a.schedule"
    ]


def test_the_rest_is_up_to_then(make, small):
    main = small(TWO)
    others = {
        turns(make("B: lock.acquire\nA: lock.acquire", main, then="random", then_seed=seed)) for seed in range(20)
    }
    assert len(others) > 3
    assert all(one.startswith("BA") for one in others)


@pytest.mark.parametrize(
    ("script", "line", "why", "cause"),
    [
        ("C: lock.acquire", 1, "has ended, and it has not happened", "no thread called C; there are MainThread, A, B"),
        ("A: lock.acquire\nA: lock.acquire other", 2, "has not happened", "A has ended"),
        ("A: lock.acquire x4", 1, "has not happened", "A has ended"),
        (
            "A: lock.acquire\nB: lock.acquire\nA: lock.release",
            2,
            "only A can go on, and would do first",
            "B stands before",
        ),
        ("A: event.set done before B: lock.acquire", 1, "only B can go on|cannot happen", "A has ended"),
        ("B: thread.end\nMainThread: thread.start B", 1, "only MainThread can go on", "there is no thread called B"),
    ],
)
def test_what_cannot_happen(make, small, script, line, why, cause):
    run = make(script, small(TWO))
    found = run.outcome.divergence
    assert (
        found.expected == f"{run.path.parent}/a.schedule:{line}: {script.splitlines()[line - 1].split(' before ')[0]}"
    )
    assert re.search(why, found.actual), found
    assert cause in found.causes[0]


def test_a_thread_that_sleeps_is_waited_for(make, small):
    """Time passes rather than that another thread goes on: nothing else need happen between two steps."""
    run = make(
        "Slow: event.set done\nFast: lock.acquire lock",
        small("""\
import threading, time
lock, done = threading.Lock(), threading.Event()
def slow():
    time.sleep(100)
    done.set()
def fast():
    while not done.is_set():
        time.sleep(1)
    with lock: pass
for target in (slow, fast):
    threading.Thread(target=target, name=target.__name__.title()).start()
"""),
    )
    assert run.outcome.divergence is None
    assert of(run, "event.is_set") == ["Fast"]


def test_outcomes_of_waits_are_steps(make, small):
    main = small("""\
import threading, time
condition, gate = threading.Condition(), threading.Event()
def wait():
    with condition:
        condition.wait(1)
def sleep():
    time.sleep(1)
    gate.set()
threading.Thread(target=wait, name="Waiter").start()
threading.Thread(target=sleep, name="Sleeper").start()
gate.wait()
with condition:
    condition.notify()
""")
    run = make("Waiter: condition.timeout\nSleeper: time.wake\nMainThread: condition.notify", main)
    assert run.outcome.divergence is None
    assert of(run, "condition.timeout", "time.wake", "condition.notify") == ["Waiter", "Sleeper", "MainThread"]
    run = make("Sleeper: time.wake\nMainThread: condition.notify\nWaiter: condition.reacquire", main)
    assert run.outcome.divergence is None
    assert of(run, "time.wake", "condition.notify", "condition.reacquire") == ["Sleeper", "MainThread", "Waiter"]
    run = make("Sleeper: time.wake\nWaiter: condition.timeout", main)
    assert run.outcome.divergence is None


def test_who_is_in_the_way_goes_on(make, small):
    """The wanted thread waits for a lock, whose owner joins a thread, which sleeps."""
    run = make("Owner: lock.acquire lock\nWanted: lock.acquire lock", small("""\
import threading, time
lock = threading.Lock()
def own():
    with lock:
        child = threading.Thread(target=time.sleep, args=(5,), name="Child")
        child.start()
        child.join()
def want():
    with lock: pass
def bystand():
    for _ in range(10):
        threading.Semaphore(1).acquire()
for target, name in ((own, "Owner"), (want, "Wanted"), (bystand, "Bystander")):
    threading.Thread(target=target, name=name).start()
"""))  # fmt: skip
    assert run.outcome.divergence is None
    taken = run.events.index(("Wanted", "lock.acquire", "lock"))
    assert not [event for event in run.events[:taken] if event[0] == "Bystander"]


def test_a_thread_that_polls_does_not_keep_a_step_from_happening(make, small):
    run = make("Setter: lock.acquire lock\nWanted: lock.acquire lock", small("""\
import threading
lock, gate = threading.Lock(), threading.Event()
def poll():
    while not gate.is_set(): pass
def want():
    gate.wait()
    with lock: pass
def set():
    with lock: pass
    gate.set()
for target, name in ((poll, "Poller"), (want, "Wanted"), (set, "Setter")):
    threading.Thread(target=target, name=name).start()
"""))  # fmt: skip
    assert run.outcome.divergence is None
    assert run.outcome.ending.value == "completed"


@pytest.mark.parametrize("run", EXAMPLE_RUNS, ids=name_of)
def test_every_interleaving_can_be_written(make, tmp_path, run):
    """A line for each event of a random execution, and it happens again."""
    for seed in range(8):
        first = trace(example(*run), tmp_path / "first.trace", strategy_name="random", seed=seed)
        script = "\n".join(f"{thread}: {operation} {label or ''}" for thread, operation, label in first.events)
        again = make(script, example(*run))
        assert again.outcome.divergence is None, (seed, again.outcome.divergence)
        assert again.events == first.events


def test_what_a_script_made_happen_can_be_replayed(tmp_path):
    run = shown("condition_two_consumers", tmp_path)
    again = replayed(example("condition_two_consumers"), run.path, tmp_path / "again.trace")
    assert again.outcome.divergence is None
    assert again.lines == run.lines


def test_on_the_command_line(tmp_path):
    (tmp_path / "a.schedule").write_text("A: lock.acquire\nA: lock.aquire\n")
    done = command("replay", "a.schedule", f"{EXAMPLES}/lock.py", cwd=tmp_path)
    assert done.status == 2
    assert done.err.startswith("threadtrace: a.schedule:2: 'lock.aquire' is no operation")
    assert done.err.count("\n") == 1
    (tmp_path / "a.schedule").write_text("Nobody: lock.acquire\n")
    done = command("replay", "--quiet", "a.schedule", f"{EXAMPLES}/lock.py", "2", "2", cwd=tmp_path)
    assert done.status == 3
    assert "expected  a.schedule:1: Nobody: lock.acquire" in done.out
    done = command(
        "replay", "--json", f"{EXAMPLES}/deadlock_abba.schedule", f"{EXAMPLES}/deadlock_abba.py", cwd=tmp_path
    )
    assert (done.status, done.json["verdict"]) == (1, "failed")
    assert done.json["schedule"].startswith("tt1:")
