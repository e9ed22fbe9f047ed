"""Which lock was taken while which was held: the picture of the lock order of an execution.

An arrow leads from the lock that was held to the one that was taken. Where all threads keep one order, all arrows lead
downwards; one that comes back is drawn, and if nothing keeps its threads apart it is thick and red, with all the
arrows that it makes a cycle with: that is a deadlock waiting to happen.

A program may have thousands of locks. Those of the cycles are drawn one by one, of a long cycle its beginning and its
end. All others that were created at one place stand together. What does not fit on a page is left out, those that have
to do with no cycle first.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from tracer.pictures import style
from tracer.pictures.folding import ALIKE, CHAIN_END, LONGEST_CHAIN
from tracer.pictures.style import Canvas, Line, Look, Row
from tracer.pictures.text import Places, count, shorten, some_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tracer.analysis.cycles import Cycle
    from tracer.analysis.lockorder import Arrow, LockOrder
    from tracer.analysis.moment import Moment
    from tracer.analysis.nesting import Request
    from tracer.pictures.style import Picture
    from tracer.pictures.subject import Subject

#: More boxes than this cannot be read on a page, with what stands on the arrows.
MOST_BOXES = 20

#: With more arrows, those that follow from others are left out.
MOST_ARROWS = 24

#: Cycles that are drawn in red. With more of them nothing stands out.
MOST_CYCLES = 3

#: How many of the operations behind one arrow are named in its tooltip, and how many locks of one box.
_MOST_NAMED = 8
_MOST_LOCKS = 30

_CYCLE = Look("in a cycle that can become a deadlock", style.VERMILLION, "#FBE3D6", width=style.CYCLE.width)
_TAKEN = Line("was taken while the first was held", width=1.3)
_WANTED = Line("is waited for while the first is held", "dashed", width=1.3)


@dataclass(frozen=True, eq=False)
class _Box:
    """One box, for one lock or for several; `ring`: those of a long cycle that are not drawn one by one."""

    locks: tuple[str, ...]
    ring: bool = False


@dataclass(frozen=True, eq=False)
class _Drawn:
    """The arrows between two boxes. `strong`: one of a cycle."""

    tail: _Box
    head: _Box
    arrows: list[Arrow]
    strong: bool

    @property
    def executed(self) -> bool:
        """Whether anybody got the lock."""
        return any(one.executed for arrow in self.arrows for one in arrow.requests)


def picture(order: LockOrder, moment: Moment, subject: Subject) -> Picture:
    """The picture of the locks that were taken up to a moment."""
    return _Drawing(order, moment, subject).picture()


class _Drawing:
    def __init__(self, order: LockOrder, moment: Moment, subject: Subject) -> None:
        self.order = order
        self.moment = moment
        self.subject = subject
        self.locks = list(dict.fromkeys(lock for arrow in order.arrows for lock in (arrow.held, arrow.lock)))
        places = [one.place for arrow in order.arrows for one in arrow.requests]
        self.places = Places([*places, *(place for place in order.created.values() if place)])
        self.cycles = _different(order.cycles)[:MOST_CYCLES]
        self.turns = {turn for cycle in self.cycles for turn in _turns(cycle)}
        boxes = self._boxes()
        self.boxes = self._that_fit(boxes)
        self.hidden = [lock for box in boxes if box not in self.boxes for lock in box.locks]
        self.where = {lock: box for box in self.boxes for lock in box.locks}
        self.implied = 0
        self.names = {box: f"lock_{number}" for number, box in enumerate(self.boxes)}
        self.canvas = Canvas("lock-order", "threadtrace graph --kind lock-order", gap=0.5)

    def picture(self) -> Picture:
        """Draws everything."""
        for box in self.boxes:
            self._draw_box(box)
        drawn = self._drawn()
        upwards = self._upwards()
        for one in drawn:
            self._draw_arrow(one, upwards=(one.tail, one.head) in upwards)
        if not self.boxes:
            text = f"{count(len(self.order.kinds), 'lock')} taken" if self.order.kinds else "no locks were taken"
            self.canvas.box("none", [Row(_NEVER, style.NAME, bold=True), Row(text)], style.NOTE, "note")
        verdict, reason = self._words()
        title = self.subject.title(verdict, reason, self.moment)
        shown = f"{count(len(self.locks) - len(self.hidden), 'lock')} and {count(len(drawn), 'arrow')}"
        if len(self.boxes) != len(self.locks) - len(self.hidden):
            shown = shown.replace(" and", f" in {count(len(self.boxes), 'box', 'boxes')} and", 1)
        return self.canvas.picture(title, verdict, shown, self._notes(), [_CYCLE, _TAKEN, _WANTED])

    # What is drawn -------------------------------------------------------------------------------------------

    def _boxes(self) -> list[_Box]:
        """In the order of the locks."""
        boxes = []
        apart = {lock for cycle in self.cycles for lock in cycle.locks}
        for cycle in self.cycles:
            middle = cycle.locks[CHAIN_END:-CHAIN_END] if len(cycle.locks) > LONGEST_CHAIN else ()
            boxes += [_Box(tuple(middle), ring=True)] if middle else []
        boxed = {lock for box in boxes for lock in box.locks}
        alike: dict[tuple[str, str], list[str]] = {}
        for lock in self.locks:
            if lock not in apart:
                alike.setdefault((self.order.kinds.get(lock, ""), self.order.created.get(lock, "")), []).append(lock)
        for (_, created), members in alike.items():
            if len(members) > ALIKE and created:
                boxes.append(_Box(tuple(members)))
                boxed.update(members)
        boxes += [_Box((lock,)) for lock in self.locks if lock not in boxed]
        place = {lock: number for number, lock in enumerate(self.locks)}
        return sorted(boxes, key=lambda box: place[box.locks[0]])

    def _that_fit(self, boxes: list[_Box]) -> list[_Box]:
        """The boxes of the cycles first, then their neighbours."""
        if len(boxes) <= MOST_BOXES:
            return boxes
        near = {lock for cycle in self.cycles for lock in cycle.locks}
        next_to: set[str] = set()
        degrees: dict[str, int] = {}
        for arrow in self.order.arrows:
            ends = {arrow.held, arrow.lock}
            if not ends.isdisjoint(near):
                next_to |= ends
            for lock in ends:
                degrees[lock] = degrees.get(lock, 0) + 1

        def rank(box: _Box) -> tuple[int, int]:
            level = 0 if near.intersection(box.locks) else 1 if next_to.intersection(box.locks) else 2
            return level, -max(degrees[lock] for lock in box.locks)

        kept = set(sorted(boxes, key=rank)[:MOST_BOXES])
        return [box for box in boxes if box in kept]

    def _drawn(self) -> list[_Drawn]:
        """The arrows. Of many, those are left out that say what two others say already."""
        drawn = self._merged()
        if len(drawn) <= MOST_ARROWS:
            return drawn
        ends = {(one.tail, one.head) for one in drawn}
        heads: dict[_Box, list[_Box]] = {}
        for tail, head in ends:
            heads.setdefault(tail, []).append(head)

        def follows(one: _Drawn) -> bool:
            back = (one.head, one.tail) in ends
            return not back and any(
                (middle, one.head) in ends and (middle, one.tail) not in ends and (one.head, middle) not in ends
                for middle in heads[one.tail]
                if middle not in (one.tail, one.head)
            )

        kept = [one for one in drawn if one.strong or not follows(one)]
        self.implied = len(drawn) - len(kept)
        return kept

    def _merged(self) -> list[_Drawn]:
        merged: dict[tuple[_Box, _Box], list[Arrow]] = {}
        for arrow in self.order.arrows:
            tail, head = self.where.get(arrow.held), self.where.get(arrow.lock)
            if tail is not None and head is not None and not (tail is head and tail.ring):
                merged.setdefault((tail, head), []).append(arrow)
        return [
            _Drawn(tail, head, arrows, any((one.held, one.lock) in self.turns for one in arrows))
            for (tail, head), arrows in merged.items()
        ]

    def _upwards(self) -> set[tuple[_Box, _Box]]:
        """The arrows that close a cycle: they come back, where dot would turn some other one round."""
        found = set()
        for cycle in self.cycles:
            ring = list(dict.fromkeys(self.where[lock] for lock in cycle.locks if lock in self.where))
            half = (len(ring) + 1) // 2
            found |= {(ring[number], ring[(number + 1) % len(ring)]) for number in range(half, len(ring))}
        return found

    # Boxes and arrows ----------------------------------------------------------------------------------------

    def _draw_box(self, box: _Box) -> None:
        lock = box.locks[0]
        kind = self.order.kinds.get(lock, "lock")
        created = self.order.created.get(lock, "")
        where = f"created at {self.places[created]}" if created else ""
        inside = any(lock in cycle.locks for cycle in self.cycles)
        look = _CYCLE if inside else style.OBJECT
        if len(box.locks) > 1:
            head = f"… {len(box.locks):,} more of the cycle …" if box.ring else count(len(box.locks), kind)
            names = f"from {shorten(lock, 20)} to {shorten(box.locks[-1], 20)}" if box.ring else some_of(box.locks, 2)
            rows = [Row(head, style.NAME, bold=True), Row(names), Row(where if not box.ring else "")]
            more = [f"… and {len(box.locks) - _MOST_LOCKS:,} more"] if len(box.locks) > _MOST_LOCKS else []
            self.canvas.box(self.names[box], rows, look, "box3d", [*box.locks[:_MOST_LOCKS], *more])
            return
        rows = [Row(shorten(lock), style.NAME, bold=inside), Row(f"{kind}, {where}" if where else kind)]
        double = {"peripheries": "2"} if kind == "rlock" else {}
        tip = [lock, kind, *([f"created at {created}"] if created else [])]
        self.canvas.box(self.names[box], rows, look, style.SHAPES.get(kind, style.OTHER_SHAPE), tip, **double)

    def _draw_arrow(self, drawn: _Drawn, *, upwards: bool) -> None:
        # Of a red arrow the cycle's own operations are told, and first.
        requests = self._requests(drawn)
        places = dict.fromkeys(one.place for one in requests if one.place)
        where = f"{len(places):,} places"
        if len(places) == 1:
            where = self.places[next(iter(places))]
        threads = list(dict.fromkeys(one.at.thread for one in requests))
        who = some_of(threads, 2) if len(threads) <= _FEW else count(len(threads), "thread")
        verb = "by" if drawn.executed else "wanted by"
        rows = [Row(f"{verb} {who}"), Row(f"at {where}" if places else "")]
        self.canvas.arrow(
            self.names[drawn.tail],
            self.names[drawn.head],
            _TAKEN if drawn.executed else _WANTED,
            rows,
            self._tip(drawn, requests),
            strong=drawn.strong,
            upwards=upwards,
        )

    def _requests(self, drawn: _Drawn) -> list[Request]:
        own = [
            one
            for cycle in self.cycles
            for turn, one in zip(_turns(cycle), cycle.requests, strict=True)
            if any(turn == (arrow.held, arrow.lock) for arrow in drawn.arrows)
        ]
        every = [*own, *(one for arrow in drawn.arrows for one in arrow.requests)]
        return list({one.at: one for one in every}.values())

    def _tip(self, drawn: _Drawn, requests: Sequence[Request]) -> list[str]:
        times = sum(arrow.count for arrow in drawn.arrows)
        lines = [f"{count(times, 'time')}" if drawn.executed else "nobody got it"]
        for one in requests[:_MOST_NAMED]:
            number = f", event {one.at.number:,}" if one.executed else ""
            lines.append(f"{one.at.thread}: {one.operation} {one.lock}{number}")
            place = f"  at {one.place}"
            callers = [*one.stack]
            if callers and callers[0].startswith(one.place):
                place = f"  at {callers.pop(0)}"
            lines += [place, *(f"  called from {caller}" for caller in callers)]
            lines += [f"  holds {lock}, since event {event.number:,} at {event.place}" for lock, event in one.holds]
        if len(requests) > _MOST_NAMED:
            lines.append(f"… and {len(requests) - _MOST_NAMED:,} more")
        return lines

    # Words ---------------------------------------------------------------------------------------------------

    def _words(self) -> tuple[str, str]:
        """The verdict, and why it is so."""
        if self.cycles:
            cycle = self.cycles[0]
            size = len(cycle.locks)
            happened = not any(one.executed for one in cycle.requests)
            what = "this became a deadlock" if happened else "this can become a deadlock"
            if size > 2:
                verdict = f"{size:,} locks are taken in a circle: {what}"
            else:
                verdict = f"{some_of(cycle.locks)} are taken in opposite orders: {what}"
            if size > _FEW:
                return (
                    verdict,
                    "each is held by a thread that takes the next one, and from the last one back to the first",
                )
            return verdict, "; ".join(_told(cycle, number) for number in range(size))
        if not self.order.arrows:
            return _NEVER, ""
        if self.order.inverted and not self.order.complete:
            return "locks are taken in a circle", "there are too many ways round to tell if it can become a deadlock"
        if self.order.inverted:
            words = "the threads that do so are kept apart: by a common lock, by a join or a signal, or by time limits"
            return "locks are taken in opposite orders, but this cannot become a deadlock", words
        return "the locks are always taken in the same order", ""

    def _notes(self) -> list[str]:
        notes = []
        more = len(_different(self.order.cycles)) - len(self.cycles)
        if more:
            notes.append(f"{count(more, 'more cycle')} that can become a deadlock {_is(more)} not marked")
        if len(self.order.cycles) > len(_different(self.order.cycles)):
            alike = len(self.order.cycles) - len(_different(self.order.cycles))
            notes.append(f"{count(alike, 'cycle')} of other locks at the same places {_is(alike)} not marked")
        if not self.order.complete:
            notes.append("there were too many ways round: cycles may be missing")
        if self.implied:
            text = "1 arrow that follows from two others is not shown"
            if self.implied > 1:
                text = f"{self.implied:,} arrows that follow from two others are not shown"
            notes.append(text)
        if self.hidden:
            notes.append(f"{count(len(self.hidden), 'more lock')} {_is(len(self.hidden))} not shown")
        alone = len(self.order.kinds.keys() - set(self.locks))
        if alone and self.boxes:
            verb = "was" if alone == 1 else "were"
            notes.append(f"{count(alone, 'lock')} that {verb} never taken with another one {_is(alone)} not shown")
        return notes


#: So many threads are named on an arrow, and so many locks are told of in a title.
_FEW = 3

_NEVER = "no lock was taken while another one was held"


def _turns(cycle: Cycle) -> list[tuple[str, str]]:
    """The locks of each arrow of a cycle."""
    return list(zip(cycle.locks, [*cycle.locks[1:], cycle.locks[0]], strict=True))


def _different(cycles: Sequence[Cycle]) -> list[Cycle]:
    """One of those at the same places."""
    found: dict[object, Cycle] = {}
    for cycle in cycles:
        found.setdefault(cycle.alike, cycle)
    return list(found.values())


def _told(cycle: Cycle, number: int) -> str:
    thread, lock = cycle.requests[number].at.thread, cycle.requests[number].lock
    return f"{shorten(thread, 24)} takes {shorten(lock, 24)} while it holds {shorten(cycle.locks[number], 24)}"


def _is(number: int) -> str:
    return "is" if number == 1 else "are"
