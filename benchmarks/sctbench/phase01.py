"""Two threads that take two locks in phases, and forget to release one."""

from __future__ import annotations

import threading

from benchmarks.sctbench.threads import run


class _Phases:
    def __init__(self) -> None:
        self.x = threading.Lock()
        self.y = threading.Lock()

    def work(self) -> None:
        self.x.acquire()
        self.x.release()
        self.x.acquire()  # the bug: it is never released
        self.y.acquire()
        self.y.release()
        self.y.acquire()
        self.y.release()


def phase01() -> None:
    """Deadlocks on every schedule: one of the threads waits for the lock that the other one has kept."""
    phases = _Phases()
    run(phases.work, phases.work)
