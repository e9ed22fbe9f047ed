"""`threading.Barrier`: arriving (`barrier.wait`) and leaving (`barrier.leave`) are two operations.

The states are CPython's: 0 filling, 1 draining, -1 resetting, -2 broken. While it drains or resets nobody may
arrive, and while the last to arrive executes the action nobody may do anything with it (`busy`): CPython holds the
barrier's own lock then.
"""

from __future__ import annotations

import threading
from threading import BrokenBarrierError
from typing import TYPE_CHECKING, Any

from tracer.elsewhere import elsewhere
from tracer.primitives.event import LazyCondition
from tracer.primitives.model import UNLABELLED, give_model, model_of
from tracer.primitives.timeouts import nanoseconds
from tracer.runtime import door

if TYPE_CHECKING:
    from collections.abc import Callable

    from tracer.runtime import Runtime

_init = threading.Barrier.__init__
_wait = threading.Barrier.wait
_reset = threading.Barrier.reset
_abort = threading.Barrier.abort

FILLING, DRAINING, RESETTING, BROKEN = 0, 1, -1, -2


def __init__(self: Any, parties: int, action: Callable[[], None] | None = None, timeout: float | None = None) -> None:
    if door.runtime is None or parties < 1:
        _init(self, parties, action, timeout)
    else:
        self._action = action
        self._timeout = timeout
        self._parties = parties
        self._state = FILLING
        self._count = 0
    give_model(self)


def wait(self: Any, timeout: float | None = None) -> int:
    runtime = door.runtime
    if runtime is None:
        return int(elsewhere(wait, _wait, self, timeout))
    if timeout is None:
        timeout = self._timeout
    model = model_of(self)
    runtime.reach("barrier.wait", self, _admits(self), model.queue)  # how many are there is known afterwards
    if self._state < 0:
        runtime.amend("BrokenBarrierError")
        raise BrokenBarrierError
    index: int = self._count
    runtime.amend(index)
    self._count = index + 1
    try:
        if index + 1 == self._parties:
            _trip(self, runtime)
        else:
            _stay(self, runtime, timeout)
        return index
    finally:
        self._count -= 1
        if self._count == 0 and self._state in (RESETTING, DRAINING):
            self._state = FILLING
            if model.queue:
                runtime.enable(model.queue)


def _admits(barrier: Any) -> bool:
    """Whether a thread may arrive."""
    return barrier._state in (FILLING, BROKEN) and not model_of(barrier).busy


def _trip(barrier: Any, runtime: Runtime) -> None:
    """What the last to arrive does."""
    model = model_of(barrier)
    try:
        if barrier._action:
            model.busy = True
            for queue in (model.queue, model.excluded):
                if queue:
                    runtime.disable(queue)
            try:
                barrier._action()
            finally:
                model.busy = False
                for queue in (model.queue, model.excluded):
                    if queue:
                        runtime.enable(queue)
    except BaseException:
        _break(barrier, runtime)
        raise
    barrier._state = DRAINING
    if model.queue:
        runtime.disable(model.queue)
    _let_leave(barrier, runtime)


def _stay(barrier: Any, runtime: Runtime, timeout: float | None) -> None:
    """Waits until the barrier is tripped or broken."""
    limit = None if timeout is None else nanoseconds(timeout)
    runtime.park("barrier.wait", barrier, model_of(barrier).waiting, limit)
    if barrier._state == FILLING:
        runtime.time_out("barrier.timeout", barrier, "BrokenBarrierError")
        _break(barrier, runtime)
        raise BrokenBarrierError
    broken = barrier._state < 0
    runtime.log("barrier.leave", barrier, "BrokenBarrierError" if broken else None)
    if broken:
        raise BrokenBarrierError


def _let_leave(barrier: Any, runtime: Runtime) -> None:
    for thread in list(model_of(barrier).waiting):
        runtime.requeue(thread, "barrier.leave", None, True)


def _break(barrier: Any, runtime: Runtime) -> None:
    closed = not _admits(barrier)
    barrier._state = BROKEN
    _let_leave(barrier, runtime)
    queue = model_of(barrier).queue
    if closed and queue:
        runtime.enable(queue)


def reset(self: Any) -> None:
    runtime = door.runtime
    if runtime is None:
        elsewhere(reset, _reset, self)
        return
    model = model_of(self)
    runtime.reach("barrier.reset", self, not model.busy, model.excluded)
    was_open = _admits(self)
    if self._count == 0:
        self._state = FILLING
    elif self._state in (FILLING, BROKEN):
        self._state = RESETTING
        _let_leave(self, runtime)
    if model.queue and was_open and not _admits(self):
        runtime.disable(model.queue)


def abort(self: Any) -> None:
    runtime = door.runtime
    if runtime is None:
        elsewhere(abort, _abort, self)
        return
    model = model_of(self)
    runtime.reach("barrier.abort", self, not model.busy, model.excluded)
    _break(self, runtime)


def _n_waiting(self: Any) -> int:
    runtime = door.runtime
    if runtime is not None:
        runtime.point("barrier.n_waiting", self)
    count: int = self._count if self._state == FILLING else 0
    if runtime is not None:
        runtime.log("barrier.n_waiting", self, count)
    return count


def _broken(self: Any) -> bool:
    runtime = door.runtime
    if runtime is not None:
        runtime.point("barrier.broken", self)
    broken: bool = self._state == BROKEN
    if runtime is not None:
        runtime.log("barrier.broken", self, broken)
    return broken


METHODS = UNLABELLED | {
    "__init__": __init__,
    "wait": wait,
    "reset": reset,
    "abort": abort,
    "n_waiting": property(_n_waiting),
    "broken": property(_broken),
    "_cond": LazyCondition(),
}
