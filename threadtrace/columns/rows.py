"""Rows: what one thread did at one line of the source, folded from consecutive events.

A trace may have a million events, and some hundred rows of it are shown. So what is kept while it is read is the end,
and of what is older the rows on both sides of the last switches, those that brought a thread to its failure, and those
in which a thread acquired a lock that is still held. All others become folds that count them.
"""

from __future__ import annotations

import itertools
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from tracer.places import in_package, users_place

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tracer.events import Event
    from tracer.outcome import Outcome
    from tracer.runtime import OperationResult

#: The last rows are all kept, at least so many: what leads to a failure is hardly longer.
_KEPT = 10_000

#: Of older rows so many are kept that are near a switch, the last ones; and so many rows before and after it.
_MOST_OLDER = 400
_NEAR = 6

#: So many rows are kept before the failure of a thread.
_BEFORE_FAILURE = 60

#: Of what was done at a line so many operations are kept: a line may go through a large container.
_MOST_OPERATIONS = 32

#: Where the second follows the first on one object, a loop has come round.
_AGAIN = {
    ("memory.write", "memory.read"),
    ("lock.release", "lock.acquire"),
    ("rlock.release", "rlock.acquire"),
    ("semaphore.release", "semaphore.acquire"),
    ("time.wake", "time.sleep"),
}

#: Operation, object, result.
Operation = tuple[str, "str | None", "OperationResult"]


@dataclass(slots=True, eq=False)
class Ending:
    """What became of a thread: an exception, or that it waits for one of these objects, which need not be a failure."""

    text: str
    waits: bool = False
    failed: bool = True
    waits_for: tuple[str, ...] = ()


@dataclass(slots=True, eq=False)
class Row:
    """What `thread` did at `place` before another thread went on, or it came to another line.

    `switched` tells that another thread went on after it, `preempted` that this one could have gone on itself, `near`
    that there is a switch near it, `decisive` that it led to a failure, and `holds` how many locks its thread acquired
    here that are still held. `source` is the line, where it is known better than from the file.
    """

    thread: str
    place: str
    operations: list[Operation]
    omitted: int = 0
    switched: bool = False
    preempted: bool = False
    near: bool = False
    decisive: bool = False
    holds: int = 0
    ending: Ending | None = None
    source: str = ""

    def add(self, operation: Operation) -> bool:
        """Adds an operation; false where it is of another execution of the same line."""
        name, target, result = operation
        for earlier, of, value in reversed(self.operations):
            if of != target:
                continue
            if earlier == name:
                return name in ("memory.read", "memory.use") and value == result
            if (earlier, name) in _AGAIN:
                return False
        if len(self.operations) < _MOST_OPERATIONS:
            self.operations.append(operation)
        else:
            self.omitted += 1
        return True


@dataclass(slots=True, eq=False)
class Fold:
    """Rows that are not shown, and whose they are. `times` tells that they are the rows before it, so often again."""

    rows: int = 0
    threads: dict[str, None] = field(default_factory=dict)
    times: int = 0

    def add(self, item: Row | Fold) -> None:
        """One more, or several."""
        if isinstance(item, Row):
            self.rows += 1
            self.threads[item.thread] = None
        else:
            self.rows += item.rows
            self.threads |= item.threads


class Reading:
    """Makes rows of the events that it is fed with, and knows who touched what.

    `outcome` is that of the trace, None of one that was cut off.
    """

    def __init__(self, outcome: Outcome | None) -> None:
        self.outcome = outcome
        self.count = 0
        #: In the order of their creation.
        self.threads: dict[str, None] = {}
        #: What the standard library made for itself, such as the lock inside a queue.
        self.inner: set[str] = set()
        #: The lock of each condition.
        self.locks: dict[str, str] = {}
        #: Objects that more than one thread touched; and of these those that anybody changed. Known at the end.
        self.shared: set[str] = set()
        self.racing: set[str] = set()
        failures = outcome.failures if outcome is not None else []
        waiting = [
            *(outcome.waiting if outcome is not None else ()),
            *(one for each in failures for one in each.waiting),
        ]
        #: What somebody waits for at the end.
        self.waited = {one.object for one in waiting if one.object is not None}
        self._failing = {one.threads[0] for one in failures if one.threads and not one.waiting}
        #: Who touched an object first, and who touched it at all where these are several.
        self._first: dict[str, str] = {}
        self._several: dict[str, set[str]] = {}
        self._containers: dict[str, str] = {}
        self._changed: set[str] = set()
        self._numbers: dict[str, int] = {}
        self._enabled: list[int] | int | None = None
        self._row: Row | None = None
        self._rows: list[Row] = []
        self._older: list[Row | Fold] = []
        self._held: dict[str, tuple[Row, int]] = {}
        self._callers: dict[tuple[str, str], str] = {}
        self._special: dict[str, Callable[[Row, Event], None]] = {
            "thread.begin": self._begin,
            "thread.start": self._start,
            "thread.end": self._end,
            "program.exit": self._end,
            "memory.write": self._change,
            "memory.use": self._change,
            "lock.acquire": self._acquire,
            "rlock.acquire": self._acquire,
            "condition.reacquire": self._acquire,
            "lock.release": self._release,
            "rlock.release": self._release,
            "condition.wait": self._release,
        }

    def feed(self, event: Event) -> None:
        """The next event."""
        thread, operation, target, place = event.thread, event.operation, event.object, event.place
        self.count += 1
        if event.enabled is not None:
            self._enabled = event.enabled
        if event.stack and in_package(place):
            self._callers[thread, place] = users_place(place, event.stack)
        if self._callers:
            place = self._callers.get((thread, place), place)
        row = self._row
        if row is not None and row.thread != thread:
            row.switched = True
            row.preempted = isinstance(self._enabled, list) and self._numbers.get(row.thread) in self._enabled
            row = None
        done = (operation, target, event.result)
        if row is None or (place and place != row.place) or not row.add(done):
            row = self._row = Row(thread, place, [done])
            self._rows.append(row)
            if len(self._rows) > 2 * _KEPT:
                self._forget()
        if target is not None and not operation.startswith("thread."):
            first = self._first.get(target)
            if first is None:
                self._new(target, event)
            elif first != thread:
                several = self._several.get(target)
                if several is None:
                    self._several[target] = {first, thread}
                elif thread not in several:
                    several.add(thread)
        special = self._special.get(operation)
        if special is not None:
            special(row, event)

    def finish(self) -> None:
        """There are no more events. What is known of an element of a container is known of all of it."""
        threads: dict[str, set[str]] = {}
        for one, first in self._first.items():
            threads.setdefault(self._whole(one), {first}).update(self._several.get(one, (first,)))
        changed = {self._whole(one) for one in self._changed}
        self.shared = {one for one in self._first if len(threads[self._whole(one)]) > 1}
        self.racing = {one for one in self.shared if self._whole(one) in changed}

    @property
    def items(self) -> Iterator[Row | Fold]:
        """The rows that were kept, and folds for the others, in order."""
        return itertools.chain(self._older, self._rows)

    @property
    def names(self) -> Iterator[str]:
        """All objects but threads."""
        return iter(self._first)

    def beside(self, threads: set[str]) -> set[str]:
        """The threads that touched what any of these touched."""
        return {one for several in self._several.values() if not threads.isdisjoint(several) for one in several}

    def _whole(self, target: str) -> str:
        return self._containers.get(target, target)

    # Threads and objects -------------------------------------------------------------------------------------

    def _new(self, target: str, event: Event) -> None:
        self._first[target] = event.thread
        if event.part_of is not None:
            self._containers[target] = event.part_of
        if event.makers:
            self.inner.add(target)
        if event.lock is not None:
            self.locks[target] = event.lock

    def _begin(self, row: Row, event: Event) -> None:
        self.threads[event.thread] = None
        if not self._numbers:
            self._numbers[event.thread] = 0

    def _start(self, row: Row, event: Event) -> None:
        if event.object is not None:
            self.threads[event.object] = None
            self._numbers.setdefault(event.object, len(self._numbers))

    def _end(self, row: Row, event: Event) -> None:
        """Keeps what brought a thread to its failure, however much others do afterwards."""
        if event.thread not in self._failing:
            return
        rows = self._rows
        last = next((number for number in reversed(range(len(rows))) if rows[number].thread == event.thread), -1)
        for one in rows[max(0, last - _BEFORE_FAILURE) : last + 1]:
            one.decisive = True

    def _change(self, row: Row, event: Event) -> None:
        if event.object is not None:
            self._changed.add(event.object)

    # Who holds what, of locks --------------------------------------------------------------------------------

    def _acquire(self, row: Row, event: Event) -> None:
        if event.operation == "condition.reacquire":
            lock = self.locks.get(event.object or "")
        else:
            lock = event.object if event.result is True else None
        if lock is None:
            return
        held, depth = self._held.get(lock, (row, 0))
        if not depth:
            row.holds += 1
        self._held[lock] = (held, depth + 1)

    def _release(self, row: Row, event: Event) -> None:
        waits = event.operation == "condition.wait"
        lock = self.locks.get(event.object or "") if waits else event.object
        if lock not in self._held or isinstance(event.result, str):
            return
        held, depth = self._held.pop(lock)
        if depth > 1 and not waits:
            self._held[lock] = (held, depth - 1)
        else:
            held.holds -= 1

    # What is forgotten ---------------------------------------------------------------------------------------

    def _forget(self) -> None:
        """Folds the older half of the rows, but for those that may be of interest."""
        gone, self._rows = self._rows[:_KEPT], self._rows[_KEPT:]
        switches = [number for number, row in enumerate(gone) if row.switched]
        for number in switches[-_MOST_OLDER:]:
            for row in gone[max(0, number - _NEAR + 1) : number + _NEAR + 1]:
                row.near = True
        self._older = _thinned([*self._older, *gone])


def _thinned(items: list[Row | Fold]) -> list[Row | Fold]:
    """The last of those near a switch, all that led to a failure or hold a lock, and folds for the others."""
    near = [one for one in items if isinstance(one, Row) and one.near]
    last = set(near[-_MOST_OLDER:])
    thinned: list[Row | Fold] = []
    for one in items:
        if isinstance(one, Row) and (one in last or one.decisive or one.holds):
            thinned.append(one)
            continue
        if not thinned or not isinstance(thinned[-1], Fold):
            thinned.append(Fold())
        fold = thinned[-1]
        assert isinstance(fold, Fold)
        fold.add(one)
    return thinned
