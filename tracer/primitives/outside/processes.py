"""Waiting for other processes: `subprocess.Popen`, `os.waitpid` and its like.

How long another process takes is no matter of program time: who waits for one with a limit gets as much real time.
Starting one is one operation; what `subprocess` does with pipes and locks for that concerns nobody else.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

from tracer import real
from tracer.primitives.model import UNLABELLED, give_model
from tracer.primitives.outside.descriptors import Files, descriptor, known, may_block, share
from tracer.primitives.outside.polling import READABLE, WRITABLE
from tracer.primitives.outside.waiting import as_one, execute, real_primitives
from tracer.primitives.timeouts import nanoseconds
from tracer.runtime import Whence, door

if TYPE_CHECKING:
    from collections.abc import Mapping

_ANY_CHILD = -1

#: The standard library communicates with a process until a time limit, and can be called again. That is how it is kept
#: from waiting: what is there is read and written, and for this long, in seconds, it waits for more.
_AT_ONCE = 0.002


class Child:
    """The end of a process that was started here, or of one of some. Implements `tracer.runtime.Awaited`.

    `process` is as `os.waitpid` takes it: a number, that of a group with its sign changed, or -1 for any.
    """

    def __init__(self, process: int) -> None:
        self._process = process
        self._file: int | None = None

    def is_ready(self) -> bool:
        """Whether waiting for it would not block: it has ended, or is none of ours."""
        kind, number = os.P_PID, self._process
        if number < 0:
            kind, number = (os.P_ALL, 0) if number == _ANY_CHILD else (os.P_PGID, -number)
        try:
            return os.waitid(kind, number, os.WEXITED | os.WNOHANG | os.WNOWAIT) is not None
        except OSError:
            return True

    def hold(self) -> Mapping[int, int]:
        """A file that tells when it ends, where the system has such a thing."""
        if self._file is None and self._process > 0 and hasattr(os, "pidfd_open"):
            try:
                self._file = os.pidfd_open(self._process)
            except OSError:
                return {}
        return {} if self._file is None else {self._file: READABLE}

    def let_go(self) -> None:
        """Nobody waits for it any more."""
        if self._file is not None:
            real.close(self._file)
            self._file = None

    def whence(self) -> Whence:
        """From the process."""
        return Whence.OUTSIDE


def waitpid(pid: int, options: int, /) -> tuple[int, int]:
    runtime = door.runtime
    if runtime is None or not hasattr(os, "waitid") or pid == 0 or options & ~os.WNOHANG:
        return real.waitpid(pid, options)
    if options & os.WNOHANG:
        runtime.point("process.poll", None)
        polled: tuple[int, int] = execute(
            runtime, "process.poll", None, lambda: real.waitpid(pid, options), lambda found: found[0] != 0
        )
        if polled[0] == 0:
            runtime.polls(Child(pid))
        return polled
    child = Child(pid)
    try:
        runtime.reach_outside("process.wait", None, child, None)
        found: tuple[int, int] = execute(
            runtime, "process.wait", None, lambda: real.waitpid(pid, options), lambda found: _status(found[1])
        )
        return found
    finally:
        child.let_go()


def wait() -> tuple[int, int]:
    return waitpid(_ANY_CHILD, 0)


def _status(status: int) -> int:
    return os.waitstatus_to_exitcode(status)


def fork_exec(original: Any) -> Any:
    """Starts a process with some open files of this one; which may then do what only our threads could do before.

    Those are the ones to be passed on, and the ones that become its standard input, output and error.
    """

    def fork_exec(args: Any, executable_list: Any, close_fds: bool, pass_fds: Any, *rest: Any) -> int:
        _, _, stdin, _, _, stdout, _, stderr, *_ = rest
        for number in (*pass_fds, stdin, stdout, stderr):
            share(number)
        if not close_fds:
            known.shared = True
        process: int = original(args, executable_list, close_fds, pass_fds, *rest)
        return process

    return fork_exec


def posix_spawn(original: Any) -> Any:
    """The same, by `os.posix_spawn` and `posix_spawnp`: `subprocess` uses it where it can, since 3.13."""

    def spawn(*args: Any, file_actions: Any = (), **options: Any) -> int:
        file_actions = list(file_actions or ())
        closes_rest = False
        for action in file_actions:
            if action[0] == os.POSIX_SPAWN_DUP2:
                share(action[1])
            elif action[0] == getattr(os, "POSIX_SPAWN_CLOSEFROM", None):
                closes_rest = True
                for number in range(action[1]):
                    share(number)
        if not closes_rest:
            known.shared = True
        process: int = original(*args, file_actions=file_actions, **options)
        return process

    return spawn


def sendfile(original: Any) -> Any:
    """`os.sendfile`, to a file that may block."""

    def sendfile(out_fd: int, in_fd: int, offset: int | None, count: int, *rest: Any, **kwargs: Any) -> int:
        runtime = door.runtime
        if runtime is None or not may_block(out_fd) or not os.get_blocking(out_fd):
            sent: int = original(out_fd, in_fd, offset, count, *rest, **kwargs)
            return sent
        files = Files({out_fd: WRITABLE})
        target = descriptor(out_fd)
        try:
            runtime.reach_outside("file.write", target, files, None)
        finally:
            files.let_go()

        def at_once() -> int:
            os.set_blocking(out_fd, False)
            try:
                sent: int = original(out_fd, in_fd, offset, count, *rest, **kwargs)
                return sent
            finally:
                os.set_blocking(out_fd, True)

        return int(execute(runtime, "file.write", target, at_once, lambda sent: sent))

    return sendfile


def _rest(process: Any, unsent: Any) -> Files | Child:
    """What communicating with a process has to wait for next: its pipes, and then its end."""
    wanted = {file.fileno(): READABLE for file in (process.stdout, process.stderr) if file and not file.closed}
    if unsent and not process.stdin.closed:
        wanted[process.stdin.fileno()] = WRITABLE
    return Files(wanted) if wanted else Child(process.pid)


def patches(module: Any) -> dict[str, Any]:
    """What replaces methods of `subprocess.Popen`, on systems that have `waitpid`."""
    popen = module.Popen
    original_init, original_execute = popen.__init__, popen._execute_child
    original_wait, original_poll = popen._wait, popen._internal_poll
    original_communicate = popen._communicate

    def __init__(self: Any, *args: Any, **kwargs: Any) -> None:
        give_model(self)
        original_init(self, *args, **kwargs)
        for name in ("stdin", "stdout", "stderr"):
            file = getattr(self, name)
            if file is not None:
                descriptor(file.fileno()).part_of = (self, name)

    def _execute_child(self: Any, *args: Any, **kwargs: Any) -> None:
        runtime = door.runtime
        if runtime is None:
            original_execute(self, *args, **kwargs)
            return
        runtime.point("process.start", self)

        def start() -> None:
            with real_primitives():
                original_execute(self, *args, **kwargs)

        execute(runtime, "process.start", self, start)

    def _wait(self: Any, timeout: float | None) -> Any:
        runtime = door.runtime
        if runtime is None or self.returncode is not None:
            return original_wait(self, timeout)
        child = Child(self.pid)
        try:
            if not runtime.reach_outside(
                "process.wait", self, child, None if timeout is None else nanoseconds(timeout)
            ):
                runtime.time_out("process.timeout", self, False)
                raise module.TimeoutExpired(self.args, timeout)
        finally:
            child.let_go()

        def wait() -> Any:
            with real_primitives():
                return original_wait(self, None)

        return execute(runtime, "process.wait", self, wait, lambda status: status)

    def _communicate(self: Any, input: Any, endtime: float | None, orig_timeout: float | None) -> Any:  # noqa: A002
        runtime = door.runtime
        if runtime is None:
            return original_communicate(self, input, endtime, orig_timeout)
        end = None if orig_timeout is None else runtime.now + nanoseconds(orig_timeout)

        def all_of_it() -> Any:
            while True:
                unsent = None if self.stdin is None or self.stdin.closed else input
                try:
                    with real_primitives():
                        return original_communicate(self, unsent, real.monotonic() + _AT_ONCE, orig_timeout)
                except module.TimeoutExpired:
                    self._communication_started = True  # what was read so far is kept, and gone on with
                    awaited = _rest(self, unsent)
                    left = None if end is None else max(0, end - runtime.now)
                    try:
                        if left == 0 or not runtime.reach_outside("process.communicate", self, awaited, left):
                            raise
                    finally:
                        awaited.let_go()

        return as_one(runtime, "process.communicate", self, {}, all_of_it)

    def _internal_poll(self: Any, *args: Any, **kwargs: Any) -> Any:
        runtime = door.runtime
        if runtime is None or self.returncode is not None:
            return original_poll(self, *args, **kwargs)
        runtime.point("process.poll", self)

        def poll() -> Any:
            with real_primitives():
                return original_poll(self, *args, **kwargs)

        status = execute(runtime, "process.poll", self, poll, lambda status: status)
        if status is None:
            runtime.polls(Child(self.pid))
        return status

    return UNLABELLED | {
        "__init__": __init__,
        "_execute_child": _execute_child,
        "_wait": _wait,
        "_internal_poll": _internal_poll,
        "_communicate": _communicate,
    }
