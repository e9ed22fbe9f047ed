"""What each thread knows of the others, at any point of an execution: vector clocks for data races.

Vector clocks (Fidge 1988, Mattern 1989), in which the time of a thread is the number of its event. So nothing has to
be counted up where a thread gives something away, and what a thread did between two of its own events is told apart
exactly. What is known is a mapping that never changes: it is replaced when the thread learns something, so that an
access to memory can keep what its thread knew by keeping a reference.

`tracer.analysis.clocks` has the arrows of pictures: what let a thread go on. Here everything counts that came before,
because an edge that is missing is a race that is none:

- of a lock, all releases since it was last acquired, by whomever; the release inside a condition's wait is one. Whoever
  is told by `locked` that it is free has seen its release;
- of an event, all who ever set it, for whoever is told that its flag is up; and all who ever cleared it, for whoever is
  told that it is down: a flag that is cleared to say that something was taken is as good a signal;
- of a semaphore, the oldest permit that is free. With all of its releases a semaphore of several permits would order
  everything, and hide the races of those whom it lets in together;
- of a barrier, all who arrived, and what the last one did before it let the others go, which is the barrier's action.
  The trace tells when that was over: the others could go on;
- of threads, the start, and the end for whoever is told of it: by `join`, `is_alive`, a list of threads, at the exit;
- of the outside, everything that was sent, for whoever receives anything (as in `tracer.analysis.channels`); of SQLite,
  everything that was executed, for whatever is executed later;
- of an import that another thread was doing, everything: a trace does not tell which thread it was.

A time limit that is over tells nothing, nor does sleeping. An acquire that fails tells nothing: that somebody holds a
lock is no message of what was done before.

Threads that were not started by one in the trace, such as the one that runs finalizers and those that something written
in C has started, are *strangers*. What comes before their operations is not in the trace; they are taken to know all.
"""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING

from tracer.analysis.rounds import Rounds
from tracer.analysis.stretches import Stretch, joined
from tracer.operations import GIVING, OUTSIDE

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from tracer.analysis.stretches import Point, Points
    from tracer.events import Event

#: Free permits of a semaphore that are told apart; beyond that the last ones are one.
_MOST_PERMITS = 1_000

_NONE: Points = {}


class Knowledge:
    """Fed with the events of an execution, one by one; those of memory it need not have."""

    def __init__(self) -> None:
        #: The stretch that each thread is in.
        self.stretches: dict[str, Stretch] = {}
        #: Where each thread was started; None for the main thread. In the order of their numbers.
        self.started: dict[str, Event | None] = {}
        self.strangers: set[str] = set()
        self._begun: dict[str, Point] = {}  # by thread: its start
        self._ended: Points = {}
        self._released: dict[str, Points] = {}  # by lock
        self._held: dict[str, dict[str, int]] = {}  # by thread: locks, and how often each was acquired
        self._owners: dict[str, str] = {}
        self._depths: dict[tuple[str, str], int] = {}  # what a wait gave up: by thread and lock
        self._guards: dict[str, str] = {}  # condition -> lock
        self._waiters: dict[str, deque[str]] = {}
        self._notified: dict[tuple[str, str], Point] = {}  # by condition and thread
        self._sizes: dict[str, int] = {}  # permits that a semaphore began with; parties of a barrier
        self._initial: dict[str, int] = {}  # those of these permits that nobody has acquired yet
        self._permits: dict[str, deque[tuple[int, list[Point]]]] = {}  # by semaphore: how many, and from whom
        self._raised: dict[str, Points] = {}  # by event
        self._lowered: dict[str, Points] = {}
        self._rounds = Rounds(self.stretches, self.started, self._sizes)
        self._outside: Points = {}
        self._database: Points = {}
        self._handlers: dict[str, Callable[[Event, Stretch], Iterable[Point]]] = {
            "thread.start": self._start,
            "thread.begin": self._begin,
            "thread.end": self._end,
            "thread.join": self._join,
            "thread.is_alive": self._is_alive,
            "thread.enumerate": self._all_ended,
            "program.exit": self._all_ended,
            "lock.acquire": self._acquire,
            "rlock.acquire": self._acquire,
            "lock.release": self._release,
            "rlock.release": self._release,
            "lock.locked": self._locked,
            "rlock.locked": self._locked,
            "condition.wait": self._condition_wait,
            "condition.reacquire": self._condition_reacquire,
            "condition.notify": self._condition_notify,
            "semaphore.acquire": self._semaphore_acquire,
            "semaphore.release": self._semaphore_release,
            "event.set": self._event_set,
            "event.clear": self._event_clear,
            "event.wait": self._event_seen,
            "event.is_set": self._event_seen,
            "event.wake": self._event_seen,
            "event.timeout": self._event_seen,
            "barrier.wait": self._rounds.arrive,
            "barrier.leave": self._rounds.leave,
            "barrier.timeout": self._rounds.break_up,
            "barrier.reset": self._rounds.break_up,
            "barrier.abort": self._rounds.break_up,
            "barrier.n_waiting": self._rounds.look,
            "barrier.broken": self._rounds.look,
            "database.execute": self._database_used,
            "database.commit": self._database_used,
            "database.wake": self._database_used,
            "import.wait": self._everything,
        }

    def feed(self, event: Event) -> None:
        """The next event that is no access to memory."""
        if event.enabled is not None:
            self.can_go_on(event)
        name = event.object or ""
        if event.lock is not None:
            self._guards[name] = event.lock
        if event.size is not None and name not in self._sizes:
            self._sizes[name] = self._initial[name] = event.size
        stretch = self.stretch(event.thread)
        handler = self._handlers.get(event.operation)
        if handler is None:
            if not event.operation.startswith(OUTSIDE):
                return
            handler = self._on_the_outside
        points = handler(event, stretch)
        if event.thread in self.strangers:
            points = self._everything(event, stretch)
        # A handler may have changed what is held, also of the thread itself.
        held = self._held.get(event.thread)
        known = joined(stretch.known, points, event.thread)
        self.stretches[event.thread] = Stretch(event.thread, event.number, known, tuple(held) if held else ())

    def can_go_on(self, event: Event) -> None:
        """An event, of memory too, that says which threads could go on then."""
        self._rounds.can_go_on(event)

    def stretch(self, thread: str) -> Stretch:
        """The stretch that a thread is in."""
        found = self.stretches.get(thread)
        if found is None:
            if not self.stretches:
                self.started[thread] = None
            elif thread not in self.started:
                self.strangers.add(thread)
            found = self.stretches[thread] = Stretch(thread, 0, {}, ())
        return found

    def learn(self, thread: str, points: Iterable[Point]) -> Stretch:
        """A thread learns of these points without synchronising: by what it saw in memory."""
        before = self.stretches[thread]
        known = joined(before.known, points, thread)
        after = self.stretches[thread] = Stretch(thread, before.since, known, before.holding)
        return after

    # Threads -------------------------------------------------------------------------------------------------

    def _start(self, event: Event, stretch: Stretch) -> Iterable[Point]:
        name = event.object or ""
        self.started[name] = event
        self._begun[name] = stretch.point(event.number)
        return ()

    def _begin(self, event: Event, stretch: Stretch) -> Iterable[Point]:
        begun = self._begun.get(event.thread)
        return () if begun is None else (begun,)

    def _end(self, event: Event, stretch: Stretch) -> Iterable[Point]:
        self._ended[event.thread] = stretch.point(event.number)
        return ()

    def _join(self, event: Event, stretch: Stretch) -> Iterable[Point]:
        return self._end_of(event) if event.result is True else ()

    def _is_alive(self, event: Event, stretch: Stretch) -> Iterable[Point]:
        return self._end_of(event) if event.result is False else ()

    def _end_of(self, event: Event) -> Iterable[Point]:
        ended = self._ended.get(event.object or "")
        return () if ended is None else (ended,)

    def _all_ended(self, event: Event, stretch: Stretch) -> Iterable[Point]:
        return self._ended.values()

    def _everything(self, event: Event, stretch: Stretch) -> Iterable[Point]:
        return [one.point(event.number - 1) for one in self.stretches.values()]

    # Locks and conditions ------------------------------------------------------------------------------------

    def _acquire(self, event: Event, stretch: Stretch) -> Iterable[Point]:
        if event.result is not True:
            return ()
        name = event.object or ""
        self._hold(event.thread, name, 1)
        return self._released.get(name, _NONE).values()

    def _release(self, event: Event, stretch: Stretch) -> Iterable[Point]:
        if event.result is None:
            self._give_back(event.object or "", event, stretch, 1)
        return ()

    def _locked(self, event: Event, stretch: Stretch) -> Iterable[Point]:
        return self._released.get(event.object or "", _NONE).values() if event.result is False else ()

    def _hold(self, thread: str, lock: str, depth: int) -> None:
        held = self._held.get(thread)
        if held is None:
            held = self._held[thread] = {}
        held[lock] = held.get(lock, 0) + depth
        self._owners[lock] = thread

    def _drop(self, thread: str, lock: str, depth: int) -> bool:
        """A lock was given back so often; whether it was the thread's own."""
        held = self._held.get(thread)
        if held is not None and lock in held:
            held[lock] -= depth
            if held[lock] <= 0:
                del held[lock]
            return True
        # Of another thread: that one no longer has it, from now on.
        owner = self._owners.get(lock, "")
        if self._held.get(owner, {}).pop(lock, None) is not None:
            other = self.stretches[owner]
            self.stretches[owner] = Stretch(owner, other.since, other.known, tuple(self._held[owner]))
        return False

    def _give_back(self, lock: str, event: Event, stretch: Stretch, depth: int) -> None:
        here = stretch.point(event.number)
        if self._drop(event.thread, lock, depth):
            self._released[lock] = {event.thread: here}  # it knew of the earlier ones since it acquired the lock
        else:
            self._released.setdefault(lock, {})[event.thread] = here

    def _condition_wait(self, event: Event, stretch: Stretch) -> Iterable[Point]:
        name = event.object or ""
        self._waiters.setdefault(name, deque()).append(event.thread)
        lock = self._guards.get(name)
        if lock is not None:
            depth = self._held.get(event.thread, {}).get(lock, 1)
            self._depths[event.thread, lock] = depth
            self._give_back(lock, event, stretch, depth)
        return ()

    def _condition_reacquire(self, event: Event, stretch: Stretch) -> Iterable[Point]:
        name = event.object or ""
        waiters = self._waiters.get(name, ())
        if event.thread in waiters:
            self._waiters[name].remove(event.thread)
        points: list[Point] = []
        notified = self._notified.pop((name, event.thread), None)
        if notified is not None and event.result is True:
            points.append(notified)
        lock = self._guards.get(name)
        if lock is not None:
            points += self._released.get(lock, _NONE).values()
            self._hold(event.thread, lock, self._depths.pop((event.thread, lock), 1))
        return points

    def _condition_notify(self, event: Event, stretch: Stretch) -> Iterable[Point]:
        name = event.object or ""
        waiters = self._waiters.get(name, deque())
        for _ in range(min(len(waiters), event.result if isinstance(event.result, int) else 0)):
            self._notified[name, waiters.popleft()] = stretch.point(event.number)
        return ()

    # Semaphores ----------------------------------------------------------------------------------------------

    def _semaphore_acquire(self, event: Event, stretch: Stretch) -> Iterable[Point]:
        if event.result is not True:
            return ()
        name = event.object or ""
        if self._sizes.get(name) == 1:
            self._hold(event.thread, name, 1)
        if self._initial.get(name, 0) > 0:
            self._initial[name] -= 1
            return ()
        permits = self._permits.get(name)
        if not permits:
            return ()
        count, points = permits.popleft()
        if count > 1:
            permits.appendleft((count - 1, points))
        return points

    def _semaphore_release(self, event: Event, stretch: Stretch) -> Iterable[Point]:
        count = event.result
        if not isinstance(count, int) or isinstance(count, bool):  # it raised
            return ()
        name = event.object or ""
        if self._sizes.get(name) == 1:
            self._drop(event.thread, name, 1)
        permits = self._permits.setdefault(name, deque())
        here = [stretch.point(event.number)]
        if len(permits) >= _MOST_PERMITS:
            before, points = permits.pop()
            last = {one.thread: one for one in [*points, *here]}
            count, here = before + count, list(last.values())
        permits.append((count, here))
        return ()

    # Events --------------------------------------------------------------------------------------------------

    def _event_set(self, event: Event, stretch: Stretch) -> Iterable[Point]:
        self._raised.setdefault(event.object or "", {})[event.thread] = stretch.point(event.number)
        return ()

    def _event_clear(self, event: Event, stretch: Stretch) -> Iterable[Point]:
        self._lowered.setdefault(event.object or "", {})[event.thread] = stretch.point(event.number)
        return ()

    def _event_seen(self, event: Event, stretch: Stretch) -> Iterable[Point]:
        by = self._raised if event.result is True else self._lowered
        return by.get(event.object or "", _NONE).values()

    # The outside ---------------------------------------------------------------------------------------------

    def _on_the_outside(self, event: Event, stretch: Stretch) -> Iterable[Point]:
        if event.operation.endswith(".timeout"):
            return ()
        points = list(self._outside.values())
        if event.operation in GIVING:
            self._outside[event.thread] = stretch.point(event.number)
        return points

    def _database_used(self, event: Event, stretch: Stretch) -> Iterable[Point]:
        points = list(self._database.values())
        if event.operation != "database.wake":
            self._database[event.thread] = stretch.point(event.number)
        return points
