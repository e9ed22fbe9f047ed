"""Who holds what, and who waits in what: folded from the events of a trace, one by one.

An event says what was executed, so after each event the state of every object is known: the owner of a lock, the
waiters of a condition in their order, the permits of a semaphore that each thread has. What a thread stands *before*
is no event; see `tracer.analysis.moment`.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from tracer.operations import MEMORY

if TYPE_CHECKING:
    from collections.abc import Callable

    from tracer.events import Event

#: How many of the last operations that could have woken somebody are kept for each object: enough to name them.
_RELEASES_KEPT = 8


@dataclass(slots=True)
class Hold:
    """A thread has an object: it owns a lock, or has `count` permits of a semaphore, by the event `since`."""

    thread: str
    object: str
    since: Event
    count: int = 1


@dataclass(slots=True)
class ThreadState:
    """What is known of a thread. `number` is that of its creation; the main thread's is 0."""

    name: str
    number: int
    started: Event | None = None  # by whom, and where; None for the main thread
    last: Event | None = None  # the last event of its own
    ended: Event | None = None
    #: In the middle of waiting in this object: a condition, an event, a barrier. `woken` once it may go on.
    inside: Event | None = None
    woken: bool = False


@dataclass(slots=True)
class ObjectState:
    """What is known of an object. Fields that its kind does not have stay empty."""

    name: str
    kind: str  # lock, rlock, condition, semaphore, event, barrier
    created: str = ""
    lock: str | None = None  # of a condition
    size: int | None = None  # parties of a barrier, permits that a semaphore began with
    flag: bool = False  # of an event
    waiters: list[str] = field(default_factory=list)  # of a condition, an event, a barrier, in their order
    holds: dict[str, Hold] = field(default_factory=dict)  # by thread
    value: int | None = None  # of a semaphore: its free permits
    #: The last operations that could have released a waiter: notify, set, release; and clear, which takes it back.
    releases: deque[Event] = field(default_factory=lambda: deque(maxlen=_RELEASES_KEPT))
    release_count: int = 0


class State:
    """The state of a program after the events that it was fed with."""

    def __init__(self) -> None:
        self.number = 0
        self.threads: dict[str, ThreadState] = {}
        self.objects: dict[str, ObjectState] = {}
        #: thread -> what it holds, in the order in which it got it.
        self.holds: dict[str, dict[str, Hold]] = {}
        #: The numbers of the threads that could go on before the last event, or how many these were.
        self.enabled: list[int] | int | None = None
        self._depths: dict[tuple[str, str], tuple[Hold, int]] = {}  # what a wait gave up: (thread, lock)
        self._handlers: dict[str, Callable[[Event], None]] = {
            "thread.start": self._thread_start,
            "thread.end": self._thread_end,
            "lock.acquire": self._acquire,
            "rlock.acquire": self._acquire,
            "lock.release": self._release,
            "rlock.release": self._release,
            "condition.wait": self._condition_wait,
            "condition.timeout": self._condition_timeout,
            "condition.reacquire": self._condition_reacquire,
            "condition.notify": self._condition_notify,
            "semaphore.acquire": self._semaphore_acquire,
            "semaphore.release": self._semaphore_release,
            "event.set": self._event_set,
            "event.clear": self._event_clear,
            "event.wait": self._event_wait,
            "event.wake": self._leave,
            "event.timeout": self._leave,
            "barrier.wait": self._barrier_wait,
            "barrier.leave": self._leave,
            "barrier.timeout": self._barrier_broken,
            "barrier.reset": self._barrier_broken,
            "barrier.abort": self._barrier_broken,
            "time.sleep": self._sleep,
            "time.wake": self._awake,
        }

    def feed(self, event: Event) -> None:
        """The next event."""
        self.number = event.number
        if event.enabled is not None:
            self.enabled = event.enabled
        thread = self.threads.get(event.thread)
        if thread is None:
            thread = self.threads[event.thread] = ThreadState(event.thread, len(self.threads))
        thread.last = event
        if thread.inside is not None and thread.inside.operation == "time.sleep":
            thread.inside = None  # a sleep of no time ends without an event of its own
        if event.operation.startswith(MEMORY):
            return
        handler = self._handlers.get(event.operation)
        if handler is not None:
            handler(event)
        elif event.object is not None and (event.created is not None or event.size is not None):
            self.object(event)  # its first event says what it is, whatever the operation

    def object(self, event: Event) -> ObjectState:
        """The object of an event."""
        assert event.object is not None
        found = self.objects.get(event.object)
        if found is None:
            kind = event.operation.partition(".")[0]
            found = self.objects[event.object] = ObjectState(event.object, kind)
            found.size = found.value = event.size
        if event.created is not None:
            found.created = event.created
        if event.lock is not None:
            found.lock = event.lock
        return found

    def stood_before(self, operation: str, target: str | None) -> None:
        """A thread stands before an operation of an object that no event may have named yet."""
        kind = operation.partition(".")[0]
        if target is not None and kind in ("condition", "event", "semaphore", "barrier"):
            self.objects.setdefault(target, ObjectState(target, kind))

    def held_by(self, thread: str) -> list[Hold]:
        """What a thread holds, in the order in which it got it."""
        return list(self.holds.get(thread, {}).values())

    # Threads -------------------------------------------------------------------------------------------------

    def _thread_start(self, event: Event) -> None:
        assert event.object is not None
        if event.object not in self.threads:
            self.threads[event.object] = ThreadState(event.object, len(self.threads), started=event)

    def _thread_end(self, event: Event) -> None:
        self.threads[event.thread].ended = event

    def _sleep(self, event: Event) -> None:
        self.threads[event.thread].inside = event

    def _awake(self, event: Event) -> None:
        self.threads[event.thread].inside = None

    # Locks ---------------------------------------------------------------------------------------------------

    def _take(self, holder: ObjectState, hold: Hold) -> None:
        holder.holds[hold.thread] = hold
        self.holds.setdefault(hold.thread, {})[holder.name] = hold

    def _drop(self, holder: ObjectState, thread: str) -> Hold | None:
        hold = holder.holds.pop(thread, None)
        if hold is not None:
            del self.holds[thread][holder.name]
        return hold

    def _acquire(self, event: Event) -> None:
        lock = self.object(event)
        if event.result is not True:
            return
        held = lock.holds.get(event.thread)
        if held is not None:
            held.count += 1
        else:
            self._take(lock, Hold(event.thread, lock.name, event))

    def _release(self, event: Event) -> None:
        lock = self.object(event)
        if event.result is not None:  # an exception: nothing was released
            return
        lock.releases.append(event)
        lock.release_count += 1
        # A lock may be released by another thread than the one that acquired it.
        owner = event.thread if event.thread in lock.holds else next(iter(lock.holds), None)
        if owner is None:
            return
        lock.holds[owner].count -= 1
        if lock.holds[owner].count == 0:
            self._drop(lock, owner)

    # Conditions ----------------------------------------------------------------------------------------------

    def _condition_wait(self, event: Event) -> None:
        condition = self.object(event)
        condition.waiters.append(event.thread)
        self._enter(event)
        lock = self.objects.get(condition.lock) if condition.lock is not None else None
        if lock is not None and (hold := self._drop(lock, event.thread)) is not None:
            self._depths[event.thread, lock.name] = (hold, hold.count)

    def _condition_timeout(self, event: Event) -> None:
        self.threads[event.thread].woken = True  # it stands before the lock, and can still be notified for nothing

    def _condition_reacquire(self, event: Event) -> None:
        condition = self.object(event)
        if event.thread in condition.waiters:
            condition.waiters.remove(event.thread)
        self._left(event.thread)
        lock = self.objects.get(condition.lock) if condition.lock is not None else None
        if lock is None:
            return
        _, depth = self._depths.pop((event.thread, lock.name), (None, 1))
        self._take(lock, Hold(event.thread, lock.name, event, depth))

    def _condition_notify(self, event: Event) -> None:
        condition = self.object(event)
        condition.releases.append(event)
        condition.release_count += 1
        taken = event.result if isinstance(event.result, int) else 0
        for name in condition.waiters[:taken]:
            self.threads[name].woken = True
        del condition.waiters[:taken]

    # Semaphores ----------------------------------------------------------------------------------------------

    def _semaphore_acquire(self, event: Event) -> None:
        semaphore = self.object(event)
        if event.result is not True:
            return
        if semaphore.value is not None:
            semaphore.value -= 1
        held = semaphore.holds.get(event.thread)
        if held is not None:
            held.count += 1
        else:
            self._take(semaphore, Hold(event.thread, semaphore.name, event))

    def _semaphore_release(self, event: Event) -> None:
        semaphore = self.object(event)
        if not isinstance(event.result, int) or isinstance(event.result, bool):
            return
        semaphore.releases.append(event)
        semaphore.release_count += 1
        given = event.result
        if semaphore.value is not None:
            semaphore.value += given
        # Its own permits first; what is more than these was never anybody's, or somebody else's.
        for thread in [event.thread, *semaphore.holds]:
            held = semaphore.holds.get(thread)
            if held is None or not given:
                continue
            back = min(given, held.count)
            given -= back
            held.count -= back
            if not held.count:
                self._drop(semaphore, thread)

    # Events and barriers -------------------------------------------------------------------------------------

    def _enter(self, event: Event) -> None:
        thread = self.threads[event.thread]
        thread.inside = event
        thread.woken = False

    def _left(self, name: str) -> None:
        thread = self.threads[name]
        thread.inside = None
        thread.woken = False

    def _leave(self, event: Event) -> None:
        waiters = self.object(event).waiters
        if event.thread in waiters:
            waiters.remove(event.thread)
        self._left(event.thread)

    def _let_go(self, which: ObjectState) -> None:
        """All who wait in it may go on."""
        for name in which.waiters:
            self.threads[name].woken = True
        which.waiters.clear()

    def _event_set(self, event: Event) -> None:
        which = self.object(event)
        which.flag = True
        which.releases.append(event)
        which.release_count += 1
        self._let_go(which)

    def _event_clear(self, event: Event) -> None:
        which = self.object(event)
        which.flag = False
        which.releases.append(event)

    def _event_wait(self, event: Event) -> None:
        which = self.object(event)
        if event.result is not True:
            which.waiters.append(event.thread)
            self._enter(event)

    def _barrier_wait(self, event: Event) -> None:
        barrier = self.object(event)
        if not isinstance(event.result, int):  # broken
            return
        if event.result + 1 == barrier.size:
            barrier.releases.append(event)
            barrier.release_count += 1
            self._let_go(barrier)
        else:
            barrier.waiters.append(event.thread)
            self._enter(event)

    def _barrier_broken(self, event: Event) -> None:
        barrier = self.object(event)
        barrier.releases.append(event)
        barrier.release_count += 1
        self._let_go(barrier)
        if event.operation == "barrier.timeout":
            self._left(event.thread)
