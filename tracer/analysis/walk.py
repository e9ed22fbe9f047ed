"""Paths along the arrows between locks that come back to where they began: see `tracer.analysis.cycles`."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from tracer.analysis.nesting import Request
    from tracer.analysis.order import Clock

#: Arrows and requests that are looked at from one lock.
_MOST_STEPS = 20_000


class Candidate(NamedTuple):
    """A request, and what its thread knows of others then."""

    thread: str
    number: int
    clock: Clock
    request: Request


@dataclass(slots=True)
class Turn:
    """Requests for one lock with the same locks held."""

    lock: str
    held: frozenset[str]
    candidates: list[Candidate] = field(default_factory=list)


#: From a lock that is held to the locks that are requested then.
Arrows = dict[str, dict[str, list[Turn]]]


class Walk:
    """All cycles through a lock with at least three locks and at most `limit`; `far` says how far it is from each.

    Without recursion: a cycle can be long. `is_known` tells that a path needs no lock more to be told of already.
    """

    def __init__(
        self, arrows: Arrows, first: str, far: Mapping[str, int], limit: int, is_known: Callable[[set[str], str], bool]
    ) -> None:
        self.steps = 0
        self.complete = True
        self._arrows = arrows
        self._first = first
        self._far = far
        self._limit = limit
        self._is_known = is_known
        self._locks = [first]
        self._path = {first}
        self._held: set[str] = set()
        self._chosen: list[Candidate] = []
        self._turns: list[Turn] = []
        self._threads: dict[str, int] = {}
        #: What the threads on the path know of others, for each of its beginnings.
        self._ahead: list[Clock] = [{}]

    def cycles(self) -> Iterator[tuple[tuple[str, ...], list[Candidate]]]:
        """The locks, and the requests: of each lock that is held, for the next one."""
        left = [self._following()]
        while left:
            step = next(left[-1], None)
            if step is None or self.steps > _MOST_STEPS:
                self.complete = self.complete and step is None
                left.pop()
                if self._chosen:
                    self._back()
                continue
            turn, one = step
            if turn.lock == self._first:
                yield tuple(self._locks), [*self._chosen, one]
                continue
            self._forth(turn, one)
            left.append(self._following())

    def _following(self) -> Iterator[tuple[Turn, Candidate]]:
        """The requests that can come next, those for the locks nearest to the beginning first."""
        locks, far = self._locks, self._far
        heads = self._arrows[locks[-1]]
        near = [lock for lock in heads if lock in far and len(locks) + far[lock] <= self._limit]
        self.steps += len(near)
        for lock in sorted(near, key=far.__getitem__):
            if (len(locks) < 3) if lock == self._first else (lock in self._path):
                continue
            if self._is_known(self._path, lock):
                continue
            for turn in heads[lock]:
                self.steps += 1
                if not self._held.isdisjoint(turn.held):
                    continue
                for one in turn.candidates:
                    self.steps += 1
                    if self._fits(one):
                        yield turn, one

    def _fits(self, one: Candidate) -> bool:
        """Whether no request of the path is one of the same thread, or comes before it or after it."""
        thread, number, clock, _ = one
        threads = self._threads
        if thread in threads or self._ahead[-1].get(thread, 0) >= number:
            return False
        if len(clock) < len(threads):
            return all(threads.get(other, known + 1) > known for other, known in clock.items())
        return all(clock.get(other, 0) < number for other, number in threads.items())

    def _forth(self, turn: Turn, one: Candidate) -> None:
        self._locks.append(turn.lock)
        self._path.add(turn.lock)
        self._held |= turn.held
        self._chosen.append(one)
        self._turns.append(turn)
        self._threads[one.thread] = one.number
        self.steps += len(one.clock)
        ahead = self._ahead[-1]
        if one.clock:
            ahead = {**ahead, **{other: max(known, ahead.get(other, 0)) for other, known in one.clock.items()}}
        self._ahead.append(ahead)

    def _back(self) -> None:
        self._path.discard(self._locks.pop())
        self._held -= self._turns.pop().held
        del self._threads[self._chosen.pop().thread]
        self._ahead.pop()
