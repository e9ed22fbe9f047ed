"""Executes a failing execution once more, from the start and in a process of its own, and replays that.

Until then a failure is a claim. What depends on something that copies of a process share, or that is not the same each
time, does not happen again; it is no failure that anybody could look into.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from replay.exploring.job import Reported
from replay.following.plans import replay_plan
from replay.job import Job, Replay
from replay.plan import Plan
from replay.shrink.attempts import Attempts, BudgetSpent
from replay.shrink.watch import Watched
from replay.strategies import RandomWalk
from replay.strategies.retrace import Retrace
from tracer import real
from tracer.outcome import FailureKind

if TYPE_CHECKING:
    from collections.abc import Callable

    from replay.exploring.campaign import Found
    from replay.shrink.attempts import Attempt, Way
    from tracer.journal import Journal
    from tracer.outcome import Failure, Outcome

#: For recording and replaying one failure, in seconds.
_TO_RECORD = 60.0


class Recording:
    """Records executions of a program, or a function. `job.trace` is a file for what is not to be kept."""

    def __init__(self, job: Job, way: Way) -> None:
        self._job = job
        self._way = way

    def record(self, found: Found, path: str) -> Reported | None:
        """Records a failure at `path`. None if it did not happen again."""
        job = msgspec.structs.replace(self._job, trace=path, learned=found.spec.learned, strategy=found.spec.strategy)
        reported = Reported(found.failure, found.times, found.number, found.spec.strategy)
        try:
            attempts = self.attempts(1, job)
            attempt = attempts.follow(_retracing(found.run.trail, attempts), whole=True)
            failure = same_failure(found.failure, attempt.outcome)
            if failure is None:
                return None
            again = self._replayed(job, path)
        except BudgetSpent:
            return msgspec.structs.replace(reported, note="there was no time to execute it again")
        same = again.outcome.divergence is None and same_failure(failure, again.outcome) is not None
        note = "" if same else "it failed again when it was executed alike, but its trace could not be followed"
        return msgspec.structs.replace(
            reported, failure=failure, schedule=attempt.outcome.schedule, trace=path, replayed=same, note=note
        )

    def sample(self, path: str) -> bool:
        """Records some execution at `path`. Whether there was time for it."""
        try:
            attempts = self.attempts(1, msgspec.structs.replace(self._job, trace=path, strategy="random"))
            attempts.execute(lambda executed: RandomWalk(self._job.seed), whole=True)
        except BudgetSpent:
            return False
        return True

    def attempts(self, executions: int, job: Job) -> Attempts:
        """Makes executions for it."""
        return Attempts(job, executions, real.monotonic() + _TO_RECORD, self._way)

    def _replayed(self, job: Job, path: str) -> Attempt:
        replay = Replay(path)
        job = msgspec.structs.replace(job, trace=self._job.trace + ".again", replay=replay, strategy="replay")

        def planned(journal: Journal) -> Plan:
            plan = replay_plan(job, replay, journal)
            watched = Watched(plan.recorder)
            watched.inner = plan.strategy.choose
            return Plan(watched, watched, plan.begin, lambda outcome: attempts.sent(plan.end(outcome), watched.log))

        attempts = self.attempts(1, job)
        return attempts.follow(planned, passing_steps=False)


def same_failure(failure: Failure, outcome: Outcome) -> Failure | None:
    """The failure of an execution that is this one; an execution that does not end may be stopped anywhere."""
    for other in outcome.failures:
        if other.fingerprint == failure.fingerprint:
            return other
        if other.kind is failure.kind is FailureKind.LIVELOCK:
            return other
    return None


def _retracing(trail: list[int], attempts: Attempts) -> Callable[[Journal], Plan]:
    def planned(journal: Journal) -> Plan:
        watched = Watched(journal)
        watched.inner = Retrace(trail, watched).choose
        return Plan(watched, watched, end=lambda outcome: attempts.sent(outcome, watched.log))

    return planned
