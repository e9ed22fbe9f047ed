"""Which lock was taken while which was held: what is drawn, what stands together, what is said."""

import msgspec
import pytest

from tests.tracer.pictures.support import Program, abba, read
from tracer.analysis.lockorder import lock_order
from tracer.pictures import lock_order as lock_order_picture
from tracer.pictures.lock_order import MOST_BOXES
from tracer.pictures.style import VERMILLION

pytestmark = pytest.mark.one_version


class Locking(Program):
    """Threads that take locks, each at a line of its own; locks `name[…]` are created at one place."""

    def takes(self, thread, *locks, operation="lock", line=0):
        """Takes them, one inside the other, and gives them back."""
        for depth, lock in enumerate(locks):
            place = f"app/prog.py:{line + depth}" if line else ""
            self(thread, f"{operation}.acquire", lock, True, place)
        for lock in reversed(locks):
            self(thread, f"{operation}.release", lock)
        return self

    def picture(self, **pending):
        """The picture of all of it."""
        order = lock_order(self.created_apart(), **pending)
        return lock_order_picture.picture(order, self.found().moment, self.subject())

    def created_apart(self):
        """The events, where locks that are no members of a list are created at places of their own."""
        names = list(dict.fromkeys(event.object.partition("[")[0] for event in self.events if event.created))
        return [
            msgspec.structs.replace(event, created=f"app/prog.py:{1 + names.index(event.object.partition('[')[0])}")
            if event.created
            else event
            for event in self.events
        ]


def inverted():
    """Two threads, three locks, and a fourth one that is never taken with another one."""
    made = Locking().start("A", "B")
    made.takes("A", "registry", "lock_a", "lock_b", line=10).takes("B", "lock_b", "lock_a", line=20)
    return made.takes("B", "alone")


def test_a_cycle():
    drawing = inverted().picture()
    drawn = read(drawing)
    assert drawing.verdict == "lock_a and lock_b are taken in opposite orders: this can become a deadlock"
    assert "A takes lock_b while it holds lock_a; B takes lock_a while it holds lock_b" in " ".join(drawn.title)
    assert drawing.shown == "3 locks and 4 arrows"
    assert drawing.notes == ["1 lock that was never taken with another one is not shown"]
    forth, back = drawn.arrow("lock_a", "lock_b"), drawn.arrow("lock_b", "lock_a")
    assert forth.attributes["color"] == back.attributes["color"] == VERMILLION
    assert back.attributes["dir"] == "back"
    assert forth.text == "by A at prog.py:12"
    assert drawn.arrow("registry", "lock_a").attributes["color"] != VERMILLION
    assert drawn.box("lock_a")["color"] == VERMILLION
    assert drawn.box("registry")["color"] != VERMILLION


def test_the_tooltip_has_both_operations():
    tip = read(inverted().picture()).arrow("lock_b", "lock_a").attributes["tooltip"]
    assert "B: lock.acquire lock_a" in tip
    assert "holds lock_b, since event" in tip
    assert "app/prog.py:20" in tip


def test_one_order():
    drawing = Locking().start("A", "B").takes("A", "a", "b", "c").takes("B", "a", "c").picture()
    assert drawing.verdict == "the locks are always taken in the same order"
    assert all(arrow.attributes["color"] != VERMILLION for arrow in read(drawing).arrows)


def test_a_cycle_behind_a_gate():
    drawing = Locking().start("A", "B").takes("A", "gate", "a", "b").takes("B", "gate", "b", "a").picture()
    assert drawing.verdict == "locks are taken in opposite orders, but this cannot become a deadlock"
    assert all(arrow.attributes["color"] != VERMILLION for arrow in read(drawing).arrows)


def test_nothing_to_draw():
    drawing = Locking().start("A").takes("A", "a").picture()
    assert drawing.verdict == "no lock was taken while another one was held"
    assert read(drawing).names == [drawing.verdict]
    assert drawing.notes == []


def test_a_deadlock_that_happened():
    made = abba()
    order = lock_order(made.events, made.waiting)
    drawing = lock_order_picture.picture(order, made.found().moment, made.subject())
    assert drawing.verdict == "lock_a and lock_b are taken in opposite orders: this became a deadlock"
    arrow = read(drawing).arrow("lock_a", "lock_b")
    assert arrow.text == "wanted by A at prog.py:11"
    assert arrow.attributes["style"] == "dashed"
    assert "in forwards" in arrow.attributes["tooltip"]


def test_kinds_of_locks():
    made = Locking().start("A")
    made("A", "rlock.acquire", "r", True)("A", "semaphore.acquire", "s", True, size=1)("A", "lock.acquire", "l", True)
    drawn = read(made.picture())
    assert (drawn.box("r")["shape"], drawn.box("r")["peripheries"]) == ("ellipse", "2")
    assert drawn.box("s")["shape"] == "cylinder"


def test_a_ring_of_a_thousand():
    made = Locking().start(*(f"T{number}" for number in range(1000)))
    for number in range(1000):
        made.takes(f"T{number}", f"locks[{number}]", f"locks[{(number + 1) % 1000}]", line=10)
    drawing = made.picture()
    assert drawing.verdict == "1,000 locks are taken in a circle: this can become a deadlock"
    assert drawing.shown == "1,000 locks in 7 boxes and 7 arrows"
    assert "… 994 more of the cycle …" in read(drawing).names


def test_locks_of_one_place_stand_together():
    """Two of a thousand are taken in opposite orders."""
    made = Locking().start("A", "B")
    for number in range(0, 1000, 2):
        made.takes("A", "registry", f"locks[{number}]", f"locks[{number + 1}]", line=10)
    made.takes("B", "locks[501]", "locks[500]", line=20)
    drawing = made.picture()
    drawn = read(drawing)
    assert sorted(drawn.names) == ["998 locks", "locks[500]", "locks[501]", "registry"]
    assert drawn.arrow("998 locks", "998 locks").text == "by A at prog.py:12"
    assert drawn.arrow("locks[501]", "locks[500]").attributes["color"] == VERMILLION


def test_what_does_not_fit_on_a_page():
    """The cycle and its neighbours stay."""
    made = Locking().start("A", "B")
    for number in range(60):
        made.takes("A", f"x{number}", f"y{number}", f"z{number}")
    made.takes("A", "z58", "a", "b").takes("B", "b", "a")
    drawing = made.picture()
    drawn = read(drawing)
    assert len(drawn.boxes) == MOST_BOXES
    assert {"a", "b", "z58"} <= set(drawn.names)
    assert f"{182 - MOST_BOXES:,} more locks are not shown" in drawing.notes


def test_arrows_that_follow_from_others():
    made = Locking().start("A").takes("A", *(f"l{number}" for number in range(12)))
    drawing = made.picture()
    assert drawing.shown == "12 locks and 11 arrows"
    assert drawing.notes == ["55 arrows that follow from two others are not shown"]


def test_several_cycles():
    made = Locking().start("A", "B")
    for number in range(5):
        made.takes("A", f"a{number}", f"b{number}").takes("B", f"b{number}", f"a{number}")
    drawing = made.picture()
    assert "2 more cycles that can become a deadlock are not marked" in drawing.notes


def pairs_alike():
    """Five pairs, all taken at the same places."""
    made = Locking().start("A", "B")
    for number in range(5):
        made.takes("A", f"a{number}", f"b{number}", line=10).takes("B", f"b{number}", f"a{number}", line=20)
    return made


def test_cycles_at_the_same_places():
    assert "4 cycles of other locks at the same places are not marked" in pairs_alike().picture().notes
