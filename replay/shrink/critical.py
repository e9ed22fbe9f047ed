"""The critical pair: the two operations whose order alone decides between pass and fail.

Two schedules, one fails and one passes; they differ in one decision, at which the failing one leaves a thread A (or
passes it over) and the passing one lets it go on. Two bisections walk from one to the other (the idea of Choi and
Zeller, ISSTA 2002, and of Hermit's `analyze`):

    1. how many operations A may still execute before the decision without the failure going away: the next one, `a`, is
       one of the pair;
    2. how many operations of the others may come before `a`, as soon as it can be executed, without the failure coming
       back: the next one, `b`, is the other.

With `b` before `a` it fails; with `a` before `b`, and all else as it was, it passes. What an operation decides may be
what the thread does after it, up to its next one.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from replay.strategies.ordered import Ordered

if TYPE_CHECKING:
    from replay.following.schedule import Path
    from replay.shrink.attempts import Attempt, Attempts
    from replay.thread import Thread
    from tracer.events import Event


#: So many decisions are looked at, the likeliest first. Where the failure does not depend on one of these, it hardly
#: depends on a single one.
_MOST_DECISIONS = 50


@dataclass(frozen=True)
class Pair:
    """`first` before `second` fails, `second` before `first` passes.

    Each decides with all that its thread does before its next operation, which is at the other place.
    """

    first: Event
    first_until: str
    second: Event
    second_until: str


class Hastened:
    """Follows `order`, but from position `begin` on `thread` goes first, until it has executed `until` operations."""

    def __init__(self, order: list[Path], executed: dict[Path, int], begin: int, thread: Path, until: int) -> None:
        self._executed = executed
        self._begin = begin
        self._thread = thread
        self._until = until
        self._ordered = Ordered(order, executed)

    def choose(self, enabled: dict[Thread, None], current: Thread) -> Thread:
        """The hastened thread, if it is its time."""
        executed = self._executed
        if executed.get(self._thread, 0) < self._until and sum(executed.values()) >= self._begin:
            for thread in enabled:
                if thread.path == self._thread:
                    return thread
        return self._ordered.choose(enabled, current)


def critical_pair(attempts: Attempts, failing: Attempt, target: str) -> Pair | None:
    """The pair that decides about a failing attempt; None when no single decision does. Raises BudgetSpent.

    `failing` must have its choices.
    """
    for begin, thread in _decisions(failing)[:_MOST_DECISIONS]:
        pair = _Bisection(attempts, failing, begin, thread, target).pair()
        if pair is not None:
            return pair
    return None


def _decisions(failing: Attempt) -> list[tuple[int, Path]]:
    """Where another thread could have gone first: position and that thread. The last ones first, preemptions first."""
    preempted: list[tuple[int, Path]] = []
    passed_over: list[tuple[int, Path]] = []
    for choice in failing.log.choices:
        for path in choice.enabled:
            if path != choice.chosen:
                (preempted if path == choice.current else passed_over).append((choice.position, path))
    return preempted[::-1] + passed_over[::-1]


class _Bisection:
    """Both bisections for one decision: `thread` could have gone first when `begin` operations were executed."""

    def __init__(self, attempts: Attempts, failing: Attempt, begin: int, thread: Path, target: str) -> None:
        self._attempts = attempts
        self._failing = failing
        self._begin = begin
        self._thread = thread
        self._target = target

    def pair(self) -> Pair | None:
        """The pair; None where the other decision does not pass."""
        order = [path for _, path in self._failing.steps]
        done = order[: self._begin].count(self._thread)
        # How many operations the thread executes first: with none more it fails, with all it passes. Where it is
        # blocked at the end of the failing execution, its pending operation is one more than was executed.
        most = order.count(self._thread) + 1
        if not self._hasten(order, self._begin, most).passed:
            return None
        fails, passes, failing = done, most, self._failing
        while passes - fails > 1:
            middle = (fails + passes) // 2
            attempt = self._hasten(order, self._begin, middle)
            if attempt.passed:
                passes = middle
            else:
                fails, failing = middle, attempt
        return self._other(failing, passes)

    def _other(self, failing: Attempt, nth: int) -> Pair | None:
        """The nth operation of the thread is one of the pair; finds the other."""
        order = [path for _, path in failing.steps]
        own = [position for position, path in enumerate(order) if path == self._thread]
        before = own[nth - 2] + 1 if nth > 1 else 0
        begin = max(before, self._begin)
        end = own[nth - 1] if nth <= len(own) else len(order)
        passes, fails = begin, end
        passing = self._hasten(order, begin, nth)
        while fails - passes > 1:
            middle = (fails + passes) // 2
            attempt = self._hasten(order, middle, nth)
            if attempt.passed:
                passes, passing = middle, attempt
            else:
                fails = middle
        mine = [event for event, path in passing.steps if path == self._thread]
        if self._target not in failing.fingerprints or not passing.passed or nth > len(mine) or passes >= end:
            return None
        path = failing.steps[passes][1]
        return Pair(
            failing.steps[passes][0],
            next((event.place for event, other in failing.steps[passes + 1 :] if other == path), ""),
            mine[nth - 1],
            mine[nth].place if nth < len(mine) else "",
        )

    def _hasten(self, order: list[Path], begin: int, until: int) -> Attempt:
        return self._attempts.execute(lambda executed: Hastened(order, executed, begin, self._thread, until))
