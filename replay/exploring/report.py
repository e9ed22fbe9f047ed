"""What the process that explores says, in lines of JSON: how far it is, and in the end what it found."""

from __future__ import annotations

import msgspec

from replay.exploring.campaign import Exploration  # noqa: TC001 - these travel
from replay.shrink.job import Result
from tracer.outcome import Failure, Verdict


class Progress(msgspec.Struct, frozen=True, tag=True):
    """Said now and then. `strategy` is the one whose execution was made last; `phase` what goes on."""

    phase: str
    executions: int = 0
    schedules: int = 0
    failures: int = 0
    seconds: float = 0.0
    strategy: str = ""


class Reported(msgspec.Struct, frozen=True):
    """A failure: how often it was found, and first in which execution, by which strategy.

    `trace` is a recording of that execution, `schedule` the same as text; `replayed` tells that it was executed again
    from the start, event by event. `shrunk` is what shrinking came to, with its trace at `shrunk_trace`.
    """

    failure: Failure
    times: int
    number: int
    strategy: str
    schedule: str = ""
    trace: str = ""
    replayed: bool = False
    note: str = ""
    shrunk: Result | None = None
    shrunk_trace: str = ""
    gil_note: str = ""


class Report(msgspec.Struct, frozen=True, tag=True):
    """Said last."""

    verdict: Verdict
    found: Exploration
    failures: list[Reported] = []
    coverage: float = 0.0
    advice: list[str] = []
