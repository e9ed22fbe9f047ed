"""`threading.Thread`, and the threads of `_thread.start_new_thread`.

Under control a thread's life is the runtime's: `start` makes it (`thread.start`), its first event is
`thread.begin`, its last `thread.end`, and joining it waits for the latter. All bookkeeping of the `threading` module
(`_active`, idents, `_started`) is kept as CPython keeps it, so that `current_thread` and `enumerate` are its own.
"""

from __future__ import annotations

import functools
import sys
import threading
import traceback
from types import CodeType, SimpleNamespace
from typing import TYPE_CHECKING, Any

from tracer import real
from tracer.elsewhere import elsewhere
from tracer.primitives.model import UNLABELLED
from tracer.primitives.timeouts import nanoseconds
from tracer.runtime import ControlledThread, ThreadAbandoned, door, limited

if TYPE_CHECKING:
    from collections.abc import Callable

    from tracer.events import Place

_start = threading.Thread.start
_join = threading.Thread.join
_is_alive = threading.Thread.is_alive
_enumerate = threading.enumerate
_active_count = threading.active_count

#: Python 3.12, and no other version, starts no threads when the main thread only waits for the others.
_REFUSES_LATE_THREADS = sys.version_info[:2] == (3, 12)

#: Attribute of a `threading.Thread` that was started under control: its `ControlledThread`.
CONTROLLED = "_threadtrace_thread"

# The bookkeeping of the threading module; typeshed does not know it.
_module: Any = threading


def controlled(thread: threading.Thread) -> ControlledThread | None:
    """The controlled thread behind a thread object; None where it was not started under control."""
    return thread.__dict__.get(CONTROLLED)


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
    made = runtime.spawn(lambda: _live(self), _shown_name(self), self._daemonic, _begins(_run_of(self)))
    adopt(self, made)
    runtime.log("thread.start", self)


def _run_of(thread: Any) -> object:
    """What the user gave the thread to do."""
    run = type(thread).run
    return thread._target if run is threading.Thread.run else run


def _begins(function: Any) -> Place | None:
    """Where the code of a function begins; None for what has none."""
    while isinstance(function, functools.partial):
        function = function.func
    code = getattr(getattr(function, "__func__", function), "__code__", None)
    return (code, 0) if isinstance(code, CodeType) else None


def _shown_name(thread: Any) -> str:
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
    _module._active[made.ident] = thread


def release(thread: Any, ident: int) -> None:
    """Makes the thread object that of the OS thread `ident`, which is the only one there is."""
    thread.__dict__.pop(CONTROLLED, None)
    thread._ident = thread._native_id = ident
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
    if timeout is None:
        runtime.reach("thread.join", self, other.finished, other.ending_queue, True)
        return
    limit = nanoseconds(timeout)
    if limit:
        runtime.reach_within("thread.join", self, other.finished, other.ending_queue, limit)
        if not other.finished:
            runtime.time_out("thread.timeout", self, False)
            return
    else:
        runtime.point("thread.join", self)
    runtime.log("thread.join", self, other.finished and limited(True))


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
    if other.finished if other is not None else self._started._flag and not _is_alive(self):
        status = "stopped"
    if self._daemonic:
        status += " daemon"
    if self._ident is not None:
        status += f" {self._ident}"
    return f"<{type(self).__name__}({self._name}, {status})>"


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


def start_new_thread(
    function: Callable[..., object], args: tuple[Any, ...], kwargs: dict[str, Any] | None = None, /
) -> int:
    runtime = door.runtime
    if runtime is None or not callable(function) or not isinstance(args, tuple):
        return int(elsewhere(start_new_thread, real.start_new_thread, function, args, kwargs or {}))
    words = kwargs or {}

    def body() -> None:
        try:
            function(*args, **words)
        except ThreadAbandoned:
            raise
        except SystemExit:
            pass
        except BaseException as error:
            runtime.uncaught(error)
            error.__traceback__ = error.__traceback__ and error.__traceback__.tb_next  # without this frame
            _unraisable(error, function)
        finally:
            if hasattr(_module, "_thread_local_info"):  # ends what current_thread() made for this thread
                vars(_module._thread_local_info).clear()
            _module._active.pop(made.ident, None)

    runtime.point("thread.start", None)
    name = getattr(function, "__name__", "function")
    made = runtime.spawn(body, f"_thread ({name})", True, _begins(function))
    runtime.log("thread.start", made)
    return made.ident


def _unraisable(error: BaseException, function: object) -> None:
    """What CPython does with an exception that ends a thread which has no Thread object."""
    message = "Exception ignored in thread started by"
    if sys.unraisablehook is sys.__unraisablehook__:  # which takes no arguments but the interpreter's own
        print(f"{message}: {function!r}", file=sys.stderr)
        traceback.print_exception(error)
        return
    arguments: Any = SimpleNamespace(
        exc_type=type(error), exc_value=error, exc_traceback=error.__traceback__, err_msg=message, object=function
    )
    sys.unraisablehook(arguments)


def get_ident() -> int:
    runtime = door.runtime
    if runtime is None:
        return real.get_ident()
    ident: int = runtime.current.ident
    return ident


def get_native_id() -> int:
    runtime = door.runtime
    return real.get_native_id() if runtime is None else get_ident()


METHODS = UNLABELLED | {"start": start, "join": join, "is_alive": is_alive, "__repr__": __repr__}
