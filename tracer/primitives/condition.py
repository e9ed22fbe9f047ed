"""`threading.Condition`: waiting is two operations, as in CPython.

`condition.wait` releases the lock and joins the waiters, in one step. `condition.reacquire` takes the lock back; it
stands before the lock like any acquire once the thread was notified. Between a timeout (`condition.timeout`) and the
reacquire the thread is still among the waiters, so that a notify can be wasted on it: CPython removes it only then.
Waiters are notified first come, first served.
"""

from __future__ import annotations

import contextlib
import threading
from typing import TYPE_CHECKING, Any

from tracer.elsewhere import elsewhere
from tracer.primitives.lock import Lock
from tracer.primitives.model import UNLABELLED, give_model, model_of
from tracer.primitives.rlock import RLock
from tracer.primitives.timeouts import SECOND, nanoseconds
from tracer.runtime import ThreadAbandoned, door

if TYPE_CHECKING:
    from collections.abc import Callable

    from tracer.runtime import Runtime

_init = threading.Condition.__init__
_wait = threading.Condition.wait
_wait_for = threading.Condition.wait_for
_notify = threading.Condition.notify


class Waiter:
    """One thread in a condition's wait, in the place of the lock that CPython puts there."""

    __slots__ = ("notified", "thread", "timed_out")

    def __init__(self, thread: Any) -> None:
        self.thread = thread
        self.notified = False
        self.timed_out = False

    def release(self) -> None:
        """Notified with no runtime, after its execution: nobody is there any more."""


def __init__(self: Any, lock: Any = None) -> None:
    _init(self, lock)
    give_model(self)


def wait(self: Any, timeout: float | None = None) -> bool:
    runtime = door.runtime
    if runtime is None:
        return bool(elsewhere(wait, _wait, self, timeout))
    if not _is_owned(self, runtime):
        raise RuntimeError("cannot wait on un-acquired lock")
    limit = None if timeout is None else nanoseconds(timeout)
    runtime.point("condition.wait", self)
    runtime.log("condition.wait", self, timeout)
    lock = self._lock
    modelled = isinstance(lock, Lock | RLock)
    waiter = Waiter(runtime.current)
    self._waiters.append(waiter)
    saved = lock.give_up(runtime) if modelled else self._release_save()
    try:
        runtime.park("condition.wait", self, model_of(self).waiting, limit)
        if waiter.notified:
            place = runtime.log("condition.reacquire", self, True)
        elif limit is None:  # for no reason: see `--spurious`
            self._waiters.remove(waiter)
            waiter.notified = True
            place = runtime.log("condition.timeout", self, "spurious")
            if modelled:
                place = runtime.reach("condition.reacquire", self, lock.owner is None, lock.queue, True)
        else:
            waiter.timed_out = True
            place = runtime.time_out("condition.timeout", self, False)
            if modelled:
                place = runtime.reach("condition.reacquire", self, lock.owner is None, lock.queue, False)
        if modelled:
            lock.acquired = place
            lock.take_back(runtime, saved)
    except ThreadAbandoned:
        if modelled:  # as if it were taken back: the user's `with` is going to release it
            lock.take_back(runtime, saved)
        raise
    except BaseException:  # of a signal's handler
        _take_back(self, runtime, saved)
        raise
    else:
        if not modelled:
            self._acquire_restore(saved)
    finally:
        if waiter in self._waiters:
            self._waiters.remove(waiter)
    return waiter.notified and not waiter.timed_out


def _take_back(condition: Any, runtime: Runtime, saved: Any) -> None:
    """Acquires the lock after a wait that the handler of a signal ended by an exception."""
    lock = condition._lock
    if not isinstance(lock, Lock | RLock):
        condition._acquire_restore(saved)
        return
    place = None
    while place is None:
        with contextlib.suppress(Exception, KeyboardInterrupt, SystemExit):  # of another handler; the first one counts
            place = runtime.reach("condition.reacquire", condition, lock.owner is None, lock.queue, False)
    lock.acquired = place
    lock.take_back(runtime, saved)


def wait_for(self: Any, predicate: Callable[[], Any], timeout: float | None = None) -> Any:
    runtime = door.runtime
    if runtime is None or timeout is None:
        return _wait_for(self, predicate, timeout)
    end = runtime.now + nanoseconds(timeout)
    result = predicate()
    left = timeout * SECOND
    while not result:  # waits once however short the time is, as CPython does: that lets the others have the lock
        self.wait(left / SECOND)
        result = predicate()
        left = end - runtime.now
        if left <= 0:
            break
    return result


def notify(self: Any, n: int = 1) -> None:
    runtime = door.runtime
    if runtime is None:
        elsewhere(notify, _notify, self, n)
        return
    if not _is_owned(self, runtime):
        raise RuntimeError("cannot notify on un-acquired lock")
    runtime.point("condition.notify", self)
    lock = self._lock
    modelled = isinstance(lock, Lock | RLock)
    woken = 0
    waiters = self._waiters
    while waiters and woken < n:
        waiter = waiters.popleft()
        woken += 1
        if not isinstance(waiter, Waiter):
            waiter.release()  # a real thread, outside the execution
        elif waiter.timed_out:
            waiter.notified = True  # wasted
        else:
            waiter.notified = True
            queue, ready = (lock.queue, lock.owner is None) if modelled else (None, True)
            runtime.requeue(waiter.thread, "condition.reacquire", queue, ready)
    runtime.log("condition.notify", self, woken)


def wake_real_threads(condition: Any) -> None:
    """Wakes the real threads that began to wait in a primitive's own condition before the execution.

    They look again at what they wait for.
    """
    for waiter in [one for one in condition._waiters if not isinstance(one, Waiter)]:
        condition._waiters.remove(waiter)
        waiter.release()


def notify_all(self: Any) -> None:
    self.notify(len(self._waiters))


def _is_owned(self: Any, runtime: Runtime) -> bool:
    lock = self._lock
    if isinstance(lock, RLock):
        return lock.owner is runtime.current
    if isinstance(lock, Lock):
        return lock.owner is not None
    return bool(self._is_owned())


METHODS = UNLABELLED | {
    "__init__": __init__,
    "wait": wait,
    "wait_for": wait_for,
    "notify": notify,
    "notify_all": notify_all,
}
