"""Makes a failing execution as simple as it can be, and finds the two operations that decide.

The trace of the best execution is beside the file of the job when it ends.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from replay.following.plans import replay_plan
from replay.plan import Plan
from replay.shrink.attempts import Attempt, Attempts, BudgetSpent
from replay.shrink.certify import STRAYED, cheaper
from replay.shrink.commute import commuted
from replay.shrink.critical import Pair, critical_pair
from replay.shrink.job import BEST, Cost, Critical, Progress, Result, ShrinkJob
from replay.shrink.reduce import reduce, tried
from replay.shrink.watch import Watched, as_switches
from replay.strategies.constrained import Constrained
from replay.strategies.ordered import Ordered
from tracer import real

if TYPE_CHECKING:
    from collections.abc import Callable

    from replay.shrink.attempts import Way
    from replay.strategies.constrained import Switches
    from tracer.journal import Journal
    from tracer.outcome import Divergence

#: For what is kept, beyond the budget: without it there is no result.
_EXECUTIONS_TO_KEEP, _SECONDS_TO_KEEP = 100, 15.0

#: For the critical pair, beyond the budget: without it the result explains nothing. That is half of the time of the
#: search, within these limits.
_EXECUTIONS_FOR_THE_PAIR = 300
_SECONDS_FOR_THE_PAIR = (3.0, 15.0)

_NOT_EACH_TIME = "it does not fail each time that it is executed alike"

#: How often it is said how far it is, in seconds.
_SAY_EVERY = 0.05


class Shrinking:
    """Shrinks one recording. `best` is the cheapest failing execution so far."""

    def __init__(
        self,
        work: ShrinkJob,
        way: Way,
        say: Callable[[Progress], object],
    ) -> None:
        self._work = work
        self._tell = say
        self._begin = real.monotonic()
        self._phase = "replaying"
        self._said = 0.0
        self._pair: Pair | None = None
        self._attempts = Attempts(work.job, work.executions, self._begin + work.time_limit, way, self._say)
        self._target = ""
        self.found: list[Attempt] = []

    @property
    def best(self) -> Attempt:
        """The last one that was better than those before."""
        return self.found[-1]

    def run(self) -> Result:
        """Does everything, as far as the budget goes."""
        original, divergence = self._replayed()
        if divergence is not None or original.passed:
            return self._result(original, minimal=False, divergence=divergence)
        self._target = original.fingerprints[0]
        self.found.append(original)
        minimal, reason = False, ""
        try:
            if self._target not in tried(self._attempts, as_switches(original.log)).fingerprints:
                return self._result(original, minimal=False, reason=_NOT_EACH_TIME)
            self._shrink()
            reason = self._doubt()
            minimal = not reason
        except BudgetSpent:
            reason = f"the budget was spent while {self._phase}"
        except KeyboardInterrupt:
            reason = f"interrupted while {self._phase}"
        cost = self.best.cost
        self._keep()
        if self.found and self.best.cost != cost:
            minimal, reason = False, STRAYED
        if not self.found:
            return self._result(original, minimal=False, reason=_NOT_EACH_TIME)
        if not reason.startswith("interrupted"):
            self._explain()
        return self._result(original, minimal, reason)

    def _replayed(self) -> tuple[Attempt, Divergence | None]:
        """The recorded execution, once more."""
        job = self._work.job
        assert job.replay is not None
        replay = job.replay

        def planned(journal: Journal) -> Plan:
            plan = replay_plan(job, replay, journal)
            watched = Watched(plan.recorder)
            watched.inner = plan.strategy.choose
            return Plan(
                watched, watched, plan.begin, lambda outcome: self._attempts.sent(plan.end(outcome), watched.log)
            )

        attempt = self._attempts.follow(planned)
        return attempt, attempt.outcome.divergence

    def _shrink(self) -> None:
        self._phase = "commuting independent operations"
        order = commuted(self.best.steps)
        self._try(self._attempts.execute(lambda executed: Ordered(order, executed)))
        self._try(tried(self._attempts, {}))
        while True:
            self._phase = "taking away switches"
            reduce(self._attempts, self.best, self._target, self.found)
            self._phase = "executing all schedules with fewer preemptions"
            found = cheaper(self._attempts, self._target, self.best.log.preemptions)
            if found is None:
                return
            self.found.append(found)

    def _doubt(self) -> str:
        """Why a search that found nothing cheaper is no proof; "" where it is one, or nothing could be cheaper."""
        if self.best.log.preemptions == 0:
            return ""
        if self._work.job.clock == "real":
            return "with --clock real a schedule depends on the machine's time, too"
        return self._attempts.doubt

    def _try(self, attempt: Attempt) -> None:
        if self._target in attempt.fingerprints and attempt.cost < self.best.cost:
            self.found.append(attempt)

    def _keep(self) -> None:
        """Executes the best once more, for its trace and its choices: what is kept is what is reported.

        One that does not fail again is given up for the one before it. Without any, nothing is kept.
        """
        self._attempts.extend(_EXECUTIONS_TO_KEEP, real.monotonic() + _SECONDS_TO_KEEP)
        try:
            while self.found:
                again = self._again(as_switches(self.best.log))
                if self._target in again.fingerprints:
                    self.found.append(again)
                    import shutil  # which maps what unpacks archives into the process

                    shutil.copyfile(self._work.job.trace, self._work.job.trace + BEST)
                    return
                self.found.pop()
        except BudgetSpent:
            self.found.clear()

    def _again(self, switches: Switches) -> Attempt:
        return self._attempts.execute(lambda executed: Constrained(switches, executed), keep_choices=True, whole=True)

    def _explain(self) -> None:
        self._phase = "looking for the two operations that decide"
        least, most = _SECONDS_FOR_THE_PAIR
        seconds = min(most, max(least, self._work.time_limit / 2))
        self._attempts.extend(_EXECUTIONS_FOR_THE_PAIR, real.monotonic() + seconds)
        try:
            self._pair = critical_pair(self._attempts, self.best, self._target)
        except (BudgetSpent, KeyboardInterrupt):
            pass

    def _result(
        self, original: Attempt, minimal: bool, reason: str = "", divergence: Divergence | None = None
    ) -> Result:
        best = self.best if self.found else original
        failures = best.outcome.failures
        return Result(
            before=Cost(*original.cost),
            after=Cost(*best.cost),
            executions=self._attempts.count,
            elapsed_s=round(real.monotonic() - self._begin, 3),
            minimal=minimal,
            reason=reason,
            failure=next((one for one in failures if one.fingerprint == self._target), None),
            schedule=best.schedule.encode() if best.header is not None else "",
            pair=_said(self._pair),
            passed=self._attempts.passed,
            divergence=divergence,
        )

    def _say(self, count: int) -> None:
        now = real.monotonic()
        if now - self._said < _SAY_EVERY:
            return
        self._said = now
        preemptions, switches, _ = self.best.cost if self.found else (0, 0, 0)
        self._tell(Progress(count, self._phase, preemptions, switches))


def _said(pair: Pair | None) -> list[Critical]:
    if pair is None:
        return []
    return [Critical(pair.first, pair.first_until), Critical(pair.second, pair.second_until)]
