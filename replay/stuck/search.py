"""Which threads can never go on, although others can: a partial deadlock.

All threads that wait without a limit are supposed to be lost; then those are taken out that somebody alive can release,
who may release others in turn, until nothing changes. What is left is lost for certain, whatever the rest of the
program does. A thread alive is one that is enabled, or waits for a moment in time, or
for the outside.

    waits for                      is released by
    a join, a re-entrant lock      that thread, the owner: certain
    a lock                         its owner; or any thread alive that can reach it and calls `release`
    condition, event, semaphore,   any thread alive that can reach it and calls `notify`, `set` or `release`; of a
      barrier                      barrier any that can reach it

`replay.stuck.reach` says what can be reached. Daemons alone are no failure: Python drops them at exit.
"""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING, Any

from greenlet import getcurrent

from replay.stuck.reach import Reach
from tracer.primitives.lock import OUTSIDE
from tracer.primitives.rlock import RLock
from tracer.primitives.thread import controlled

if TYPE_CHECKING:
    from types import FrameType

    from replay.kernel import Kernel
    from replay.thread import Thread

#: Operations that wait for the owner of a lock.
_FOR_A_LOCK = frozenset(["lock.acquire", "rlock.acquire", "condition.reacquire", "import.wait"])

#: Functions that send a signal which wakes the main thread.
_SENDS = frozenset(["kill", "killpg", "pthread_kill"])


def awaited(thread: Thread) -> Thread | None:
    """The thread, under control, that a blocked thread waits for in the first place, where there is one."""
    operation: str = thread.operation
    target: Any = thread.target
    if operation == "lock.acquire" or operation == "rlock.acquire":  # noqa: PLR1714 - the commonest, and faster so
        owner = target.owner
    elif operation == "thread.join":
        owner = controlled(target)
    elif operation == "condition.reacquire":
        owner = getattr(target._lock, "owner", None)
    else:
        return None
    return None if owner is OUTSIDE else owner


def is_suspicious(thread: Thread, enabled: dict[Thread, None]) -> bool:
    """Whether the threads that a blocked one waits for, one for the other, come to a ring, or to one that has ended."""
    following = awaited(thread)
    if following is None or following in enabled:  # nearly always
        return False
    passed = {thread}
    while following is not None and following not in enabled and not following.alarm:
        if following in passed or following.finished:
            return True
        passed.add(following)
        following = awaited(following)
    return False


def lost_threads(kernel: Kernel, frame: FrameType) -> list[Thread]:
    """The threads that can never go on, daemons among them; none where only daemons cannot.

    `frame` is where the running thread, the kernel's `current`, stands. Garbage is not asked: the finalizers of what
    nobody can reach may still release somebody.
    """
    waiting: list[Thread] = []
    living: dict[Thread, None] = {}
    going_on = (kernel.enabled, kernel.computing.threads, kernel.outside.waits)
    running = getcurrent()
    for thread in kernel.threads:
        if thread.greenlet is running and thread is not kernel.current:
            continue  # it collected garbage, and looks for who goes on
        if thread.alarm or any(thread in those for those in going_on) or _is_signalled(kernel, thread):
            living[thread] = None
        elif not _is_over(thread):
            waiting.append(thread)
    reach: Reach | None = None
    asked = 0
    while living and any(not thread.daemon for thread in waiting):
        left = []
        for thread in waiting:
            if may_go_on(thread, living, reach, waiting):
                living[thread] = None
            else:
                left.append(thread)
        if len(left) == len(waiting):  # only now ask what those alive can reach: that takes much longer
            if asked == len(living):
                return waiting
            reach = reach or Reach()
            for thread in islice(living, asked, None):
                reach.add(thread, frame if thread.greenlet is running else thread.greenlet.gr_frame)
            asked = len(living)
        waiting = left
    return []


def _is_signalled(kernel: Kernel, thread: Thread) -> bool:
    """Whether a thread is going to run the handler of a signal: what that raises ends its wait."""
    return not thread.path and (kernel.signals.timers.is_set or kernel.signals.is_waiting)


def _is_over(thread: Thread) -> bool:
    """Whether the thread does nothing any more. The main thread, when its own code has ended, waits for the others."""
    if thread.finished:
        return bool(thread.path) or not thread.greenlet
    return bool(thread.greenlet.dead)


def may_go_on(thread: Thread, living: dict[Thread, None], reach: Reach | None, waiting: list[Thread]) -> bool:
    """Whether one of the threads that are alive may yet release this one; without `reach`, only what is certain."""
    operation = thread.operation
    target: Any = thread.target
    if living and reach is not None and not thread.path and not reach.names.isdisjoint(_SENDS):
        return True  # the handler of a signal may raise something
    if operation == "program.exit":
        return all(other.daemon or other is thread for other in waiting)
    if operation == "thread.join":
        other = controlled(target)
        return other is None or other.finished or other in living
    if operation in _FOR_A_LOCK:
        lock = target._lock if operation == "condition.reacquire" else target
        owner = getattr(lock, "owner", OUTSIDE)
        if owner is OUTSIDE or owner is None or owner in living:
            return True
        return reach is not None and not isinstance(lock, RLock) and reach.can_release(lock, "lock")
    kind = operation.partition(".")[0]
    if operation in ("condition.wait", "event.wait", "barrier.wait", "barrier.reset", "barrier.abort") or (
        operation == "semaphore.acquire"
    ):
        return reach is not None and reach.can_release(target, kind)
    return True
