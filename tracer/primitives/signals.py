"""Signals that a thread sends to another one, or to itself.

The operating system knows one thread of an execution, whatever ident the program asks for. With an ident that it does
not know the process would crash.
"""

from __future__ import annotations

import threading
from typing import Any

from tracer import real
from tracer.runtime import door

# The bookkeeping of the threading module; typeshed does not know it.
_module: Any = threading


def pthread_kill(original: Any) -> Any:
    """What stands for `signal.pthread_kill`."""

    def pthread_kill(thread_id: int, signalnum: int, /) -> None:
        runtime = door.runtime
        if runtime is not None and thread_id in _module._active:
            thread_id = real.get_ident()
        original(thread_id, signalnum)

    return pthread_kill
