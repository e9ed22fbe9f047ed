"""Executes a function again and again, in this process."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from replay.traced import execute

if TYPE_CHECKING:
    from collections.abc import Callable

    from replay.job import Job
    from replay.plan import Plan
    from tracer.journal import Journal


@dataclass(frozen=True)
class _Ended:
    """An execution that is over as soon as it was begun."""

    trace: str
    sent: bytes

    def wait(self) -> tuple[bytes, int]:
        """What it sent, and the exit status of one that was not killed."""
        return self.sent, 0

    def end(self) -> None:
        """It has ended."""


class Here:
    """Executes `main` in this process. `errors` are the exceptions that ended threads of the last execution."""

    at_once = 1

    def __init__(self, main: Callable[[], object]) -> None:
        self._main = main
        self._sent = b""
        self.errors: list[tuple[str, BaseException]] = []

    def start(self, job: Job, planned: Callable[[Journal], Plan], *, whole: bool) -> _Ended:
        """Executes it."""
        self.errors = execute(self._main, job, planned).errors
        return _Ended(job.trace, self._sent)

    def send(self, data: bytes) -> None:
        """Keeps it."""
        self._sent = data
