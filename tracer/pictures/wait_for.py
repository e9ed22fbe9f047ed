"""Who waits for whom, and why nobody can move: the picture of a wait-for graph.

Threads are boxes, objects have shapes of their own. A dashed arrow goes from a thread to what it waits for, a solid one
from an object to the thread that holds it, so that one follows the arrows to find who has to act; who comes back to
where he began has found the deadlock. Where anybody could release a waiting thread the arrow ends in a diamond;
dotted arrows then lead to those who did so before, or a note says that nobody is left.

A ring is drawn as a ring: the second half of its arrows goes up, where dot would have put all boxes into one column.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from tracer.analysis.moment import Status
from tracer.pictures import style
from tracer.pictures.folding import ALIKE, fold
from tracer.pictures.relations import Key, Role, cycle_of, links_of
from tracer.pictures.style import Canvas, Line, Look, Row
from tracer.pictures.text import Places, count, shorten, some_of
from tracer.pictures.words import nobody, nobody_waits, object_words, thread_tip, thread_words, verdict_of, why

if TYPE_CHECKING:
    from tracer.analysis.finding import Finding
    from tracer.analysis.moment import Standing
    from tracer.analysis.waitfor import WaitFor
    from tracer.pictures.folding import Group
    from tracer.pictures.relations import Link
    from tracer.pictures.style import Picture
    from tracer.pictures.subject import Subject

#: How many of those who released an object before are drawn.
_MOST_RELEASERS = 3

#: How many of the threads that stand together are named in the tooltip.
_MOST_NAMED = 30

_LINES = {
    Role.HELD: Line("held by", width=1.4),
    Role.WAITS: Line("waits for", "dashed"),
    Role.MAY: Line("waits; any thread could release it", "dashed", "odiamond", "◊"),
    Role.JOINS: Line("waits for", "dashed"),
    Role.EXIT: Line("waits for", "dashed"),
    Role.RELEASED: Line("released it before", "dotted", "empty", "►", style.GREY, 1.3),
}

#: What an arrow says above its place.
_WORDS = {
    Role.HELD: "held, since",
    Role.WAITS: "waits at",
    Role.MAY: "waits at",
    Role.JOINS: "joins at",
    Role.EXIT: "waits for it to end",
    Role.RELEASED: "{verb} before, at",
}

_RELEASED = {
    "condition.notify": "notified it",
    "event.set": "set it",
    "event.clear": "cleared it",
    "semaphore.release": "released it",
    "barrier.wait": "filled it",
}


def picture(found: WaitFor, subject: Subject, cause: Finding | None = None) -> Picture:
    """The picture of the wait-for graph of a moment; `cause` is why nobody can move, where that is known."""
    return _Drawing(found, subject, cause).picture()


class _Drawing:
    def __init__(self, found: WaitFor, subject: Subject, cause: Finding | None) -> None:
        self.found = found
        self.subject = subject
        self.cause = cause
        self.state = found.moment.state
        self.standings = {one.thread: one for one in found.moment.standings}
        self.stuck = frozenset(found.stuck)
        self.links = self._wanted(links_of(found))
        self.cycle = cycle_of(found)
        self.turns = set(zip(self.cycle, [*self.cycle[1:], *self.cycle[:1]], strict=True))
        self.places = Places([*(link.place for link in self.links), *(cause.sites if cause is not None else ())])
        self.keys = self._keys()
        self.folded = fold(self.keys, self.links, self.cycle, self._alike, self._rank)
        self.names = {group.key: self._identifier(group.key) for group in self.folded.groups}
        self.canvas = Canvas("wait-for", "threadtrace graph --kind wait-for")

    def picture(self) -> Picture:
        """Draws everything."""
        moment = self.found.moment
        for group in self.folded.groups:
            self._draw_group(group)
        self._draw_links()
        self._draw_nobody()
        if not self.folded.groups:
            self._draw_idle()
        notes = self._notes()
        verdict = verdict_of(self.found, self.subject)
        title = self.subject.title(verdict, self._reason(), moment)
        return self.canvas.picture(
            title, verdict, self._shown(), notes, [*style.LOOKS, *dict.fromkeys(_LINES.values())]
        )

    # What is drawn -------------------------------------------------------------------------------------------

    def _wanted(self, links: list[Link]) -> list[Link]:
        """Without the arrows of a main thread that waits at the exit for more threads than can be told apart."""
        exits = [link for link in links if link.role is Role.EXIT]
        return links if len(exits) <= ALIKE else [link for link in links if link.role is not Role.EXIT]

    def _keys(self) -> list[Key]:
        """Threads in the order of their creation, then objects in the order in which arrows come to them."""
        ends = dict.fromkeys(key for link in self.links for key in (link.tail, link.head))
        alone = {
            one.thread
            for one in self.found.waits
            if one.standing.object is None and one.standing.operation != "time.sleep"
        }
        threads = [Key(True, name) for name in self.standings if Key(True, name) in ends or name in alone]
        return [*threads, *(key for key in ends if not key.thread)]

    def _alike(self, key: Key) -> tuple[object, ...]:
        if not key.thread:
            known = self.state.objects.get(key.name)
            return (known.kind, known.created) if known is not None else ()
        standing = self.standings[key.name]
        stuck = key.name in self.stuck
        return (standing.status, standing.operation, standing.place, stuck, standing.timed, standing.daemon)

    def _rank(self, key: Key) -> int:
        if key in self.cycle:
            return 0
        return 1 if key.name in self.stuck else 2

    def _look(self, key: Key) -> Look:
        if not key.thread:
            return style.OBJECT
        if key in self.cycle:
            return style.CYCLE
        if key.name in self.stuck:
            return style.STUCK
        looks = {Status.BLOCKED: style.WAITING, Status.ENABLED: style.ENABLED, Status.ENDED: style.ENDED}
        return looks.get(self.standings[key.name].status, style.UNKNOWN)

    def _identifier(self, key: Key) -> str:
        """A plain word: names of threads and objects may be anything."""
        if key.thread:
            return f"thread_{self.state.threads[key.name].number}"
        return f"object_{self.keys.index(key)}"

    # Boxes ---------------------------------------------------------------------------------------------------

    def _draw_group(self, group: Group) -> None:
        key = group.key
        look = self._look(key)
        if not key.thread and key in self.cycle:
            look = Look("", style.VERMILLION, "#FFFFFF", style.CYCLE.width)
        name = self.names[key]
        if len(group.members) > 1:
            # Two borders would hide the edges of the stack; it says in words that it can never go on.
            self.canvas.box(name, self._several(group), look, "box3d", self._tips(group), peripheries="1")
            return
        known = self.state.objects.get(key.name) if not key.thread else None
        if key.thread:
            rows = [Row(shorten(key.name) or "(no name)", style.NAME, bold=True), Row(self._thread_words(key.name))]
            self.canvas.box(name, rows, look, tooltip=self._tips(group))
            return
        kind = known.kind if known is not None else "object"
        rows = [Row(shorten(key.name), style.NAME), Row(object_words(known))]
        more = {"peripheries": "2"} if kind == "rlock" else {}
        self.canvas.box(name, rows, look, style.SHAPES.get(kind, style.OTHER_SHAPE), self._tips(group), **more)

    def _several(self, group: Group) -> list[Row]:
        threads = [key.name for key in group.members if key.thread]
        if not threads:
            known = self.state.objects.get(group.key.name)
            kind = known.kind if known is not None else "object"
            names = [key.name for key in group.members]
            return [Row(count(len(names), kind), style.NAME), Row(some_of(names, 2))]
        if group.chain:
            what = "of the ring" if group.key in self.cycle else "of the chain"
            head = f"… {len(threads):,} more {what} …"
            return [
                Row(head, style.NAME, bold=True),
                Row(f"from {shorten(threads[0])} to {shorten(threads[-1])}"),
                Row("each waits for the next one"),
            ]
        head = f"{count(len(threads), 'thread')} {self._doing(threads[0])}"
        return [Row(head, style.NAME, bold=True), Row(some_of(threads)), Row(self._thread_words(threads[0]))]

    def _doing(self, name: str) -> str:
        return "wait here" if self.standings[name].status is Status.BLOCKED else "alike"

    def _thread_words(self, name: str) -> str:
        standing = self.standings[name]
        words = thread_words(standing, stuck=name in self.stuck, last=self.found.moment.last)
        if standing.operation == "program.exit" and not any(link.role is Role.EXIT for link in self.links):
            words = f"has ended; waits for {count(len(self._awaited(name)), 'thread')}"
        return words

    def _awaited(self, name: str) -> list[str]:
        return next(one.awaited for one in self.found.waits if one.thread == name)

    def _tips(self, group: Group) -> list[str]:
        key = group.key
        if len(group.members) > 1:
            names = [one.name for one in group.members if one.thread] or [one.name for one in group.members]
            more = [f"… and {len(names) - _MOST_NAMED:,} more"] if len(names) > _MOST_NAMED else []
            return [*names[:_MOST_NAMED], *more]
        if key.thread:
            return thread_tip(self.state, self.standings[key.name])
        known = self.state.objects.get(key.name)
        if known is None:
            return [key.name]
        created = [f"created at {known.created}"] if known.created else []
        guard = [f"its lock: {known.lock}"] if known.lock else []
        return [key.name, object_words(known), *created, *guard]

    # Arrows --------------------------------------------------------------------------------------------------

    def _draw_links(self) -> None:
        merged: dict[tuple[str, str, Role], list[Link]] = {}
        releasers: dict[Key, int] = {}
        for link in self.links:
            tail, head = self.folded.where.get(link.tail), self.folded.where.get(link.head)
            if tail is None or head is None or (tail is head and tail.chain):
                continue
            if link.role is Role.RELEASED:
                releasers[link.tail] = releasers.get(link.tail, 0) + 1
                if releasers[link.tail] > _MOST_RELEASERS:
                    continue
            merged.setdefault((self.names[tail.key], self.names[head.key], link.role), []).append(link)
        upwards = self._upwards()
        for (tail_name, head_name, role), links in merged.items():
            strong = role is not Role.RELEASED and any((link.tail, link.head) in self.turns for link in links)
            self.canvas.arrow(
                tail_name,
                head_name,
                _LINES[role],
                self._arrow_rows(role, links),
                self._arrow_tip(links),
                strong=strong,
                upwards=strong and (tail_name, head_name) in upwards,
            )

    def _upwards(self) -> set[tuple[str, str]]:
        """The second half of the ring: from its lowest box back to its first."""
        boxes = list(dict.fromkeys(self.names[self.folded.where[key].key] for key in self.cycle))
        half = (len(boxes) + 1) // 2
        return {(boxes[number], boxes[(number + 1) % len(boxes)]) for number in range(half, len(boxes))}

    def _arrow_rows(self, role: Role, links: list[Link]) -> list[Row]:
        first = links[0]
        verb = _RELEASED.get(first.event.operation, "released it") if first.event is not None else ""
        words = _WORDS[role].format(verb=verb)
        if role is Role.HELD and first.count > 1 and len(links) == 1:
            words = f"held {first.count} times, since"
        places = dict.fromkeys(link.place for link in links if link.place)
        if not places:
            return [Row(words.removesuffix(" at").removesuffix(", since").removesuffix(","))]
        where = self.places[next(iter(places))] if len(places) == 1 else f"{len(places):,} places"
        return [Row(words), Row(where)]

    def _arrow_tip(self, links: list[Link]) -> list[str]:
        tips: list[str] = []
        for link in links[:_MOST_NAMED]:
            if link.standing is not None:
                tips += thread_tip(self.state, link.standing, holds=False)
            elif link.event is not None:
                event = link.event
                stack = event.stack or self.subject.stacks.get((event.thread, event.place), [])
                tips.append(f"{event.thread}: {event.operation} {event.object}, event {event.number:,}")
                tips += [f"  at {event.place}", *(f"  called from {place}" for place in stack)]
        return tips

    def _draw_nobody(self) -> None:
        """A note at each object whose waiters all wait for ever."""
        waiting: dict[Key, bool] = {}
        for link in self.links:
            if link.role is Role.MAY:
                waiting[link.head] = waiting.get(link.head, True) and link.tail.name in self.stuck
        noted: set[str] = set()
        for key, hopeless in waiting.items():
            group = self.folded.where.get(key)
            if group is None or not hopeless or (name := self.names[group.key]) in noted:
                continue
            noted.add(name)
            known = self.state.objects.get(key.name)
            text = nobody(known)
            rows = [Row(line) for line in text.replace("left ", "left\n").split("\n")]
            self.canvas.box(f"{name}_note", rows, style.NOTE, "note", [text])
            self.canvas.plain(name, f"{name}_note", style="dotted", color=style.GREY)

    def _draw_idle(self) -> None:
        rows = [Row(nobody_waits(self.found), style.NAME, bold=True)]
        by_status: dict[str, list[str]] = {}
        for one in self.found.moment.standings:
            by_status.setdefault(_idle_words(one), []).append(one.thread)
        rows += [Row(f"{count(len(names), 'thread')} {words}: {some_of(names)}") for words, names in by_status.items()]
        self.canvas.box("nobody", rows, style.NOTE, "note", [one.thread for one in self.found.moment.standings])

    # Words ---------------------------------------------------------------------------------------------------

    def _reason(self) -> str:
        """Why nobody can move: the ring, or else the cause."""
        if self.cause is None or self.cycle:
            return why(self.found, self.subject, self.cycle)
        text = self.cause.message
        for place in self.cause.sites:
            text = text.replace(place, self.places[place])
        return text

    def _notes(self) -> list[str]:
        shown = {key.name for key in self.folded.where if key.thread}
        hidden = {key.name for key in self.folded.hidden}
        away = [one for one in self.found.moment.standings if one.thread not in shown and one.thread not in hidden]
        notes = []
        if hidden:
            notes.append(f"{count(len(hidden), 'more thread')} that {_wait(len(hidden))} not shown")
        if away and self.folded.groups:
            by_status: dict[str, int] = {}
            for one in away:
                by_status[_idle_words(one)] = by_status.get(_idle_words(one), 0) + 1
            parts = ", ".join(f"{number:,} {words}" for words, number in by_status.items())
            verb = "is" if len(away) == 1 else "are"
            notes.append(f"{count(len(away), 'thread')} that {verb} not involved {verb} not shown: {parts}")
        return notes

    def _shown(self) -> str:
        groups = self.folded.groups
        threads = sum(key.thread for group in groups for key in group.members)
        boxes = sum(group.key.thread for group in groups)
        objects = sum(not key.thread for group in groups for key in group.members)
        if not groups:
            none = nobody_waits(self.found).replace("nobody", "none")
            return f"{count(len(self.standings), 'thread')}, of which {none}"
        folded = f" in {count(boxes, 'box', 'boxes')}" if boxes != threads else ""
        return f"{count(threads, 'thread')}{folded} and {count(objects, 'object')}"


def _wait(number: int) -> str:
    return "waits is" if number == 1 else "wait are"


def _idle_words(standing: Standing) -> str:
    if standing.operation == "time.sleep" and standing.status is Status.BLOCKED:
        return "asleep"
    return {
        Status.ENABLED: "can go on",
        Status.BLOCKED: "waiting",
        Status.ENDED: "ended",
        Status.UNKNOWN: "not known",
    }[standing.status]
