"""Checkpoints: going back to an earlier event, by going forward again from a copy of the process.

The whole program runs in one OS thread, so a fork copies all of its threads. At a checkpoint the process forks: the
*parent* stays behind as the checkpoint and waits, the child goes on. So the processes form a chain, of which the last
one is alive. To go back it writes the number of the event where all of them can read it, and exits with a status of its
own. Its parent then forks another child if it is early enough itself, and otherwise exits alike, which asks its parent.
Any other end of the live process is passed on as it is, up to the first of the chain, whose parent is the command.

The process has one OS thread only, because a debugged host has no watchdog. Instead each checkpoint looks whether its
own parent is still there, and if not, ends all of them.
"""

from __future__ import annotations

import contextlib
import mmap
import os
import signal
import struct
from typing import TYPE_CHECKING, Any, NoReturn

from replay.forking import CAN_FORK, fork
from replay.job import HOST_FAILED
from tracer import real

if TYPE_CHECKING:
    from collections.abc import Callable

#: Exit status of a process that wants to be continued from an earlier checkpoint.
_GO_BACK = 251

#: There are no more checkpoints than this, each of them a process, and no two are closer than so many events: these are
#: executed again in milliseconds.
_MOST = 16
_CLOSEST = 200

#: How often a checkpoint looks whether its parent is still there, in seconds.
_LOOK_EVERY = 1.0

#: Memory that all processes share: the number of the event to go back to, the process ids, and what is to be remembered
#: across going back.
_NUMBER = struct.Struct("=q")
_PIDS = struct.Struct("=" + "q" * (_MOST + 2))
_LENGTH = struct.Struct("=q")
_MEMORY_AT = _NUMBER.size + _PIDS.size + _LENGTH.size
_SHARED = 1 << 18

#: Captured before the program can replace them.
_exit = os._exit


class Checkpoints:
    """The checkpoints of one execution, `length` events long as far as is known.

    `became(number)` is called in each process that goes on from a checkpoint: `number` is the event to go on to, 0 in
    one that simply goes on.
    """

    def __init__(self, length: int, became: Callable[[int], None]) -> None:
        self._length = length
        self._became = became
        self._interval = max(_CLOSEST, -(-length // _MOST))
        self._depth = 0
        self._parent = os.getppid()
        self._tie = -1
        #: The next one is made before the event after this many.
        self.due = 0
        self._shared: mmap.mmap | None = mmap.mmap(-1, _SHARED) if CAN_FORK else None
        if self._shared is None:
            self._give_up()

    @property
    def can_go_back(self) -> bool:
        """Whether there is anything to go back to."""
        return self._depth > 0

    def make(self, count: int) -> None:
        """Makes a checkpoint after `count` events. Returns in another process."""
        shared = self._shared
        assert shared is not None
        handlers = _Handlers(self._end_all)
        number = 0
        while True:
            own = os.getpid()
            try:
                reading, tie = real.pipe()
                child = fork()
            except OSError:
                reading = tie = child = -1
            if child == 0:
                self._go_on(own, reading, tie, count)
                handlers.restore()
                self._became(number)
                handlers.pass_on()
                return
            if child < 0:  # there is no room for another process: this one goes on
                handlers.restore()
                self._give_up()
                if number:
                    self._became(number)
                handlers.pass_on()
                return
            real.close(tie)
            status = self._wait(child, reading)
            real.close(reading)
            number = _NUMBER.unpack_from(shared)[0]
            if not number or not os.WIFEXITED(status) or os.WEXITSTATUS(status) != _GO_BACK:
                self._pass_on(status)
            if number <= count:
                _exit(_GO_BACK)
            _NUMBER.pack_into(shared, 0, 0)
            handlers.interrupted = False  # that was for the child

    def go_back(self, number: int, memory: bytes) -> NoReturn:
        """Has the execution go on from the last checkpoint before event `number`; `memory` is `remembered` there."""
        shared = self._shared
        assert shared is not None
        assert self.can_go_back
        memory = memory if len(memory) <= _SHARED - _MEMORY_AT else b""
        _LENGTH.pack_into(shared, _MEMORY_AT - _LENGTH.size, len(memory))
        shared[_MEMORY_AT : _MEMORY_AT + len(memory)] = memory
        _NUMBER.pack_into(shared, 0, number)
        _exit(_GO_BACK)

    def remembered(self) -> bytes:
        """What the process that went back wanted to be remembered."""
        shared = self._shared
        assert shared is not None
        (length,) = _LENGTH.unpack_from(shared, _MEMORY_AT - _LENGTH.size)
        return shared[_MEMORY_AT : _MEMORY_AT + length]

    # In the child -------------------------------------------------------------------------------------------

    def _go_on(self, parent: int, reading: int, tie: int, count: int) -> None:
        """Makes a new process the live one."""
        real.close(reading)
        if self._tie >= 0:  # its parent's, who would otherwise seem to live as long as this process
            real.close(self._tie)
        self._tie = tie
        self._parent = parent
        self._depth += 1
        self._write_pid(self._depth, os.getpid())
        if self._depth >= _MOST:
            self._give_up()
        else:  # beyond what was known of the length they become rarer and rarer, so that a few are enough
            self.due = count + (self._interval if count < self._length else max(self._interval, count // 2))

    def _give_up(self) -> None:
        self.due = 1 << 62

    # In the parent, which is the checkpoint -------------------------------------------------------------------

    def _wait(self, child: int, reading: int) -> int:
        """Waits for the child to end; gives its wait status. The pipe is closed when it does."""
        while True:
            found, status = real.waitpid(child, os.WNOHANG)
            if found:
                self._write_pid(self._depth + 1, 0)
                return status
            if os.getppid() != self._parent:
                self._end_all()
            ready: list[int] = []
            with contextlib.suppress(OSError):
                ready, _, _ = real.select_([reading], [], [], _LOOK_EVERY)
            if ready:  # it is about to end, or the program closed all files
                real.sleep(0.001)

    def _pass_on(self, status: int) -> NoReturn:
        """Ends as the child did."""
        if os.WIFEXITED(status):
            _exit(os.WEXITSTATUS(status))
        self._kill(later_than=self._depth)
        number = os.WTERMSIG(status)
        with contextlib.suppress(Exception):  # the memory of the child that crashed is enough
            import resource

            resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
        with contextlib.suppress(OSError, ValueError):
            real.signal(number, signal.SIG_DFL)
        real.kill(os.getpid(), number)
        _exit(128 + number)

    def _end_all(self, *_: object) -> NoReturn:
        """Nobody is left who wants this to go on."""
        self._kill(later_than=-1)
        _exit(HOST_FAILED)

    def _kill(self, later_than: int) -> None:
        shared = self._shared
        assert shared is not None
        for depth, pid in enumerate(_PIDS.unpack_from(shared, _NUMBER.size)):
            if pid and depth > later_than and pid != os.getpid():
                with contextlib.suppress(ProcessLookupError):
                    real.kill(pid, signal.SIGKILL)

    def _write_pid(self, depth: int, pid: int) -> None:
        shared = self._shared
        assert shared is not None
        _NUMBER.pack_into(shared, _NUMBER.size * (1 + depth), pid)


class _Handlers:
    """The signal handlers of a checkpoint: set before the fork, so that the child's end cannot be missed.

    Ctrl-C is the live process's affair, which is told of what came while it was made; the program's handlers must not
    run twice.
    """

    def __init__(self, end: Callable[..., object]) -> None:
        self._before: dict[int, Any] = {}
        #: Whether Ctrl-C came.
        self.interrupted = False
        for number, handler in (
            (signal.SIGINT, self._interrupt),
            (signal.SIGCHLD, signal.SIG_DFL),
            (signal.SIGTERM, end),
        ):
            self._before[number] = real.signal(number, handler)

    def _interrupt(self, *_: object) -> None:
        self.interrupted = True

    def pass_on(self) -> None:
        """In the child, when it is the live process: Ctrl-C came while it was made."""
        if self.interrupted:
            real.kill(os.getpid(), signal.SIGINT)

    def restore(self) -> None:
        """In the child: as the program had them."""
        for number, handler in self._before.items():
            if handler is not None:
                real.signal(number, handler)
