"""Wakeup trees: sequences of steps that are to be executed from one state, with equal beginnings merged.

A sequence that reverses a race is inserted, unless what is there already, or asleep, leads to all of its outcomes: that
is so where a thread could as well begin it, which is called a weak initial. Executing sequences instead of single steps
is what makes the reduction optimal: no execution is begun that turns out to repeat another one.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from replay.exploring.dpor.conflicts import Label

if TYPE_CHECKING:
    from replay.exploring.dpor.course import Path
    from replay.exploring.dpor.races import Move


@dataclass(slots=True)
class Branch:
    """A step of a wakeup tree, what it touches (None where that is not known), and what is to come after it."""

    thread: Path
    label: Label | None
    branches: list[Branch] = field(default_factory=list)


def insert(moves: list[Move], branches: list[Branch], known: int) -> bool:
    """Inserts a sequence into the tree of a node whose state has `known` objects. Whether it was not there yet."""
    while branches:
        for branch in branches:
            rest = without(branch.thread, branch.label, moves)
            if rest is not None:
                break
        else:
            break
        moves = rest
        branches = branch.branches
        if not branches or not moves:
            return False
    for move in moves:
        made = Branch(move.thread, Label(move.touches, known) if move.sure else None)
        branches.append(made)
        branches = made.branches
    return True


def is_weak_initial(thread: Path, label: Label | None, moves: list[Move]) -> bool:
    """Whether a thread, whose next step is `label`, could as well begin the sequence."""
    return without(thread, label, moves) is not None


def without(thread: Path, label: Label | None, moves: list[Move]) -> list[Move] | None:
    """The sequence after the first step of a thread that could as well begin it; None for one that could not."""
    for position, move in enumerate(moves):
        if move.thread == thread:
            present = 0
            for other in moves[:position]:
                present |= other.bit
            if move.before & present:
                return None
            return moves[:position] + moves[position + 1 :]
    if label is None:
        return None
    return moves if all(move.sure and label.is_independent_of(move.touches) for move in moves) else None
