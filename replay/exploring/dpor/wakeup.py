"""Wakeup trees: sequences of steps that are to be executed from one state, with equal beginnings merged.

A sequence that reverses a race is inserted, unless what is there already, or asleep, leads to all of its outcomes: that
is so where a thread could as well begin it, which is called a weak initial. Either the thread has a step in the
sequence, and nothing in it has to come before; or it has none, and its next step is independent of the whole sequence.
Executing sequences instead of single steps is what makes the reduction optimal: no execution is begun that turns out to
repeat another one.

For the second kind of weak initials it has to be known what steps touch that were not executed in this order. Where
that is not known for sure the sequence is inserted all the same, as one that may be *redundant*. Then the argument for
weak initials of the second kind, that somebody else leads to the outcome, may go round in a circle: each of two
sequences is left to the other one. So among what comes after a redundant sequence only weak initials of the first kind
count. That is the rule of source sets, which is right in any case, and begins some executions that repeat others.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from replay.exploring.dpor.conflicts import Label

if TYPE_CHECKING:
    from collections.abc import Iterable

    from replay.exploring.dpor.course import Path
    from replay.exploring.dpor.races import Move


@dataclass(slots=True)
class Branch:
    """A step of a wakeup tree, what it touches (None where that is not known), and what is to come after it."""

    thread: Path
    label: Label | None
    branches: list[Branch] = field(default_factory=list)
    redundant: bool = False


def is_covered(moves: list[Move], asleep: Iterable[tuple[Path, Label]], *, strictly: bool) -> bool:
    """Whether a sleeping thread is a weak initial of the sequence; `strictly`: of the first kind."""
    for thread, label in asleep:
        rest = _without(thread, moves)
        if rest is not None and (rest is not moves or (not strictly and _is_independent(label, moves) is True)):
            return True
    return False


def insert(moves: list[Move], branches: list[Branch], known: int, *, redundant: bool) -> None:
    """Inserts a sequence into the tree of a node whose state has `known` objects.

    `redundant` tells that the node belongs to what may be redundant anyway.
    """
    while branches:
        for branch in branches:
            rest = _without(branch.thread, moves)
            if rest is moves:
                independent = False if redundant else _is_independent(branch.label, moves)
                redundant = redundant or independent is None
                rest = moves if independent else None
            if rest is not None:
                break
        else:
            break
        moves = rest
        branches = branch.branches
        if not branches or not moves:
            return
    redundant = redundant or not all(move.sure for move in moves)
    for move in moves:
        made = Branch(move.thread, Label(move.touches, known) if move.sure else None, [], redundant)
        branches.append(made)
        branches = made.branches


def _without(thread: Path, moves: list[Move]) -> list[Move] | None:
    """The sequence after the first step of a thread that could as well begin it.

    None if something has to come before that step, the sequence itself if the thread has none in it.
    """
    for position, move in enumerate(moves):
        if move.thread == thread:
            present = 0
            for other in moves[:position]:
                present |= other.bit
            return None if move.before & present else moves[:position] + moves[position + 1 :]
    return moves


def _is_independent(label: Label | None, moves: list[Move]) -> bool | None:
    """Whether a step is independent of a whole sequence; None where that is not known."""
    sure: bool | None = True if label is not None else None
    for move in moves:
        independent = label.is_independent_of(move.touches) if label is not None and move.sure else None
        if independent is False:
            return False
        if independent is None:
            sure = None
    return sure
