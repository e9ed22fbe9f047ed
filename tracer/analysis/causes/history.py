"""What a trace says of wakeups and their causes beyond the state of a moment: folded from the events, one by one.

`tracer.analysis.state` knows who waits now. Why nobody wakes them lies in the past: a notify when nobody waited yet, an
event that was set and cleared between two looks at it. What is kept of each object is bounded.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from tracer.analysis.causes.library import IDLE_BESIDE_QUEUE, is_queue_of_a_pool
from tracer.operations import MEMORY

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from tracer.events import Event

#: How many of the last notifies of a condition are kept: enough to name them.
_NOTICES_KEPT = 32

#: Of the threads that had a condition's lock since the last notify: more than one is as good as many.
_PASSES_KEPT = 2


@dataclass(slots=True)
class Notice:
    """A notify of a condition, the `number`-th: whom it woke, and who of these waited again at once."""

    event: Event
    number: int
    woke: list[str]
    wasted: dict[str, Event] = field(default_factory=dict)


@dataclass(slots=True)
class Conditions:
    """The past of one condition.

    `passes` are threads that acquired its lock since the last notify, where `lock` says that it has one that is traced.
    """

    lock: bool = False
    waiters: list[str] = field(default_factory=list)
    notices: deque[Notice] = field(default_factory=lambda: deque(maxlen=_NOTICES_KEPT))
    count: int = 0
    passes: list[str] = field(default_factory=list)


@dataclass(slots=True)
class Flag:
    """The past of one `threading.Event`: its last set, the clear after it, and who saw it set in between."""

    was_set: Event | None = None
    cleared: Event | None = None
    seen: set[str] = field(default_factory=set)
    sets: int = 0


@dataclass(slots=True)
class Permits:
    """The past of one semaphore. `own`: only threads that had acquired a permit released one."""

    holds: dict[str, int] = field(default_factory=dict)
    own: bool = True
    releases: int = 0
    last: Event | None = None


#: Stands for passes after which no notify counts as too early.
_WOKEN = ("", "")

_NONE: dict[str, Conditions] = {}


@dataclass(slots=True)
class Entry:
    """What was put into the queue of a pool: a job where `submitted`, otherwise what ends a worker."""

    event: Event
    submitted: bool = False


class History:
    """What was fed to it, as far as it explains why threads wait."""

    def __init__(self) -> None:
        self.makers: dict[str, list[str]] = {}
        self.conditions: dict[str, Conditions] = {}
        self.flags: dict[str, Flag] = {}
        self.permits: dict[str, Permits] = {}
        #: thread -> the notify that came too early for its last wait at a condition.
        self.lost: dict[str, Notice] = {}
        #: thread -> the set and the clear that came before its last wait for an event.
        self.lost_sets: dict[str, tuple[Event, Event]] = {}
        #: barrier -> the threads that ever arrived, each with its last arrival.
        self.arrivals: dict[str, dict[str, Event]] = {}
        #: thread -> where it began: the code that it executes.
        self.began: dict[str, str] = {}
        #: semaphore -> the threads that ever acquired a permit.
        self.acquirers: dict[str, set[str]] = {}
        #: semaphore of a pool's queue -> what is in the queue, in its order.
        self.queued: dict[str, deque[Entry]] = {}
        self._put: dict[str, Entry] = {}  # thread -> what it put into the queue of a pool just now
        self._stacks: dict[tuple[str, str, str | None, str], list[str]] = {}
        self._conditions_of: dict[str, dict[str, Conditions]] = {}  # by lock
        self._woken: dict[str, tuple[str, Notice]] = {}  # thread -> condition and notice, until it did something
        self._handlers: dict[str, Callable[[Event], None]] = {
            "thread.begin": self._begin,
            "lock.acquire": self._lock_taken,
            "rlock.acquire": self._lock_taken,
            "lock.release": self._made_use,
            "rlock.release": self._made_use,
            "condition.wait": self._condition_wait,
            "condition.reacquire": self._condition_reacquire,
            "condition.notify": self._condition_notify,
            "event.set": self._event_set,
            "event.clear": self._event_clear,
            "event.wait": self._event_wait,
            "event.wake": self._event_seen,
            "event.is_set": self._event_seen,
            "semaphore.acquire": self._permit_taken,
            "semaphore.release": self._permit_given,
            "barrier.wait": self._arrived,
        }

    def watch(self, events: Iterable[Event]) -> Iterator[Event]:
        """The same events, fed on the way."""
        for event in events:
            self.feed(event)
            yield event

    def feed(self, event: Event) -> None:
        """The next event."""
        if event.operation.startswith(MEMORY):
            return
        if event.makers and event.object is not None:
            self.makers[event.object] = event.makers
        if event.stack:
            self._stacks[event.thread, event.operation, event.object, event.place] = event.stack
        handler = self._handlers.get(event.operation)
        if handler is not None:
            handler(event)

    def stack(self, event: Event) -> list[str]:
        """The callers of an event's place, innermost first, as they were when the thread first came there."""
        return self._stacks.get((event.thread, event.operation, event.object, event.place), [])

    def _begin(self, event: Event) -> None:
        self.began[event.thread] = event.place

    # Conditions ----------------------------------------------------------------------------------------------

    def _condition(self, event: Event) -> Conditions:
        name = event.object or ""
        found = self.conditions.get(name)
        if found is None:
            found = self.conditions[name] = Conditions()
        if event.lock is not None:
            found.lock = True
            self._conditions_of.setdefault(event.lock, {})[name] = found
        return found

    def _lock_taken(self, event: Event) -> None:
        if event.result is True:
            for condition in self._conditions_of.get(event.object or "", _NONE).values():
                if len(condition.passes) < _PASSES_KEPT:
                    condition.passes.append(event.thread)

    def _made_use(self, event: Event) -> None:
        self._woken.pop(event.thread, None)

    def _condition_wait(self, event: Event) -> None:
        condition = self._condition(event)
        thread = event.thread
        woken = self._woken.pop(thread, None)
        if woken is not None and woken[0] == event.object:
            woken[1].wasted[thread] = event
        self.lost.pop(thread, None)
        last = condition.notices[-1] if condition.notices else None
        early = last is not None and not last.woke and last.event.thread != thread
        if last is not None and early and condition.lock and condition.passes in ([], [thread]):
            self.lost[thread] = last
        condition.waiters.append(thread)

    def _condition_reacquire(self, event: Event) -> None:
        condition = self._condition(event)
        if event.thread in condition.waiters:
            condition.waiters.remove(event.thread)
        condition.passes = [*_WOKEN]  # it looks again, and may find what any notify announced

    def _condition_notify(self, event: Event) -> None:
        condition = self._condition(event)
        taken = event.result if isinstance(event.result, int) else 0
        woke = condition.waiters[:taken]
        del condition.waiters[:taken]
        condition.count += 1
        condition.passes.clear()
        notice = Notice(event, condition.count, woke)
        condition.notices.append(notice)
        self._woken.pop(event.thread, None)
        for name in woke:
            self._woken[name] = (event.object or "", notice)

    # Events --------------------------------------------------------------------------------------------------

    def _flag(self, event: Event) -> Flag:
        return self.flags.setdefault(event.object or "", Flag())

    def _event_set(self, event: Event) -> None:
        flag = self._flag(event)
        flag.was_set, flag.cleared = event, None
        flag.sets += 1
        flag.seen.clear()

    def _event_clear(self, event: Event) -> None:
        flag = self._flag(event)
        if flag.cleared is None:
            flag.cleared = event

    def _event_seen(self, event: Event) -> None:
        if event.result is True:
            self._flag(event).seen.add(event.thread)

    def _event_wait(self, event: Event) -> None:
        self._event_seen(event)
        flag = self._flag(event)
        self.lost_sets.pop(event.thread, None)
        # Whoever saw the event set and cleared it has used it up: then no wakeup was lost.
        if (
            flag.was_set is not None
            and flag.cleared is not None
            and not flag.seen & {event.thread, flag.cleared.thread}
        ):
            self.lost_sets[event.thread] = (flag.was_set, flag.cleared)

    # Semaphores and barriers ---------------------------------------------------------------------------------

    def _permit_taken(self, event: Event) -> None:
        self._in_a_pool(event)
        if event.result is True and event.object is not None:
            permits = self.permits.setdefault(event.object, Permits())
            permits.holds[event.thread] = permits.holds.get(event.thread, 0) + 1
            self.acquirers.setdefault(event.object, set()).add(event.thread)

    def _permit_given(self, event: Event) -> None:
        if not isinstance(event.result, int) or isinstance(event.result, bool):  # it raised
            return
        permits = self.permits.setdefault(event.object or "", Permits())
        held = permits.holds.get(event.thread, 0)
        permits.own = permits.own and held >= event.result
        permits.holds[event.thread] = max(0, held - event.result)
        permits.releases += 1
        permits.last = event
        if is_queue_of_a_pool(self, event.object):
            entry = self._put[event.thread] = Entry(event)
            self.queued.setdefault(event.object or "", deque()).append(entry)

    def _in_a_pool(self, event: Event) -> None:
        """A job is taken; or a job was put: `submit` alone then looks whether a worker is idle."""
        entry = self._put.pop(event.thread, None)
        if entry is not None and event.object == (entry.event.object or "").replace(*IDLE_BESIDE_QUEUE):
            entry.submitted = True
        queue = self.queued.get(event.object or "")
        if queue and event.result is True:
            queue.popleft()

    def _arrived(self, event: Event) -> None:
        if isinstance(event.result, int) and event.object is not None:
            self.arrivals.setdefault(event.object, {})[event.thread] = event
