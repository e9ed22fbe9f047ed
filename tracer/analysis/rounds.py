"""What the threads that meet at barriers come to know of each other; see `tracer.analysis.known`.

All who arrived come before all who leave. The last to arrive executes the barrier's action, if there is one, before the
others can go on; and it may have gone on itself before one of them does. No event says when the action is over, but the
events say which threads can go on.

Nobody arrives for the next round before all have left the one before: whoever does knows what was done in it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from tracer.analysis.stretches import Point, Points, Stretch
    from tracer.events import Event

_NONE: Points = {}


class _Round:
    """Threads that may leave a barrier: with what `last`, the thread that let them go, knew at the `point`.

    Until that is known, the last one executes the barrier's action; `waiting` are the threads that cannot go on yet.
    """

    __slots__ = ("last", "point", "waiting")

    def __init__(self, last: str, waiting: set[int], point: Point | None) -> None:
        self.last = last
        self.waiting = waiting
        self.point = point


class Rounds:
    """The rounds of all barriers, for `Knowledge`, whose stretches, threads and sizes they share."""

    def __init__(
        self, stretches: Mapping[str, Stretch], started: Mapping[str, Event | None], sizes: Mapping[str, int]
    ) -> None:
        self._stretches = stretches
        self._started = started
        self._sizes = sizes
        self._inside: dict[str, Points] = {}  # by barrier: who arrived, in the round that is under way
        self._broken: dict[str, Points] = {}
        self._leaving: dict[tuple[str, str], _Round] = {}  # by barrier and thread
        self._past: dict[str, Points] = {}  # by barrier: who left it, and who executed its action
        self._acting: list[_Round] = []
        self._enabled: list[int] | int | None = None

    def can_go_on(self, event: Event) -> None:
        """An event, of memory too, that says which threads could go on then."""
        self._enabled = enabled = event.enabled
        if not self._acting or not isinstance(enabled, list):
            return
        for one in self._acting:
            if not one.waiting.isdisjoint(enabled):
                one.point = self._stretches[one.last].point(event.number - 1)
        self._acting = [one for one in self._acting if one.point is None]

    def arrive(self, event: Event, stretch: Stretch) -> Iterable[Point]:
        """`barrier.wait`: what the thread comes to know."""
        name = event.object or ""
        if not isinstance(event.result, int):
            return self._broken.get(name, _NONE).values()
        inside = self._inside.setdefault(name, {})
        past = self._past.get(name, _NONE).values()
        if event.result + 1 != self._sizes.get(name):
            inside[event.thread] = stretch.point(event.number)
            return list(past)
        numbers = {thread: number for number, thread in enumerate(self._started) if thread in inside}
        waiting = set(numbers.values())
        # Who could go on before, because of a time limit, tells nothing by being able to.
        unsure = isinstance(self._enabled, int) or bool(waiting.intersection(self._enabled or ()))
        self._let_go(name, _Round(event.thread, set() if unsure else waiting, None))
        return [*inside.values(), *past]

    def _let_go(self, name: str, one: _Round) -> None:
        """Whoever is inside may leave, now or when the barrier's action is over."""
        inside = self._inside.pop(name, _NONE)
        for thread in inside:
            self._leaving[name, thread] = one
        if one.point is None and inside:
            self._acting.append(one)

    def leave(self, event: Event, stretch: Stretch) -> Iterable[Point]:
        """`barrier.leave`: the same."""
        one = self._leaving.pop((event.object or "", event.thread), None)
        if one is None:
            return ()
        if one.point is None:
            one.point = self._stretches[one.last].point(event.number - 1)
            self._acting.remove(one)
        past = self._past.setdefault(event.object or "", {})
        past[one.last] = one.point
        past[event.thread] = stretch.point(event.number)
        return (one.point,)

    def break_up(self, event: Event, stretch: Stretch) -> Iterable[Point]:
        """What makes the others leave a barrier that they did not all come to."""
        name, here = event.object or "", stretch.point(event.number)
        self._inside.get(name, {}).pop(event.thread, None)
        self._let_go(name, _Round(event.thread, set(), here))
        self._broken.setdefault(name, {})[event.thread] = here
        return ()

    def look(self, event: Event, stretch: Stretch) -> Iterable[Point]:
        """A thread is told that others wait, or that the barrier is broken."""
        if not event.result:
            return ()
        by: Mapping[str, Points] = self._broken if event.operation == "barrier.broken" else self._inside
        return list(by.get(event.object or "", _NONE).values())
