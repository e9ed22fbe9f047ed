"""How a job is to be executed: who chooses, who records, and what is said about it afterwards."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from replay.strategies import make_fair

if TYPE_CHECKING:
    from replay.debugger.session import Session
    from replay.job import Job
    from replay.kernel import Kernel
    from replay.strategies import Strategy
    from tracer.events import Recorder
    from tracer.journal import Journal
    from tracer.outcome import Outcome


def _nothing(kernel: Kernel) -> None:
    pass


@dataclass
class Plan:
    """`begin` is called with the kernel before the execution, `end` with the outcome after it.

    `debugger` is the recorder, where the execution is debugged.
    """

    strategy: Strategy
    recorder: Recorder
    begin: Callable[[Kernel], object] = _nothing
    end: Callable[[Outcome], Outcome] = lambda outcome: outcome
    debugger: Session | None = None


def make_plan(job: Job, journal: Journal) -> Plan:
    """The plan for a job. Raises RecordingError for what cannot be replayed."""
    if job.trail:
        from replay.strategies.retrace import Retrace

        return Plan(Retrace(job.trail, journal), journal)
    if job.replay is None:
        return Plan(make_fair(job.strategy, job.seed, job.preempt), journal)
    from replay.following.plans import replay_plan  # most executions follow nothing, and start the faster for it

    return replay_plan(job, job.replay, journal)
