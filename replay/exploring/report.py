"""What is said of an exploration in the end."""

from __future__ import annotations

from typing import TYPE_CHECKING

from replay.exploring.job import Progress, Report
from replay.exploring.verdict import advice, coverage, verdict_of

if TYPE_CHECKING:
    from collections.abc import Iterable

    from replay.exploring.campaign import Exploration, Found
    from replay.exploring.job import Reported


def keep_those_that_happen_again(found: Exploration, again: Iterable[tuple[Found, Reported | None]]) -> list[Reported]:
    """The failures that happened again when they were executed once more; of the others there are warnings."""
    kept, failures = [], []
    for one, reported in again:
        if reported is not None:
            kept.append(one)
            failures.append(reported)
            continue
        found.doubt = "an execution did not end the same when it was executed alike"
        found.is_exhausted = False
        found.warnings.append(
            f"execution {one.number:,} failed, and did not fail again when the program was executed alike, from its "
            f"start: {one.failure.message}"
        )
    found.failures = kept
    return failures


def report_of(found: Exploration, failures: list[Reported], preempt: str, sample: str = "") -> Report:
    """All of it, with the verdict and what that rests on."""
    return Report(
        verdict=verdict_of(found),
        executions=found.executions,
        cut=found.cut,
        schedules=found.schedules,
        states=found.states,
        events=found.events,
        points=found.points,
        threads=found.threads,
        failures=failures,
        uncontrolled=found.uncontrolled,
        warnings=found.warnings,
        strategies=found.by_strategy,
        seconds=round(found.seconds, 6),
        interrupted=found.interrupted,
        coverage=round(coverage(found), 6),
        estimate=found.estimate,
        advice=advice(found, preempt),
        sample=sample,
    )


def progress_of(found: Exploration, phase: str) -> Progress:
    """How far an exploration has come."""
    return Progress(
        phase, found.executions, found.schedules, len(found.failures), round(found.seconds, 3), found.by_strategy
    )
