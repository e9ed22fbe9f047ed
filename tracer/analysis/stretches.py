"""Parts of the lives of threads, and what a thread knows of the others in them; see `tracer.analysis.known`."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable

#: Of each other thread the number of its last event that comes before. Never changed, only replaced.
Known = dict[str, int]


class Point(NamedTuple):
    """A point in the life of a thread, after its event `number`, and what it knew there."""

    thread: str
    number: int
    known: Known


#: Points that are known together: of each thread its last.
Points = dict[str, Point]


class Stretch:
    """A part of a thread's life in which it learned nothing and neither got nor gave back a lock.

    `since` is the number of the event with which it last synchronised: equal in stretches that only what a thread saw
    in memory tells apart.
    """

    __slots__ = ("holding", "known", "since", "thread")

    def __init__(self, thread: str, since: int, known: Known, holding: tuple[str, ...]) -> None:
        self.thread = thread
        self.since = since
        self.known = known
        self.holding = holding

    def point(self, number: int) -> Point:
        """After the event `number` of this stretch."""
        return Point(self.thread, number, self.known)


def joined(mine: Known, points: Iterable[Point], thread: str) -> Known:
    """What a thread knows that learns of these points."""
    found = mine
    for other, number, known in points:
        # Who knows of a point knows all that was known there.
        if other == thread or found.get(other, 0) >= number:
            continue
        if found is mine:
            found = dict(mine)
        for one, last in known.items():
            if one != thread and found.get(one, 0) < last:
                found[one] = last
        found[other] = number
    return found
