"""Threads that wait for the outside: for a socket, a pipe, a process, a person.

Such a thread is *externally blocked*: not enabled, in no queue, and others go on. No primitive can say when it can go
on, only the operating system can. It is asked

    when a thread did something that others may wait for: it wrote, connected, closed. What the threads of one program
      send each other is there the moment it was sent, so that this alone makes executions repeat;
    now and then, with all else that the kernel looks after;
    when nobody is enabled. Then it may be worth while to wait, for as long as this comes from outside.

That last wait is the only one in real time, and the virtual clock stands still meanwhile. Who waits with a time limit
for what only another process can do gets that much real time; for what only threads of this program could do, of which
none can go on, nobody waits: the limit is over at once. Without a limit that is a deadlock.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from tracer import real
from tracer.primitives.outside.polling import ready
from tracer.primitives.timeouts import SECOND
from tracer.real import getframe
from tracer.runtime import Whence

if TYPE_CHECKING:
    from replay.kernel import Kernel
    from replay.thread import Thread
    from tracer.runtime import Awaited

#: How long is waited in one go, in seconds: between two of these lost threads are looked for.
_SLICE = 0.5

#: How often is asked what has no file that tells, in seconds.
_ASK_EVERY = 0.005

#: A busy machine may deliver what goes over the loopback network a little later: so long is waited for it, in seconds,
#: before a time limit is over, and before it is called a deadlock.
_DELIVERY = 0.002
_LATE_DELIVERY = 0.2

#: A server waits for whoever comes. It gets this much real time, in seconds, before time passes for all others.
_FOR_A_CLIENT = 0.005

#: How long a replay waits for what came in the recording, in seconds.
_AS_RECORDED = 10.0


class Outside:
    """Those of one execution."""

    def __init__(self, kernel: Kernel) -> None:
        self._kernel = kernel
        self.waits: dict[Thread, Awaited] = {}
        #: What a thread asks for again and again, and sleeps between.
        self.polled: Awaited | None = None
        #: Whether the process waits in real time now.
        self.is_waiting = False
        #: What is polled for in which file, and for whom.
        self._files: dict[int, int] = {}
        self._threads: dict[int, Thread] = {}
        #: Those that have no file to be polled.
        self._asked: dict[Thread, Awaited] = {}

    def wait(self, operation: str, target: object, awaited: Awaited, timeout: int | None) -> bool:
        """Blocks the running thread until `awaited` is ready, for at most `timeout` nanoseconds. Whether it is."""
        kernel = self._kernel
        thread = kernel.current
        kernel.stand_before(operation, target)
        at_will = timeout is not None and kernel.clock.timeouts_at_will
        if timeout is not None:
            kernel.deadlines.add(thread, kernel.now + timeout)
        try:
            while True:
                self._add(thread, awaited)
                if at_will:
                    kernel.let_others_go(thread, None)
                else:
                    kernel.block(thread, None)
                self._remove(thread)
                if awaited.is_ready():
                    return True
                if timeout is not None and (at_will or not thread.alarm):
                    return False
                thread.operation, thread.target = operation, target
        finally:
            self._remove(thread)
            kernel.deadlines.remove(thread)

    def forget(self, thread: Thread) -> None:
        """A thread waits no more, or not now."""
        self._remove(thread)

    def look(self, seconds: float = 0.0) -> bool:
        """Enables the threads whose wait is over, waiting `seconds` for the first one. Whether there are any."""
        found = [self._threads[file] for file in ready(self._files, seconds)]
        found += [thread for thread, awaited in self._asked.items() if awaited.is_ready()]
        for thread in found:
            self._remove(thread)
            if thread not in self._kernel.enabled:
                self._kernel.enabled[thread] = None
                self._kernel.changes += 1
        return self._kernel.uncontrolled.attend() or bool(found)

    def came(self, deadline: int | None) -> bool:
        """Nobody is enabled: waits as long as it makes sense. False when it is the time's turn, or nobody's."""
        if self.look():
            return True
        if self.polled is not None and (not self.waits or deadline is not None):
            return self._lets_time_pass(deadline)
        patience = self._patience(deadline)
        if patience is None:
            if not self._look_in_real_time(_SLICE):
                self._kernel.stuck.look_at_once(getframe(2))
            return True
        return self._look_in_real_time(patience)

    def _lets_time_pass(self, deadline: int | None) -> bool:
        """Somebody polls, and sleeps meanwhile. Whether a thread is enabled before that is over."""
        left = 0.0 if deadline is None else max(0, deadline - self._kernel.now) / SECOND
        end = real.monotonic() + left
        while self.polled is not None and real.monotonic() < end:
            if self.polled.is_ready():
                self.polled = None
            elif self._look_in_real_time(min(_ASK_EVERY, left)):
                return True
        return False

    def comes_as_recorded(self, thread: Thread) -> bool:
        """Whether a thread that goes on next in a recording can do so now; waits for it."""
        enabled = self._kernel.enabled
        end = real.monotonic() + _AS_RECORDED
        while thread in self.waits and thread not in enabled and real.monotonic() < end:
            self._look_in_real_time(_SLICE)
        return thread in enabled

    def _patience(self, deadline: int | None) -> float | None:
        """How long to wait, in seconds; None for ever."""
        kernel = self._kernel
        left = None if deadline is None else max(0, deadline - kernel.now) / SECOND
        whence = max(awaited.whence() for awaited in self.waits.values())
        if whence is Whence.OUTSIDE or (kernel.clock.runs_by_itself and left is not None):
            return left
        if whence is Whence.ANYBODY:
            return None if left is None else min(left, _FOR_A_CLIENT)
        if whence is Whence.LOOPBACK:
            return _LATE_DELIVERY if left is None else min(left, _DELIVERY)
        return 0.0

    def _look_in_real_time(self, seconds: float) -> bool:
        """Like `look`. Those without a file are asked meanwhile."""
        end = real.monotonic() + seconds
        self.is_waiting = True
        try:
            while True:
                left = end - real.monotonic()
                if self.look(max(0.0, min(left, _ASK_EVERY) if self._asked else left)):
                    return True
                if left <= 0:
                    return False
        finally:
            self.is_waiting = False

    def _add(self, thread: Thread, awaited: Awaited) -> None:
        self.waits[thread] = awaited
        files = awaited.hold()
        for file, events in files.items():
            self._files[file] = events
            self._threads[file] = thread
        if not files:
            self._asked[thread] = awaited

    def _remove(self, thread: Thread) -> None:
        awaited = self.waits.pop(thread, None)
        if awaited is None:
            return
        self._asked.pop(thread, None)
        for file in awaited.hold():
            del self._files[file], self._threads[file]
