"""What comes after an exploration: failures are recorded, replayed, shrunk and labelled, and all of it is reported."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import msgspec

from replay.exploring.job import Budget, ExploreJob, Reported, Work
from replay.exploring.recording import Recording
from replay.exploring.report import keep_those_that_happen_again, report_of
from replay.job import Job, Replay
from replay.shrink.job import BEST, ShrinkJob
from replay.shrink.shrinking import Shrinking
from replay.under_gil import GilJob, look

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from replay.exploring.campaign import Exploration, Found
    from replay.exploring.job import Report
    from replay.exploring.specs import Spec
    from replay.shrink.attempts import Way
    from replay.shrink.job import Progress as ShrinkProgress

#: Kinds of failure that are recorded.
_MOST_RECORDED = 20


#: Seconds that an execution may take to be made once more for what its trace tells.
_LONG = 2.0


class Aftermath:
    """Does the `work`. `explored` explores, `way` makes single executions, `say` is told what goes on."""

    def __init__(
        self, work: Work, way: Way, explored: Callable[[ExploreJob], Exploration], say: Callable[[str], object]
    ) -> None:
        self._work = work
        self._job = work.explore.job
        self._way = way
        self._explored = explored
        self._say = say
        self._recording = Recording(self._job, way)
        #: By fingerprint, the executions that failed again when they were executed once more.
        self._specs: dict[str, Spec] = {}
        #: Whether what goes on now may be ended by a KeyboardInterrupt.
        self.may_be_interrupted = False

    def report(self, found: Exploration | None = None) -> Report:
        """Explores, unless something was `found` already, records, replays, shrinks. Raises CannotExecute."""
        explore = self._work.explore
        found = found or self._explored(explore)
        failures = self._recorded(found)
        if found.failures and not failures and not explore.budget.keep_going and not found.interrupted:
            # What stopped the exploration was no failure that happens again: so it is to go on.
            budget = msgspec.structs.replace(explore.budget, keep_going=True)
            found = self._explored(msgspec.structs.replace(explore, budget=budget))
            failures = self._recorded(found)[:1]
        if failures and failures[0].replayed:
            failures[0] = self._labelled(self._shrunk(failures[0]))
        is_quick = found.seconds <= _LONG * found.executions
        sample = self._sample() if not failures and self._work.sample and is_quick else ""
        return report_of(found, failures, self._job.preempt, sample)

    def _recorded(self, found: Exploration) -> list[Reported]:
        """Records the failures that happen again."""
        return keep_those_that_happen_again(found, self._record(found.failures[:_MOST_RECORDED]))

    def _record(self, failures: list[Found]) -> Iterator[tuple[Found, Reported | None]]:
        first, _, others = self._work.traces
        count = 0
        for one in failures:
            self._say("recording")
            reported = self._recording.record(one, others.format(count + 1) if count else first)
            if reported is not None:
                count += 1
                self._specs[one.failure.fingerprint] = one.spec
            yield one, reported

    def _sample(self) -> str:
        self._say("recording")
        path = self._work.traces[0]
        return path if self._recording.sample(path) else ""

    def _shrunk(self, reported: Reported) -> Reported:
        executions, seconds = self._work.shrink
        if not executions:
            return reported
        scratch = self._job.trace + ".attempt"
        job = self._replaying(scratch, reported)

        def tell(progress: ShrinkProgress) -> None:
            self._say(f"shrinking: {progress.phase}")

        self.may_be_interrupted = True
        result = Shrinking(ShrinkJob(job, executions, seconds), self._way, tell).run()
        self.may_be_interrupted = False
        path = ""
        if os.path.exists(scratch + BEST):
            path = self._work.traces[1]
            import shutil  # which maps what unpacks archives into the process

            shutil.move(scratch + BEST, path)
        return msgspec.structs.replace(reported, shrunk=result, shrunk_trace=path)

    def _labelled(self, reported: Reported) -> Reported:
        """Says whether the GIL lets the failure happen."""
        executions, seconds = self._work.gil
        if self._job.preempt != "any" or not executions:
            return reported
        self._say("looking whether the GIL lets it happen")
        fingerprint = reported.failure.fingerprint
        again = self._replaying(self._job.trace + ".attempt", reported)
        job = msgspec.structs.replace(again, preempt="gil")
        if fingerprint in look(GilJob(job, [fingerprint], 0, seconds), self._way).itself:
            return _with_label(reported, True, "the GIL of this Python lets it happen: this very interleaving")
        job = msgspec.structs.replace(self._job, preempt="gil")
        budget = Budget(executions, seconds, keep_going=True)
        other = self._explored(ExploreJob(job, budget=budget, jobs=self._work.explore.jobs))
        if any(one.failure.fingerprint == fingerprint for one in other.failures):
            note = "the GIL of this Python lets it happen, by another interleaving: --preempt gil finds it"
            return _with_label(reported, True, note)
        if other.is_exhausted:
            note = (
                "the GIL of this Python does not let it happen: all its schedules were covered; without a GIL it does"
            )
        else:
            note = (
                f"not found under the GIL of this Python in {other.executions:,} executions; without a GIL it happens"
            )
        return _with_label(reported, False, note)

    def _replaying(self, scratch: str, reported: Reported) -> Job:
        """A job that replays a failure."""
        source = reported.shrunk_trace or reported.trace
        learned = self._specs[reported.failure.fingerprint].learned
        return msgspec.structs.replace(
            self._job, trace=scratch, replay=Replay(source), strategy="replay", learned=learned
        )  # fmt: skip


def _with_label(reported: Reported, gil: bool, note: str) -> Reported:
    return msgspec.structs.replace(
        reported, failure=msgspec.structs.replace(reported.failure, gil=gil), gil_note=note
    )  # fmt: skip
