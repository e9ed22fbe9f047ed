"""Which thread started which, and who waited for its end: the tree of the threads of a program.

It reads from left to right. Most threads are joined by the thread that started them: that is said on the arrow of the
start. Another thread that joins is named in the box, for arrows across the tree make it unreadable. Threads that were
started at one place by one thread, and came equally far, stand together.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from tracer.analysis.moment import Status
from tracer.pictures import style
from tracer.pictures.style import Canvas, Line, Look, Row
from tracer.pictures.text import Places, count, shorten, some_of

if TYPE_CHECKING:
    from collections.abc import Hashable

    from tracer.analysis.moment import Standing
    from tracer.analysis.waitfor import WaitFor
    from tracer.pictures.lives import Life, Lives
    from tracer.pictures.style import Picture
    from tracer.pictures.subject import Subject

#: So many threads that were started at one place are drawn one by one.
_ALIKE = 6

#: More boxes than this cannot be read on a page.
_MOST_BOXES = 32

#: Generations of threads that start threads; what lies deeper is drawn thread by thread.
_GENERATIONS = 8

#: How many of those who joined a thread are named in its box.
_MOST_JOINS = 3

#: How many of the threads that stand together are named in the tooltip.
_MOST_NAMED = 30

_STARTED = Line("started", width=1.3)


@dataclass(frozen=True, eq=False)
class _Box:
    """One box, for one thread or for several that are alike."""

    lives: tuple[Life, ...]

    @property
    def life(self) -> Life:
        """The first of them."""
        return self.lives[0]


def picture(found: WaitFor, lives: Lives, subject: Subject) -> Picture:
    """The tree of the threads that were started up to a moment."""
    return _Drawing(found, lives, subject).picture()


class _Drawing:
    def __init__(self, found: WaitFor, lives: Lives, subject: Subject) -> None:
        self.found = found
        self.subject = subject
        self.standings = {one.thread: one for one in found.moment.standings}
        self.stuck = frozenset(found.stuck)
        self.cycle = frozenset(found.cycle)
        self.lives = {name: life for name, life in lives.threads.items() if name in self.standings}
        self.numbers = {name: number for number, name in enumerate(self.standings)}
        self.boxes = self._boxes()
        self.shown = list(dict.fromkeys(self.boxes.values()))[:_MOST_BOXES]
        self.drawn = {life.name for box in self.shown for life in box.lives}
        self.places = Places(self._all_places())
        self.canvas = Canvas("threads", "threadtrace graph --kind threads", direction="LR", gap=0.4, apart=0.2)

    def picture(self) -> Picture:
        """Draws everything."""
        # From left to right, dot puts what comes first at the bottom.
        for box in reversed(self.shown):
            self._draw_box(box)
            self._draw_start(box)
        ended = sum(one.status is Status.ENDED for one in self.standings.values())
        total = len(self.standings)
        verdict = f"{count(total, 'thread')}: {ended:,} ended"
        if self.stuck:
            verdict += f", {len(self.stuck):,} can never go on"
        notes = self._notes()
        shown = count(len(self.drawn), "thread")
        if len(self.shown) != len(self.drawn):
            shown += f" in {count(len(self.shown), 'box', 'boxes')}"
        legend: list[Look | Line] = [*style.LOOKS, _STARTED]
        return self.canvas.picture(self.subject.title(verdict, "", self.found.moment), verdict, shown, notes, legend)

    # What stands together ------------------------------------------------------------------------------------

    def _boxes(self) -> dict[str, _Box]:
        """The box of each thread. Who is started by threads of one box can be alike, so this goes on by generations."""
        boxes = {name: _Box((life,)) for name, life in self.lives.items()}
        for _ in range(_GENERATIONS):
            alike: dict[Hashable, list[Life]] = {}
            for name, life in self.lives.items():
                alike.setdefault(self._kind(name, life, boxes), []).append(life)
            found: dict[str, _Box] = {}
            for lives in alike.values():
                together = [_Box(tuple(lives))] if len(lives) > _ALIKE else [_Box((life,)) for life in lives]
                found.update((life.name, box) for box in together for life in box.lives)
            # In the order of creation again.
            found = {name: found[name] for name in self.lives}
            if [box.life.name for box in found.values()] == [box.life.name for box in boxes.values()]:
                break
            boxes = found
        return boxes

    def _kind(self, name: str, life: Life, boxes: dict[str, _Box]) -> Hashable:
        """What threads of one box have in common."""
        if life.started is None:
            return name
        joiners = tuple(
            (boxes[who].life.name if who in boxes else who, event.place) for who, event in life.joins.items()
        )
        starter = boxes[life.started.thread].life.name if life.started.thread in boxes else ""
        return (starter, life.started.place, self._look(name), self._daemon(name), joiners)

    # Boxes ---------------------------------------------------------------------------------------------------

    def _look(self, name: str) -> Look:
        if name in self.stuck:
            return style.CYCLE if name in self.cycle else style.STUCK
        if self.found.moment.last and self._abandoned(name):
            return style.ABANDONED
        looks = {Status.BLOCKED: style.WAITING, Status.ENABLED: style.ENABLED, Status.ENDED: style.ENDED}
        return looks.get(self.standings[name].status, style.UNKNOWN)

    def _daemon(self, name: str) -> bool:
        return self.standings[name].daemon or self._abandoned(name)

    def _abandoned(self, name: str) -> bool:
        outcome = self.subject.outcome
        return outcome is not None and name in outcome.abandoned

    def _identifier(self, box: _Box) -> str:
        return f"thread_{self.numbers[box.life.name]}"

    def _draw_box(self, box: _Box) -> None:
        name = box.life.name
        look = self._look(name)
        words = style.STUCK.words if look is style.CYCLE else look.words
        words = f"daemon, {words}" if self._daemon(name) else words
        if len(box.lives) > 1:
            counts = sorted({life.events for life in box.lives})
            each = f"{counts[0]:,}" if len(counts) == 1 else f"{counts[0]:,} to {counts[-1]:,}"
            names = [life.name for life in box.lives]
            head = Row(f"{len(names):,} threads", style.NAME, bold=True)
            rows = [head, Row(some_of(names)), Row(f"{words}, {each} events each"), *self._joined(box)]
            self.canvas.box(self._identifier(box), rows, look, "box3d", _some(names), peripheries="1")
            return
        rows = [
            Row(shorten(name) or "(no name)", style.NAME, bold=True),
            Row(f"{words}, {count(box.life.events, 'event')}"),
            *self._joined(box),
        ]
        self.canvas.box(self._identifier(box), rows, look, tooltip=self._tip(box.life))

    def _tip(self, life: Life) -> list[str]:
        lines = [life.name]
        if life.started is not None:
            lines.append(f"started by {life.started.thread} at {life.started.place}, event {life.started.number:,}")
        if life.first is not None and life.last is not None:
            lines.append(f"its first event: {_in_words(life.first.number, life.first.time)}")
            lines.append(f"its last event: {_in_words(life.last.number, life.last.time)}, {life.last.operation}")
        lines += [f"joined by {who} at {event.place}, event {event.number:,}" for who, event in life.joins.items()]
        standing: Standing = self.standings[life.name]
        if standing.operation:
            target = f" {standing.object}" if standing.object else ""
            lines.append(f"stands before {standing.operation}{target}")
            lines += [f"  at {place}" for place in (standing.stack or [standing.place]) if place]
        return lines

    # Arrows --------------------------------------------------------------------------------------------------

    def _all_places(self) -> list[str]:
        events = [life.started for life in self.lives.values() if life.started is not None]
        events += [event for life in self.lives.values() for event in life.joins.values()]
        return [event.place for event in events] + [one.place for one in self.standings.values()]

    def _draw_start(self, box: _Box) -> None:
        starters: dict[_Box, list[Life]] = {}
        for life in box.lives:
            if life.started is not None and life.started.thread in self.drawn:
                starters.setdefault(self.boxes[life.started.thread], []).append(life)
        for starter, lives in starters.items():
            event = lives[0].started
            assert event is not None
            rows = [Row(f"started at {self.places[event.place]}" if event.place else "started")]
            joined = [life.joins[event.thread] for life in lives if event.thread in life.joins]
            if joined:
                rows.append(Row(f"joined at {self.places[joined[0].place]}"))
            rows += self._waiting_starter(event.thread, box)
            tips = [line for life in lives[:_MOST_NAMED] for line in self._tip(life)[:2]]
            self.canvas.arrow(self._identifier(starter), self._identifier(box), _STARTED, rows, tips)

    def _waiting_starter(self, starter: str, box: _Box) -> list[Row]:
        """A join of the starter that is not over."""
        standing = self.standings[starter]
        joins = standing.operation == "thread.join" and standing.status is Status.BLOCKED
        if not joins or all(life.name != standing.object for life in box.lives):
            return []
        what = f"waits for {shorten(standing.object or '')}" if len(box.lives) > 1 else "waits for its end"
        return [Row(f"{what} at {self.places[standing.place]}")]

    def _joined(self, box: _Box) -> list[Row]:
        """Who waited for its end, and who still does, apart from the thread that started it."""
        life = box.life
        starter = life.started.thread if life.started is not None else ""
        rows = [
            Row(f"joined by {shorten(who)} at {self.places[event.place]}")
            for who, event in life.joins.items()
            if who != starter
        ]
        inside = {one.name for one in box.lives}
        rows += [
            Row(f"{shorten(one.thread)} waits for its end at {self.places[one.place]}")
            for wait in self.found.waits
            if (one := wait.standing).operation == "thread.join" and one.object in inside and one.thread != starter
        ]
        left = len(rows) - _MOST_JOINS
        return rows if left <= 0 else [*rows[:_MOST_JOINS], Row(f"and {count(left, 'more thread')}")]

    def _notes(self) -> list[str]:
        left = len(self.lives) - len(self.drawn)
        notes = [f"{count(left, 'more thread')} {'is' if left == 1 else 'are'} not shown"] if left else []
        silent = len(self.standings) - len(self.lives)
        return [*notes, *([f"{count(silent, 'thread')} did nothing yet"] if silent else [])]


def _in_words(number: int, time: float) -> str:
    return f"{number:,} at {time:g} s"


def _some(names: list[str]) -> list[str]:
    more = [f"… and {len(names) - _MOST_NAMED:,} more"] if len(names) > _MOST_NAMED else []
    return [*names[:_MOST_NAMED], *more]
