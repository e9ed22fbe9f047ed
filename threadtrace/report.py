"""What came of an execution, for people."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from tracer.outcome import Ending, Verdict

if TYPE_CHECKING:
    from tracer.outcome import Divergence, Failure, Outcome, Waiting

#: What to say of a verdict, and in which colour.
_VERDICTS = {
    Verdict.PASSED: ("passed: nothing failed in this execution; other interleavings may", "green"),
    Verdict.NOTHING_TESTED: ("nothing was tested: the program used one thread only, or never synchronised", "yellow"),
}


def print_outcome(outcome: Outcome, verdict: Verdict) -> None:
    """Prints failures with everything known about them, then the verdict."""
    click.echo()
    for failure in outcome.failures:
        _print_failure(failure)
    if outcome.divergence is not None:
        _print_divergence(outcome.divergence)
    if outcome.ending is Ending.INTERRUPTED:
        click.secho("interrupted", fg="yellow", bold=True)
    if outcome.waiting:
        click.echo("where the threads were:")
    for one in outcome.waiting:
        _print_waiting(one)
    if outcome.abandoned:
        click.echo(f"abandoned at exit (daemon threads): {', '.join(outcome.abandoned)}")
    for note in outcome.notes:
        click.echo(note)
    for warning in outcome.warnings:
        click.secho(f"warning: {warning}", fg="yellow")
    if verdict in _VERDICTS and outcome.ending is Ending.COMPLETED:
        text, colour = _VERDICTS[verdict]
        click.secho(text, fg=colour, bold=True)
    click.secho(
        f"{outcome.events:,} events, {outcome.points:,} scheduling points, {_count(len(outcome.threads), 'thread')}, "
        f"{outcome.virtual_time:g} s of program time in {outcome.variable.get('elapsed_s', 0.0):.3f} s",
        dim=True,
    )


def _print_failure(failure: Failure) -> None:
    click.secho(failure.message, fg="red", bold=True)
    for site in failure.sites if not failure.waiting else []:
        click.echo(f"  at {site}")
    for one in failure.waiting:
        _print_waiting(one)
    click.echo()


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
    for holder in waiting.holders:
        where = f", acquired at {holder.place}" if holder.place else ""
        click.echo(f"      waits for {holder.thread}{where}")
    if waiting.note:
        click.echo(f"      {waiting.note}")


def _count(number: int, what: str) -> str:
    return f"{number:,} {what}" if number == 1 else f"{number:,} {what}s"
