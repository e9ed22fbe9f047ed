"""`threading.Event`.

A thread that finds the flag down *begins* to wait (`event.wait`, result False) and is from then on released by the
next `set`, even if the flag is cleared again before it runs (`event.wake`): that is CPython's promise since 3.1.
"""

from __future__ import annotations

import threading
from typing import Any

from tracer.elsewhere import elsewhere
from tracer.names import Birth
from tracer.primitives.condition import wake_real_threads
from tracer.primitives.model import UNLABELLED, give_known_model, give_model, model_of
from tracer.primitives.timeouts import nanoseconds
from tracer.real import getframe
from tracer.runtime import door, limited

_THREAD_INIT = threading.Thread.__init__.__code__

#: Every thread makes an event for its own start, which hardly anybody asks. Where it was made tells nothing.
_OF_A_THREAD = Birth([], 0, given="Event")

_init = threading.Event.__init__
_wait = threading.Event.wait
_set = threading.Event.set
_clear = threading.Event.clear
_is_set = threading.Event.is_set


class LazyCondition:
    """Makes the condition inside an event when somebody asks for it: under control nobody does."""

    def __get__(self, owner: Any, kind: type | None = None) -> Any:
        if owner is None:
            return self
        made = owner.__dict__["_cond"] = threading.Condition(threading.Lock())
        return made


def __init__(self: Any) -> None:
    if door.runtime is None:
        _init(self)
    else:
        self._flag = False
    if getframe(1).f_code is _THREAD_INIT:
        give_known_model(self, _OF_A_THREAD)
    else:
        give_model(self)


def is_set(self: Any) -> bool:
    runtime = door.runtime
    if runtime is None:
        return bool(elsewhere(is_set, _is_set, self))
    runtime.point("event.is_set", self)
    flag: bool = self._flag
    runtime.log("event.is_set", self, flag)
    return flag


def set_(self: Any) -> None:
    runtime = door.runtime
    if runtime is None:
        elsewhere(set_, _set, self)
        return
    runtime.reach("event.set", self, True, None)
    self._flag = True
    waiting = model_of(self).waiting
    for thread in list(waiting):
        runtime.requeue(thread, "event.wake", None, True)
    if "_cond" in self.__dict__:
        wake_real_threads(self._cond)


def clear(self: Any) -> None:
    runtime = door.runtime
    if runtime is None:
        elsewhere(clear, _clear, self)
        return
    runtime.reach("event.clear", self, True, None)
    self._flag = False


def wait(self: Any, timeout: float | None = None) -> bool:
    runtime = door.runtime
    if runtime is None:
        return bool(elsewhere(wait, _wait, self, timeout))
    runtime.point("event.wait", self)
    flag: bool = self._flag
    runtime.log("event.wait", self, flag if timeout is None else limited(flag))
    if flag:
        return True
    limit = None if timeout is None else nanoseconds(timeout)
    thread = runtime.current
    runtime.park("event.wait", self, model_of(self).waiting, limit)
    if thread.operation == "event.wake":
        runtime.log("event.wake", self, True)
        return True
    runtime.time_out("event.timeout", self, False)
    return False


METHODS = UNLABELLED | {"__init__": __init__, "is_set": is_set, "set": set_, "clear": clear, "wait": wait}
