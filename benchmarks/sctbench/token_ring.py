"""Three threads that copy a token around a ring, and one that expects it to have arrived everywhere."""

from __future__ import annotations

import threading

from benchmarks.sctbench.threads import start


class _Ring:
    def __init__(self) -> None:
        self.atomic = threading.Lock()
        self.x1 = 1
        self.x2 = 2
        self.x3 = 1
        self.passed1 = False
        self.passed2 = False
        self.passed3 = False

    def pass1(self) -> None:
        with self.atomic:
            self.x1 = (self.x3 + 1) % 4
            self.passed1 = True

    def pass2(self) -> None:
        with self.atomic:
            self.x2 = self.x1
            self.passed2 = True

    def pass3(self) -> None:
        with self.atomic:
            self.x3 = self.x2
            self.passed3 = True

    def check(self) -> None:
        with self.atomic:
            if self.passed1 and self.passed2 and self.passed3:
                assert self.x1 == self.x2 and self.x2 == self.x3, "the token is not everywhere"


def token_ring() -> None:
    """Fails where the check comes last, and the others not in the order of the ring.

    The main thread joins nobody.
    """
    ring = _Ring()
    start(ring.pass1, ring.pass2, ring.pass3, ring.check)
