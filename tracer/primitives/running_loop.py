"""The running event loop of asyncio, and the hooks for asynchronous generators, for threads that are not OS threads.

CPython keeps both for each OS thread, in C. So they are set anew each time another thread goes on, from the first
moment on at which a thread under control runs a loop or sets the hooks; programs without these pay nothing.
"""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any
from weakref import WeakKeyDictionary

from tracer.runtime import Life, door

if TYPE_CHECKING:
    from collections.abc import Callable

#: What each thread runs, and its hooks; they are forgotten with the thread.
_loops: WeakKeyDictionary[Life, Any] = WeakKeyDictionary()
_hooks: WeakKeyDictionary[Life, tuple[Any, Any]] = WeakKeyDictionary()

_NO_HOOKS = (None, None)

#: Sets the running loop, once asyncio is there.
_set_loop: list[Callable[[Any], None]] = []

_set_hooks = sys.set_asyncgen_hooks
_get_hooks = sys.get_asyncgen_hooks


def _switched() -> None:
    runtime = door.runtime
    life = None if runtime is None else runtime.current.life
    for set_loop in _set_loop:
        set_loop(None if life is None else _loops.get(life))
    _set_hooks(*(_NO_HOOKS if life is None else _hooks.get(life, _NO_HOOKS)))


def set_running_loop(original: Callable[[Any], None]) -> Callable[[Any], None]:
    """What stands for `asyncio._set_running_loop`."""
    _set_loop[:] = [original]

    def _set_running_loop(loop: Any) -> None:
        runtime = door.runtime
        if runtime is not None:
            if loop is None:
                _loops.pop(runtime.current.life, None)
            else:
                _loops[runtime.current.life] = loop
                runtime.after_each_switch(_switched)
        original(loop)

    return _set_running_loop


def set_asyncgen_hooks(*args: Any, **options: Any) -> None:
    """Stands for `sys.set_asyncgen_hooks`."""
    _set_hooks(*args, **options)
    runtime = door.runtime
    if runtime is not None:
        hooks = _get_hooks()
        _hooks[runtime.current.life] = (hooks.firstiter, hooks.finalizer)
        runtime.after_each_switch(_switched)
