"""Which steps of an execution could have come the other way round.

Happens-before is what the order of dependent steps, of the steps of a thread, and of waking and starting implies. It is
kept as one number for each step, whose bits are the steps that come before it: uniting two of them is one operation of
the machine for dozens of steps.

Two steps *race* if they are dependent, of different threads, and the later one does not come after the earlier one for
another reason, that is, by what its thread had done before. It is not enough to look at neighbours: between two
acquires of a lock stands the release. A race is *reversed* by executing, in place of the earlier step, all that does
not come after it and then the later one. Threads that are blocked at the end take part with what they wait for: that
is how deadlocks are found.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from replay.exploring.dpor.conflicts import AGAINST, Label, cannot_come_first

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from replay.exploring.dpor.conflicts import Touches
    from replay.exploring.dpor.course import Path, Pending, Step, Steps

_BITS = (1, 2, 4, 8)


@dataclass(slots=True)
class Move:
    """A step of a sequence that reverses a race. `before` has a bit for each step of the execution it comes after.

    What it touches where it is moved to is not known, unless it is `sure`.
    """

    thread: Path
    touches: tuple[tuple[int, str, int], ...]
    bit: int
    before: int
    sure: bool = True


@dataclass(frozen=True, slots=True)
class Race:
    """Two steps that race: the number of the earlier one, and what reverses it, the later one last."""

    at: int
    moves: list[Move]


def races(found: Steps) -> Iterator[Race]:
    """All races of an execution."""
    return _Analysis(found).races()


class _Analysis:
    def __init__(self, found: Steps) -> None:
        self._steps = found.steps
        self._kinds = found.kinds
        self._pending = found.pending
        #: Object -> for each way of touching it, the steps that do.
        self._touching: dict[int, list[int]] = {}
        #: The last step of each thread so far.
        self._last: dict[Path, int] = {}
        #: Before each step, itself among them.
        self._past: list[int] = []
        #: Before each step, by what its thread had done.
        self._bound: list[int] = []
        #: Dependent steps before each step.
        self._against: list[int] = []
        self._moves: dict[int, Move] = {}
        for number, step in enumerate(self._steps):
            bound = self._bound_of(step.thread, step.after, step.since)
            against = self._conflicting(step.touches)
            past = bound | (1 << number)
            rest = against & ~past
            while rest:
                past |= self._past[rest.bit_length() - 1]
                rest &= ~past
            self._bound.append(bound)
            self._against.append(against)
            self._past.append(past)
            self._last[step.thread] = number
            self._touch(step.touches, 1 << number)

    def _bound_of(self, thread: Path, after: int, since: int) -> int:
        bound = (1 << since) - 1
        if (last := self._last.get(thread, -1)) >= 0:
            bound |= self._past[last]
        if after >= 0:
            bound |= self._past[after]
        return bound

    def _conflicting(self, touches: Touches) -> int:
        found = 0
        for number, how in touches.items():
            masks = self._touching.get(number)
            if masks is not None:
                against = AGAINST[how]
                for index, bit in enumerate(_BITS):
                    if against & bit:
                        found |= masks[index]
        return found

    def _touch(self, touches: Touches, bit: int) -> None:
        for number, how in touches.items():
            masks = self._touching.get(number)
            if masks is None:
                masks = self._touching[number] = [0, 0, 0, 0]
            for index, one in enumerate(_BITS):
                if how & one:
                    masks[index] |= bit

    def races(self) -> Iterator[Race]:
        for number, step in enumerate(self._steps):
            rest = self._against[number] & ~self._bound[number]
            while rest:
                at = rest.bit_length() - 1
                rest ^= 1 << at
                if not cannot_come_first(step.touches, self._steps[at].touches):
                    yield Race(at, self._reversal(at, step, self._bound[number], number))
        since = self._steps[-1].since if self._steps else 0
        for pending in self._pending:
            bound = self._bound_of(pending.thread, pending.after, since)
            rest = self._conflicting(pending.touches) & ~bound
            while rest:
                at = rest.bit_length() - 1
                rest ^= 1 << at
                if not cannot_come_first(pending.touches, self._steps[at].touches):
                    yield Race(at, self._reversal(at, pending, bound, len(self._steps)))

    def _reversal(self, at: int, last: Step | Pending, bound: int, number: int) -> list[Move]:
        moves = []
        kept = 0
        past = self._past
        for other in range(at + 1, len(self._steps)):
            if not past[other] >> at & 1 and other != number:
                moves.append(self._move(other))
                kept |= 1 << other
        before = bound
        for move in moves:
            if self._depends(last.touches, move):
                before |= move.bit | move.before
        described = self._described(last.moved) if last.moved is not None else ()
        moves.append(Move(last.thread, described, 1 << number, before & kept, last.moved is not None))
        return moves

    def _move(self, number: int) -> Move:
        move = self._moves.get(number)
        if move is None:
            step = self._steps[number]
            move = self._moves[number] = Move(
                step.thread, self._described(step.touches), 1 << number, self._past[number] & ~(1 << number)
            )
        return move

    def _described(self, touches: Touches) -> tuple[tuple[int, str, int], ...]:
        kinds = self._kinds
        return tuple([(number, kinds[number], how) for number, how in touches.items()])

    def _depends(self, touches: Touches, move: Move) -> bool:
        return any(AGAINST[touches.get(number, 0)] & how for number, _, how in move.touches)


def label_of(step: Step, kinds: Sequence[str]) -> Label:
    """What a step touched, to be compared with steps of other executions."""
    return Label(tuple([(number, kinds[number], how) for number, how in step.touches.items()]), step.known)
