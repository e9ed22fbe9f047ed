"""What an exploration came to, for people, and in JSON."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click
import msgspec

from threadtrace.report import print_failure
from tracer.outcome import FailureKind, Verdict
from tracer.places import shown_path
from tracer.trace import TraceError, TraceReader

if TYPE_CHECKING:
    from collections.abc import Sequence

    from replay.exploring.job import Report, Reported
    from threadtrace.foresight import Foresight
    from tracer.analysis.finding import Finding
    from tracer.outcome import Failure

#: An estimate of more executions than this says no more than that there are many.
_MANY = 1e9

#: Strategies that never make an execution twice.
_SEARCHES = ("dpor", "preemption-bounded", "delay-bounded")

#: Other kinds of failure that are printed.
_OTHERS_SHOWN = 10


def causes_of_failure(reported: Reported) -> list[Finding]:
    """Why it failed, as far as its trace tells."""
    path = reported.shrunk_trace or reported.trace
    if not path or reported.failure.kind is not FailureKind.DEADLOCK:
        return []
    from tracer.analysis.findings import causes_of

    try:
        with TraceReader(path) as reader:
            return causes_of(reader, lambda: reader.outcome)
    except (OSError, TraceError):
        return []


def print_report(
    report: Report,
    foresight: Foresight | None,
    extra: Sequence[Failure] = (),
    *,
    again: str = "threadtrace replay {}",
) -> None:
    """Prints the first failure with everything that is known about it, the others in a line each, and the verdict.

    `extra` are failures of an execution that passed: data races. `again` makes a trace happen again: a format for its
    path.
    """
    click.echo()
    if report.failures:
        _print_first(report.failures[0], again)
        _print_others(report.failures[1:])
    for one in report.uncontrolled:
        click.secho(f"not controlled: {one}", fg="yellow")
    for failure in extra:
        if foresight is not None:
            foresight.racing.print_failure(failure)
    for warning in report.warnings:
        click.secho(f"warning: {warning}", fg="yellow")
    if foresight is not None:
        foresight.print()
    if report.interrupted:
        click.secho("interrupted: this is what was found so far", fg="yellow", bold=True)
    if extra:
        click.secho(f"failed: {_count(len(extra), 'data race')}, though no execution failed", fg="red", bold=True)
    else:
        _print_verdict(report)
    rate = report.executions / report.seconds if report.seconds else 0.0
    click.secho(
        f"{_count(report.executions, 'execution')} in {report.seconds:.2f} s ({rate:,.0f} a second), "
        f"{_count(report.schedules, 'schedule')}{_states(report)}, {_count(len(report.threads), 'thread')}, "
        f"{_count(report.points, 'scheduling point')}{_given_up(report)}",
        dim=True,
    )


def _print_first(reported: Reported, again: str) -> None:
    found = causes_of_failure(reported)
    failure = reported.shrunk.failure if reported.shrunk is not None and reported.shrunk.failure else reported.failure
    path = reported.shrunk_trace or reported.trace
    if path:
        from threadtrace.columns import print_columns

        try:
            print_columns(path)
        except (OSError, TraceError) as error:
            click.secho(f"the interleaving cannot be shown: {error}", fg="yellow")
        click.echo()
    print_failure(failure, found)
    if reported.shrunk is not None:
        _print_shrunk(reported)
    if reported.gil_note:
        click.echo(reported.gil_note)
    if reported.note:
        click.secho(f"warning: {reported.note}", fg="yellow")
    if path:
        click.secho(f"\nreplay it: {again.format(shown_path(path))}", bold=True)
        if path != reported.trace:
            click.secho(f"as it was found: {shown_path(reported.trace)}", dim=True)


def _print_shrunk(reported: Reported) -> None:
    result = reported.shrunk
    assert result is not None
    if result.pair:
        first, second = (one.event for one in result.pair)
        click.echo(
            f"it fails because {click.style(first.thread, bold=True)} does {first.operation} {first.object or ''} "
            f"({first.place}) before {click.style(second.thread, bold=True)} does {second.operation} "
            f"{second.object or ''} ({second.place}); the other way round it passes"
        )
    elif result.passed == 0 and result.executions:
        click.echo("it failed on every schedule that was tried")
    if not result.after.preemptions:
        click.echo("it fails without any preemption")
        return
    least = "no schedule with fewer does" if result.minimal else f"fewer may do: {result.reason}"
    count = result.after.preemptions
    click.echo(f"{_count(count, 'preemption')} {'causes' if count == 1 else 'cause'} it, {least}")


def _print_others(others: Sequence[Reported]) -> None:
    for number, reported in enumerate(others[:_OTHERS_SHOWN], 2):
        where = f"  trace: {shown_path(reported.trace)}" if reported.trace else ""
        click.secho(f"{number}. {reported.failure.message}", fg="red", nl=False)
        click.echo(f"  ({_count(reported.times, 'execution')}, first in number {reported.execution:,}){where}")
    if len(others) > _OTHERS_SHOWN:
        click.echo(f"… and {len(others) - _OTHERS_SHOWN} other kinds of failure; --json has all")


def _print_verdict(report: Report) -> None:
    if report.verdict is Verdict.FAILED:
        first = report.failures[0]
        kinds = f"{len(report.failures)} kinds of failure" if len(report.failures) > 1 else first.failure.kind.value
        text = f"failed: {kinds}, found in execution {first.execution:,} by {first.strategy}"
        click.secho(text, fg="red", bold=True)
        return
    if report.verdict is Verdict.EXHAUSTED:
        click.secho(
            "exhausted: every schedule was covered, up to the order of independent operations", fg="green", bold=True
        )
    elif report.verdict is Verdict.NOTHING_TESTED:
        why = "the program used one thread only, or never synchronised"
        if not report.executions:
            why = "no execution came to its end in time"
        click.secho(f"nothing was tested: {why}", fg="yellow", bold=True)
    else:
        click.secho(f"sampled: nothing failed; {_how_much(report)}", fg="green", bold=True)
    for one in report.advice:
        click.echo(f"  {one}")


def _how_much(report: Report) -> str:
    """What part of all schedules that was."""
    texts = []
    if any(one not in _SEARCHES for one in report.strategies):
        texts.append(f"{1 - report.coverage:.0%} of further executions by chance would be new ones")
    if report.estimate is not None and report.estimate > report.executions:
        many = f"some {float(f'{report.estimate:.2g}'):,.0f}" if report.estimate < _MANY else "far too many"
        texts.append(f"there are {many} different ones up to the order of independent operations")
    return "; ".join(texts) or "there are others"


def _given_up(report: Report) -> str:
    return f", {report.cut:,} given up because they repeat others" if report.cut else ""


def _states(report: Report) -> str:
    return "" if report.states is None else f", {_count(report.states, 'final state')}"


def _count(number: int, what: str) -> str:
    return f"{number:,} {what}" if number == 1 else f"{number:,} {what}s"


def in_json(report: Report, foresight: Foresight | None, extra: Sequence[Failure] = ()) -> dict[str, Any]:
    """The JSON object of an exploration. The keys are a contract."""
    found = report.as_json()
    del found["type"]
    failures = []
    for one in report.failures:
        causes = causes_of_failure(one)
        failures.append(
            {
                **msgspec.to_builtins(one.failure),
                "execution": one.execution,
                "times": one.times,
                "strategy": one.strategy,
                "schedule": one.schedule or None,
                "trace": one.trace or None,
                "replayed": one.replayed,
                "note": one.note,
                "gil_note": one.gil_note,
                "shrunk": msgspec.to_builtins(one.shrunk),
                "shrunk_trace": one.shrunk_trace or None,
                "causes": [cause.message for cause in causes],
            }
        )
    failures += [
        {**msgspec.to_builtins(one), "execution": None, "times": 1, "schedule": None, "trace": report.sample or None}
        for one in extra
    ]
    if extra:
        found["verdict"] = Verdict.FAILED.value
    warnings = [*report.warnings, *([one.message for one in foresight.all_findings] if foresight is not None else [])]
    seconds = found.pop("seconds")
    return found | {
        "failures": failures,
        "warnings": warnings,
        "elapsed_s": seconds,
        "executions_per_s": round(report.executions / seconds, 3) if seconds else 0.0,
    }
