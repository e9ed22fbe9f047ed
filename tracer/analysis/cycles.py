"""The search for cycles in the graph of locks: see `tracer.analysis.lockorder`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from tracer.analysis.components import components, distances, turned
from tracer.analysis.order import clocks
from tracer.analysis.walk import Candidate, Turn, Walk
from tracer.analysis.witness import Witnesses

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from tracer.analysis.nesting import Nesting, Request
    from tracer.analysis.walk import Arrows
    from tracer.events import Event

#: Requests and locks that are looked at in the search for one trace: each costs about a microsecond.
_MOST_STEPS = 600_000

#: The same for one pair of locks: enough for 500 threads on each side, all of which are kept apart by joins.
_MOST_STEPS_FOR_A_PAIR = 250_000

#: Cycles of at most so many locks are looked for first, from every lock, before any longer ones.
_SHORT = (3, 5)

#: More cycles than this nobody reads; those at the same places are one finding.
_MOST_CYCLES = 200

#: Choices of threads and acquires for one cycle for which a witness is searched.
_MOST_CHOICES = 32


@dataclass(frozen=True)
class Cycle:
    """Requests of different threads, each for a lock that the next one holds, and the last for one that the first has.

    `locks` are those that they hold; `threads` all that were seen to take part, for each turn of the cycle.
    """

    requests: tuple[Request, ...]
    locks: tuple[str, ...]
    threads: tuple[tuple[str, ...], ...]

    def outer(self, turn: int) -> Event:
        """The acquire of the lock that is held in a turn of the cycle."""
        return dict(self.requests[turn].holds)[self.locks[turn]]

    @property
    def places(self) -> frozenset[tuple[str, str]]:
        """Where the locks are acquired: equal for cycles that one change of the program mends. Empty if not known."""
        found = frozenset((self.outer(turn).place, one.place) for turn, one in enumerate(self.requests))
        return found if all(place for pair in found for place in pair) else frozenset()

    @property
    def alike(self) -> frozenset[object]:
        """Equal for cycles that are told of as one."""
        return frozenset(self.places or self.locks)


class CycleSearch:
    """Finds the cycles; `complete` tells whether all were looked for, `inverted` whether the graph has any at all."""

    def __init__(self, found: Nesting) -> None:
        self.complete = True
        self.inverted = False
        self._found = found
        self._arrows: Arrows = {}
        self._cycles: list[Cycle] = []
        self._known: dict[str, list[frozenset[str]]] = {}  # by lock: those of the cycles that were found
        self._steps = 0
        self._witnesses = Witnesses(found)

    def run(self) -> list[Cycle]:
        """The cycles, the shortest ones first."""
        graph: dict[str, dict[str, None]] = {}
        for request in self._found.requests:
            for held in request.held:
                graph.setdefault(held, {})[request.lock] = None
        rings = components(graph)
        self.inverted = bool(rings)
        if rings:
            self._arrows = _arrows(self._found, rings)
        rings = [ring for ring in rings if not self._gates(ring)]
        for ring in rings:
            self._pairs(ring)
        for ring in rings:
            if len(ring) > 2:
                self._longer(ring)
        return self._cycles

    def _gates(self, ring: Sequence[str]) -> frozenset[str]:
        """The locks that are held wherever the locks of the ring are requested."""
        turns = [turn for lock in ring for some in self._arrows.get(lock, {}).values() for turn in some]
        return frozenset.intersection(*(turn.held for turn in turns)) if turns else frozenset()

    # Pairs ---------------------------------------------------------------------------------------------------

    def _pairs(self, ring: Sequence[str]) -> None:
        place = {lock: number for number, lock in enumerate(ring)}
        for first in ring:
            for second, there in self._arrows[first].items():
                back = self._arrows[second].get(first)
                if back is not None and place[second] > place[first] and not self._enough():
                    self._pair((first, second), there, back)

    def _pair(self, locks: tuple[str, str], there: list[Turn], back: list[Turn]) -> None:
        for tried, (one, other) in enumerate(self._choices(there, back)):
            if tried == _MOST_CHOICES:
                self.complete = False
                return
            if self._reachable((one, other)):
                self._add(locks, (one, other))
                return

    def _choices(self, there: list[Turn], back: list[Turn]) -> Iterator[tuple[Candidate, Candidate]]:
        """Requests of two different threads, with no gate and no order between them."""
        limit = self._steps + _MOST_STEPS_FOR_A_PAIR
        for turn in there:
            for other in back:
                if not turn.held.isdisjoint(other.held):
                    continue
                for one in turn.candidates:
                    if self._steps > limit:
                        self.complete = False
                        return
                    self._steps += len(other.candidates)
                    thread, number, clock, _ = one
                    for another in other.candidates:
                        if thread == another.thread:
                            continue
                        if clock.get(another.thread, 0) < another.number and another.clock.get(thread, 0) < number:
                            yield one, another

    # Longer cycles -------------------------------------------------------------------------------------------

    def _longer(self, ring: Sequence[str]) -> None:
        """From each lock in turn, which is then taken out: every cycle has a first lock."""
        tails = turned({lock: self._arrows[lock] for lock in ring})
        for limit in _SHORT:
            allowed = set(ring)
            for first in ring:
                if limit >= len(ring) or self._enough():
                    break
                self._through(first, tails, allowed, limit)
                allowed.discard(first)
        rings = [list(ring)]
        while rings and not self._enough():
            first, *rest = rings.pop()
            allowed = {first, *rest}
            self._through(first, tails, allowed, len(allowed))
            self._steps += len(rest)
            inside = set(rest)
            rings += components({lock: [head for head in self._arrows[lock] if head in inside] for lock in rest})

    def _through(self, first: str, tails: Mapping[str, Sequence[str]], allowed: set[str], limit: int) -> None:
        far = distances(tails, first, allowed, limit - 1)
        self._steps += len(far)
        walk = Walk(self._arrows, first, far, limit, self._is_known)
        tried: dict[frozenset[str], int] = {}
        for locks, chosen in walk.cycles():
            key = frozenset(locks)
            tried[key] = tried.get(key, 0) + 1
            if tried[key] <= _MOST_CHOICES and self._reachable(chosen):
                self._add(locks, chosen)
        self._steps += walk.steps
        self.complete = self.complete and walk.complete

    # What a cycle must be ------------------------------------------------------------------------------------

    def _reachable(self, chosen: Sequence[Candidate]) -> bool:
        return self._witnesses.possible([one.request.at for one in chosen]) is not False

    def _is_known(self, locks: set[str], lock: str) -> bool:
        """Whether the locks, with one more, include those of a cycle that was found."""
        return any(known.issubset(locks | {lock}) for known in self._known.get(lock, ()))

    def _add(self, locks: tuple[str, ...], chosen: Sequence[Candidate]) -> None:
        threads = []
        for number, (held, one) in enumerate(zip(locks, chosen, strict=True)):
            turns = self._arrows[held][locks[(number + 1) % len(locks)]]
            names = dict.fromkeys([one.thread, *(one.thread for turn in turns for one in turn.candidates)])
            threads.append(tuple(names))
        self._cycles.append(Cycle(tuple(one.request for one in chosen), locks, tuple(threads)))
        for lock in locks:
            self._known.setdefault(lock, []).append(frozenset(locks))

    def _enough(self) -> bool:
        if self._steps < _MOST_STEPS and len(self._cycles) < _MOST_CYCLES:
            return False
        self.complete = False
        return True


def _arrows(found: Nesting, rings: Sequence[Sequence[str]]) -> Arrows:
    """The arrows inside the components."""
    inside = {lock: number for number, ring in enumerate(rings) for lock in ring}
    arrows: Arrows = {lock: {} for lock in inside}
    turns: dict[tuple[str, frozenset[str]], Turn] = {}
    requests = [
        request
        for request in found.requests
        if any(inside.get(held, -1) == inside.get(request.lock, -2) for held in request.held)
    ]
    known = clocks(found.orders, [request.at for request in requests])
    for request in requests:
        key = (request.lock, frozenset(request.held))
        turn = turns.get(key)
        if turn is None:
            turn = turns[key] = Turn(*key)
            for held in request.held:
                if inside.get(held, -1) == inside[request.lock]:
                    arrows[held].setdefault(request.lock, []).append(turn)
        number, thread = request.at
        turn.candidates.append(Candidate(thread, number, known[request.at], request))
    return arrows
