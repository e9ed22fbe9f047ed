"""What happened before what: the window of events, the columns, and the arrows between them."""

import re

import pytest

from tests.tracer.pictures.support import Program, read, svg
from tracer.analysis.clocks import Edge, edges
from tracer.pictures import happens_before
from tracer.pictures.window import MOST_ENTRIES, MOST_THREADS, Recent

pytestmark = pytest.mark.one_version


def recent(made, found):
    recent = Recent()
    recent.events.extend(made.events)
    recent.edges.extend(Edge(*edge) for edge in found)
    return recent


def picture(made, found):
    return happens_before.picture(recent(made, found).window(), made.found(), made.subject())


def hand_over():
    """A lock that goes from one thread to the other, after operations of no concern to anybody else."""
    made = Program().start("A", "B")
    made("A", "lock.acquire", "lock", True)
    for _ in range(5):
        made("A", "time.read", None, 0.0)
    made("A", "lock.release", "lock")("B", "lock.acquire", "lock", True)("B", "lock.release", "lock")
    return made, [(1, 2, "start"), (3, 4, "start"), (11, 12, "lock")]


def test_columns_and_arrows():
    drawing = picture(*hand_over())
    drawn = read(drawing)
    heads = [drawn.boxes[f"head_{lane}"][0] for lane in range(3)]
    assert heads == ["MainThread", "A", "B"]
    across = [arrow for arrow in drawn.arrows if arrow.attributes.get("arrowhead") != "none"]
    assert sorted(arrow.ends for arrow in across) == [
        ("lock.release lock", "lock.acquire lock"),
        ("thread.start A", "thread.begin"),
        ("thread.start B", "thread.begin"),
    ]
    lines = {arrow.tail: arrow.attributes["style"] for arrow in across}
    assert lines["lock.release lock"] != lines["thread.start A"]
    assert drawing.shown == "3 threads and 3 arrows"


def test_columns_stand_in_the_order_of_the_threads():
    """Also where it would cross fewer lines if the first one stood in the middle."""
    made = Program().start("A", "B")
    for name, locks in (("A", "ab"), ("B", "ba")):
        for lock in locks:
            made(name, "lock.acquire", lock, True)
        for lock in locks[::-1]:
            made(name, "lock.release", lock)
        made(name, "thread.end")("MainThread", "thread.join", name, True)
    drawn = svg(picture(made, edges(made.events))).decode()
    heads = [float(re.search(rf'x="([0-9.]+)"[^>]*>{name}</text>', drawn)[1]) for name in ("MainThread", "A", "B")]
    assert heads == sorted(heads)


def test_time_goes_downwards():
    window = recent(*hand_over()).window()
    for before, after, _ in window.edges:
        assert before.row < after.row
    for entries in window.lanes.values():
        rows = [entry.row for entry in entries]
        assert rows == sorted(set(rows))


def test_runs_of_one_thread_become_one_entry():
    window = recent(*hand_over()).window()
    assert [len(entry.events) for entry in window.lanes["A"]] == [1, 6, 1]
    drawn = read(picture(*hand_over()))
    assert ["6 events, 5 to 10"] in drawn.boxes.values()


def test_a_page_of_a_long_execution():
    made = Program().start("A", "B")
    edges = []
    for _ in range(500):
        for name in ("A", "B"):
            number = len(made.events)
            made(name, "lock.acquire", "lock", True)(name, "lock.release", "lock")
            edges.append((number, number + 1, "lock"))
    window = recent(made, edges).window()
    entries = [entry for lane in window.lanes.values() for entry in lane]
    assert MOST_ENTRIES - 4 <= len(entries) <= MOST_ENTRIES
    assert window.last == len(made.events)
    assert window.earlier == window.first - 1 > 1900
    assert f"{window.earlier:,} earlier events are not shown" in picture(made, edges).notes


def test_the_threads_that_did_something_last():
    made = Program().start(*(f"T{number}" for number in range(20)))
    window = recent(made, []).window()
    assert len(window.lanes) == MOST_THREADS
    assert "T19" in window.lanes
    assert len(window.hidden_threads) == 21 - MOST_THREADS
    assert "13 more threads are not shown: T0, T1, T2 and 10 more" in picture(made, []).notes


def test_where_threads_stand():
    made, edges = hand_over()
    made.waits("A", "lock.acquire", "other")
    made("MainThread", "lock.acquire", "other", True)
    made.waits("MainThread", "thread.join", "A")
    drawn = read(picture(made, edges))
    assert ["lock.acquire other", "waits, for ever"] in drawn.boxes.values()
    assert ["thread.join A", "waits, for ever"] in drawn.boxes.values()


def test_a_single_event():
    made = Program()("MainThread", "thread.begin")
    assert "thread.begin" in read(picture(made, [])).names
