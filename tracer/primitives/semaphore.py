"""`threading.Semaphore` and `threading.BoundedSemaphore`.

An acquire is one operation, enabled while the value is positive. CPython builds it from a condition whose waiters are
woken first come, first served, but a thread that has just arrived may overtake them. A thread that stands before its
acquire has not arrived yet, so whoever is chosen may take the permit, and CPython could do the same.
"""

from __future__ import annotations

import threading
from typing import Any

from tracer.elsewhere import elsewhere
from tracer.primitives.condition import wake_real_threads
from tracer.primitives.model import UNLABELLED, give_model, model_of
from tracer.primitives.timeouts import nanoseconds
from tracer.runtime import door, limited

_init = threading.Semaphore.__init__
_acquire = threading.Semaphore.acquire
_release = threading.Semaphore.release
_bounded_release = threading.BoundedSemaphore.release


def __init__(self: Any, value: int = 1) -> None:
    _init(self, value)
    give_model(self)


def acquire(self: Any, blocking: bool = True, timeout: float | None = None) -> bool:
    runtime = door.runtime
    if runtime is None:
        return bool(elsewhere(acquire, _acquire, self, blocking, timeout))
    if not blocking and timeout is not None:
        raise ValueError("can't specify timeout for non-blocking acquire")
    queue = model_of(self).queue
    if timeout is None and blocking:
        runtime.reach("semaphore.acquire", self, self._value > 0, queue, True)
    else:
        limit = nanoseconds(timeout) if timeout else 0
        if limit:
            runtime.reach_within("semaphore.acquire", self, self._value > 0, queue, limit)
            if self._value == 0:
                runtime.time_out("semaphore.timeout", self, False)
                return False
        else:
            runtime.point("semaphore.acquire", self)
        if self._value == 0:
            runtime.log("semaphore.acquire", self, False)
            return False
        runtime.log("semaphore.acquire", self, limited(True))
    self._value -= 1
    if self._value == 0 and queue:
        runtime.disable(queue)
    return True


def release(self: Any, n: int = 1) -> None:
    runtime = door.runtime
    if runtime is None:
        elsewhere(release, _release, self, n)
        return
    if n < 1:
        raise ValueError("n must be one or more")
    runtime.reach("semaphore.release", self, True, None, n)
    _give(self, n)


def bounded_release(self: Any, n: int = 1) -> None:
    runtime = door.runtime
    if runtime is None:
        elsewhere(bounded_release, _bounded_release, self, n)
        return
    if n < 1:
        raise ValueError("n must be one or more")
    runtime.reach("semaphore.release", self, True, None, n)
    if self._value + n > self._initial_value:
        if runtime.over:
            return
        runtime.amend("ValueError")
        raise ValueError("Semaphore released too many times")
    _give(self, n)


def _give(semaphore: Any, n: int) -> None:
    before = semaphore._value
    semaphore._value = before + n
    runtime = door.runtime
    queue = model_of(semaphore).queue
    if before == 0 and queue and runtime is not None:
        runtime.enable(queue)
    if "_cond" in semaphore.__dict__:
        wake_real_threads(semaphore._cond)


def __exit__(self: Any, kind: object, error: object, traceback: object) -> None:
    self.release()


METHODS = UNLABELLED | {
    "__init__": __init__,
    "acquire": acquire,
    "__enter__": acquire,
    "release": release,
    "__exit__": __exit__,
}
BOUNDED_METHODS = {"release": bounded_release}
