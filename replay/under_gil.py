"""The process that finds out whether a failure is reached under the GIL of this version of Python, too.

First the failing interleaving itself is followed where only those switches are possible that CPython makes
(`replay.strategies.gil`): if it comes to the same failure, that is proof. Otherwise other interleavings are tried, by
chance and at most so many: one of them may come to it. If none does, nothing is proved, and what is said is that it was
not found in so many executions.

It prepares the program and forks an execution of it again and again, as shrinking does, without output.
"""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import msgspec

from replay.following.plans import replay_plan
from replay.job import HOST_FAILED, Job
from replay.plan import Plan
from replay.program import ProgramError
from replay.shrink.attempts import Attempts, BudgetSpent, CannotExecute
from replay.shrink.forked import Forked, prepared
from replay.shrink.watch import Watched
from replay.strategies import RandomWalk
from tracer import patch, real

if TYPE_CHECKING:
    from replay.shrink.attempts import Chooser, Way
    from tracer.journal import Journal


class GilJob(msgspec.Struct, frozen=True):
    """`job` is a replay of the failing recording at the level `gil`; `fingerprints` are those of its failures.

    At most `executions` are tried, for `time_limit` seconds.
    """

    job: Job
    fingerprints: list[str]
    executions: int
    time_limit: float


class Reached(msgspec.Struct, frozen=True):
    """The failures that were reached: `itself` by the failing interleaving, `otherwise` by another one.

    `executions` is how many interleavings were tried for the others.
    """

    itself: list[str]
    otherwise: list[str]
    executions: int


def look(work: GilJob, way: Way) -> Reached:
    """Tries it. Raises CannotExecute."""
    wanted = set(work.fingerprints)
    attempts = Attempts(work.job, work.executions + 1, real.monotonic() + work.time_limit, way)
    assert work.job.replay is not None
    replay = work.job.replay

    def planned(journal: Journal) -> Plan:
        plan = replay_plan(work.job, replay, journal)
        watched = Watched(plan.recorder)
        watched.inner = plan.strategy.choose
        return Plan(watched, watched, plan.begin, lambda outcome: attempts.sent(plan.end(outcome), watched.log))

    attempt = attempts.follow(planned, passing_steps=False)
    itself = wanted & set(attempt.fingerprints)
    if attempt.outcome.divergence is not None:
        itself.clear()
    otherwise: set[str] = set()
    seed = 0
    try:
        while wanted - itself - otherwise:
            for one in attempts.execute_all([_by_chance(seed + number) for number in range(attempts.at_once)]):
                otherwise |= wanted & set(one.fingerprints)
            seed += attempts.at_once
    except BudgetSpent:
        pass
    return Reached(sorted(itself), sorted(otherwise - itself), attempts.count - 1)


def _by_chance(seed: int) -> Chooser:
    return lambda executed: RandomWalk(seed)


def main() -> None:
    """Reads the job from the first argument and does it."""
    work = msgspec.json.decode(sys.argv[1], type=GilJob)
    patch.install()
    try:
        real.write(1, msgspec.json.encode(look(work, Forked(prepared(work.job)))) + b"\n")
    except (BrokenPipeError, CannotExecute):
        sys.exit(HOST_FAILED)
    except ProgramError as error:
        print(f"threadtrace: {error}", file=sys.stderr)
        sys.exit(HOST_FAILED)
