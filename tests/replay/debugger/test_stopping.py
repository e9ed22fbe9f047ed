"""Where a replay stops, in a real terminal."""

from __future__ import annotations

from tests.replay.debugger.support import debug
from tests.replay.debugger.terminal import events_of


def test_stops_at_an_event(tmp_path, condition):
    with debug(tmp_path, condition, stop_at=9) as terminal:
        shown = terminal.until()
        assert "event 9  Producer: condition.notify condition" in shown
        assert "-> condition.notify()" in shown
        assert terminal.tell("p number") == "0\n"
        terminal.send("continue\n")
        assert "the execution is over: deadlock" in terminal.until()
        terminal.send("continue\n")
        status, report = terminal.end()
    assert status == 1
    assert "deadlock: MainThread and Consumer can never go on" in report
    assert events_of(tmp_path / "again.trace") == events_of(condition)


def test_stops_at_lines_in_every_thread(tmp_path, deadlock):
    with debug(tmp_path, deadlock, **{"break": ["program.py:9"]}) as terminal:
        assert "Backwards at program.py:9" in terminal.until()
        assert terminal.tell("p first is lock_b, second is lock_a") == "(True, True)\n"
        assert "Forwards at program.py:9" in terminal.tell("c")
        assert terminal.tell("p first is lock_a") == "True\n"
        assert "the execution is over" in terminal.tell("c")
        terminal.send("q\n")
        assert terminal.end()[0] == 1
    assert events_of(tmp_path / "again.trace") == events_of(deadlock)


def test_stops_at_every_turn_of_a_loop(tmp_path, condition):
    with debug(tmp_path, condition, **{"break": ["condition.py:19"]}) as terminal:
        assert "Producer at" in terminal.until()
        for number in range(5):
            assert terminal.tell("p number") == f"{number}\n"
            shown = terminal.tell("c")
        assert "the execution is over" in shown


def test_stops_at_operations(tmp_path, deadlock):
    with debug(tmp_path, deadlock, break_on=["lock.acquire lock_b", "barrier.wait"]) as terminal:
        stops = [terminal.until()]
        while "over" not in stops[-1]:
            stops.append(terminal.tell("c"))
    assert [stop.partition(": ")[2].partition(" at ")[0] for stop in stops[:-1]] == [
        "barrier.wait barrier → 0",
        "lock.acquire lock_b",
        "barrier.wait barrier → 1",
    ] or sorted(stop.partition(": ")[2].partition(" at ")[0].split()[0] for stop in stops[:-1]) == [
        "barrier.wait",
        "barrier.wait",
        "lock.acquire",
    ]


def test_options_are_combined(tmp_path, condition):
    with debug(
        tmp_path, condition, stop_at=2, break_on=["condition.notify"], **{"break": ["condition.py:30"]}
    ) as terminal:
        assert "event 2 " in terminal.until()
        assert "condition.notify" in terminal.tell("c")
        assert "Consumer at" in terminal.tell("c")


def test_says_that_an_event_was_not_reached(tmp_path, deadlock):
    with debug(tmp_path, deadlock, stop_at=500) as terminal:
        shown = terminal.until()
        assert "the execution is over: deadlock" in shown
        assert "event 500 was not reached: there are 10 events" in shown
