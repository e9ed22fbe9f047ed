"""The tree of threads."""

import pytest

from tests.tracer.pictures.support import Program, abba, read
from tracer.pictures import threads

pytestmark = pytest.mark.one_version


def picture(made, at=None):
    return threads.picture(made.found(at), made.lives(at), made.subject())


def test_who_started_whom():
    made = abba()
    drawing = picture(made)
    drawn = read(drawing)
    assert sorted(arrow.ends for arrow in drawn.arrows) == [("MainThread", "A"), ("MainThread", "B")]
    assert drawn.arrow("MainThread", "A").text == "started at prog.py:900 waits for its end at prog.py:30"
    assert drawn.arrow("MainThread", "B").text == "started at prog.py:900"
    assert ["A", "can never go on, 2 events"] in drawn.boxes.values()
    assert drawing.verdict == "3 threads: 0 ended, 3 can never go on"
    assert "started by MainThread at app/prog.py:900, event 1" in drawn.box("A")["tooltip"]


def test_joins():
    made = Program().start("A", "B")("A", "thread.end")
    made("MainThread", "thread.join", "A", True, "app/prog.py:7")("B", "thread.join", "A", True, "app/prog.py:8")
    drawn = read(picture(made))
    assert drawn.arrow("MainThread", "A").text == "started at prog.py:900 joined at prog.py:7"
    assert ["A", "has ended, 2 events", "joined by B at prog.py:8"] in drawn.boxes.values()


def test_a_join_that_did_not_wait_is_none():
    made = Program().start("A")("MainThread", "thread.join", "A", False)
    assert "joined" not in picture(made).source


def test_threads_that_were_started_at_one_place_stand_together():
    names = [f"Worker-{number}" for number in range(40)]
    made = Program().start(*names)
    for name in names:
        made(name, "thread.end")
    for name in names:
        made("MainThread", "thread.join", name, True, "app/prog.py:7")
    drawing = picture(made)
    drawn = read(drawing)
    assert sorted(drawn.names) == ["40 threads", "MainThread"]
    rows = next(rows for rows in drawn.boxes.values() if rows[0] == "40 threads")
    assert rows[1:] == ["Worker-0, Worker-1, Worker-2 and 37 more", "has ended, 2 events each"]
    assert drawn.arrow("MainThread", "40 threads").text == "started at prog.py:900 joined at prog.py:7"
    assert drawing.shown == "41 threads in 2 boxes"


def test_who_is_started_by_threads_that_stand_together():
    leads = [f"Lead-{number}" for number in range(8)]
    made = Program().start(*leads)
    for lead in leads:
        made.start(f"{lead}-a", f"{lead}-b", by=lead)
    drawn = read(picture(made))
    assert sorted(drawn.names) == ["16 threads", "8 threads", "MainThread"]
    assert sorted(arrow.ends for arrow in drawn.arrows) == [("8 threads", "16 threads"), ("MainThread", "8 threads")]


def test_more_than_a_page():
    made = Program()
    previous = "MainThread"
    for number in range(100):
        made.start(f"T{number}", by=previous)
        previous = f"T{number}"
    drawing = picture(made)
    assert len(read(drawing).names) == threads._MOST_BOXES
    assert drawing.notes == [f"{101 - threads._MOST_BOXES} more threads are not shown"]


def test_the_moment():
    made = Program().start("A", "B", "C")
    assert sorted(read(picture(made, at=2)).names) == ["A", "MainThread"]
