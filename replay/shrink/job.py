"""What the shrinking process is told to do, and what it says; light to import."""

from __future__ import annotations

import msgspec

from replay.job import Job
from tracer.events import Event
from tracer.outcome import Divergence, Failure

#: The trace of the best execution is called like that of the job, and this.
BEST = ".best"


class ShrinkJob(msgspec.Struct, frozen=True):
    """`job` is a replay of the failing recording, its `time_limit` that of one execution. Times are in seconds."""

    job: Job
    executions: int
    time_limit: float


class Cost(msgspec.Struct, frozen=True):
    """What is made small."""

    preemptions: int
    switches: int
    operations: int


class Progress(msgspec.Struct, frozen=True, tag=True):
    """Said now and then."""

    executions: int
    phase: str
    preemptions: int
    switches: int


class Critical(msgspec.Struct, frozen=True):
    """One of the two operations that decide, with all that its thread does until its next one, at another place."""

    event: Event
    until: str


class Result(msgspec.Struct, frozen=True, tag=True):
    """Said last. `minimal`: no schedule with fewer preemptions fails alike; they were all executed.

    `pair` are the operations whose order decides: as they are it fails, the other way round it passes. `passed` is how
    many executions did not fail. Without `failure` the recording did not fail, or `divergence` says why it could not be
    repeated.
    """

    before: Cost
    after: Cost
    executions: int
    elapsed_s: float
    minimal: bool
    reason: str = ""
    failure: Failure | None = None
    schedule: str = ""
    pair: list[Critical] = []
    divergence: Divergence | None = None
    passed: int = 0
