"""What the process that explores is told to do, and what it says; light to import."""

from __future__ import annotations

from typing import Any

import msgspec

from replay.job import Job
from replay.shrink.job import Result
from tracer.outcome import Failure, Verdict

#: The strategy that takes all others in turn.
PORTFOLIO = "portfolio"


class Budget(msgspec.Struct, frozen=True):
    """When to stop: after so many executions, so many seconds (None: never), or the first failure."""

    executions: int = 1000
    seconds: float | None = None
    keep_going: bool = False


class ExploreJob(msgspec.Struct, frozen=True):
    """A program, in `job`, and how it is to be explored, with `jobs` executions side by side.

    `job.time_limit` is that of one execution, in seconds, `job.trace` a file for what is not to be kept, beside which
    there may be others.
    """

    job: Job
    strategy: str = PORTFOLIO
    budget: Budget = Budget()
    jobs: int = 1


class Work(msgspec.Struct, frozen=True):
    """What to explore, where the traces go, and how far the first failure is shrunk, and by the GIL told from others.

    `traces` are the paths of the first failure's trace, of its shrunk one, and of the others', which have a number in
    the place of `{}`. Of `shrink` and `gil`, executions and seconds, nothing is done for 0. With `sample` an execution
    that passed is recorded, if nothing failed, in the first trace. With `explored`, a file, nothing is explored: what
    was found elsewhere is in that.
    """

    explore: ExploreJob
    traces: tuple[str, str, str]
    shrink: tuple[int, float] = (0, 0.0)
    gil: tuple[int, float] = (0, 0.0)
    sample: bool = False
    explored: str = ""


class Progress(msgspec.Struct, frozen=True, tag=True):
    """Said now and then. `phase` is what goes on; `strategies` tells how many executions each has made."""

    phase: str
    executions: int = 0
    schedules: int = 0
    failures: int = 0
    seconds: float = 0.0
    strategies: dict[str, int] = {}


class Reported(msgspec.Struct, frozen=True):
    """A failure: how often it was found, and first in which execution, by which strategy.

    `trace` is a recording of that execution, `schedule` the same as text; `replayed` tells that it was executed again
    from the start, event by event; otherwise `note` says why not. `shrunk` is what shrinking came to, with its trace at
    `shrunk_trace`.
    """

    failure: Failure
    times: int
    execution: int
    strategy: str
    schedule: str = ""
    trace: str = ""
    replayed: bool = False
    note: str = ""
    shrunk: Result | None = None
    shrunk_trace: str = ""
    gil_note: str = ""


class Report(msgspec.Struct, frozen=True, tag=True):
    """Said last. The fields are those of `replay.exploring.campaign.Exploration`, and what follows from them.

    `sample` is the trace of an execution that passed.
    """

    verdict: Verdict
    executions: int
    cut: int
    schedules: int
    states: int | None
    events: int
    points: int
    threads: list[str]
    failures: list[Reported]
    uncontrolled: list[str]
    warnings: list[str]
    strategies: dict[str, int]
    seconds: float
    interrupted: bool
    coverage: float
    estimate: float | None
    advice: list[str]
    sample: str = ""

    def as_json(self) -> dict[str, Any]:
        """All of it, as plain values."""
        found: dict[str, Any] = msgspec.to_builtins(self)
        return found
