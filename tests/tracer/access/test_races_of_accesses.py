"""Data races in programs whose accesses are watched, for each way to synchronise, and to fail to, and each variable.

What is racy is found in every execution, whatever its schedule; what is not is never reported.
"""

import textwrap

import pytest

from replay.execution import Execution
from tracer.analysis.races import Races
from tracer.journal import Journal
from tracer.labels import Labels
from tracer.trace import FORMAT, Header, TraceReader

ADDS = {
    "attribute": ("box.value += 1", "box.value"),
    "global": ("total += 1", "total"),
    "list-item": ("cells[0] += 1", "cells[0]"),
    "dict-item": ("table['k'] += 1", "table['k']"),
}

PROGRAM = """
import threading, queue, time
from concurrent.futures import ThreadPoolExecutor

class Box:
    def __init__(self):
        self.value = 0

box, total, cells, table = Box(), 0, [0], {"k": 0}

def add():
    global total
    ADD

def together(*works):
    threads = [threading.Thread(target=work) for work in works]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

lock, other, again = threading.Lock(), threading.Lock(), threading.RLock()
condition, event, barrier = threading.Condition(), threading.Event(), threading.Barrier(2)
one, two, none, jobs = threading.Semaphore(), threading.Semaphore(2), threading.Semaphore(0), queue.Queue()

def inside(guard):
    def work():
        with guard:
            add()
    return work

def both(*steps):
    def work():
        for step in steps:
            step()
    return work
"""

ORDERED = {
    "lock": "together(inside(lock), inside(lock))",
    "acquire and release": "together(*[both(lock.acquire, add, lock.release)] * 2)",
    "rlock": "together(inside(again), both(again.acquire, again.acquire, add, again.release, add, again.release))",
    "condition": "together(inside(condition), inside(condition))",
    "condition hand-over": """
        ready = []
        def give():
            add()
            with condition:
                ready.append(1)
                condition.notify()
        def take():
            with condition:
                while not ready:
                    condition.wait()
            add()
        together(give, take)
    """,
    "event": "together(both(add, event.set), both(event.wait, add))",
    "queue": "together(both(add, lambda: jobs.put(1)), both(jobs.get, add))",
    "semaphore": "together(inside(one), inside(one))",
    "semaphore hand-over": "together(both(add, none.release), both(none.acquire, add))",
    "barrier": "together(both(add, barrier.wait), both(barrier.wait, add))",
    "join": """
        first = threading.Thread(target=add)
        first.start()
        together(both(first.join, add))
    """,
    "future": """
        with ThreadPoolExecutor() as pool:
            done = pool.submit(add)
            together(both(done.result, add))
    """,
    "start": """
        add()
        together(add)
        add()
    """,
}

RACY = {
    "nothing": "together(add, add)",
    "two locks": "together(inside(lock), inside(other))",
    "a lock on one side": "together(inside(lock), add)",
    "event set too early": "together(both(event.set, add), both(event.wait, add))",
    "queue put too early": "together(both(lambda: jobs.put(1), add), both(jobs.get, add))",
    "two permits": "together(inside(two), inside(two))",
    "after a barrier": "together(both(barrier.wait, add), both(barrier.wait, add))",
    "no join": """
        first = threading.Thread(target=add)
        first.start()
        time.sleep(1)
        add()
        first.join()
    """,
}

SEEDS = range(6)


def races(tmp_path, way, add, seed, level):
    """The races of one execution."""
    source = (
        PROGRAM.replace("ADD", add)
        + "\ndef main():\n    global total\n"
        + textwrap.indent(textwrap.dedent(way), "    ")
    )
    namespace = {"__name__": "__main__"}
    exec(compile(source, str(tmp_path / "program.py"), "exec"), namespace)
    labels = Labels()
    header = Header(
        threadtrace=FORMAT, version="", python="", program="", arguments=[], module=False, seed=seed,
        strategy="random", preempt=level, clock="virtual", hash_seed=0,
    )  # fmt: skip
    journal = Journal(str(tmp_path / "t.trace"), header, labels)
    execution = Execution(
        namespace["main"], strategy="random", seed=seed, preempt=level, recorder=journal, labels=labels
    )
    execution.run()
    outcome = execution.outcome()
    execution.close()
    journal.close(outcome)
    assert not outcome.failures, outcome.failures
    found = Races()
    with TraceReader(journal.path) as reader:
        for event in reader:
            found.feed(event)
    return found.races


@pytest.mark.parametrize("kind", ADDS)
@pytest.mark.parametrize("way", ORDERED)
def test_what_is_ordered_is_no_race(tmp_path, kind, way):
    for seed in SEEDS:
        assert not races(tmp_path, ORDERED[way], ADDS[kind][0], seed, "any"), seed


@pytest.mark.parametrize("kind", ADDS)
@pytest.mark.parametrize("way", RACY)
@pytest.mark.parametrize("level", ["any", "gil"])
def test_what_is_racy_is_found_in_every_execution(tmp_path, kind, way, level):
    for seed in SEEDS:
        found = races(tmp_path, RACY[way], ADDS[kind][0], seed, level)
        assert {one.name for one in found} == {ADDS[kind][1]}, (seed, found)
        assert not any(one.benign for one in found), "it adds to what it has read"
