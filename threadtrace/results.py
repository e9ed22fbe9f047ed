"""Makes results of what an execution, or an exploration, of a function came to."""

from __future__ import annotations

import shutil
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import msgspec

from threadtrace.paths import moved, ready
from threadtrace.result import Failure, Result, text_of
from tracer.outcome import FailureKind, Verdict, verdict_of_run

if TYPE_CHECKING:
    from replay.exploring.functions import Investigated
    from replay.exploring.job import Report
    from replay.job import Job
    from replay.traced import Traced
    from threadtrace.foresight import Foresight


def result_of_run(done: Traced, job: Job, races: str, value: object) -> Result:
    """Of one execution, in which the function gave back `value`."""
    from threadtrace.explaining import causes
    from threadtrace.report import print_outcome

    foresight = _look(races, job.trace)
    outcome = done.outcome
    if foresight is not None:
        outcome = foresight.look(outcome, job.trace)
    verdict = verdict_of_run(outcome)
    found = causes(outcome, job.trace)
    return Result(
        verdict=verdict.value,
        events=outcome.events,
        points=outcome.points,
        threads=outcome.threads,
        failures=[_failure(one, outcome.schedule, job.trace, job.strategy, done.errors) for one in outcome.failures],
        uncontrolled=outcome.uncontrolled,
        warnings=[*outcome.warnings, *([one.message for one in foresight.all_findings] if foresight else [])],
        elapsed_s=outcome.variable.get("elapsed_s", 0.0),
        trace=job.trace,
        value=value,
        write=lambda again: text_of(lambda: print_outcome(outcome, verdict, found, foresight)),
    )


def result_of_exploration(found: Investigated, races: str, base: str, *, keeps: bool) -> Result:
    """Its traces go to files whose names begin with `base`; that of an execution that passed only if it `keeps` it."""
    from threadtrace.exploration import print_report
    from threadtrace.foresight import foreseen

    report, renamed = _kept(found.report, base, keeps=keeps)
    foresight: Foresight | None = None
    extra = []
    if found.report.sample:
        foresight, raced = foreseen(found.report.sample, races, renamed or found.report.sample)
        extra = raced.failures if raced is not None else []
    failures = []
    for number, one in enumerate(report.failures):
        shrunk = one.shrunk.schedule if one.shrunk is not None and one.shrunk_trace else ""
        failure = _failure(
            one.failure,
            shrunk or one.schedule,
            one.shrunk_trace or one.trace,
            one.strategy,
            found.errors if number == 0 else [],
        )
        failures.append(replace(failure, execution=one.execution, times=one.times))
    failures += [_failure(one, "", renamed, "random", []) for one in extra]
    return Result(
        verdict=Verdict.FAILED.value if extra else report.verdict.value,
        executions=report.executions,
        schedules=report.schedules,
        events=report.events,
        points=report.points,
        threads=report.threads,
        failures=failures,
        uncontrolled=report.uncontrolled,
        warnings=[*report.warnings, *([one.message for one in foresight.all_findings] if foresight else [])],
        advice=report.advice,
        strategies=report.strategies,
        coverage=report.coverage,
        estimate=report.estimate,
        elapsed_s=report.seconds,
        interrupted=report.interrupted,
        trace=renamed or (failures[0].trace if failures else ""),
        write=lambda again: text_of(lambda: print_report(report, foresight, extra, again=again)),
    )


def _failure(one: Any, schedule: str, trace: str, strategy: str, errors: list[tuple[str, BaseException]]) -> Failure:
    return Failure(
        kind=one.kind.value,
        fingerprint=one.fingerprint,
        message=one.message,
        threads=one.threads,
        objects=one.objects,
        sites=one.sites,
        gil=one.gil,
        strategy=strategy,
        schedule=schedule,
        trace=trace,
        exception=_exception_of(one, errors),
    )


def _exception_of(failure: Any, errors: list[tuple[str, BaseException]]) -> BaseException | None:
    if failure.kind is not FailureKind.EXCEPTION:
        return None
    return next((error for thread, error in errors if failure.threads[:1] == [thread]), None)


def _look(races: str, path: str) -> Foresight | None:
    """What an execution that passed tells of others: locks in opposite orders, data races."""
    if races == "off":
        return None
    from threadtrace.foresight import Foresight, follow

    foresight = Foresight(races, path)
    return foresight if follow(foresight, path) is not None else None


def _kept(report: Report, base: str, *, keeps: bool) -> tuple[Report, str]:
    """The report, with traces that stay, and the path of the one of an execution that passed, if that stays."""
    failures = []
    for number, one in enumerate(report.failures, 1):
        which = f".{number}" if number > 1 else ""
        trace = moved(one.trace, f"{base}{which}.trace")
        failures.append(
            msgspec.structs.replace(one, trace=trace, shrunk_trace=moved(one.shrunk_trace, f"{base}.shrunk.trace"))
        )
    sample = report.sample if report.sample and keeps else ""
    if sample:
        shutil.copyfile(sample, ready(f"{base}.trace"))
        sample = f"{base}.trace"
    return msgspec.structs.replace(report, failures=failures), sample
