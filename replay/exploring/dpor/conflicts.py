"""What a step touches, and which steps cannot be exchanged.

Two neighbouring steps of different threads are *independent* if neither can enable or disable the other, and both
orders lead to the same state. Every step is described by *touches*: an object, and how it is touched. Two steps are
dependent if they touch one object in ways that conflict; this may say more than is true, never less.

Objects are told apart in one execution by a number, in the order in which they were touched first. Executions that
begin alike number what they touch in their common beginning alike. What is touched only after it is told, across
executions, by its *kind* alone, which is where it was made for what the standard library makes, and its class and the
name of its part for memory. Of two objects of one kind it is then not known whether they are one.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable

READ, WRITE = 1, 2
#: To read, or write, a part of it: an element of a container. Those of different parts do not conflict.
READ_PART, WRITE_PART = 4, 8
#: Beside one of the others: what was held is given up, or has to be free. Who needs it cannot come before who gives it.
GIVE, NEED = 16, 32

#: Shifted by so much, ways that it is touched in perhaps.
PERHAPS = 6
_SURELY = (1 << PERHAPS) - 1

_CONFLICTS = {
    READ: WRITE | WRITE_PART,
    WRITE: READ | WRITE | READ_PART | WRITE_PART,
    READ_PART: WRITE,
    WRITE_PART: READ | WRITE,
}

#: How something is touched -> all ways that conflict with it.
AGAINST = [sum(bit for bit in _CONFLICTS if any(_CONFLICTS[one] & bit for one in _CONFLICTS if how & one))
           for how in range(64)]  # fmt: skip

#: Object -> how it is touched.
Touches = dict[int, int]


class Label(NamedTuple):
    """What a step touches, to be compared with steps of other executions that begin with the same `known` objects.

    `touches` are the number and the kind of each object, and how it is touched.
    """

    touches: tuple[tuple[int, str, int], ...]
    known: int

    def is_independent_of(self, others: Iterable[tuple[int, str, int]]) -> bool | None:
        """Whether a step can be exchanged with one that makes the `others`; None where that is not known."""
        known = self.known
        independent: bool | None = True
        for number, kind, how in self.touches:
            against = AGAINST[how & _SURELY]
            possibly = AGAINST[(how | how >> PERHAPS) & _SURELY]
            for other, other_kind, other_how in others:
                if possibly & (other_how | other_how >> PERHAPS):
                    if number < known or other < known:
                        if number == other:
                            if against & other_how & _SURELY:
                                return False
                            independent = None
                    elif kind == other_kind:
                        independent = None
        return independent


def cannot_come_first(later: Touches, earlier: Touches) -> bool:
    """Whether the later step needs something that was held until the earlier one gave it up."""
    return any(
        how & NEED and earlier.get(number, 0) & (GIVE | NEED) == GIVE for number, how in later.items()
    )  # fmt: skip
