"""Who waits for whom: boxes, arrows and words of the picture, and what is put together."""

import time
from xml.etree import ElementTree

import pytest

from tests.tracer.pictures.support import Program, abba, pairs, read, ring, svg
from tracer.pictures import wait_for
from tracer.pictures.folding import ALIKE, LONGEST_CHAIN, MOST_THREADS

pytestmark = pytest.mark.one_version

VERMILLION = "#D55E00"


def test_abba():
    picture = abba().wait_for()
    drawn = read(picture)
    assert sorted(drawn.names) == ["A", "B", "MainThread", "lock_a", "lock_b"]
    assert sorted(arrow.ends for arrow in drawn.arrows) == [
        ("A", "lock_b"),
        ("B", "lock_a"),
        ("MainThread", "A"),
        ("lock_a", "A"),
        ("lock_b", "B"),
    ]
    assert drawn.arrow("A", "lock_b").text == "waits at prog.py:11"
    assert drawn.arrow("lock_b", "B").text == "held, since prog.py:20"
    assert drawn.arrow("MainThread", "A").text == "joins at prog.py:30"
    assert picture.verdict == "deadlock: MainThread and A and B can never go on"
    assert drawn.title == [
        "deadlock: MainThread and A and B can never go on",
        "A waits for lock_b, which B holds; B waits for lock_a, which A holds",
        "prog.py --fast, after event 6, the last one; 0.6 s of program time",
    ]
    assert picture.shown == "3 threads and 2 objects"
    assert picture.notes == []


def test_what_waits_and_what_holds_differ_in_line():
    drawn = read(abba().wait_for())
    waits, holds = drawn.arrow("A", "lock_b").attributes, drawn.arrow("lock_b", "B").attributes
    assert (waits["style"], holds["style"]) == ("dashed", "solid")
    assert drawn.box("A")["shape"] == "box"
    assert drawn.box("lock_a")["shape"] == "ellipse"


def test_the_cycle_is_told_apart_without_colour():
    drawn = read(abba().wait_for())
    inside = [drawn.box(name) for name in ("A", "B", "lock_a", "lock_b")]
    assert {one["color"] for one in inside} == {VERMILLION}
    assert {one["penwidth"] for one in inside} == {"3.2"}
    assert (drawn.box("MainThread")["penwidth"], drawn.box("MainThread")["peripheries"]) == ("1.2", "2")
    for arrow in drawn.arrows:
        assert (arrow.attributes["penwidth"] == "2.6") == (arrow.tail != "MainThread")
    assert "in the cycle" in drawn.below
    assert "can never go on" in drawn.below


def test_tooltips_have_the_stack():
    made = abba()
    drawn = read(made.wait_for())
    assert "app/prog.py:11 in forwards" in drawn.box("A")["tooltip"]
    assert "holds lock_a, since event 5 at app/prog.py:10" in drawn.box("A")["tooltip"]
    assert "app/prog.py:11 in forwards" in drawn.arrow("A", "lock_b").attributes["tooltip"]
    assert "B: lock.acquire lock_b, event 6" in drawn.arrow("lock_b", "B").attributes["tooltip"]


def test_a_thread_that_waits_for_itself():
    made = Program().start("W")("W", "lock.acquire", "lock", True).waits("W", "lock.acquire", "lock")
    drawn = read(made.wait_for())
    assert sorted(arrow.ends for arrow in drawn.arrows) == [("W", "lock"), ("lock", "W")]
    assert "W waits for lock, which it holds itself" in drawn.title


def test_joins_in_a_ring():
    made = Program().start("A", "B", "C")
    for one, other in pairs(["A", "B", "C"]):
        made.waits(one, "thread.join", other)
    drawn = read(made.wait_for())
    assert sorted(arrow.ends for arrow in drawn.arrows) == [("A", "B"), ("B", "C"), ("C", "A")]
    assert {arrow.attributes["color"] for arrow in drawn.arrows} == {VERMILLION}
    assert " ".join(drawn.title).count("to end") == 3


def nested():
    made = Program().start("Producer", "Consumer")
    made("Producer", "rlock.acquire", "ready.lock", True)
    made("Producer", "condition.notify", "ready", 1, "app/prog.py:19", lock="ready.lock")
    made("Producer", "rlock.release", "ready.lock")
    made("Consumer", "lock.acquire", "outer", True)
    made("Consumer", "rlock.acquire", "ready.lock", True)
    made("Consumer", "condition.wait", "ready", lock="ready.lock")
    made.waits("Producer", "lock.acquire", "outer").waits("Consumer", "condition.wait", "ready", "app/prog.py:40")
    return made


def test_any_of_several_could_release():
    drawn = read(nested().wait_for())
    wait = drawn.arrow("Consumer", "ready")
    assert wait.attributes["arrowhead"] == "odiamond"
    assert wait.text == "waits at prog.py:40"
    before = drawn.arrow("ready", "Producer")
    assert before.text == "notified it before, at prog.py:19"
    assert before.attributes["style"] == "dotted"
    assert ("outer", "Consumer") in [arrow.ends for arrow in drawn.arrows]
    (note,) = [rows for rows in drawn.boxes.values() if rows[0] == "nobody is left"]
    assert note == ["nobody is left", "who could notify it"]
    assert "Producer, who did so before, waits for Consumer" in " ".join(drawn.title)
    assert drawn.box("ready")["shape"] == "hexagon"


def test_after_a_wait_it_is_the_lock_that_is_waited_for():
    made = Program().start("A", "B")
    made("A", "rlock.acquire", "ready.lock", True)("A", "condition.wait", "ready", lock="ready.lock")
    made("B", "rlock.acquire", "ready.lock", True)("B", "condition.notify", "ready", 1, lock="ready.lock")
    made.waits("A", "condition.reacquire", "ready").waits("B", "thread.join", "A")
    drawn = read(made.wait_for())
    assert sorted(arrow.ends for arrow in drawn.arrows) == [("A", "ready.lock"), ("B", "A"), ("ready.lock", "B")]
    assert {arrow.attributes["color"] for arrow in drawn.arrows} == {VERMILLION}


@pytest.mark.parametrize(
    ("operation", "words"),
    [
        ("event.wait", "who could set it"),
        ("semaphore.acquire", "who could release a permit"),
        ("barrier.wait", "who could arrive"),
        ("condition.wait", "who could notify it"),
    ],
)
def test_nobody_is_left(operation, words):
    made = Program().start("A")
    if operation == "semaphore.acquire":
        made("A", operation, "x", True, size=1)
    else:
        made("A", operation, "x", 0 if operation == "barrier.wait" else None, size=3)
    made.waits("A", operation, "x")
    drawn = read(made.wait_for())
    assert ["nobody is left", words] in drawn.boxes.values()


def test_state_of_objects():
    made = Program().start("A", "B")
    made("A", "semaphore.acquire", "permits", True, size=2)("A", "semaphore.acquire", "permits", True)
    made("B", "barrier.wait", "gate", 0, size=3)
    made.waits("A", "semaphore.acquire", "permits").waits("B", "barrier.wait", "gate")
    drawn = read(made.wait_for())
    assert ["permits", "semaphore, 0 of 2 free"] in drawn.boxes.values()
    assert ["gate", "barrier, 1 of 3 arrived"] in drawn.boxes.values()
    assert drawn.arrow("permits", "A").text.startswith("held 2 times, since")
    shapes = {drawn.box(name)["shape"] for name in ("permits", "gate", "A")}
    assert len(shapes) == 3


def test_a_lock_that_an_ended_thread_holds():
    made = Program().start("A", "B")("A", "lock.acquire", "lock", True)("A", "thread.end")
    made.waits("B", "lock.acquire", "lock")
    drawn = read(made.wait_for())
    assert drawn.arrow("lock", "A").text.startswith("held, since")
    assert "dashed" in drawn.box("A")["style"]
    assert "B waits for lock, which A still held when it ended" in drawn.title


def test_any_moment():
    made = Program().start("A", "B")
    made("A", "lock.acquire", "lock", True)("A", "lock.release", "lock")("B", "lock.acquire", "lock", True)
    drawn = read(made.wait_for(at=5))
    assert drawn.arrow("B", "lock").text == "waits at prog.py:7"
    assert ["B", "waits, and goes on later"] in drawn.boxes.values()
    assert drawn.title[0] == "B waits, and goes on later"
    assert "after event 5 of 7" in drawn.title[-1]
    assert read(made.wait_for(at=6)).names == ["nobody is known to wait"]


def test_nobody_waits():
    made = Program().start("A")("A", "thread.end")("MainThread", "thread.end")
    picture = made.wait_for()
    assert read(picture).names == ["nobody waits"]
    assert picture.verdict == "the program has ended"
    assert picture.shown == "2 threads, of which none waits"


def test_cut_off():
    made = Program().start("A")
    picture = made.wait_for(cut=True)
    assert "the trace was cut off" in " ".join(read(picture).title)
    assert picture.verdict == "nobody is known to wait"


def test_who_is_not_involved_is_left_out():
    made = abba().start(*(f"Idle-{number}" for number in range(4)))
    for number in range(3):
        made(f"Idle-{number}", "thread.end")
    picture = made.wait_for()
    assert len(read(picture).names) == 5
    assert picture.notes == ["4 threads that are not involved are not shown: 3 ended, 1 not known"]
    assert picture.notes[0] in " ".join(read(picture).below)


def pool(size):
    """Workers that wait for jobs in one queue, and a main thread that joins the first of them."""
    made = Program().start(*(f"Worker-{number}" for number in range(size)))
    for number in range(size):
        made(f"Worker-{number}", "condition.wait", "jobs.not_empty", place="app/prog.py:6", lock="jobs.mutex")
    made.waits("MainThread", "thread.join", "Worker-0")
    for number in range(size):
        made.waits(f"Worker-{number}", "condition.wait", "jobs.not_empty", "app/prog.py:6")
    return made


def test_threads_that_wait_for_the_same_stand_together():
    picture = pool(38).wait_for()
    drawn = read(picture)
    assert sorted(drawn.names) == ["37 threads wait here", "MainThread", "Worker-0", "jobs.not_empty", "nobody is left"]
    rows = next(rows for rows in drawn.boxes.values() if rows[0] == "37 threads wait here")
    assert rows[1:] == ["Worker-1, Worker-2, Worker-3 and 34 more", "can never go on"]
    assert drawn.arrow("37 threads wait here", "jobs.not_empty").text == "waits at prog.py:6"
    assert "Worker-30" in drawn.box("37 threads wait here")["tooltip"]
    assert picture.shown == "39 threads in 3 boxes and 1 object"


def test_a_few_are_drawn_one_by_one():
    assert len(read(pool(ALIKE + 1).wait_for()).names) == ALIKE + 1 + 3


def test_rings():
    for size in (2, 5, LONGEST_CHAIN):
        drawn = read(ring(size).wait_for())
        assert len(drawn.names) == 2 * size
        assert len(drawn.arrows) == 2 * size
        assert all(arrow.attributes["color"] == VERMILLION for arrow in drawn.arrows)
        # Half of it is drawn upwards, so that it is a ring, not a column.
        assert sum("dir" in arrow.attributes for arrow in drawn.arrows) == size
    drawn = read(ring(LONGEST_CHAIN + 2).wait_for())
    assert "… 4 more of the ring …" in drawn.names


def test_a_thousand_threads_and_locks():
    made = ring(1000)
    began = time.perf_counter()
    found = made.found()
    assert time.perf_counter() - began < 2
    drawing = wait_for.picture(found, made.subject())
    drawn = read(drawing)
    assert [rows for rows in drawn.boxes.values() if rows[0] == "… 994 more of the ring …"] == [
        ["… 994 more of the ring …", "from T3 to T996", "each waits for the next one"]
    ]
    assert len(drawn.boxes) == 14
    assert len(drawn.arrows) == 14
    assert drawing.shown == "1,000 threads in 7 boxes and 1,000 objects"
    ElementTree.fromstring(svg(drawing))
    assert time.perf_counter() - began < 10


def test_a_thousand_threads_that_wait_for_one_lock():
    made = Program()("MainThread", "lock.acquire", "lock", True).start(*(f"T{number}" for number in range(1000)))
    made.waits("MainThread", "thread.join", "T0")
    for number in range(1000):
        made.waits(f"T{number}", "lock.acquire", "lock", "app/prog.py:11")
    drawn = read(made.wait_for())
    assert sorted(drawn.names) == ["999 threads wait here", "MainThread", "T0", "lock"]


def test_a_lock_for_each_of_a_thousand():
    made = Program()
    for number in range(1000):
        made("MainThread", "lock.acquire", f"locks[{number}]", True, "app/prog.py:5")
    made.start(*(f"T{number}" for number in range(1000)))
    for number in range(1000):
        made.waits(f"T{number}", "lock.acquire", f"locks[{number}]", "app/prog.py:11")
    drawn = read(made.wait_for())
    assert sorted(drawn.names) == ["1,000 locks", "1,000 threads wait here", "MainThread"]


def test_a_chain_keeps_its_ends():
    names = [f"T{number}" for number in range(100)]
    made = Program().start(*names)
    for number, name in enumerate(names):
        made(name, "lock.acquire", f"locks[{number}]", True, "app/prog.py:10")
    made(names[-1], "event.wait", "never")
    for number, name in enumerate(names[:-1]):
        made.waits(name, "lock.acquire", f"locks[{number + 1}]", "app/prog.py:11")
    made.waits(names[-1], "event.wait", "never")
    drawn = read(made.wait_for())
    assert {"T0", "T1", "T98", "T99", "never"} < set(drawn.names)
    (folded,) = [name for name in drawn.names if name.startswith("…")]
    assert folded.endswith("more of the chain …")
    assert len(drawn.boxes) < 20


def test_more_than_a_page_is_left_out():
    made = Program()
    names = [f"T{number}" for number in range(60)]
    made.start(*names)
    for number, name in enumerate(names):
        made(name, "event.wait", f"event-{number}", place=f"app/prog.py:{number}")
    for number, name in enumerate(names):
        made.waits(name, "event.wait", f"event-{number}", f"app/prog.py:{number}")
    picture = made.wait_for()
    drawn = read(picture)
    assert sum(name.startswith("T") for name in drawn.names) == MOST_THREADS
    assert sum(name.startswith("event-") for name in drawn.names) == MOST_THREADS
    assert f"{60 - MOST_THREADS} more threads that wait are not shown" in picture.notes


def test_a_main_thread_that_waits_at_the_exit():
    made = Program().start("A", "B")("MainThread", "thread.end")
    made.events.pop()
    made("MainThread", "lock.acquire", "lock", True)
    made.waits("MainThread", "program.exit").waits("A", "lock.acquire", "lock").waits("B", "lock.acquire", "lock")
    drawn = read(made.wait_for())
    assert drawn.arrow("MainThread", "A").text == "waits for it to end prog.py:500"
    big = pool(20)
    big.waiting[0] = big.waiting[0].__class__("MainThread", "program.exit", None, "")
    assert ["MainThread", "has ended; waits for 20 threads"] in read(big.wait_for()).boxes.values()


def test_threads_and_objects_of_one_name():
    made = Program().start("x", "y")
    made("x", "lock.acquire", "x", True)("y", "lock.acquire", "y", True)
    made.waits("x", "lock.acquire", "y").waits("y", "lock.acquire", "x")
    drawn = read(made.wait_for())
    assert len(drawn.boxes) == 4
    assert len(drawn.arrows) == 4
    assert {attributes["color"] for attributes in drawn.attributes.values()} == {VERMILLION}
