"""What comes before what in every execution: the order that predictions rest on.

A prediction asks whether two operations could have been under way at once. What happened before what in the execution
that was traced (`tracer.analysis.clocks`) is too strong for that: it has the order in which a lock was handed over, and
that is just what another execution has differently. Predictions by happens-before with locks miss most of what can go
wrong. Without any order they warn of operations that a join keeps apart. So the order used here has

- the operations of each thread, and the start of a thread;
- a join, and an `is_alive` that told that a thread has ended. A join with a time limit does not count: the program is
  not told how it came out, and goes on either way;
- *signals that only one thread gives*: an event that only it sets, a condition that only it notifies, a semaphore
  without permits that only it releases, a queue that only it puts into. Whoever went on because of such a signal,
  in whatever execution, comes after the first one at least. If only one thread takes the signals as well, and they are
  counted (permits, items of a queue), its tenth comes after the other's tenth. A wait with a time limit that was told
  that the signal came counts, for what the program does then is because of it;
- barriers that exactly as many threads use as there are parties: each round has all of them;
- messages by way of the outside (`tracer.analysis.channels`).

What several threads signal is left out: in another execution the signal may come from another thread, and a filter that
took it for certain would hide deadlocks. What is possible then, `tracer.analysis.witness` finds out. A condition that
several threads notify is left out there too, for a notify that finds nobody is lost: the price is a false warning where
all of them keep the order. A second price: a consumer that found what it was to wait
for done already gave no signal and took none; only a queue tells, because each `put` and each `get` notifies.

The clocks are vector clocks (Fidge 1988, Mattern 1989) in which a thread's own time is the number of its event, so that
they need no counters; a vector has entries only for the threads that somebody asks for, and is copied when it changes.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple

from tracer.analysis.channels import Channels
from tracer.operations import MEMORY

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from tracer.events import Event

#: What is known at a point of a thread: of each other thread the number of its last event that comes before.
Clock = Mapping[str, int]

#: A queue tells by its conditions that something was put into it, and that something was taken.
_PUT, _GOT = ".not_empty", ".not_full"


class At(NamedTuple):
    """An event: its number, and whose it is."""

    number: int
    thread: str


class Order(NamedTuple):
    """An event comes before another one, of another thread, in every execution."""

    before: At
    after: At


@dataclass(slots=True)
class Signals:
    """The signals of one object. `counted`: one that was taken is gone; `lasting`: one that nobody took is kept."""

    counted: bool
    lasting: bool = True
    given: list[At] = field(default_factory=list)
    taken: list[At] = field(default_factory=list)
    givers: set[str] = field(default_factory=set)
    takers: set[str] = field(default_factory=set)

    def give(self, event: Event, times: int = 1) -> None:
        self.givers.add(event.thread)
        if self.lasting or not self.given:
            self.given += [At(event.number, event.thread)] * times

    def take(self, event: Event) -> None:
        self.takers.add(event.thread)
        self.taken.append(At(event.number, event.thread))

    def orders(self) -> Iterable[Order]:
        if len(self.givers) != 1 or self.takers == self.givers:
            return
        paired = self.counted and len(self.takers) == 1
        for turn, after in enumerate(self.taken):
            before = self.given[min(turn, len(self.given) - 1) if paired else 0]
            if before.thread != after.thread and before.number < after.number:
                yield Order(before, after)


@dataclass(slots=True)
class _Rounds:
    """The rounds of one barrier. `regular`: nobody broke it."""

    parties: int = 0
    regular: bool = True
    inside: list[At] = field(default_factory=list)
    threads: set[str] = field(default_factory=set)
    last: dict[str, At] = field(default_factory=dict)  # by thread that is to leave: who arrived last
    found: list[Order] = field(default_factory=list)

    def arrive(self, event: Event) -> None:
        here = At(event.number, event.thread)
        self.threads.add(event.thread)
        self.inside.append(here)
        if len(self.inside) != self.parties:
            return
        # The last to arrive stands for all of them.
        for one in self.inside[:-1]:
            self.found.append(Order(one, here))
            self.last[one.thread] = here
        self.inside = []

    def leave(self, event: Event) -> None:
        last = self.last.pop(event.thread, None)
        if last is not None:
            self.found.append(Order(last, At(event.number, event.thread)))

    def orders(self) -> Iterable[Order]:
        return self.found if self.regular and len(self.threads) == self.parties else ()


class Ordering:
    """Collects what comes before what, from events that are fed one by one."""

    def __init__(self) -> None:
        self._started: dict[str, At] = {}
        self._ended: dict[str, At] = {}
        self._found: list[Order] = []
        self._signals: dict[str, Signals] = {}
        self._rounds: dict[str, _Rounds] = {}
        self._guards: dict[str, str] = {}  # condition -> lock
        self._channels = Channels()
        self._handlers: dict[str, Callable[[Event], None]] = {
            "thread.start": self._start,
            "thread.begin": self._begin,
            "thread.end": self._end,
            "thread.join": self._join,
            "thread.is_alive": self._is_alive,
            "event.set": self._event_set,
            "event.wait": self._event_seen,
            "event.is_set": self._event_seen,
            "event.wake": self._event_seen,
            "condition.notify": self._notify,
            "condition.reacquire": self._reacquire,
            "semaphore.acquire": self._semaphore_acquire,
            "semaphore.release": self._semaphore_release,
            "barrier.wait": self._arrive,
            "barrier.leave": self._leave,
            "barrier.timeout": self._break,
            "barrier.reset": self._break,
            "barrier.abort": self._break,
        }

    def feed(self, event: Event) -> bool:
        """The next event; returns whether it is one that can have to do with the order."""
        if event.operation.startswith(MEMORY):
            return False
        if event.size is not None or event.lock is not None:
            self._meet(event)
        handler = self._handlers.get(event.operation)
        if handler is not None:
            handler(event)
            return True
        before = self._channels.before(event)
        self._found += [Order(At(one.number, one.thread), At(event.number, event.thread)) for one in before]
        return bool(before)

    def orders(self) -> list[Order]:
        """What was found, in the order of `after`."""
        found = [*self._found]
        for signals in self._signals.values():
            found += signals.orders()
        for rounds in self._rounds.values():
            found += rounds.orders()
        return sorted(found, key=lambda one: one.after)

    def signals(self) -> list[Signals]:
        """The signals that are kept until somebody takes them."""
        return [one for one in self._signals.values() if one.lasting and one.taken]

    def _meet(self, event: Event) -> None:
        """The first event of an object."""
        name = event.object or ""
        if event.lock is not None:
            self._guards[name] = event.lock
        if event.operation.startswith("semaphore.") and event.size == 0:
            self._signals[name] = Signals(counted=True)
        elif event.operation.startswith("barrier.") and event.size is not None:
            self._rounds[name] = _Rounds(event.size)

    def _start(self, event: Event) -> None:
        self._started[event.object or ""] = At(event.number, event.thread)

    def _begin(self, event: Event) -> None:
        started = self._started.get(event.thread)
        if started is not None:
            self._found.append(Order(started, At(event.number, event.thread)))

    def _end(self, event: Event) -> None:
        self._ended[event.thread] = At(event.number, event.thread)

    def _join(self, event: Event) -> None:
        if event.result is True and not event.limited:
            self._has_ended(event)

    def _is_alive(self, event: Event) -> None:
        if event.result is False:
            self._has_ended(event)

    def _has_ended(self, event: Event) -> None:
        ended = self._ended.get(event.object or "")
        if ended is not None:
            self._found.append(Order(ended, At(event.number, event.thread)))

    def _of(self, name: str, *, counted: bool = False, lasting: bool = True) -> Signals:
        found = self._signals.get(name)
        if found is None:
            found = self._signals[name] = Signals(counted, lasting)
        return found

    def _event_set(self, event: Event) -> None:
        self._of(event.object or "").give(event)

    def _event_seen(self, event: Event) -> None:
        if event.result is True:
            self._of(event.object or "").take(event)

    def _notify(self, event: Event) -> None:
        name = event.object or ""
        self._of(name, lasting=False).give(event)
        ending = next((one for one in (_PUT, _GOT) if name.endswith(one)), None)
        if ending is not None and name in self._guards:
            queue = self._of(f"queue {name.removesuffix(ending)} {self._guards[name]}", counted=True)
            if ending == _PUT:
                queue.give(event)
            else:
                queue.take(event)

    def _reacquire(self, event: Event) -> None:
        if event.result is True:
            self._of(event.object or "").take(event)

    def _semaphore_acquire(self, event: Event) -> None:
        signals = self._signals.get(event.object or "")
        if signals is not None and event.result is True:
            signals.take(event)

    def _semaphore_release(self, event: Event) -> None:
        signals = self._signals.get(event.object or "")
        if signals is not None and isinstance(event.result, int):
            signals.give(event, event.result)

    def _arrive(self, event: Event) -> None:
        rounds = self._rounds.get(event.object or "")
        if rounds is not None and isinstance(event.result, int):
            rounds.arrive(event)
        elif rounds is not None:
            rounds.regular = False

    def _leave(self, event: Event) -> None:
        rounds = self._rounds.get(event.object or "")
        if rounds is not None:
            rounds.leave(event)

    def _break(self, event: Event) -> None:
        rounds = self._rounds.get(event.object or "")
        if rounds is not None:
            rounds.regular = False


def clocks(orders: Sequence[Order], wanted: Iterable[At]) -> dict[At, Clock]:
    """What is known at each of the `wanted` events of the threads that they belong to.

    `orders` is in the order of `after`. One that is known to come before event `(n, thread)` is any of a thread `other`
    whose number is not greater than `clocks[n, thread].get(other, 0)`.
    """
    points = sorted(set(wanted))
    threads = {one.thread for one in points}
    sources = sorted({one.before for one in orders})
    known: dict[str, dict[str, int]] = {}
    saved: dict[At, dict[str, int]] = {}
    found: dict[At, Clock] = {}
    nothing: dict[str, int] = {}
    # At one number, first what it comes to know, then what others get from it.
    timeline: list[tuple[int, int, At, At | None]] = [
        *((one.after.number, 0, one.after, one.before) for one in orders),
        *((one.number, 1, one, None) for one in sources),
        *((one.number, 2, one, None) for one in points),
    ]
    timeline.sort(key=lambda one: one[:2])
    for _, what, here, before in timeline:
        if before is not None:
            known[here.thread] = _joined(known.get(here.thread, nothing), saved[before], before, threads)
        elif what == 1:
            saved[here] = known.get(here.thread, nothing)
        else:
            found[here] = known.get(here.thread, nothing)
    return found


def _joined(mine: dict[str, int], other: dict[str, int], before: At, threads: set[str]) -> dict[str, int]:
    counts = before.thread in threads
    if other is mine and not counts:
        return mine
    if counts and mine.get(before.thread, 0) >= before.number:
        return mine
    joined = {**mine, **other} if mine else dict(other)
    if mine:
        for thread in mine.keys() & other.keys():
            joined[thread] = max(mine[thread], other[thread])
    if counts:
        joined[before.thread] = max(joined.get(before.thread, 0), before.number)
    return joined
