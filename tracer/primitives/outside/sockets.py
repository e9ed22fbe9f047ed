"""`socket.socket`: what may block, and what others may wait for.

A socket with a time limit waits on program time. One without a limit sends all it is given, as the operating system
does it, piece by piece where the other end reads slowly. A socket that does not block never waits: it is a scheduling
point, and what it gives is the system's answer.
"""

from __future__ import annotations

import _socket
import contextlib
import errno
import functools
import os
import weakref
from typing import TYPE_CHECKING, Any

from tracer.primitives.outside.descriptors import Files, descriptor, introduce, introduce_pair, known
from tracer.primitives.outside.polling import READABLE, WRITABLE, ready
from tracer.primitives.outside.waiting import as_one, count, execute, wait_for
from tracer.primitives.timeouts import nanoseconds
from tracer.runtime import OperationResult, Runtime, Whence, door

if TYPE_CHECKING:
    import socket
    from collections.abc import Callable

#: Lets one operation return at once, where there is such a thing.
_AT_ONCE: int = getattr(_socket, "MSG_DONTWAIT", 0)

#: What a connection that is being made says, and that of a local socket whose server has too many waiting.
_IN_PROGRESS = (errno.EINPROGRESS, errno.EWOULDBLOCK, getattr(errno, "WSAEWOULDBLOCK", errno.EINPROGRESS))

_Real = _socket.socket


def _limit(own: socket.socket) -> int | None:
    """How long the socket waits, in nanoseconds; None for ever."""
    timeout = own.gettimeout()
    return None if timeout is None else nanoseconds(timeout)


def _use(
    own: Any,
    operation: str,
    events: int,
    call: Callable[[Any], Any],
    shown: Callable[[Any], OperationResult],
    timeout: int | None = -1,
) -> Any:
    """Waits for the socket and calls `call` with it, or with one that stands for it where it was closed meanwhile."""
    runtime = door.runtime
    if runtime is None or own.fileno() < 0:
        return call(own)
    number = own.fileno()
    target = descriptor(number)
    limit = _limit(own) if timeout == -1 else timeout
    files = wait_for(runtime, operation, target, {number: events}, limit, own)
    if files is None:
        raise TimeoutError("timed out")
    try:
        return execute(runtime, operation, target, lambda: call(_still_open(own, number, files)), shown)
    finally:
        files.let_go()


def _still_open(own: Any, number: int, files: Files) -> Any:
    """The socket; where another thread closed it while this one waited, one for the same connection."""
    if own.fileno() == number or number not in files.copies:
        return own
    return _Real(own.family, own.type, own.proto, fileno=os.dup(files.copies[number]))


def _reading(name: str) -> Callable[..., Any]:
    """`recv` and its like."""
    method = getattr(_Real, name)

    def reading(self: Any, *args: Any, **kwargs: Any) -> Any:
        flags = _flags(name, args, kwargs)
        timeout = 0 if _AT_ONCE and flags & _AT_ONCE else -1
        return _use(self, "socket.recv", READABLE, lambda own: method(own, *args, **kwargs), _read, timeout)

    return functools.wraps(method)(reading)


def _flags(name: str, args: tuple[Any, ...], kwargs: dict[str, Any]) -> int:
    position = {"recv": 1, "recvfrom": 1, "recv_into": 2, "recvfrom_into": 2, "recvmsg": 2, "recvmsg_into": 2}[name]
    flags = kwargs.get("flags", args[position] if len(args) > position else 0)
    return flags if isinstance(flags, int) else 0


def _read(result: Any) -> int:
    """How much was read; of a message with its sender, the message."""
    return count(result[0] if isinstance(result, tuple) else result)


def send(self: Any, data: Any, flags: int = 0, /) -> int:
    runtime = door.runtime
    limit = _limit(self)
    if limit is None and runtime is not None and self.fileno() >= 0 and not flags & _AT_ONCE:
        return _send_all(self, data, flags, runtime)
    return _send(self, data, flags, limit)


def _send(self: Any, data: Any, flags: int, limit: int | None) -> int:
    """Sends what there is room for."""
    extra = 0 if limit == 0 else _AT_ONCE
    return int(_use(self, "socket.send", WRITABLE, lambda own: _Real.send(own, data, flags | extra), count, limit))


def _send_all(self: Any, data: Any, flags: int, runtime: Runtime) -> int:
    """Sends all of it, within the socket's time limit for the whole."""
    limit = _limit(self)
    end = None if limit is None else runtime.now + limit

    def all_of_it() -> int:
        done = 0
        with memoryview(data) as view, view.cast("B") as pieces:
            while True:
                left = None if end is None else max(1, end - runtime.now)
                done += _send(self, pieces[done:], flags, left)
                if done >= len(pieces):
                    return done

    number = self.fileno()
    return int(as_one(runtime, "socket.send", descriptor(number), {number: WRITABLE}, all_of_it, count))


def sendall(self: Any, data: Any, flags: int = 0, /) -> None:
    runtime = door.runtime
    if runtime is None or self.fileno() < 0 or self.gettimeout() == 0:
        _use(self, "socket.send", WRITABLE, lambda own: _Real.sendall(own, data, flags), lambda result: True, 0)
    else:
        _send_all(self, data, flags, runtime)


def sendto(self: Any, data: Any, *rest: Any) -> int:
    sent: int = _use(self, "socket.send", WRITABLE, lambda own: _Real.sendto(own, data, *rest), count)
    return sent


def sendmsg(self: Any, buffers: Any, ancdata: Any = (), flags: int = 0, address: Any = None, /) -> int:
    if ancdata:  # which may have open files in it
        known.shared = True
    rest = (ancdata, flags | _AT_ONCE) if address is None else (ancdata, flags | _AT_ONCE, address)
    sent: int = _use(self, "socket.send", WRITABLE, lambda own: _Real.sendmsg(own, buffers, *rest), count)
    return sent


class _Refused:
    """A server's queue of connections is full, and only another attempt tells when it is not. An `Awaited`."""

    def __init__(self, attempt: Callable[[], int]) -> None:
        self._attempt = attempt
        self.answer = errno.EAGAIN

    def is_ready(self) -> bool:
        if self.answer == errno.EAGAIN:
            self.answer = self._attempt()
        return self.answer != errno.EAGAIN

    def hold(self) -> dict[int, int]:
        return {}

    def let_go(self) -> None:
        pass

    def whence(self) -> Whence:
        return Whence.OUTSIDE


def _connect(self: Any, address: Any, runtime: Runtime) -> int:
    """Connects; gives an error's number, or 0."""
    target = descriptor(self.fileno())
    timeout = self.gettimeout()
    limit = _limit(self)
    runtime.point("socket.connect", target)

    def attempt() -> int:
        _Real.settimeout(self, 0)
        try:
            answer: int = _Real.connect_ex(self, address)
            return answer
        finally:
            _Real.settimeout(self, timeout)

    answer = attempt()
    if answer == errno.EAGAIN and self.family == getattr(_socket, "AF_UNIX", None) and limit != 0:
        refused = _Refused(attempt)
        if not runtime.reach_outside("socket.connect", target, refused, limit):
            runtime.time_out("socket.timeout", target, False)
            raise TimeoutError("timed out")
        answer = refused.answer
    elif answer in _IN_PROGRESS and limit != 0:
        number = self.fileno()
        if not ready({number: WRITABLE}):
            files = wait_for(runtime, "socket.connect", target, {number: WRITABLE}, limit)
            if files is None:
                raise TimeoutError("timed out")
            files.let_go()
        answer = self.getsockopt(_socket.SOL_SOCKET, _socket.SO_ERROR)
    runtime.log("socket.connect", target, errno.errorcode.get(answer, answer) if answer else True)
    runtime.outside_changed()
    return answer


def connect(self: Any, address: Any, /) -> None:
    runtime = door.runtime
    if runtime is None or self.fileno() < 0:
        _Real.connect(self, address)
        return
    answer = _connect(self, address, runtime)
    if answer:
        raise OSError(answer, os.strerror(answer))


def connect_ex(self: Any, address: Any, /) -> int:
    runtime = door.runtime
    if runtime is None or self.fileno() < 0:
        return _Real.connect_ex(self, address)
    try:
        return _connect(self, address, runtime)
    except TimeoutError:
        return errno.EAGAIN


def _changing(name: str, operation: str) -> Callable[..., Any]:
    """A method that never blocks, and that others may wait for."""
    method = getattr(_Real, name)

    def changing(self: Any, *args: Any) -> Any:
        runtime = door.runtime
        if runtime is None or self.fileno() < 0:
            return method(self, *args)
        target = descriptor(self.fileno())
        runtime.point(operation, target)
        return execute(runtime, operation, target, lambda: method(self, *args))

    return functools.wraps(method)(changing)


def _send_at_once(own: Any) -> None:
    """Has a connection deliver each piece when it is sent.

    By default a small one waits up to 40 ms until the one before was confirmed, in real time: threads of one program
    would see it after whatever happened meanwhile, which is another order of events each time.
    """
    if own.type == _socket.SOCK_STREAM and own.family in (_socket.AF_INET, _socket.AF_INET6):
        with contextlib.suppress(OSError):  # one that was shut down already, or is no TCP
            _Real.setsockopt(own, _socket.IPPROTO_TCP, _socket.TCP_NODELAY, 1)


def patches(module: Any) -> tuple[dict[str, Any], dict[str, Any]]:
    """What replaces methods of `socket.socket`, and functions of the module `socket`."""
    original_init = module.socket.__init__
    original_accept = module.socket.accept
    original_close = module.socket._real_close
    original_pair = module.socketpair

    def __init__(self: Any, family: int = -1, type: int = -1, proto: int = -1, fileno: int | None = None) -> None:  # noqa: A002
        original_init(self, family, type, proto, fileno)
        number = self.fileno()
        if number >= 0:
            introduce(number)
            known.sockets[number] = weakref.ref(self)
            if door.runtime is not None:
                _send_at_once(self)

    def accept(self: Any) -> tuple[Any, Any]:
        pair: tuple[Any, Any] = _use(self, "socket.accept", READABLE, lambda own: _accept(self, own), lambda _: True)
        if pair[0].fileno() >= 0:
            introduce(pair[0].fileno(), element=0)
        return pair

    def _accept(self: Any, own: Any) -> tuple[Any, Any]:
        if own is self:
            found: tuple[Any, Any] = original_accept(self)
            return found
        number, address = own._accept()
        return module.socket(self.family, self.type, self.proto, fileno=number), address

    def _real_close(self: Any, *args: Any) -> None:
        runtime = door.runtime
        number = self.fileno()
        if runtime is None or number < 0:
            original_close(self, *args)
            return
        target = descriptor(number)
        runtime.point("socket.close", target)
        if self.fileno() == number:
            known.sockets.pop(number, None)
            known.by_number.pop(number, None)
        execute(runtime, "socket.close", target, lambda: original_close(self, *args))

    def socketpair(*args: Any, **kwargs: Any) -> tuple[Any, Any]:
        one, other = original_pair(*args, **kwargs)
        if one.family.name == "AF_UNIX":
            introduce_pair(one.fileno(), other.fileno())
        return one, other

    methods = {
        "__init__": __init__,
        "accept": accept,
        "_real_close": _real_close,
        "connect": connect,
        "connect_ex": connect_ex,
        "send": send,
        "sendall": sendall,
        "sendto": sendto,
        "shutdown": _changing("shutdown", "socket.shutdown"),
        "listen": _changing("listen", "socket.listen"),
    }
    for name in ("recv", "recv_into", "recvfrom", "recvfrom_into", "recvmsg", "recvmsg_into"):
        if hasattr(_Real, name):
            methods[name] = _reading(name)
    if hasattr(_Real, "sendmsg"):
        methods["sendmsg"] = sendmsg
    return methods, {"socketpair": socketpair}
