"""Two variables that belong together, written in two critical sections."""

from __future__ import annotations

import threading

from benchmarks.sctbench.threads import run


class _Stages:
    def __init__(self) -> None:
        self.lock1 = threading.Lock()
        self.lock2 = threading.Lock()
        self.value1 = 0
        self.value2 = 0

    def write(self) -> None:
        with self.lock1:
            self.value1 = 1
        with self.lock2:
            self.value2 = self.value1 + 1

    def read(self) -> None:
        with self.lock1:
            if self.value1 == 0:
                return
            value1 = self.value1
        with self.lock2:
            value2 = self.value2
        assert value2 == value1 + 1, "the second stage has yet to be written"


def two_stage(writers: int, readers: int) -> None:
    """Fails where a reader comes after the first stage of a writer, and before the second one of any writer."""
    stages = _Stages()
    run(*[stages.write] * writers, *[stages.read] * readers)


def twostage() -> None:
    """One writer, one reader."""
    two_stage(1, 1)


def twostage_20() -> None:
    """Ten writers, ten readers."""
    two_stage(10, 10)


def twostage_50() -> None:
    """Forty writers, ten readers."""
    two_stage(40, 10)


def twostage_100() -> None:
    """Ninety-nine writers, one reader."""
    two_stage(99, 1)
