"""Warnings after an execution in which nothing failed: what may go wrong in another one."""

import pytest

from tests.support import EXAMPLES, command
from threadtrace import foresight
from threadtrace.foresight import Foresight
from tracer.analysis.lockorder import lock_order
from tracer.events import Event
from tracer.outcome import Ending, Failure, FailureKind, Outcome
from tracer.trace import TraceReader

pytestmark = pytest.mark.one_version

PROGRAM = """\
import sys
import threading

lock_a, lock_b, gate = threading.Lock(), threading.Lock(), threading.Lock()


def forwards():
    with lock_a:
        with lock_b:
            pass


def backwards():
    with lock_b:
        with lock_a:
            pass


def behind_the_gate(work):
    with gate:
        work()


def start(work, name):
    if "gate" in sys.argv:
        thread = threading.Thread(target=behind_the_gate, args=(work,), name=name)
    else:
        thread = threading.Thread(target=work, name=name)
    thread.start()
    if "join" in sys.argv:
        thread.join()
    return thread


threads = [start(forwards, "Forwards"), start(backwards, "Backwards")]
for thread in threads:
    thread.join()
sys.exit(7)
"""


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("inverted")
    (folder / "prog.py").write_text(PROGRAM)
    done = command("run", "--quiet", "--strategy", "no-preemption", "prog.py", cwd=folder)
    assert done.status == 7, done
    return folder


def run(folder, *arguments):
    done = command("run", "--quiet", "--strategy", "no-preemption", "--trace", "x.trace", *arguments, cwd=folder)
    assert done.status == 7, done  # the program's own: a warning does not change it
    return done.out


def test_a_clean_run_with_inverted_locks(folder):
    text = run(folder, "prog.py")
    (line,) = [line for line in text.splitlines() if line.startswith("warning: ")]
    assert "Forwards takes lock_b at prog.py:9 while it holds lock_a since prog.py:8" in line
    assert "Backwards takes lock_a at prog.py:15 while it holds lock_b since prog.py:14" in line
    after = text[text.index(line) :].splitlines()
    assert after[1:3] == ["  Forwards: lock.acquire lock_b at prog.py:9", "      with lock_b:"]
    assert after[3] == "      while it holds lock_a, acquired at prog.py:8: with lock_a:"
    assert "in Backwards, acquire lock_a (now prog.py:15) before lock_b (now prog.py:14), as Forwards does" in text
    assert "passed: nothing failed" in text


@pytest.mark.parametrize("how", ["gate", "join"])
def test_the_same_with_a_gate_or_a_join_between(folder, how):
    assert "warning" not in run(folder, "prog.py", how)


def test_json(folder):
    done = command("run", "--json", "--strategy", "no-preemption", "--trace", "j.trace", "prog.py", cwd=folder)
    assert done.status == 7
    assert done.json["verdict"] == "passed"
    (warning,) = done.json["warnings"]
    (finding,) = done.json["findings"]
    assert warning == finding["message"]
    assert finding["kind"] == "lock-order"
    assert finding["threads"] == ["Forwards", "Backwards"]
    assert {step["place"] for step in finding["steps"]} == {f"prog.py:{line}" for line in (8, 9, 14, 15)}
    with TraceReader(str(folder / "j.trace")) as reader:
        assert [one.message for one in lock_order(reader).findings] == [warning]


def test_replay(folder):
    done = command("replay", "--quiet", "--trace", "again.trace", "prog.trace", cwd=folder)
    assert done.status == 0
    assert "warning: lock_a and lock_b are taken in opposite orders" in done.out


def test_nothing_is_told_beside_a_failure(tmp_path):
    arguments = ("--quiet", f"{EXAMPLES}/deadlock_abba.schedule", f"{EXAMPLES}/deadlock_abba.py")
    done = command("replay", "--trace", "abba.trace", *arguments, cwd=tmp_path)
    assert done.status == 1
    assert "deadlock" in done.out
    assert "warning" not in done.out


def watched(events):
    seen = Foresight()
    seen.prepare()
    shown = []
    watch = seen.watch(shown.append)
    for event in events:
        watch(event)
    assert shown == events
    return seen


def inverted(count=1):
    events = []
    for name, locks in (("A", "ab"), ("B", "ba")) * count:
        for lock in locks:
            events.append(Event(len(events) + 1, name, "lock.acquire", lock, True))
        for lock in locks:
            events.append(Event(len(events) + 1, name, "lock.release", lock))
    return events


def test_too_many_events(monkeypatch, capsys):
    monkeypatch.setattr(foresight, "MOST_EVENTS", 20)
    for count, found in ((2, 1), (3, 0)):
        seen = watched(inverted(count))
        seen.look(Outcome(Ending.COMPLETED, 24, 1, []), "x.trace")
        assert len(seen.findings) == found
        assert ("threadtrace analyze x.trace" in seen.note) == (not found)
        seen.print()
        assert capsys.readouterr().out.count("warning: ") == found


def test_an_outcome_with_a_failure():
    seen = watched(inverted())
    failures = [Failure(FailureKind.EXCEPTION, "f", "ZeroDivisionError")]
    seen.look(Outcome(Ending.COMPLETED, 8, 1, [], failures=failures), "x.trace")
    assert (seen.findings, seen.note) == ([], "")


def test_many_warnings(capsys):
    events = []
    for pair in range(9):
        for name, order in (("A", ""), ("B", "r")):
            locks = [f"{pair}x", f"{pair}y"][:: -1 if order else 1]
            for lock in locks:
                place = f"nowhere.py:{len(events) + 1}"
                events.append(Event(len(events) + 1, name, "lock.acquire", lock, True, place))
            for lock in locks:
                events.append(Event(len(events) + 1, name, "lock.release", lock))
    seen = watched(events)
    seen.look(Outcome(Ending.COMPLETED, len(events), 1, []), "x.trace")
    assert len(seen.findings) == 9
    seen.print()
    out = capsys.readouterr().out
    assert out.count("taken in opposite orders") == 5
    assert "4 more cycles of locks" in out
