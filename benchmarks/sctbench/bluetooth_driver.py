"""A driver that is stopped while a request comes in: a count of those inside, and a flag for those to come."""

from __future__ import annotations

import threading

from benchmarks.sctbench.threads import join, start


class _Device:
    def __init__(self) -> None:
        self.atomic = threading.Lock()
        self.pending = 1
        self.stopping = False
        self.nobody_inside = False
        self.stopped = False

    def enter(self) -> bool:
        """Counts a request, unless the driver is being stopped. The bug: it looks before it counts."""
        if self.stopping:
            return False
        with self.atomic:
            self.pending += 1
        return True

    def leave(self) -> None:
        with self.atomic:
            self.pending -= 1
            pending = self.pending
        if pending == 0:
            self.nobody_inside = True

    def request(self) -> None:
        if self.enter():
            assert not self.stopped, "the driver was stopped during a request"
        self.leave()

    def stop(self) -> None:
        self.stopping = True
        self.leave()
        if self.nobody_inside:
            self.stopped = True


def bluetooth_driver() -> None:
    """Fails where the driver is stopped completely after a request has looked at the flag."""
    device = _Device()
    threads = start(device.stop)
    device.request()
    join(threads)
