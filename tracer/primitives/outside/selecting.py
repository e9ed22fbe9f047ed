"""`select.select`, `select.poll` and `select.epoll`, and so `selectors` and `asyncio`.

Each asks at once what is ready, and only waits, in the kernel, when nothing is.
"""

from __future__ import annotations

import select as select_module
from typing import TYPE_CHECKING, Any, Self

from tracer import real
from tracer.primitives.outside.descriptors import Files, whence
from tracer.primitives.outside.polling import READABLE, URGENT, WRITABLE
from tracer.primitives.timeouts import SECOND, nanoseconds
from tracer.runtime import Runtime, Whence, door

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

_RealEpoll: Any = getattr(select_module, "epoll", None)


def _file(one: Any) -> int:
    return one if isinstance(one, int) else int(one.fileno())


def _when_ready(runtime: Runtime, files: Files, timeout: int | None, ask: Callable[[], Any]) -> Any:
    """What `ask` gives when there is something, or when the time is over."""
    try:
        came = runtime.reach_outside("select.wait", None, files, timeout)
    finally:
        files.let_go()
    found = ask()
    if came or any(found):
        runtime.log("select.wait", None, True)  # how many are ready may differ each time
    else:
        runtime.time_out("select.timeout", None, False)
    return found


def select(rlist: Any, wlist: Any, xlist: Any, timeout: float | None = None, /) -> tuple[list[Any], ...]:
    runtime = door.runtime
    if runtime is None:
        return real.select_(rlist, wlist, xlist, timeout)
    lists = [list(files) for files in (rlist, wlist, xlist)]
    real.select_(lists[0], lists[1], lists[2], 0)  # judges the arguments
    wanted: dict[int, int] = {}
    for files, events in zip(lists, (READABLE, WRITABLE, URGENT), strict=True):
        for one in files:
            wanted[_file(one)] = wanted.get(_file(one), 0) | events
    limit = None if timeout is None else _limit(timeout)
    found: tuple[list[Any], ...] = _when_ready(
        runtime, Files(wanted), limit, lambda: real.select_(lists[0], lists[1], lists[2], 0)
    )
    return found


def _limit(seconds: float) -> int:
    if seconds < 0:
        real.select_([], [], [], seconds)  # which refuses
    return nanoseconds(seconds)


class Poll:
    """`select.poll()`."""

    def __init__(self) -> None:
        assert real.poll is not None
        self._real = real.poll()
        self._wanted: dict[int, int] = {}

    def register(self, file: Any, eventmask: int = READABLE | URGENT | WRITABLE, /) -> None:
        """Asks for these events of a file."""
        self._real.register(file, eventmask)
        self._wanted[_file(file)] = eventmask

    def modify(self, file: Any, eventmask: int, /) -> None:
        """Asks for these events instead."""
        self._real.modify(file, eventmask)
        self._wanted[_file(file)] = eventmask

    def unregister(self, file: Any, /) -> None:
        """Asks for nothing of this file any more."""
        self._real.unregister(file)
        del self._wanted[_file(file)]

    def poll(self, timeout: float | None = None, /) -> list[tuple[int, int]]:
        """The files that are ready, and for what, within `timeout` milliseconds; a negative one is none."""
        runtime = door.runtime
        if runtime is None:
            ready: list[tuple[int, int]] = self._real.poll(timeout)
            return ready
        limit = None if timeout is None or timeout < 0 else round(timeout * (SECOND // 1000))
        found: list[tuple[int, int]] = _when_ready(runtime, Files(self._wanted), limit, lambda: self._real.poll(0))
        return found


class _EpollFiles(Files):
    """An `epoll` can itself be waited for; what comes from where is a matter of the files that it watches."""

    def __init__(self, number: int, watched: Mapping[int, int] | None) -> None:
        super().__init__({number: READABLE})
        self._watched = watched  # which other threads may change meanwhile

    def whence(self) -> Whence:
        return Whence.OUTSIDE if self._watched is None else whence(self._watched)


class Epoll:
    """`select.epoll`."""

    def __init__(self, sizehint: int = -1, flags: int = 0) -> None:
        self._real = _RealEpoll(sizehint, flags)
        #: None where it is not known.
        self._watched: dict[int, int] | None = {}

    @classmethod
    def fromfd(cls, fd: int, /) -> Self:
        """One that is open already."""
        made = cls.__new__(cls)
        made._real = _RealEpoll.fromfd(fd)
        made._watched = None
        return made

    @property
    def closed(self) -> bool:
        """Whether it is closed."""
        return bool(self._real.closed)

    def fileno(self) -> int:
        """The number of its own file."""
        return int(self._real.fileno())

    def close(self) -> None:
        """Closes it."""
        self._real.close()

    def __enter__(self) -> Self:
        self._real.__enter__()
        return self

    def __exit__(self, *error: object) -> None:
        self.close()

    def register(self, fd: Any, eventmask: int = READABLE | URGENT | WRITABLE) -> None:
        """Asks for these events of a file."""
        self._real.register(fd, eventmask)
        if self._watched is not None:
            self._watched[_file(fd)] = eventmask

    def modify(self, fd: Any, eventmask: int) -> None:
        """Asks for these events instead."""
        self._real.modify(fd, eventmask)

    def unregister(self, fd: Any) -> None:
        """Asks for nothing of this file any more."""
        if self._watched is not None:
            self._watched.pop(_file(fd), None)
        self._real.unregister(fd)

    def poll(self, timeout: float | None = None, maxevents: int = -1) -> list[tuple[int, int]]:
        """The files that are ready, and for what, within `timeout` seconds; a negative one is none."""
        runtime = door.runtime
        if runtime is None or self.closed:
            found: list[tuple[int, int]] = self._real.poll(timeout, maxevents)
            return found
        limit = None if timeout is None or timeout < 0 else nanoseconds(timeout)
        files = _EpollFiles(self.fileno(), self._watched)
        ready: list[tuple[int, int]] = _when_ready(runtime, files, limit, lambda: self._real.poll(0, maxevents))
        return ready
