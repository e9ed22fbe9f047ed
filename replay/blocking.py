"""Finds calls that block the whole process: in something written in C, or on a lock that is not under control.

Threads under control share one OS thread. Where one of them waits in a call that nobody controls, none can go on. The
verdict names it, with its place: what was found, or not found, need not be what CPython would have come to.
"""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from tracer import real
from tracer.places import Origin, describe, origins, user_frame

if TYPE_CHECKING:
    from replay.kernel import Kernel

#: How long a call may take before it is said, in seconds.
PATIENCE = 1.0

#: A thread that waits uses less than this part of the time, or would use it if a processor were free; one that
#: computes, on a busy machine, more.
_IDLE = 0.1


class Blocking:
    """Of one execution, that runs in the OS thread `os_thread`. Watched from another one."""

    def __init__(self, kernel: Kernel, os_thread: int) -> None:
        self._kernel = kernel
        self._os_thread = os_thread
        self._statistics = f"/proc/self/task/{real.get_native_id()}/schedstat"
        self._said: set[str] = set()
        #: Whether the running thread was blocked when it was looked last.
        self.is_blocked = False
        self._begin()

    def _begin(self) -> None:
        self._progress = self._kernel.progress
        self._since = real.monotonic()
        self._computed = self._used()

    def _used(self) -> float:
        """Seconds in which the process computed, or its thread waited for a processor."""
        try:
            with real.open_(self._statistics, "rb", buffering=0) as file:
                waited = int(file.read().split()[1]) / 1e9
        except (OSError, ValueError, IndexError):  # not Linux
            waited = 0.0
        return real.process_time() + waited

    def _place(self) -> str | None:
        """Where the running thread is blocked; None where it is not."""
        waited = real.monotonic() - self._since
        if waited < PATIENCE or self._used() - self._computed > waited * _IDLE:
            return None
        frame = sys._current_frames().get(self._os_thread)
        if frame is None or origins[frame.f_code.co_filename] is Origin.OWN:
            return None
        where = user_frame(frame)
        return describe(where.f_code, where.f_lasti)

    def look(self) -> None:
        """To be called now and then."""
        kernel = self._kernel
        if kernel.progress != self._progress or kernel.is_waiting:
            self._begin()
            self.is_blocked = False
            return
        place = self._place()
        self.is_blocked = place is not None
        if place is not None and place not in self._said:
            self._said.add(place)
            kernel.uncontrolled.calls.append(
                f"{kernel.current.label} was blocked for more than {PATIENCE:g} s in a call that is not controlled, at "
                f"{place}: no other thread could go on meanwhile"
            )
