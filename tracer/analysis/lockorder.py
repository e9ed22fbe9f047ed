"""Locks that are taken in opposite orders: deadlocks that did not happen this time.

Goodlock (Havelund, *Using runtime analysis to guide model checking of Java programs*, SPIN 2000): an arrow from one
lock to another says that the second one was acquired while the first was held. A cycle of arrows of different threads
can become a deadlock, in which each has one lock and waits for the next. Not every cycle can. With Bensalem and
Havelund (*Dynamic deadlock analysis of multi-threaded programs*, 2005) it is none where

- two of the threads hold one more lock in common, a *gate*, which lets only one of them in;
- of two of the acquires one comes before the other in every execution, for instance because of a join between them
  (`tracer.analysis.order` says what counts, and why the order of the locks themselves must not);
- one of the acquires has a time limit, and gives up.

That leaves few false warnings, and `tracer.analysis.witness` searches for an execution that leads into the deadlock,
which leaves none where it comes to an end. What is missed is what the trace does not have: another branch, other locks.

Cycles are found in the strongly connected components of the graph of locks (Tarjan 1972): pairs first, and all of
them, then longer ones, from one lock after the other as in Johnson's enumeration (1975). A long cycle whose locks
include those of a shorter one is left out: whoever mends the shorter one is told of what is left. The number of cycles
can be exponential, so the search has a budget; `LockOrder.complete` tells whether it was enough. Cycles of the same
locks are one finding, however many threads take part, and so are cycles of other locks at the same places.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from tracer.analysis.cycles import Cycle, CycleSearch
from tracer.analysis.nesting import Nestings
from tracer.analysis.orderings import describe

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

    from tracer.analysis.finding import Finding
    from tracer.analysis.nesting import Nesting, Request
    from tracer.events import Event
    from tracer.outcome import Waiting


@dataclass(slots=True)
class Arrow:
    """`lock` was acquired, `count` times, while `held` was held: by each of these requests, or in ways like them."""

    held: str
    lock: str
    requests: list[Request] = field(default_factory=list)
    count: int = 0

    @property
    def threads(self) -> list[str]:
        """Who did so, each named once."""
        return list(dict.fromkeys(one.at.thread for one in self.requests))


@dataclass(frozen=True)
class LockOrder:
    """The graph of locks, and its cycles that can become a deadlock.

    `created` has the places where locks were created, `kinds` what they are. `inverted` tells that there are cycles in
    the graph, whether or not they can become a deadlock, and `complete` that all of those that can were looked for.
    """

    arrows: list[Arrow]
    cycles: list[Cycle]
    created: dict[str, str]
    kinds: dict[str, str]
    inverted: bool = False
    complete: bool = True

    @property
    def findings(self) -> list[Finding]:
        """A finding for each cycle, those at the same places taken together."""
        return describe(self.cycles)

    def besides(self, locks: Collection[str]) -> list[Finding]:
        """The findings, without the cycles of these locks: those of a deadlock that is told of already."""
        return describe([one for one in self.cycles if not set(one.locks) <= set(locks)])


def lock_order(events: Iterable[Event], pending: Iterable[Waiting] = ()) -> LockOrder:
    """Analyses a trace; `pending` are operations that threads stood before at its end and that count as well.

    Without them, what a deadlock is made of is no part of the graph: its threads never came to have the second lock.
    """
    nestings = Nestings()
    for event in events:
        nestings.feed(event)
    for one in pending:
        nestings.stand(one)
    return order_of(nestings.nesting())


def order_of(found: Nesting) -> LockOrder:
    """The same, of a trace that was read already."""
    arrows: dict[tuple[str, str], Arrow] = {}
    for request, count in zip(found.requests, found.counts, strict=True):
        for held in request.held:
            arrow = arrows.get((held, request.lock))
            if arrow is None:
                arrow = arrows[held, request.lock] = Arrow(held, request.lock)
            arrow.requests.append(request)
            arrow.count += count
    search = CycleSearch(found)
    return LockOrder(list(arrows.values()), search.run(), found.created, found.kinds, search.inverted, search.complete)
