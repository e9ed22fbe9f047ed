"""`ssl.SSLSocket`: reading, writing and shaking hands, which wait in C for the socket inside.

Each is called on a socket that does not block; it then says what it has to wait for, and is called again.
"""

from __future__ import annotations

import _socket
import functools
from typing import Any

from tracer.primitives.outside.descriptors import descriptor
from tracer.primitives.outside.polling import READABLE, WRITABLE
from tracer.primitives.outside.waiting import as_one, count, wait_for
from tracer.primitives.timeouts import nanoseconds
from tracer.runtime import OperationResult, door

_OPERATIONS = {
    "read": "socket.recv",
    "write": "socket.send",
    "do_handshake": "socket.handshake",
    "unwrap": "socket.handshake",
}


def patches(module: Any) -> dict[str, Any]:
    """What replaces methods of `ssl.SSLSocket`."""
    return {name: _waiting(module, name, operation) for name, operation in _OPERATIONS.items()}


def _waiting(module: Any, name: str, operation: str) -> Any:
    method = getattr(module.SSLSocket, name)

    def waiting(self: Any, *args: Any, **kwargs: Any) -> Any:
        runtime = door.runtime
        number = self.fileno()
        timeout = self.gettimeout()
        if runtime is None or number < 0 or timeout == 0:
            return method(self, *args, **kwargs)
        target = descriptor(number)
        end = None if timeout is None else runtime.now + nanoseconds(timeout)

        def attempt() -> Any:
            _socket.socket.settimeout(self, 0)
            try:
                return method(self, *args, **kwargs)
            finally:
                if self.fileno() >= 0:
                    _socket.socket.settimeout(self, timeout)

        def whole() -> Any:
            while True:
                try:
                    result = attempt()
                except module.SSLWantReadError:
                    wanted = READABLE
                except module.SSLWantWriteError:
                    wanted = WRITABLE
                else:
                    runtime.outside_changed()
                    return result
                runtime.outside_changed()
                left = None if end is None else max(0, end - runtime.now)
                files = wait_for(runtime, operation, target, {number: wanted}, left)
                if files is None:
                    raise TimeoutError(f"The {name.removeprefix('do_')} operation timed out")
                files.let_go()

        return as_one(runtime, operation, target, {}, whole, _shown)

    return functools.wraps(method)(waiting)


def _shown(result: Any) -> OperationResult:
    return count(result) if isinstance(result, int | bytes) else True
