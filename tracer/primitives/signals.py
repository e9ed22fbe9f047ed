"""Signals: what the `signal` module does, where the runtime decides when a handler runs.

All threads under control share one OS thread, CPython's main one. So CPython would run a handler in whichever of them
is running. In the place of the program's handlers it is given one of this project, `_arrived`, which has the
runtime run the other in the main thread; `signal.getsignal` tells of the program's.

Sending a signal to this process is an operation, `signal.send`. What `os.kill` sends goes to the main thread, as the
operating system does it, and wakes it; `signal.raise_signal`, `_thread.interrupt_main`, and `signal.pthread_kill` with
another thread do not wake the main thread, which handles the signal when it goes on for another reason.
"""

from __future__ import annotations

import _thread
import operator
import os
import signal
import threading
from functools import partial
from typing import TYPE_CHECKING, Any

from tracer import real
from tracer.runtime import door

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import FrameType, ModuleType

    from tracer.runtime import Runtime

# The bookkeeping of the threading module; typeshed does not know it.
_module: Any = threading


class Signal:
    """A signal as the object of operations. `kind` is its name, as `SIGTERM`, or a number where it has none."""

    __slots__ = ("_threadtrace_label", "kind")

    def __init__(self, number: int) -> None:
        self._threadtrace_label: object = None
        try:
            self.kind = signal.Signals(number).name
        except ValueError:
            self.kind = str(number)


#: The program's handlers, in whose place `_arrived` stands.
_handlers: dict[int, Callable[[int, FrameType | None], Any]] = {}

#: Handlers of this project: each with what the program finds in its place.
_own: dict[int, tuple[Any, Any]] = {}

#: By number: what stands for it in events.
_signals: dict[int, Signal] = {}

#: What was installed before the execution, where the program has installed something else.
_replaced: dict[int, Any] = {}

#: Takes what comes between the parts of an execution, when no runtime is there and nothing may be interrupted.
_keep: Callable[[int, FrameType | None], object] | None = None

#: Whether a signal that comes now was sent by the program itself, and whether that wakes the main thread.
_sent = False
_wakes = True


def use(number: int, handler: Callable[[int, FrameType | None], Any]) -> None:
    """Installs a handler of this project's own, before the program can have one: it does not see it."""
    _own[number] = (handler, getsignal(number))
    real.install_handler(number, handler)


def late(number: int, frame: FrameType | None) -> None:
    """The handler that `no_longer_use` leaves in the place of none: the signal has come before, and is handled now.

    Where a handler has left for another greenlet, Python handles those that came with its signal only when it is back.
    With no handler to call by then it would print an error.
    """


def no_longer_use(number: int, handler: Callable[[int, FrameType | None], Any]) -> None:
    """Puts back what the program found in its place, or `late`."""
    if number in _own and _own[number][0] == handler:
        before = _own.pop(number)[1]
        before = late if before is signal.SIG_DFL else before
        install = real.install_handler if callable(before) else real.signal
        install(number, before)


def keep_by(keep: Callable[[int, FrameType | None], object] | None) -> None:
    """Has this called for what comes while no runtime is there, in the place of handlers; None ends it."""
    global _keep
    _keep = keep


def is_used(number: int) -> bool:
    """Whether this project's own handler is installed."""
    return number in _own and real.getsignal(number) == _own[number][0]


def getsignal(signalnum: int) -> Any:
    """What the program believes to have as a handler. Stands for `signal.getsignal`."""
    found = real.installed_handler(signalnum)
    if found is _arrived:
        return _handlers[signalnum]
    if signalnum in _own and found == _own[signalnum][0]:
        return _own[signalnum][1]
    if found is late:
        return signal.SIG_DFL
    return found if callable(found) else real.getsignal(signalnum)


def handler_of(number: int) -> Callable[[int, FrameType | None], Any] | None:
    """The function that handles a signal; None where the program has none now."""
    found = getsignal(number)
    return found if callable(found) else None


def handlers_now() -> dict[int, Any]:
    """The program's handlers, by their signals."""
    return dict(_handlers)


def is_handled(number: int) -> bool:
    """Whether the program has installed a handler."""
    return real.getsignal(number) is _arrived


def signal_of(number: int) -> Signal:
    """What stands for a signal in events."""
    found = _signals.get(number)
    if found is None:
        found = _signals[number] = Signal(number)
    return found


def number_of(label: str) -> int:
    """The number of the signal that is called so in events; 0 for none."""
    if label.isdecimal():
        return int(label)
    found = signal.Signals.__members__.get(label)
    return 0 if found is None else int(found)


def set_handler(signalnum: int, handler: Any) -> Any:
    """Stands for `signal.signal`."""
    runtime = door.runtime
    if runtime is not None and runtime.current.path:
        raise ValueError("signal only works in main thread of the main interpreter")
    before = getsignal(signalnum)
    kept, own = _handlers.get(signalnum), _own.get(signalnum)
    installed = handler
    if callable(handler) and handler is not signal.default_int_handler:
        _handlers[int(signalnum)] = handler
        installed = _arrived
    elif own is not None and handler == own[1]:
        installed = own[0]
    try:
        _replaced.setdefault(int(signalnum), real.signal(signalnum, installed))
    except BaseException:  # it refuses
        if kept is not None:
            _handlers[signalnum] = kept
        elif installed is _arrived:
            del _handlers[signalnum]
        raise
    if installed is not _arrived:
        _handlers.pop(signalnum, None)
    return before


def take_over() -> None:
    """Puts `_arrived` in the place of the program's handlers that are installed; only the main thread can."""
    if threading.current_thread() is not threading.main_thread():
        return
    for number in signal.valid_signals():
        handler = real.getsignal(number)
        if callable(handler) and handler not in (signal.default_int_handler, late) and not is_used(number):
            _handlers[number] = handler
            real.signal(number, _arrived)


def give_back() -> None:
    """Takes that back."""
    if threading.current_thread() is not threading.main_thread():
        return
    for number, handler in _handlers.items():
        if real.getsignal(number) is _arrived:
            real.signal(number, handler)
    _handlers.clear()


class Handlers:
    """The handlers as they are now, to be put back when an execution is over."""

    def __init__(self) -> None:
        self._before = dict(_handlers)
        _replaced.clear()

    def restore(self) -> None:
        """Puts back those that the program has changed."""
        for number, handler in _replaced.items():
            if handler is not None:  # one that was not set by Python
                real.signal(number, handler)
        _replaced.clear()
        _handlers.clear()
        _handlers.update(self._before)


def _arrived(number: int, frame: FrameType | None) -> None:
    """What CPython calls for every handler of the program."""
    handler = _handlers.get(number)
    runtime = door.runtime
    if runtime is None and _keep is not None:
        _keep(number, frame)
    elif handler is not None and (runtime is None or runtime.signalled(number, frame, sent=_sent, wakes=_wakes)):
        handler(number, frame)


# Sending -------------------------------------------------------------------------------------------------------


def _send(runtime: Runtime, number: Any, call: Callable[[], object], wakes: bool) -> None:
    """Has a signal sent to this process by `call`. Where nobody handles it or waits for it, that is no operation."""
    global _sent, _wakes
    number = operator.index(number)
    if handler_of(number) is None and not _is_blocked(number):
        call()
        return
    runtime.reach("signal.send", signal_of(number), True, None)
    if number == signal.SIGINT and getsignal(number) is signal.default_int_handler:
        runtime.signalled(number, None, sent=True, wakes=wakes)  # what is sent in earnest ends the whole execution
    else:
        _sent, _wakes = True, wakes
        try:
            call()
        finally:
            _sent, _wakes = False, True
    runtime.heed_signals(number)


def _is_blocked(number: int) -> bool:
    """Whether the operating system keeps a signal until somebody waits for it."""
    return hasattr(signal, "pthread_sigmask") and number in signal.pthread_sigmask(signal.SIG_BLOCK, ())


def kill(original: Any) -> Any:
    """What stands for `os.kill`."""

    def kill(pid: int, signal: int, /) -> None:
        runtime = door.runtime
        if runtime is None or not signal or pid != os.getpid():
            original(pid, signal)
        else:
            _send(runtime, signal, partial(original, pid, signal), True)

    return kill


def raise_signal(original: Any) -> Any:
    """What stands for `signal.raise_signal`."""

    def raise_signal(signalnum: int, /) -> None:
        runtime = door.runtime
        if runtime is None:
            original(signalnum)
        else:
            _send(runtime, signalnum, partial(original, signalnum), False)

    return raise_signal


def pthread_kill(original: Any) -> Any:
    """What stands for `signal.pthread_kill`. With an ident that the operating system does not know it would crash."""

    def pthread_kill(thread_id: int, signalnum: int, /) -> None:
        runtime = door.runtime
        if runtime is None or thread_id not in _module._active:
            original(thread_id, signalnum)
        elif not signalnum:
            original(real.get_ident(), signalnum)
        else:
            is_main = _module._active[thread_id] is threading.main_thread()
            _send(runtime, signalnum, partial(original, real.get_ident(), signalnum), is_main)

    return pthread_kill


def interrupt_main(original: Any) -> Any:
    """What stands for `_thread.interrupt_main`: nothing is sent, so that nobody is woken."""

    def interrupt_main(signum: int = signal.SIGINT, /) -> None:
        runtime = door.runtime
        if runtime is None or not 0 < operator.index(signum) < signal.NSIG:
            original(signum)  # which refuses
        elif handler_of(signum) is not None:
            _send(runtime, signum, partial(runtime.signalled, signum, None, sent=True, wakes=False), False)

    return interrupt_main


def send_alarm() -> None:
    """Sends SIGALRM, as a timer does."""
    os.kill(os.getpid(), signal.SIGALRM)


#: Where it is, its name, and what makes the function that stands for it; not every system has all of them.
FUNCTIONS: list[tuple[ModuleType, str, Callable[[Any], Any]]] = [
    (os, "kill", kill),
    (signal, "raise_signal", raise_signal),
    (signal, "pthread_kill", pthread_kill),
    (_thread, "interrupt_main", interrupt_main),
]
