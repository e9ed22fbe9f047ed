"""What happened before what: a column for each thread, time downwards, and the arrows between the threads.

What is joined by lines and arrows, downwards, happened in this order in every execution with these hand-overs; what is
not could have happened the other way round. The rows are computed here, and each column has something in each row,
be it an invisible point: left alone, dot swaps columns to avoid crossings. It does so all the same when it looks for
crossings a second time, where it forgets what stands side by side; so it is told not to.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from tracer.analysis.moment import Status
from tracer.pictures import style
from tracer.pictures.style import Canvas, Line, Look, Row
from tracer.pictures.text import Places, count, shorten, some_of

if TYPE_CHECKING:
    from tracer.analysis.waitfor import WaitFor
    from tracer.events import Event
    from tracer.pictures.style import Picture
    from tracer.pictures.subject import Subject
    from tracer.pictures.window import Entry, Window

#: How many events of a run are named in its tooltip.
_MOST_NAMED = 20

#: The line of a thread.
_LANE = "#AAAAAA"

_EVENT = Look("", style.INK, "#FFFFFF", 0.8)
_RUN = Look("", _LANE, "#F7F7F7", 0.8, line="dashed")
_HEAD = Look("", style.BLUE, "#E3EFF7", 1.2)
_STANDS = Look("waits", style.BLUE, "#FFFFFF", 1.2, line="dashed")

_THREAD = Line("starts, joins", "solid", "normal", "►", style.INK, 1.5)
_LOCK = Line("releases, then acquires", "dashed", "vee", "►", style.BLUE, 1.3)
_WAKE = Line("wakes", "bold", "empty", "►", style.VERMILLION, 1.8)
_OTHER = Line("hands over", "dotted", "open", "►", style.GREEN, 1.6)

#: By the object of the edge's kind: `start`, `join`, `lock`, `notify`, `set`, `semaphore`, `barrier`, `outside`.
_LINES = {
    "thread": _THREAD,
    "start": _THREAD,
    "join": _THREAD,
    "lock": _LOCK,
    "rlock": _LOCK,
    "release": _LOCK,
    "acquire": _LOCK,
    "condition": _WAKE,
    "notify": _WAKE,
    "outside": _WAKE,
    "event": _WAKE,
    "set": _WAKE,
}


def picture(window: Window, found: WaitFor, subject: Subject) -> Picture:
    """The picture of the events up to a moment."""
    return _Drawing(window, found, subject).picture()


class _Drawing:
    def __init__(self, window: Window, found: WaitFor, subject: Subject) -> None:
        self.window = window
        self.found = found
        self.subject = subject
        numbers = {thread.name: thread.number for thread in found.moment.state.threads.values()}
        self.threads = sorted(window.lanes, key=lambda name: numbers.get(name, len(numbers)))
        self.lanes = {name: lane for lane, name in enumerate(self.threads)}
        self.stands = {
            one.thread: one
            for one in found.moment.standings
            if one.thread in self.lanes and one.status is Status.BLOCKED and one.operation
        }
        self.rows = window.rows + bool(self.stands)
        self.places = Places([event.place for lane in window.lanes.values() for one in lane for event in one.events])
        comment = "threadtrace graph --kind happens-before"
        self.canvas = Canvas("happens-before", comment, gap=0.22, apart=0.3, remincross="false")

    def picture(self) -> Picture:
        """Draws everything."""
        window = self.window
        self._draw_heads()
        self._draw_lanes()
        for before, after, edge in window.edges:
            line = _LINES.get(edge.kind.partition(".")[0], _OTHER)
            tip = [_in_words(before.events[-1]), "happens before", _in_words(after.events[0])]
            ends = (self._name(before), self._name(after))
            self.canvas.arrow(*ends, line, tooltip=tip, weight="0")
        moment = self.found.moment
        verdict = f"events {window.first:,} to {window.last:,}, and what happened before what"
        legend: list[Look | Line] = [_STANDS, _THREAD, _LOCK, _WAKE, _OTHER]
        shown = f"{count(len(self.lanes), 'thread')} and {count(len(window.edges), 'arrow')}"
        title = self.subject.title(verdict, "", moment)
        return self.canvas.picture(title, verdict, shown, self._notes(), legend)

    def _name(self, entry: Entry) -> str:
        return f"row_{entry.row}_{self.lanes[entry.thread]}"

    def _draw_heads(self) -> None:
        for name, lane in self.lanes.items():
            rows = [Row(shorten(name, 24) or "(no name)", style.NAME, bold=True)]
            self.canvas.box(f"head_{lane}", rows, _HEAD, tooltip=[name], group=f"lane_{lane}")
        self.canvas.row([f"head_{lane}" for lane in self.lanes.values()])

    def _draw_lanes(self) -> None:
        """Row by row, each column in turn, so that dot has nothing left to choose."""
        at = {(entry.row, entry.thread): entry for lane in self.window.lanes.values() for entry in lane}
        ends = {name: lane[-1].row + (name in self.stands) for name, lane in self.window.lanes.items()}
        above = {name: f"head_{lane}" for name, lane in self.lanes.items()}
        for row in range(self.rows):
            names = []
            for thread, lane in self.lanes.items():
                name = f"row_{row}_{lane}"
                names.append(name)
                entry = at.get((row, thread))
                visible = row <= ends[thread]
                if entry is not None:
                    self._draw_entry(name, lane, entry)
                elif row == ends[thread] and thread in self.stands:
                    self._draw_standing(name, lane, thread)
                else:
                    self.canvas.point(name, _LANE if visible else "", group=f"lane_{lane}")
                self.canvas.plain(
                    above[thread],
                    name,
                    weight="100",
                    **({"color": _LANE} if visible else {"style": "invis"}),
                )
                above[thread] = name
            self.canvas.row(names)

    def _draw_entry(self, name: str, lane: int, entry: Entry) -> None:
        first, last = entry.events[0], entry.events[-1]
        group = {"group": f"lane_{lane}"}
        if len(entry.events) == 1:
            rows = [Row(_operation(first), bold=True), Row(self._where(first))]
            self.canvas.box(name, rows, _EVENT, tooltip=[_in_words(first)], **group)
            return
        rows = [Row(f"{count(len(entry.events), 'event')}, {first.number:,} to {last.number:,}", colour=style.GREY)]
        tip = [_in_words(event) for event in entry.events[:_MOST_NAMED]]
        if len(entry.events) > _MOST_NAMED:
            tip.append(f"… and {len(entry.events) - _MOST_NAMED:,} more")
        self.canvas.box(name, rows, _RUN, tooltip=tip, **group)

    def _draw_standing(self, name: str, lane: int, thread: str) -> None:
        standing = self.stands[thread]
        target = f" {shorten(standing.object, 24)}" if standing.object else ""
        stuck = thread in self.found.stuck
        rows = [Row(f"{standing.operation}{target}", bold=True), Row(f"waits{', for ever' if stuck else ''}")]
        look = style.STUCK if stuck else _STANDS
        self.canvas.box(name, rows, look, tooltip=[thread, standing.place], group=f"lane_{lane}")

    def _where(self, event: Event) -> str:
        place = f", {self.places[event.place]}" if event.place else ""
        return f"{event.number:,}{place}"

    def _notes(self) -> list[str]:
        notes = []
        window = self.window
        if window.earlier:
            notes.append(f"{count(window.earlier, 'earlier event')} {'is' if window.earlier == 1 else 'are'} not shown")
        if window.hidden_threads:
            hidden = window.hidden_threads
            verb = "is" if len(hidden) == 1 else "are"
            notes.append(f"{count(len(hidden), 'more thread')} {verb} not shown: {some_of(hidden)}")
        return notes


def _operation(event: Event) -> str:
    target = f" {shorten(event.object, 24)}" if event.object else ""
    given = "" if event.result is None or event.result is True else f" → {event.result}"
    return f"{event.operation}{target}{shorten(given, 16)}"


def _in_words(event: Event) -> str:
    place = f" at {event.place}" if event.place else ""
    return f"{event.number:,} {event.thread}: {_operation(event)}{place}"
