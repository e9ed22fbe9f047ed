"""Waiting for signals: `signal.pause` for one that is handled, `sigwait` and the like for one that is blocked."""

from __future__ import annotations

import signal
from typing import TYPE_CHECKING, Any

from tracer.primitives.builtin import named_as
from tracer.primitives.signals import signal_of
from tracer.primitives.timeouts import SECOND
from tracer.runtime import Whence, door

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from types import ModuleType


def pause(original: Any) -> Any:
    """What stands for `signal.pause`."""

    def pause() -> None:
        runtime = door.runtime
        if runtime is None or runtime.current.path:
            original()
            return
        runtime.reach("signal.pause", None, True, None)
        runtime.park("signal.pause", None, {})

    return pause


class _Pending:
    """Awaits a signal that is blocked, and so only kept by the operating system."""

    def __init__(self, numbers: Any) -> None:
        self._numbers = frozenset(numbers)

    def is_ready(self) -> bool:
        """Whether one has come."""
        return not self._numbers.isdisjoint(signal.sigpending())

    def hold(self) -> Mapping[int, int]:
        """No file tells."""
        return {}

    def let_go(self) -> None:
        """Nothing was held."""

    def whence(self) -> Whence:
        """From anybody who may send it."""
        return Whence.OUTSIDE


def sigwait(original: Any) -> Any:
    """What stands for `signal.sigwait`, and for `signal.sigwaitinfo`."""

    def sigwait(sigset: Any) -> Any:
        runtime = door.runtime
        if runtime is not None:
            sigset = frozenset(sigset)
            runtime.reach_outside("signal.wait", None, _Pending(sigset), None)
        came = original(sigset)
        if runtime is not None:
            runtime.log("signal.wait", None, signal_of(getattr(came, "si_signo", came)).kind)
        return came

    return sigwait


def sigtimedwait(original: Any) -> Any:
    """What stands for `signal.sigtimedwait`."""

    def sigtimedwait(sigset: Any, timeout: float, /) -> Any:
        runtime = door.runtime
        if runtime is None or timeout < 0:
            return original(sigset, timeout)
        sigset = frozenset(sigset)
        came = runtime.reach_outside("signal.wait", None, _Pending(sigset), round(timeout * SECOND))
        found = original(sigset, 0) if came else None
        if found is None:
            runtime.time_out("signal.timeout", None)
        else:
            runtime.log("signal.wait", None, signal_of(found.si_signo).kind)
        return found

    return sigtimedwait


def _sigwait(original: Any) -> Any:
    return named_as(original, sigwait(original))  # one that is written in Python


#: Where it is, its name, and what makes the function that stands for it; not every system has all of them.
FUNCTIONS: list[tuple[ModuleType, str, Callable[[Any], Any]]] = [
    (signal, "pause", pause),
    (signal, "sigwait", _sigwait),
    (signal, "sigwaitinfo", sigwait),
    (signal, "sigtimedwait", sigtimedwait),
]
