"""A replay of an edited program: harmless edits change nothing, others are found at the first difference."""

import itertools

import pytest

from tests.replay.following.support import program, replayed, trace
from tests.support import command

pytestmark = pytest.mark.one_version

PROGRAM = """\
import threading, time

first = threading.Lock()
second = threading.Lock()
permits = threading.Semaphore(2)

def work():
    with first:
        with second:
            time.sleep(1)
    if permits.acquire(blocking=False):
        permits.release()

threads = [threading.Thread(target=work, name=f"Worker-{number}") for number in (1, 2)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
"""


@pytest.fixture
def edit(tmp_path):
    """Records `PROGRAM`, edits it, and replays it."""
    path = tmp_path / "program.py"
    numbers = itertools.count()

    def edited(*changes, source="trace", seed=4, **how):
        path.write_text(PROGRAM)
        first = trace(program(path), tmp_path / "first.trace", strategy_name="random", seed=seed)
        text = PROGRAM
        for old, new in changes:
            assert old in text
            text = text.replace(old, new)
        path.write_text(text)
        again = tmp_path / f"again-{next(numbers)}.trace"
        return first, replayed(program(path), first.path if source == "trace" else first.schedule, again, **how)

    return edited


HARMLESS = {
    "a line above": [("first = ", "# a comment\n\nfirst = ")],
    "a line between": [("        with second:", "        held = True\n        with second:")],
    "a lock renamed": [("first", "outer")],
    "both locks renamed": [("first", "outer"), ("second", "inner")],
    "the semaphore renamed": [("permits", "slots")],
    "threads renamed": [("Worker", "Helper")],
    "a function around it": [("with first:\n        with second:", "with first, second:\n        if True:")],
    "acquire and release": [
        (
            "            time.sleep(1)\n",
            "            time.sleep(1)\n            assert first.acquire and second.release\n",
        )
    ],
}


@pytest.mark.parametrize("source", ["trace", "schedule"])
@pytest.mark.parametrize("changes", HARMLESS.values(), ids=HARMLESS)
def test_harmless_edits(edit, changes, source):
    first, again = edit(*changes, source=source)
    assert again.outcome.divergence is None, again.outcome.divergence
    assert [event[1] for event in again.events] == [event[1] for event in first.events]
    assert f"replayed: all {first.outcome.events} events happened as recorded" in again.outcome.notes


def test_what_was_renamed_and_moved_is_said(edit):
    _, again = edit(("first", "outer"), ("def work", "\ndef work"))
    assert "first is now called outer" in again.outcome.notes
    assert any(note.startswith("lines of ") and "have moved" in note for note in again.outcome.notes)


REAL = {
    "an operation removed": (
        [("        with second:\n            time.sleep(1)", "        time.sleep(1)")],
        "lock.acquire second", "time.sleep",
    ),
    "an operation added": (
        [("        with second:", "        permits.acquire()\n        with second:")],
        "lock.acquire second", "semaphore.acquire permits",
    ),
    "two locks swapped": (
        [("with first:", "with second:"), ("        with second:\n", "        with first:\n")],
        "lock.acquire first", "lock.acquire second",
    ),
}  # fmt: skip


@pytest.mark.parametrize("source", ["trace", "schedule"])
@pytest.mark.parametrize("edit_name", REAL)
def test_real_edits(edit, edit_name, source):
    changes, expected, actual = REAL[edit_name]
    first, again = edit(*changes, source=source)
    found = again.outcome.divergence
    assert again.outcome.ending.value == "diverged"
    same = [event[:2] for event in first.events[: found.number - 1]]
    assert [event[:2] for event in again.events[: found.number - 1]] == same, "a difference before was overlooked"
    thread, operation, label = first.events[found.number - 1]
    assert found.expected.startswith(f"{thread}: {operation} {label}")
    assert expected in found.expected
    assert actual in found.actual
    last = first.events[found.number - 2]
    assert found.last_common.startswith(f"{last[0]}: {last[1]}")
    assert thread in found.actual_enabled
    if source == "trace":
        assert found.expected_enabled == found.actual_enabled
        assert found.causes[0].startswith("the source has changed since the recording: ")
        assert "program.py" in found.causes[0]
    else:
        assert found.expected_enabled is None
        assert "of another version of it" in found.causes[0]


def test_a_program_that_ends_early(edit):
    first, again = edit(("for thread in threads:\n    thread.join()\n", ""))
    found = again.outcome.divergence
    assert found.expected.startswith("MainThread: thread.join Worker-1")
    assert found.number <= first.outcome.events


def test_a_program_that_goes_on(edit):
    first, again = edit(("    thread.join()\n", "    thread.join()\nfirst.acquire()\n"))
    found = again.outcome.divergence
    assert (found.number, found.expected) == (first.outcome.events - 1, "MainThread: program.exit")
    assert "lock.acquire first" in found.actual


def test_a_thread_that_is_not_started(edit):
    _, again = edit(("for thread in threads:\n    thread.start()", "threads = threads[:1]\nthreads[0].start()"))
    found = again.outcome.divergence
    assert "Worker-2" in found.expected
    assert again.outcome.threads == ["MainThread", "Worker-1"]


def test_a_deadlock_instead(edit):
    _, again = edit(("            time.sleep(1)", "            time.sleep(1)\n            second.acquire()"))
    found = again.outcome.divergence
    assert "lock.release second" in found.expected
    assert found.actual == "no thread can go on: a deadlock"
    assert found.actual_enabled == []


def test_another_result(edit):
    """Two permits or none: the same operation finds something else."""
    first, again = edit(("Semaphore(2)", "Semaphore(0)"))
    found = again.outcome.divergence
    assert "semaphore.acquire permits" in found.expected
    assert found.actual.split(" at ")[0] == found.expected.split(" at ")[0] + " → False"
    assert again.events[: found.number - 1] == first.events[: found.number - 1]
    _, again = edit(("Semaphore(2)", "Semaphore(0)"), source="schedule")
    assert "semaphore.release permits" not in {event[1] for event in again.events}
    assert again.outcome.divergence is not None


def test_another_time(edit):
    _, again = edit(("sleep(1)", "sleep(3)"))
    assert "time.sleep → 1" in again.outcome.divergence.expected
    assert "time.sleep → 3" in again.outcome.divergence.actual
    _, again = edit(("sleep(1)", "sleep(3)"), source="schedule")
    assert again.outcome.divergence is None, "a schedule knows no times"


def test_after_a_divergence_the_strategy_of_then_does_not_take_over(edit):
    _, again = edit(("with second:", "with first:"), then="random")
    assert again.outcome.ending.value == "diverged"


def with_input(tmp_path, use):
    """Records a program that uses a file with 1 in it, and replays it with 2 in it, from the trace and the schedule."""
    path, value = tmp_path / "program.py", tmp_path / "value"
    path.write_text(f"""\
import threading
locks = [threading.Lock() for _ in range(3)]
one, two = threading.Lock(), threading.Lock()
with open({str(value)!r}) as file:
    number = int(file.read())
{use}
""")
    value.write_text("1")
    first = trace(program(path), tmp_path / "first.trace")
    value.write_text("2")
    return [
        replayed(program(path), source, tmp_path / "again.trace").outcome for source in (first.path, first.schedule)
    ]


def test_an_unknown_input_is_the_likely_cause_where_the_source_is_the_same(tmp_path):
    for outcome in with_input(tmp_path, "locks[number].acquire()"):
        found = outcome.divergence
        assert found.number == 2
        assert found.expected.startswith("MainThread: lock.acquire locks[1]")
        assert found.actual.startswith("MainThread: lock.acquire locks[2]")
        assert found.last_common.startswith("MainThread: thread.begin")
    found = with_input(tmp_path, "locks[number].acquire()")[0].divergence
    assert found.causes[0].startswith("the program uses something that is not under control: files")


def test_another_object_is_no_renamed_one_where_the_source_is_the_same(tmp_path):
    """Only a schedule, which does not know the source, has to take it for one."""
    by_trace, by_schedule = with_input(tmp_path, "(one if number == 1 else two).acquire()")
    assert by_trace.divergence.actual.startswith("MainThread: lock.acquire two")
    assert "one is now called two" in by_schedule.notes


def test_results_that_are_told_after_the_event(tmp_path):
    """What `release` of a free lock raises, and which place a thread got at a barrier."""
    path = tmp_path / "program.py"
    text = """\
import threading
bounded, lock, barrier = threading.BoundedSemaphore(1), threading.Lock(), threading.Barrier(2)
def meet():
    barrier.wait()
threads = [threading.Thread(target=meet) for _ in range(2)]
for thread in threads: thread.start()
for wrong in (bounded.release, lock.release):
    try: wrong()
    except (ValueError, RuntimeError): pass
for thread in threads: thread.join()
barrier.abort()
try: barrier.wait()
except threading.BrokenBarrierError: pass
"""
    path.write_text(text)
    for seed in range(10):
        first = trace(program(path), tmp_path / "first.trace", strategy_name="random", seed=seed)
        again = replayed(program(path), first.path, tmp_path / "again.trace")
        assert again.outcome.divergence is None
        assert again.lines == first.lines
    path.write_text(text.replace("BoundedSemaphore(1)", "Semaphore(1)"))
    found = replayed(program(path), first.path, tmp_path / "again.trace").outcome.divergence
    assert "semaphore.release bounded → ValueError" in found.expected
    assert "semaphore.release bounded → 1" in found.actual


def test_the_same_events_with_another_end_are_a_divergence(tmp_path):
    (tmp_path / "program.py").write_text(
        """
import threading
with open("count", "a+") as count:
    count.write("x")
    count.seek(0)
    executions = len(count.read())
thread = threading.Thread(target=print)
thread.start()
thread.join()
assert executions % 2 == 0, "an odd execution"
"""
    )
    assert command("run", "program.py", cwd=tmp_path).status == 1
    done = command("replay", "--json", "program.trace", cwd=tmp_path)
    assert done.status == 3
    assert done.json["divergence"]["number"] == done.json["events"] + 1
    assert "an odd execution" in done.json["divergence"]["expected"]
    assert "without a failure" in done.json["divergence"]["actual"]
    assert command("replay", "program.trace", cwd=tmp_path).status == 1  # an odd one again
    assert command("run", "--check", "program.py", cwd=tmp_path).status == 3
