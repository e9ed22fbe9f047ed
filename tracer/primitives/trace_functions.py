"""The trace and the profile function of each thread, for threads that are not OS threads.

CPython keeps both for each OS thread, in C. So each thread's own are put back when it goes on, from the first moment on
at which the program sets one; programs without any pay nothing.
"""

from __future__ import annotations

import sys
from typing import Any
from weakref import WeakKeyDictionary

from tracer.real import setprofile, settrace
from tracer.runtime import Life, Runtime, door

#: Of each thread that does not run; they are forgotten with the thread.
_functions: WeakKeyDictionary[Life, tuple[Any, Any]] = WeakKeyDictionary()

_NONE = (None, None)

#: By the execution: the thread whose functions are set.
_running: WeakKeyDictionary[Runtime, Life] = WeakKeyDictionary()


def _switched() -> None:
    runtime = door.runtime
    left = None if runtime is None else _running.get(runtime)
    if runtime is None or left is None or left is runtime.current.life:
        return
    life = runtime.current.life
    _functions[left] = (sys.gettrace(), sys.getprofile())  # some are set in C: this is the one moment to find them
    _running[runtime] = life
    trace, profile = _functions.get(life, _NONE)
    settrace(trace)
    setprofile(profile)


def keep_apart() -> None:
    """From here on each thread has its own."""
    runtime = door.runtime
    if runtime is not None and runtime not in _running:
        _running[runtime] = runtime.current.life
        runtime.after_each_switch(_switched)


def set_trace_function(function: Any) -> None:
    """Stands for `sys.settrace`."""
    keep_apart()
    settrace(function)


def set_profile_function(function: Any) -> None:
    """Stands for `sys.setprofile`."""
    keep_apart()
    setprofile(function)
