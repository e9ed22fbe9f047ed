"""`threading.Thread`, and the threads of `_thread.start_new_thread`.

Under control a thread's life is the runtime's: `start` makes it (`thread.start`), its first event is
`thread.begin`, its last `thread.end`, and joining it waits for the latter. All bookkeeping of the `threading` module
(`_active`, idents, `_started`) is kept as CPython keeps it, so that `current_thread` and `enumerate` are its own.
"""

from __future__ import annotations

import functools
import sys
import threading
from types import CodeType
from typing import TYPE_CHECKING, Any

from tracer.elsewhere import elsewhere
from tracer.primitives.builtin import BuiltinFunction
from tracer.primitives.handle import ThreadHandle, join_controlled
from tracer.primitives.model import UNLABELLED
from tracer.primitives.trace_functions import keep_apart
from tracer.runtime import ControlledThread, ThreadAbandoned, door

if TYPE_CHECKING:
    from tracer.events import Place

_start = threading.Thread.start
_join = threading.Thread.join
_is_alive = threading.Thread.is_alive
_enumerate = threading.enumerate
_active_count = threading.active_count
_bootstrap = threading.Thread._bootstrap  # type: ignore[attr-defined]

#: Python 3.12, and no other version, starts no threads when the main thread only waits for the others.
_REFUSES_LATE_THREADS = sys.version_info[:2] == (3, 12)

#: What a `threading.Thread` is started with: the name in `threading` of a function of `_thread`.
_STARTER = "_start_joinable_thread" if sys.version_info >= (3, 13) else "_start_new_thread"

#: Attribute of a `threading.Thread` that was started under control: its `ControlledThread`.
CONTROLLED = "_threadtrace_thread"

# The bookkeeping of the threading module; typeshed does not know it.
_module: Any = threading


def controlled(thread: Any) -> ControlledThread | None:
    """The controlled thread behind a thread object; None where it was not started under control.

    A thread that has no Thread object stands for itself.
    """
    found: ControlledThread | None = thread.__dict__.get(CONTROLLED) if isinstance(thread, threading.Thread) else thread
    return found


def start(self: Any) -> None:
    runtime = door.runtime
    if runtime is None:
        elsewhere(start, _start, self)
        return
    if not self._initialized:
        raise RuntimeError("thread.__init__() not called")
    if self._started._flag:
        raise RuntimeError("threads can only be started once")
    runtime.point("thread.start", self)
    if _REFUSES_LATE_THREADS and runtime.main_ended:
        raise RuntimeError("can't create new thread at interpreter shutdown")
    if self._started._flag:  # another thread started it meanwhile
        raise RuntimeError("threads can only be started once")
    if type(vars(_module)[_STARTER]) is not BuiltinFunction:
        _start_by(vars(_module)[_STARTER], self)
        return
    if _module._trace_hook or _module._profile_hook:
        keep_apart()
    made = runtime.spawn(lambda: _live(self), shown_name(self), self._daemonic, begins(_run_of(self)))
    adopt(self, made)
    runtime.log("thread.start", self)


def _start_by(starter: Any, thread: Any) -> None:
    """Starts a thread with what the program has put in the place of CPython's function."""
    _module._limbo[thread] = thread
    try:
        if hasattr(thread, "_handle"):
            starter(thread._bootstrap, handle=thread._handle, daemon=thread.daemon)
        else:
            starter(thread._bootstrap, ())
    except BaseException:
        del _module._limbo[thread]
        raise
    thread._started.wait()


def bootstrap(self: Any) -> None:
    """What a new thread begins with where nobody knew which thread object it is for."""
    runtime = door.runtime
    if runtime is None:
        _bootstrap(self)
        return
    adopt(self, runtime.current)
    _module._limbo.pop(self, None)
    self._started.set()
    _live(self)


def _run_of(thread: Any) -> object:
    """What the user gave the thread to do."""
    run = type(thread).run
    return thread._target if run is threading.Thread.run else run


def begins(function: Any) -> Place | None:
    """Where the code of a function begins; None for what has none."""
    while isinstance(function, functools.partial):
        function = function.func
    code = getattr(getattr(function, "__func__", function), "__code__", None)
    return (code, 0) if isinstance(code, CodeType) else None


def shown_name(thread: Any) -> str:
    """The thread's name; a subclass that was given none is shown with its class: `Thread-2 (Consumer)`."""
    name: str = thread._name
    kind = type(thread)
    if kind.__module__ != "threading" and name.startswith("Thread-") and name[7:].isdecimal():
        return f"{name} ({kind.__name__})"
    return name


def adopt(thread: Any, made: ControlledThread) -> None:
    """Makes a thread object that of a controlled thread, as if it had just begun to run."""
    thread.__dict__[CONTROLLED] = made
    thread._threadtrace_label = made._threadtrace_label  # type: ignore[attr-defined]
    thread._ident = thread._native_id = made.ident
    thread._started._flag = True
    handle = thread.__dict__.get("_handle")
    if type(handle) is ThreadHandle:
        handle.controlled = made
    _module._active[made.ident] = thread


def release(thread: Any, ident: int) -> None:
    """Makes the thread object that of the OS thread `ident`, which is the only one there is."""
    thread.__dict__.pop(CONTROLLED, None)
    thread._ident = thread._native_id = ident
    if type(thread.__dict__.get("_handle")) is ThreadHandle:
        thread._handle = _module._make_thread_handle(ident)
    _module._active.clear()
    _module._active[ident] = thread


def forget_dummies() -> None:
    """Ends what `current_thread` made for threads without a Thread object that were unwound (since 3.13)."""
    if hasattr(_module, "_thread_local_info"):
        vars(_module._thread_local_info)  # shows the values of the running thread, and so drops the others'


def _live(thread: Any) -> None:
    """What a thread does from its beginning to its end."""
    runtime = door.runtime
    assert runtime is not None
    try:
        if _module._trace_hook:
            sys.settrace(_module._trace_hook)
        if _module._profile_hook:
            sys.setprofile(_module._profile_hook)
        try:
            thread.run()
        except ThreadAbandoned:
            raise
        except BaseException as error:
            error.__traceback__ = error.__traceback__ and error.__traceback__.tb_next  # without this frame
            if not isinstance(error, SystemExit):
                runtime.uncaught(error)
            thread._invoke_excepthook(thread)
    finally:
        _module._active.pop(thread._ident, None)


def join(self: Any, timeout: float | None = None) -> None:
    runtime = door.runtime
    if runtime is None:
        elsewhere(join, _join, self, timeout)
        return
    if not self._initialized:
        raise RuntimeError("Thread.__init__() not called")
    other = controlled(self)
    if other is None and self._started._flag:  # a real thread
        _join(self, timeout)
        return
    if other is None:
        raise RuntimeError("cannot join thread before it is started")
    if other is runtime.current:
        raise RuntimeError("cannot join current thread")
    join_controlled(runtime, self, other, timeout)


def is_alive(self: Any) -> bool:
    assert self._initialized, "Thread.__init__() not called"
    runtime = door.runtime
    other = controlled(self)
    if other is None and (runtime is None or self._started._flag):
        return _is_alive(self)
    if runtime is None:
        return other is not None and not other.finished
    runtime.point("thread.is_alive", self)
    other = controlled(self)
    alive = other is not None and not other.finished
    runtime.log("thread.is_alive", self, alive)
    return alive


def __repr__(self: Any) -> str:
    assert self._initialized, "Thread.__init__() was not called"
    other = controlled(self)
    status = "initial"
    if self._started._flag:
        status = "started"
    if other.finished if other is not None else self._started._flag and not _is_alive_outside(self):
        status = "stopped"
    if self._daemonic:
        status += " daemon"
    if self._ident is not None:
        status += f" {self._ident}"
    return f"<{type(self).__name__}({self._name}, {status})>"


def _is_alive_outside(thread: Any) -> bool:
    """Of a thread that is not under control, or was found by `current_thread` in one that has no Thread object."""
    return isinstance(thread, _module._DummyThread) or bool(_is_alive(thread))


def enumerate_() -> list[threading.Thread]:
    runtime = door.runtime
    if runtime is None:
        return _enumerate()
    runtime.point("thread.enumerate", None)
    threads = _enumerate()
    runtime.log("thread.enumerate", None, len(threads))
    return threads


def active_count() -> int:
    return len(enumerate_()) if door.runtime is not None else _active_count()


METHODS = UNLABELLED | {
    "start": start,
    "join": join,
    "is_alive": is_alive,
    "_bootstrap": bootstrap,
    "__repr__": __repr__,
}
