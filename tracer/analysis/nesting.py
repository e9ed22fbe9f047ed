"""Which locks were taken while which were held: folded from the events of a trace, one by one.

A lock is what threads exclude each other with: `Lock`, `RLock`, the lock of a condition, which a wait gives back and
takes again, and a semaphore of one permit. A lock that a thread released which did not have it is a signal, and no
lock at all: nobody who waits for it waits for its owner. Acquiring a lock that the thread has already takes nothing.

An acquire with a time limit, or one that was only tried, gets the lock and holds it, but cannot wait for ever: it is no
request (traces of earlier versions do not tell).

Many acquires are alike: of the same locks, at the same places, by a thread that between them neither learned of another
thread nor told it anything. For every question that is asked of them they are one, and only the first is kept.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple

from tracer.analysis.order import At, Order, Ordering, Signals
from tracer.operations import MEMORY

if TYPE_CHECKING:
    from collections.abc import Callable

    from tracer.analysis.moment import Standing
    from tracer.events import Event
    from tracer.outcome import Waiting

#: Of the acquires of one thread at one place, with the same locks held, that differ in what the thread knew of others.
_MOST_ALIKE = 32

#: Operations that have nothing to do with the order of events.
_LOCKS_ONLY = frozenset(["lock.acquire", "lock.release", "rlock.acquire", "rlock.release"])

#: The number of an operation that a thread stands before at the end of a trace: it comes after all events.
NEVER = 1 << 62


class Request(NamedTuple):
    """A thread acquires a lock, or stands before doing so, while it `holds` others: the acquires of those."""

    at: At
    lock: str
    place: str
    operation: str
    stack: tuple[str, ...]
    holds: tuple[tuple[str, Event], ...]

    @property
    def executed(self) -> bool:
        """Whether it got the lock."""
        return self.at.number != NEVER

    @property
    def held(self) -> tuple[str, ...]:
        """The locks that it holds."""
        return tuple(lock for lock, _ in self.holds)


@dataclass(slots=True)
class Moves:
    """What one thread got and gave back, in order: numbers of events, locks, and whether it was an acquire.

    Lists of plain things: tuples by the hundred thousand keep the garbage collector busy.
    """

    numbers: list[int] = field(default_factory=list)
    locks: list[str] = field(default_factory=list)
    acquires: list[bool] = field(default_factory=list)

    def add(self, number: int, lock: str, acquires: bool) -> None:
        """The next move."""
        self.numbers.append(number)
        self.locks.append(lock)
        self.acquires.append(acquires)


@dataclass(slots=True)
class Nesting:
    """What is known of the locks of a trace.

    `requests` are the acquires with other locks held, `counts` how many each stands for; `moves` are all acquires and
    releases of locks, by thread, also of those that are `no_locks`; `orders` and `signals` say what comes before what
    in every execution. Of each lock, `created` has the place where it was created, and `kinds` whether it is a `lock`,
    an `rlock` or a `semaphore`.
    """

    requests: list[Request]
    counts: list[int]
    moves: dict[str, Moves]
    orders: list[Order]
    signals: list[Signals]
    no_locks: set[str]
    created: dict[str, str] = field(default_factory=dict)
    kinds: dict[str, str] = field(default_factory=dict)


class Nestings:
    """Collects what is to be known of the locks, from events that are fed one by one."""

    def __init__(self) -> None:
        self._ordering = Ordering()
        self._held: dict[str, dict[str, Event]] = {}  # by thread, in the order of the acquires
        self._again: dict[tuple[str, str], int] = {}  # how often a thread acquired a lock that it had: (thread, lock)
        self._owners: dict[str, str] = {}
        self._depths: dict[tuple[str, str], int] = {}  # what a wait gave up: (thread, lock)
        self._guards: dict[str, str] = {}  # condition -> lock
        self._no_locks: set[str] = set()  # locks that are none
        self._plural: set[str] = set()  # semaphores of another size than one
        self._epochs: dict[str, int] = {}  # grows when a thread learns of others, or they may learn of it
        self._requests: list[Request] = []
        self._counts: list[int] = []
        self._positions: dict[tuple[object, ...], int] = {}  # in `_requests`, by what they have in common
        self._alike: dict[tuple[object, ...], int] = {}
        self._moves: dict[str, Moves] = {}
        self._created: dict[str, str] = {}
        self._kinds: dict[str, str] = {}
        self._stacks: dict[tuple[str, str], tuple[str, ...]] = {}
        self._handlers: dict[str, Callable[[Event], None]] = {
            "lock.acquire": self._acquire,
            "rlock.acquire": self._acquire,
            "lock.release": self._release,
            "rlock.release": self._release,
            "semaphore.acquire": self._semaphore_acquire,
            "semaphore.release": self._semaphore_release,
            "condition.wait": self._wait,
            "condition.reacquire": self._reacquire,
        }

    def feed(self, event: Event) -> None:
        """The next event."""
        if event.operation.startswith(MEMORY):
            return
        if event.stack:
            self._stacks[event.thread, event.place] = tuple(event.stack)
        if event.lock is not None:
            self._guards[event.object or ""] = event.lock
        handler = self._handlers.get(event.operation)
        if handler is not None:
            handler(event)
        if event.operation not in _LOCKS_ONLY and self._ordering.feed(event):
            self._epochs[event.thread] = self._epochs.get(event.thread, 0) + 1

    def stand(self, waiting: Waiting | Standing) -> None:
        """A thread stands before an operation at the end, which counts as well."""
        lock = waiting.object
        if waiting.operation == "condition.reacquire":
            lock = self._guards.get(lock or "")
        elif waiting.operation not in ("lock.acquire", "rlock.acquire", "semaphore.acquire"):
            return
        holds = self._held.get(waiting.thread)
        if lock is None or not holds or lock in holds or waiting.timed or lock in self._plural:
            return
        self._keep(At(NEVER, waiting.thread), lock, waiting.place, waiting.operation, tuple(waiting.stack), holds)

    def nesting(self) -> Nesting:
        """Everything, without the locks that turned out to be none."""
        requests, counts = [], []
        for one, count in zip(self._requests, self._counts, strict=True):
            holds = tuple(hold for hold in one.holds if hold[0] not in self._no_locks)
            if holds and one.lock not in self._no_locks:
                requests.append(one._replace(holds=holds) if len(holds) < len(one.holds) else one)
                counts.append(count)
        return Nesting(
            requests,
            counts,
            self._moves,
            self._ordering.orders(),
            self._ordering.signals(),
            self._no_locks,
            self._created,
            self._kinds,
        )

    # Acquiring and releasing ---------------------------------------------------------------------------------

    def _acquire(self, event: Event) -> None:
        if event.result is not True:
            return
        lock = event.object or ""
        if event.created is not None:
            self._created[lock] = event.created
        held = self._held.get(event.thread)
        if held is None:
            held = self._held[event.thread] = {}
        elif lock in held:
            key = (event.thread, lock)
            self._again[key] = self._again.get(key, 0) + 1
            return
        elif held and not event.limited:
            stack = tuple(event.stack) or self._stacks.get((event.thread, event.place), ())
            self._keep(At(event.number, event.thread), lock, event.place, event.operation, stack, held)
        self._take(event, lock, held)

    def _take(self, event: Event, lock: str, held: dict[str, Event]) -> None:
        if lock not in self._kinds:
            self._kinds[lock] = "lock" if event.operation.startswith("condition.") else event.operation.split(".")[0]
        held[lock] = event
        self._owners[lock] = event.thread
        self._move(event, lock, acquires=True)

    def _move(self, event: Event, lock: str, *, acquires: bool) -> None:
        moves = self._moves.get(event.thread)
        if moves is None:
            moves = self._moves[event.thread] = Moves()
        moves.add(event.number, lock, acquires)

    def _release(self, event: Event) -> None:
        if event.result is None:
            self._give_back(event)

    def _give_back(self, event: Event) -> None:
        lock = event.object or ""
        held = self._held.get(event.thread)
        if held is None or lock not in held:
            self._no_locks.add(lock)
            self._held.get(self._owners.get(lock, ""), {}).pop(lock, None)
        elif self._again and self._again.get((event.thread, lock)):
            self._again[event.thread, lock] -= 1
        else:
            del held[lock]
            self._move(event, lock, acquires=False)

    def _semaphore_acquire(self, event: Event) -> None:
        if self._is_lock(event):
            self._acquire(event)

    def _semaphore_release(self, event: Event) -> None:
        if not self._is_lock(event) or not isinstance(event.result, int):
            return
        if event.result == 1:
            self._give_back(event)
        else:
            self._no_locks.add(event.object or "")

    def _is_lock(self, event: Event) -> bool:
        """Whether it is a semaphore of one permit: its first event tells."""
        name = event.object or ""
        if event.size is not None and event.size != 1:
            self._plural.add(name)
        return name not in self._plural

    def _wait(self, event: Event) -> None:
        lock = self._guards.get(event.object or "", "")
        hold = self._held.get(event.thread, {}).pop(lock, None)
        if hold is not None:
            self._depths[event.thread, lock] = self._again.pop((event.thread, lock), 0)
            self._move(event, lock, acquires=False)

    def _reacquire(self, event: Event) -> None:
        lock = self._guards.get(event.object or "", "")
        depth = self._depths.pop((event.thread, lock), None)
        if depth is None:
            return
        held = self._held[event.thread]
        if held:
            stack = self._stacks.get((event.thread, event.place), ())
            self._keep(At(event.number, event.thread), lock, event.place, event.operation, stack, held)
        self._again[event.thread, lock] = depth
        self._take(event, lock, held)

    def _keep(
        self, at: At, lock: str, place: str, operation: str, stack: tuple[str, ...], held: dict[str, Event]
    ) -> None:
        """An acquire with other locks held, unless there was one like it."""
        alike = (at.thread, lock, place, *held)
        key = (self._epochs.get(at.thread, 0), *alike)
        position = self._positions.get(key)
        if position is not None:
            self._counts[position] += 1
        elif self._alike.get(alike, 0) < _MOST_ALIKE:
            self._alike[alike] = self._alike.get(alike, 0) + 1
            self._positions[key] = len(self._requests)
            self._requests.append(Request(at, lock, place, operation, stack, tuple(held.items())))
            self._counts.append(1)
