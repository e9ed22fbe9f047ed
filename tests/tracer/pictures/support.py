"""Traces written by hand, and pictures read back: boxes and arrows from the source in the language of dot."""

from __future__ import annotations

import html
import itertools
import re
import subprocess
from dataclasses import dataclass, field

from tracer.analysis.moment import moment_of
from tracer.analysis.waitfor import wait_for
from tracer.events import Event
from tracer.outcome import Ending, Failure, FailureKind, Outcome, Waiting
from tracer.pictures import wait_for as wait_for_picture
from tracer.pictures.lives import Lives
from tracer.pictures.render import find_pure
from tracer.pictures.subject import Subject


class Program:
    """Events as they come, and an outcome: `thread, operation, object, result` each."""

    def __init__(self):
        self.events = []
        self.waiting = []
        self._seen = set()

    def __call__(self, thread, operation, target=None, result=None, place="", **more):
        number = len(self.events) + 1
        place = place or f"app/prog.py:{number}"
        created = None
        if target is not None and not operation.startswith("thread.") and target not in self._seen:
            self._seen.add(target)
            created = "app/prog.py:1"
        self.events.append(Event(number, thread, operation, target, result, place, number / 10, created, **more))
        return self

    def start(self, *names, by="MainThread"):
        """Starts threads."""
        for name in names:
            self(by, "thread.start", name, place="app/prog.py:900")
            self(name, "thread.begin")
        return self

    def waits(self, thread, operation, target=None, place="", **more):
        """Where a thread stands in the end."""
        self.waiting.append(
            Waiting(thread, operation, target, place or f"app/prog.py:{500 + len(self.waiting)}", **more)
        )
        return self

    def outcome(self):
        """A deadlock of those who wait."""
        who = " and ".join(one.thread for one in self.waiting)
        failures = []
        if self.waiting:
            message = f"deadlock: {who} can never go on"
            failures = [Failure(FailureKind.DEADLOCK, "f", message, waiting=self.waiting)]
        ending = Ending.DEADLOCK if failures else Ending.COMPLETED
        return Outcome(ending, len(self.events), 1, [], failures=failures)

    def found(self, at=None, *, cut=False):
        """The wait-for graph of a moment."""
        return wait_for(moment_of(self.events, None if cut else self.outcome(), at))

    def subject(self, *, cut=False):
        """What it is a picture of."""
        return Subject("app/prog.py", ["--fast"], None if cut else self.outcome())

    def wait_for(self, at=None, *, cut=False):
        """The picture of who waits for whom."""
        return wait_for_picture.picture(self.found(at, cut=cut), self.subject(cut=cut))

    def lives(self, at=None):
        """What is known of each thread."""
        lives = Lives(at)
        for _ in lives.watch(self.events):
            pass
        return lives


@dataclass
class Arrow:
    """An arrow as it is meant: from `tail` to `head`, whichever of them is drawn higher."""

    tail: str
    head: str
    text: str
    attributes: dict

    @property
    def ends(self):
        """The first lines of its boxes."""
        return (self.tail, self.head)


@dataclass
class Drawn:
    """Boxes by identifier: their rows of text; their attributes; arrows between the first rows of boxes."""

    boxes: dict = field(default_factory=dict)
    attributes: dict = field(default_factory=dict)
    arrows: list = field(default_factory=list)
    title: list = field(default_factory=list)
    below: list = field(default_factory=list)

    def arrow(self, tail, head):
        """The one arrow between two boxes."""
        (found,) = [arrow for arrow in self.arrows if arrow.ends == (tail, head)]
        return found

    def box(self, first_row):
        """The attributes of the one box with this first row."""
        (found,) = [name for name, rows in self.boxes.items() if rows[0] == first_row]
        return self.attributes[found]

    @property
    def names(self):
        """The first rows of all boxes."""
        return [rows[0] for rows in self.boxes.values()]


_ATTRIBUTE = re.compile(r'(\w+)=(<.*?>(?= \w+=|\])|"(?:[^"\\]|\\.)*"|[^ \]]+)')


def read(picture):
    """What a picture shows."""
    drawn = Drawn()
    for line in picture.source.splitlines():
        attributes = {name: value.strip('"') for name, value in _ATTRIBUTE.findall(line)}
        text = rows(attributes.get("label", ""))
        node = re.match(r"\t\t(\w+) \[", line)
        edge = re.match(r"\t\t(\w+) -> (\w+) ?\[", line)
        if edge:
            ends = edge.groups()[::-1] if attributes.get("dir") == "back" else edge.groups()
            drawn.arrows.append(Arrow(*ends, " ".join(text), attributes))
        elif line.startswith("\t\tlabel="):
            drawn.title = text
        elif node:
            drawn.boxes[node[1]] = text or [""]
            drawn.attributes[node[1]] = attributes
        elif line.startswith("\tgraph ") and text:
            drawn.below = text
    for arrow in drawn.arrows:
        arrow.tail, arrow.head = drawn.boxes[arrow.tail][0], drawn.boxes[arrow.head][0]
    return drawn


def rows(label):
    """The rows of text of an HTML-like label."""
    found = re.findall(r"<FONT[^>]*>(.*?)</FONT>", label)
    texts = [html.unescape(re.sub(r"</?B>", "", text)).replace("\\\\", "\\") for text in found]
    return [text.strip() for text in texts if text.strip() not in ("", "►", "◊")]


def svg(picture):
    """Rendered by the port: it is installed with us on the platforms that have tests."""
    program = find_pure()
    assert program is not None
    done = subprocess.run([program, "-Tsvg"], input=picture.source.encode(), capture_output=True, check=True)
    return done.stdout


def abba():
    """Two threads that hold what the other one needs."""
    made = Program().start("A", "B")
    made("A", "lock.acquire", "lock_a", True, "app/prog.py:10")
    made("B", "lock.acquire", "lock_b", True, "app/prog.py:20")
    made.waits("MainThread", "thread.join", "A", "app/prog.py:30")
    made.waits("A", "lock.acquire", "lock_b", "app/prog.py:11", stack=["app/prog.py:11 in forwards"])
    made.waits("B", "lock.acquire", "lock_a", "app/prog.py:21")
    return made


def ring(size):
    """Each thread holds a lock and waits for that of the next one."""
    names = [f"T{number}" for number in range(size)]
    made = Program().start(*names)
    for number, name in enumerate(names):
        made(name, "lock.acquire", f"locks[{number}]", True, "app/prog.py:10")
    for number, name in enumerate(names):
        made.waits(name, "lock.acquire", f"locks[{(number + 1) % size}]", "app/prog.py:11")
    return made


def pairs(names):
    """Neighbours, the last one with the first one."""
    return list(itertools.pairwise([*names, names[0]]))
