"""The reduction reaches everything that there is, once, and nothing else."""

from __future__ import annotations

import threading
import time

import pytest

from tests.replay.exploring.brute_force import reachable
from tests.replay.exploring.every_schedule import every_schedule
from tests.replay.exploring.known_traces import KNOWN
from tests.replay.exploring.programs import compile_to_function, generate
from tests.replay.exploring.searching import search
from tests.support import fewer

#: Random programs, in parts. `python -m tests.replay.exploring` tries as many as one likes.
PROGRAMS, PARTS = 240, 8

#: An execution that repeats another, and is given up, is begun where the effect of an operation changes with its place,
#: or objects cannot be told apart across executions: never more often than this, for each one that is whole.
MOST_CUT = {"filesystem(16)": 1, "filesystem(18)": 3, "indexer(13)": 1}


@pytest.mark.one_version
@pytest.mark.parametrize("row", fewer([row for row in KNOWN if row[2] <= 200]), ids=lambda row: row[0])
def test_as_many_executions_as_there_are_traces(row):
    name, main, traces, deadlocking = row
    found = search(main)
    assert found.search.is_done
    assert found.search.doubt == ""
    assert (found.search.whole, found.deadlocked) == (traces, deadlocking)
    assert found.search.cut <= traces * MOST_CUT.get(name, 0.7)


@pytest.mark.parametrize("seeds", fewer([range(n, PROGRAMS, PARTS) for n in range(PARTS)]), ids=lambda one: one.start)
def test_random_programs(seeds):
    for seed in seeds:
        program = generate(seed)
        there_is = reachable(program)
        found = search(compile_to_function(program), 800)
        assert found.search.doubt == ""
        assert found.finals <= there_is.finals
        assert found.deadlocks <= there_is.deadlocks
        if found.search.is_done:
            assert (found.finals, found.deadlocks) == (there_is.finals, there_is.deadlocks), seed


#: What there is, what is read, and what hides that.
HIDDEN = {
    "an object's class": ("class Flag:\n    up = 0\nflag = Flag()", "flag.up", "flag.up = 1"),
    "by name": ("class Flag:\n    up = 0\nflag = Flag()", 'getattr(flag, "up")', 'setattr(flag, "up", 1)'),
    "a class's base": ("class Base:\n    up = 0\nclass Flag(Base): pass", "Flag.up", "Flag.up = 1"),
    "a class's base, by name": (
        "class Base:\n    up = 0\nclass Flag(Base): pass",
        'getattr(Flag, "up")',
        "Flag.up = 1",
    ),
    "an object's base": ("class Base:\n    up = 0\nclass Flag(Base): pass\nflag = Flag()", "flag.up", "Flag.up = 1"),
    "the class of what a proxy stands for": (
        "import weakref\nclass Flag:\n    up = 0\nkept = Flag()\nflag = weakref.proxy(kept)",
        "flag.up",
        "flag.up = 1",
    ),
    "a global that there is not yet": ("", "flag", "global flag; flag = 1"),
}


@pytest.mark.parametrize("name", HIDDEN)
def test_what_is_read_of_somewhere_else_until_it_is_written(name):
    """Whoever reads a default reads that there is nothing in front of it, too."""
    before, reads, writes = HIDDEN[name]
    source = f"""
{before}
seen = []
def read():
    try:
        seen.append({reads} == 1)
    except NameError:
        seen.append(False)
def write():
    {writes}
"""
    code = compile(source, "program.py", "exec")

    def main():
        namespace = {"__name__": "program"}
        exec(code, namespace)
        threads = [threading.Thread(target=namespace[name]) for name in ("read", "write")]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        return str(namespace["seen"])

    there_is = every_schedule(main, 2_000, preempt="any")
    found = search(main)
    assert found.search.is_done
    assert there_is.is_complete
    assert there_is.finals == {"[False]", "[True]"}
    assert found.search.doubt == ""
    assert found.finals == there_is.finals


@pytest.mark.one_version
@pytest.mark.parametrize("preempt", ["sync", "gil"])
@pytest.mark.parametrize("seed", range(10))
def test_at_other_levels_it_reaches_what_all_schedules_do(preempt, seed):
    main = compile_to_function(generate(seed))
    there_is = every_schedule(main, 700, preempt=preempt)
    found = search(main, 700, preempt=preempt)
    if there_is.is_complete and found.search.is_done:
        assert found.search.doubt == ""
        assert (found.finals, found.deadlocks) == (there_is.finals, there_is.deadlocks)


# What random programs do not have ------------------------------------------------------------------------------


def test_a_thread_that_is_woken_by_time():
    """Whoever sleeps less goes first; who sleeps as long as another may go before it or after it."""
    order: list[str] = []

    def sleeper(name, seconds):
        time.sleep(seconds)
        order.append(name)

    def main():
        order.clear()
        threads = [threading.Thread(target=sleeper, args=one) for one in (("a", 1), ("b", 2), ("c", 2))]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        return tuple(order)

    found = search(main)
    assert found.search.is_done
    assert found.finals == {("a", "b", "c"), ("a", "c", "b")}


def test_timed_waits_that_may_be_over_at_will():
    def main():
        event = threading.Event()
        results = []

        def waits():
            results.append(event.wait(1))

        thread = threading.Thread(target=waits)
        thread.start()
        event.set()
        thread.join()
        return results[0]

    assert search(main).finals == {True}
    assert search(main, clock="any").finals == {True, False}


def test_daemons_that_the_end_of_the_program_cuts_off():
    def main():
        lock = threading.Lock()
        lock.acquire()

        def daemon():
            lock.release()
            lock.acquire()

        threading.Thread(target=daemon, daemon=True).start()
        return lock.locked()

    found = search(main)
    assert found.search.is_done
    assert found.finals == {True, False}
    assert not found.deadlocks


def test_conditions_whose_lock_is_shared():
    def main():
        lock = threading.Lock()
        ready, done = threading.Condition(lock), threading.Condition(lock)
        state = []

        def first():
            with lock:
                while not state:
                    ready.wait()
                state.append("first")
                done.notify()

        def second():
            with lock:
                state.append("second")
                ready.notify()
                while len(state) < 2:
                    done.wait()

        threads = [threading.Thread(target=first), threading.Thread(target=second)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        return tuple(state)

    found = search(main)
    assert found.search.is_done
    assert found.finals == {("second", "first")}
    assert not found.deadlocks


def test_what_is_up_to_the_outside_is_a_doubt(tmp_path):
    path = tmp_path / "file"
    path.write_text("x")

    def main():
        import os

        reading, writing = os.pipe()
        thread = threading.Thread(target=lambda: os.write(writing, b"x"))
        thread.start()
        os.read(reading, 1)
        thread.join()
        os.close(reading)
        os.close(writing)

    assert "outside" in search(main, 50).search.doubt


def test_a_program_that_is_not_the_same_each_time_is_a_doubt():
    times = []

    def main():
        times.append(1)
        lock = threading.Lock()
        threads = [threading.Thread(target=lambda: lock.acquire() and lock.release()) for _ in range(2)]
        if len(times) % 2:
            threads.append(threading.Thread(target=lock.locked))
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

    assert search(main, 50).search.doubt
