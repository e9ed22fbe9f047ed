"""The running event loop of asyncio, for threads that are not OS threads.

CPython keeps it for each OS thread, in C. So it is set anew each time another thread goes on, from the first moment on
at which a thread under control runs a loop; programs without one pay nothing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from weakref import WeakKeyDictionary

from tracer.runtime import Life, door

if TYPE_CHECKING:
    from collections.abc import Callable

#: What each thread runs; it is forgotten with the thread.
_loops: WeakKeyDictionary[Life, Any] = WeakKeyDictionary()


def set_running_loop(original: Callable[[Any], None]) -> Callable[[Any], None]:
    """What stands for `asyncio._set_running_loop`."""

    def switched() -> None:
        runtime = door.runtime
        original(None if runtime is None else _loops.get(runtime.current.life))

    def _set_running_loop(loop: Any) -> None:
        runtime = door.runtime
        if runtime is not None:
            if loop is None:
                _loops.pop(runtime.current.life, None)
            else:
                _loops[runtime.current.life] = loop
                runtime.after_each_switch(switched)
        original(loop)

    return _set_running_loop
