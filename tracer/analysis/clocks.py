"""What happened before what: the hand-overs between the threads of a trace.

Lamport's relation (*Time, clocks, and the ordering of events in a distributed system*, 1978), with the operations of
threads in the place of messages: the operations of one thread happened in their order, and where one thread could go on
because of another one, the operation that let it go on happened first. `edges` gives these hand-overs; whoever follows
them, and each thread downwards, reaches everything that an event depends on in this execution.

Some operations depend on more than one other; what is given is what let them go on here. A lock comes from its last
release, also from the release inside a condition's wait. Of a semaphore nobody can tell which permit it was: the oldest
free one is taken, so that with one permit the edges are exact and with several as good as any. An event comes from the
`set` that raised its flag, not from those that found it up. The last to arrive at a barrier stands for all who arrived:
they happened before it, and it happened before all who leave. The exit of the program comes after all threads that had
ended and were not joined before; which of them it did not wait for, being daemons, a trace does not tell.

What happened before what in *this* execution is not what comes before what in *every* execution: locks may be handed
over the other way round. A prediction needs the weaker relation of `tracer.analysis.order`.
"""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING, NamedTuple

from tracer.analysis.channels import Channels
from tracer.operations import MEMORY

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from tracer.events import Event


class Edge(NamedTuple):
    """Event number `before` happened before event number `after`, of another thread, because of `kind`.

    Kinds are `start`, `join`, `lock`, `notify`, `set`, `semaphore` and `barrier`.
    """

    before: int
    after: int
    kind: str


def edges(events: Iterable[Event]) -> Iterator[Edge]:
    """The edges of an execution, in the order of `after`."""
    hand_overs = HandOvers()
    for event in events:
        yield from hand_overs.feed(event)


class HandOvers:
    """Gives the edges that end in each event, fed one by one."""

    def __init__(self) -> None:
        self._channels = Channels()
        self._started: dict[str, Event] = {}
        self._ended: dict[str, Event] = {}
        self._joined: set[tuple[str, str]] = set()  # by whom, and whom
        self._released: dict[str, Event] = {}  # by lock: by whom, until somebody acquires it
        self._guards: dict[str, str] = {}  # condition -> lock
        self._waiters: dict[str, deque[str]] = {}  # condition -> threads, in their order
        self._notified: dict[tuple[str, str], Event] = {}  # by condition and thread
        self._permits: dict[str, deque[Event]] = {}  # by semaphore; those that it began with are not in it
        self._sizes: dict[str, int] = {}  # parties of a barrier; permits that a semaphore still has from its beginning
        self._raised: dict[str, Event] = {}  # by event: the set, until it is cleared
        self._woken: dict[tuple[str, str], Event] = {}  # by event or barrier and thread: who let it go on
        self._inside: dict[str, list[Event]] = {}  # by event or barrier: who waits there
        self._handlers: dict[str, Callable[[Event], Sequence[Event | None]]] = {
            "thread.start": self._start,
            "thread.begin": lambda event: [self._started.get(event.thread)],
            "thread.end": self._end,
            "thread.join": self._join,
            "thread.is_alive": self._is_alive,
            "program.exit": self._exit,
            "lock.acquire": self._acquire,
            "rlock.acquire": self._acquire,
            "lock.release": self._release,
            "rlock.release": self._release,
            "condition.wait": self._condition_wait,
            "condition.reacquire": self._condition_reacquire,
            "condition.notify": self._condition_notify,
            "semaphore.acquire": self._semaphore_acquire,
            "semaphore.release": self._semaphore_release,
            "event.set": self._event_set,
            "event.clear": self._event_clear,
            "event.wait": self._event_seen,
            "event.is_set": self._event_seen,
            "event.wake": self._go_on,
            "event.timeout": self._give_up,
            "barrier.wait": self._barrier_wait,
            "barrier.leave": self._go_on,
            "barrier.timeout": self._barrier_broken,
            "barrier.reset": self._barrier_broken,
            "barrier.abort": self._barrier_broken,
        }

    def feed(self, event: Event) -> list[Edge]:
        """The next event: the edges that end in it."""
        if event.operation.startswith(MEMORY):
            return []
        if event.size is not None:
            self._sizes[event.object or ""] = event.size
        if event.lock is not None:
            self._guards[event.object or ""] = event.lock
        handler = self._handlers.get(event.operation)
        if handler is None:
            return [Edge(one.number, event.number, "outside") for one in self._channels.before(event)]
        number, thread, kind = event.number, event.thread, _KINDS.get(event.operation, "")
        return [
            Edge(one.number, number, "notify" if one.operation == "condition.notify" else kind)
            for one in handler(event)
            if one is not None and one.thread != thread
        ]

    # Threads -------------------------------------------------------------------------------------------------

    def _start(self, event: Event) -> Sequence[Event | None]:
        self._started[event.object or ""] = event
        return ()

    def _end(self, event: Event) -> Sequence[Event | None]:
        self._ended[event.thread] = event
        return ()

    def _join(self, event: Event) -> Sequence[Event | None]:
        if event.result is not True:
            return ()
        self._joined.add((event.thread, event.object or ""))
        return [self._ended.get(event.object or "")]

    def _exit(self, event: Event) -> Sequence[Event | None]:
        return [one for name, one in self._ended.items() if (event.thread, name) not in self._joined]

    def _is_alive(self, event: Event) -> Sequence[Event | None]:
        return [self._ended.get(event.object or "")] if event.result is False else ()

    # Locks and conditions ------------------------------------------------------------------------------------

    def _acquire(self, event: Event) -> Sequence[Event | None]:
        return [self._released.pop(event.object or "", None)] if event.result is True else ()

    def _release(self, event: Event) -> Sequence[Event | None]:
        if event.result is None:
            self._released[event.object or ""] = event
        return ()

    def _condition_wait(self, event: Event) -> Sequence[Event | None]:
        name = event.object or ""
        self._waiters.setdefault(name, deque()).append(event.thread)
        if name in self._guards:
            self._released[self._guards[name]] = event
        return ()

    def _condition_reacquire(self, event: Event) -> Sequence[Event | None]:
        name = event.object or ""
        waiters = self._waiters.get(name, ())
        if event.thread in waiters:
            self._waiters[name].remove(event.thread)
        notified = self._notified.pop((name, event.thread), None)
        released = self._released.pop(self._guards.get(name, ""), None)
        return [released, notified if event.result is True else None]

    def _condition_notify(self, event: Event) -> Sequence[Event | None]:
        name = event.object or ""
        waiters = self._waiters.get(name, deque())
        for _ in range(min(len(waiters), event.result if isinstance(event.result, int) else 0)):
            self._notified[name, waiters.popleft()] = event
        return ()

    # Semaphores ----------------------------------------------------------------------------------------------

    def _semaphore_acquire(self, event: Event) -> Sequence[Event | None]:
        name = event.object or ""
        if event.result is not True:
            return ()
        if self._sizes.get(name, 0) > 0:
            self._sizes[name] -= 1
            return ()
        permits = self._permits.get(name)
        return [permits.popleft()] if permits else ()

    def _semaphore_release(self, event: Event) -> Sequence[Event | None]:
        if isinstance(event.result, int) and not isinstance(event.result, bool):
            self._permits.setdefault(event.object or "", deque()).extend([event] * event.result)
        return ()

    # Events and barriers -------------------------------------------------------------------------------------

    def _event_set(self, event: Event) -> Sequence[Event | None]:
        self._raised.setdefault(event.object or "", event)
        self._let_go(event)
        return ()

    def _event_clear(self, event: Event) -> Sequence[Event | None]:
        self._raised.pop(event.object or "", None)
        return ()

    def _event_seen(self, event: Event) -> Sequence[Event | None]:
        if event.result is True:
            return [self._raised.get(event.object or "")]
        if event.operation == "event.wait":
            self._inside.setdefault(event.object or "", []).append(event)
        return ()

    def _barrier_wait(self, event: Event) -> Sequence[Event | None]:
        if not isinstance(event.result, int):  # broken
            return ()
        inside = self._inside.setdefault(event.object or "", [])
        inside.append(event)
        if len(inside) != self._sizes.get(event.object or ""):
            return ()
        arrived = list(inside)
        self._let_go(event)
        return arrived

    def _barrier_broken(self, event: Event) -> Sequence[Event | None]:
        self._let_go(event)
        return ()

    def _let_go(self, event: Event) -> None:
        """All who wait in the object may go on, because of this event."""
        name = event.object or ""
        for one in self._inside.pop(name, ()):
            self._woken[name, one.thread] = event

    def _go_on(self, event: Event) -> Sequence[Event | None]:
        return [self._woken.pop((event.object or "", event.thread), None)]

    def _give_up(self, event: Event) -> Sequence[Event | None]:
        inside = self._inside.get(event.object or "", [])
        inside[:] = [one for one in inside if one.thread != event.thread]
        return ()


#: What an edge is called, by the operation that it ends in.
_KINDS = {
    "thread.begin": "start",
    "thread.join": "join",
    "thread.is_alive": "join",
    "program.exit": "join",
    "lock.acquire": "lock",
    "rlock.acquire": "lock",
    "condition.reacquire": "lock",
    "semaphore.acquire": "semaphore",
    "event.wait": "set",
    "event.is_set": "set",
    "event.wake": "set",
    "barrier.wait": "barrier",
    "barrier.leave": "barrier",
}
