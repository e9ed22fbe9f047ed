"""What came of an execution, for people."""

from __future__ import annotations

import linecache
from typing import TYPE_CHECKING

import click

from threadtrace.explaining import causes_in, print_short
from tracer.outcome import Ending, FailureKind, Verdict
from tracer.places import users_place

if TYPE_CHECKING:
    from collections.abc import Sequence

    from replay.shrink.job import Critical, Result
    from threadtrace.foresight import Foresight
    from tracer.analysis.finding import Finding
    from tracer.outcome import Divergence, Failure, Outcome, Waiting

#: What to say of a verdict, and in which colour.
_VERDICTS = {
    Verdict.PASSED: ("passed: nothing failed in this execution; other interleavings may", "green"),
    Verdict.UNCONTROLLED: (
        "passed as far as it was controlled: see above for what was not",
        "yellow",
    ),
    Verdict.NOTHING_TESTED: ("nothing was tested: the program used one thread only, or never synchronised", "yellow"),
}


def print_outcome(
    outcome: Outcome, verdict: Verdict, found: Sequence[Finding] = (), foresight: Foresight | None = None
) -> None:
    """Prints failures with everything known about them, then the verdict.

    `found` are the causes, where known, and `foresight` what may go wrong elsewhere.
    """
    click.echo()
    for failure in outcome.failures:
        if failure.kind is FailureKind.DATA_RACE and foresight is not None:
            foresight.racing.print_failure(failure)
        else:
            print_failure(failure, found)
    if outcome.divergence is not None:
        _print_divergence(outcome.divergence)
    if outcome.ending is Ending.INTERRUPTED:
        click.secho("interrupted", fg="yellow", bold=True)
    if outcome.ending is not Ending.COMPLETED:
        _print_stopped(outcome)
    if outcome.abandoned:
        click.echo(f"abandoned at exit (daemon threads): {', '.join(outcome.abandoned)}")
    for note in outcome.notes:
        click.echo(note)
    for one in outcome.uncontrolled:
        click.secho(f"not controlled: {one}", fg="yellow")
    for warning in outcome.warnings:
        click.secho(f"warning: {warning}", fg="yellow")
    if warnings := [one for one in found if not one.failure]:
        click.secho("warning: daemon threads hang:", fg="yellow")
        print_short(warnings, colour="yellow")
    if foresight is not None:
        foresight.print()
    if verdict in _VERDICTS and outcome.ending is Ending.COMPLETED:
        text, colour = _VERDICTS[verdict]
        click.secho(text, fg=colour, bold=True)
    click.secho(
        f"{outcome.events:,} events, {outcome.points:,} scheduling points, {_count(len(outcome.threads), 'thread')}, "
        f"{outcome.virtual_time:g} s of program time in {outcome.variable.get('elapsed_s', 0.0):.3f} s",
        dim=True,
    )


def _print_stopped(outcome: Outcome) -> None:
    """Where the threads stood when an execution was stopped from outside."""
    if outcome.waiting:
        click.echo("where the threads were:")
    for one in outcome.waiting:
        _print_waiting(one)


def print_failure(failure: Failure, found: Sequence[Finding] = ()) -> None:
    """Prints what is known of a failure, with those of the causes that were `found` which explain it."""
    click.secho(failure.message, fg="red", bold=True)
    for site in failure.sites if not failure.waiting else []:
        click.echo(f"  at {site}")
    for one in failure.waiting:
        _print_waiting(one)
    if causes := causes_in(failure, found):
        click.echo("why:")
        print_short(causes)
    click.echo()


def print_shrunk(result: Result, path: str) -> None:
    """Prints what shrinking came to."""
    click.echo()
    if result.divergence is not None:
        _print_divergence(result.divergence)
        return
    before, after = result.before, result.after
    if result.failure is not None:
        print_failure(result.failure)
    click.secho(
        f"shrunk: {_count(before.preemptions, 'preemption')} to {after.preemptions:,}, "
        f"{_count(before.switches, 'context switch', 'es')} to {after.switches:,}",
        bold=True,
    )
    if result.minimal and after.preemptions:
        click.echo("minimal: it fails on no schedule with fewer preemptions; all of them were executed")
    elif result.minimal:
        click.echo("minimal: it fails without any preemption")
    else:
        click.echo(f"it may not be minimal: {result.reason}")
    if result.pair:
        first, second = result.pair
        click.echo("\nwhat decides: it fails because")
        _print_critical(first)
        click.echo("comes before")
        _print_critical(second)
        click.echo("the other way round, with all else as it was, it passes")
    elif result.passed == 0:
        click.echo("no order of two operations decides: it failed on every schedule that was tried")
    click.secho(f"\n{_count(result.executions, 'execution')} in {result.elapsed_s:.1f} s", dim=True)
    click.secho(f"trace: {path}", dim=True)


def _print_critical(critical: Critical) -> None:
    event = critical.event
    target = f" {event.object}" if event.object else ""
    place = f"  at {event.place}" if event.place else ""
    click.echo(f"  {click.style(event.thread, bold=True)}: {event.operation}{target}{place}")
    file, _, line = event.place.rpartition(":")
    source = linecache.getline(file, int(line)).strip() if line.isdecimal() else ""
    if source:
        click.echo(f"      {source}")
    if critical.until not in ("", event.place):
        click.echo(f"      and what follows it, up to {critical.until}")


def _print_divergence(divergence: Divergence) -> None:
    click.secho(f"diverged at event {divergence.number:,}", fg="red", bold=True)
    click.echo(f"  expected  {divergence.expected}")
    click.echo(f"  actual    {divergence.actual}")
    if divergence.last_common:
        click.echo(f"  the last event that was the same: {divergence.last_common}")
    if divergence.expected_enabled is not None:
        click.echo(f"  could go on in the recording: {', '.join(divergence.expected_enabled) or 'nobody'}")
    click.echo(f"  could go on now: {', '.join(divergence.actual_enabled) or 'nobody'}")
    for number, cause in enumerate(divergence.causes):
        click.echo(f"  {'likely cause: ' if not number else 'or: '}{cause}")
    click.echo()


def _print_waiting(waiting: Waiting) -> None:
    name = click.style(waiting.thread, bold=True) + (" (daemon)" if waiting.daemon else "")
    target = f" {waiting.object}" if waiting.object else ""
    click.echo(f"  {name}: {waiting.operation}{target}" + (f"  at {waiting.place}" if waiting.place else ""))
    if waiting.source:
        click.echo(f"      {waiting.source}")
    if (caller := users_place(waiting.place, waiting.stack)) != waiting.place:
        click.echo(f"      called at {caller}")
    for holder in waiting.holders:
        where = f", acquired at {holder.place}" if holder.place else ""
        click.echo(f"      waits for {holder.thread}{where}")
    if waiting.note:
        click.echo(f"      {waiting.note}")


def _count(number: int, what: str, ending: str = "s") -> str:
    return f"{number:,} {what}" if number == 1 else f"{number:,} {what}{ending}"
