"""Lets threads switch only where CPython can switch them under the GIL.

What a thread does between two such places is one step to all others. So at the level of preemption `gil` an access to
shared memory is a choice only if such a place was passed since the last one (`tracer.access.watch` keeps track). The
same holds for a lock: one that is free is acquired and released in C, without a look for other threads, and the call
around it looks afterwards; in a `with` there is no call on the way in. All other operations are functions in Python,
and begin with a look.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from tracer.places import Origin, origins
from tracer.real import getframe

if TYPE_CHECKING:
    from replay.strategies import Choose
    from replay.thread import Thread

#: Done in C by CPython, where nobody has to wait.
_IN_C = frozenset(["lock.acquire", "lock.release", "rlock.acquire", "rlock.release", "lock.locked"])

_MEMORY = "memory."


class UnderGil:
    """Wraps a strategy's choices: nothing else is chosen than what the GIL allows."""

    def __init__(self, choose: Choose) -> None:
        self._choose = choose

    def choose(self, enabled: dict[Thread, None], current: Thread) -> Thread:
        """What the strategy chooses, or the current thread."""
        if current in enabled and not _may_switch(current):
            return current
        return self._choose(enabled, current)


def _may_switch(thread: Thread) -> bool:
    """Whether CPython may let others go on before the pending operation of the thread that is running."""
    operation = thread.operation
    if operation.startswith(_MEMORY):
        return thread.may_switch or thread.called
    if operation not in _IN_C:
        return True
    frame = getframe(2)
    while frame.f_back is not None and origins[frame.f_code.co_filename] is Origin.OWN:
        frame = frame.f_back
    if origins[frame.f_code.co_filename] is not Origin.USER:
        return True  # called by the standard library, whose function began with a look
    may = thread.may_switch
    thread.may_switch, thread.called = thread.called, False
    return may
