"""The functions of the module `_thread`, and threads that have no `threading.Thread`."""

from __future__ import annotations

import _thread
import sys
import threading
import traceback
from types import MethodType, SimpleNamespace
from typing import TYPE_CHECKING, Any

from tracer import real
from tracer.elsewhere import elsewhere
from tracer.primitives.builtin import stand_in, stands_for
from tracer.primitives.handle import ThreadHandle
from tracer.primitives.thread import begins, bootstrap, shown_name
from tracer.runtime import ControlledThread, ThreadAbandoned, door

if TYPE_CHECKING:
    from collections.abc import Callable

    from tracer.runtime import Runtime

# The bookkeeping of the threading module; typeshed does not know it.
_module: Any = threading
_low: Any = _thread

_count = _low._count
_excepthook = _low._excepthook


@stands_for(real.start_new_thread)
def start_new_thread(
    function: Callable[..., object], args: tuple[Any, ...], kwargs: dict[str, Any] | None = None, /
) -> int:
    runtime = door.runtime
    if runtime is None or not callable(function) or not isinstance(args, tuple):
        return int(elsewhere(start_new_thread, real.start_new_thread, function, args, kwargs or {}))
    return spawn(runtime, function, args, kwargs or {}, daemon=True).ident


def spawn(
    runtime: Runtime, function: Callable[..., object], args: tuple[Any, ...], kwargs: dict[str, Any], *, daemon: bool
) -> ControlledThread:
    """Starts a thread that has no Thread object, unless it is to make itself that of one."""

    def body() -> None:
        try:
            function(*args, **kwargs)
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

    owner = getattr(function, "__self__", None)
    if isinstance(function, MethodType) and function.__func__ is bootstrap and isinstance(owner, threading.Thread):
        name, daemon = shown_name(owner), owner.daemon
    else:
        name = f"_thread ({getattr(function, '__name__', 'function')})"
    runtime.point("thread.start", None)
    made = runtime.spawn(body, name, daemon, begins(function))
    runtime.log("thread.start", made)
    return made


def _unraisable(error: BaseException, function: object) -> None:
    """What CPython does with an exception that ends a thread which has no Thread object."""
    message = "Exception ignored in thread started by"
    shown: object = function
    if sys.version_info >= (3, 13):
        message, shown = f"{message} {function!r}", None
    if sys.unraisablehook is sys.__unraisablehook__:  # which takes no arguments but the interpreter's own
        print(f"{message}: {function!r}" if shown else f"{message}:", file=sys.stderr)
        traceback.print_exception(error)
        return
    arguments: Any = SimpleNamespace(
        exc_type=type(error), exc_value=error, exc_traceback=error.__traceback__, err_msg=message, object=shown
    )
    sys.unraisablehook(arguments)


@stands_for(real.get_ident)
def get_ident() -> int:
    runtime = door.runtime
    if runtime is None:
        return real.get_ident()
    ident: int = runtime.current.ident
    return ident


@stands_for(real.get_native_id)
def get_native_id() -> int:
    runtime = door.runtime
    return real.get_native_id() if runtime is None else get_ident()


@stands_for(_count)
def count() -> int:
    runtime = door.runtime
    found: int = _count()
    if runtime is None:
        return found
    runtime.point("thread.enumerate", None)
    found += runtime.thread_count
    runtime.log("thread.enumerate", None, found)
    return found


@stands_for(_excepthook)
def excepthook(arguments: Any, /) -> None:
    if door.runtime is not None and isinstance(arguments, threading.ExceptHookArgs) and not arguments.thread:
        # It prints the ident of the OS thread, where there is no thread that has a name.
        named: Any = SimpleNamespace(name=str(get_ident()))
        arguments = threading.ExceptHookArgs((*arguments[:3], named))
    _excepthook(arguments)


REPLACEMENTS: list[tuple[Any, Any]] = [
    (real.start_new_thread, start_new_thread),
    (_low.start_new, start_new_thread),  # obsolete
    (real.get_ident, get_ident),
    (real.get_native_id, get_native_id),
    (_count, count),
    (_excepthook, excepthook),
]

if sys.version_info >= (3, 13):
    _start_joinable_thread = _low.start_joinable_thread

    @stands_for(_start_joinable_thread)
    def start_joinable_thread(
        function: Callable[..., object], handle: ThreadHandle | None = None, daemon: bool = True
    ) -> Any:
        runtime = door.runtime
        if handle is not None and type(handle) is not ThreadHandle:
            return _start_joinable_thread(function, handle, daemon)
        if handle is None:
            handle = ThreadHandle()
        if runtime is None or not callable(function):
            _start_joinable_thread(function, handle.real, daemon)
            return handle
        if handle.controlled is not None or handle.real.ident:
            raise RuntimeError("thread already started")
        handle.controlled = spawn(runtime, function, (), {}, daemon=bool(daemon))
        return handle

    REPLACEMENTS += [(_start_joinable_thread, start_joinable_thread), stand_in(_low._ThreadHandle, ThreadHandle)]
