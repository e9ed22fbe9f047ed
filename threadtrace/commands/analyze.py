"""`threadtrace analyze`: what a trace says beyond its events."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

import click
import msgspec

from threadtrace.explaining import Sources, in_json, print_finding
from tracer.analysis.findings import analysis
from tracer.outcome import Ending
from tracer.trace import TraceError, TraceReader

if TYPE_CHECKING:
    from tracer.analysis.findings import Analysis

_NOTHING = "nothing found in this one execution; other interleavings may fail"
_NOTHING_MORE = "nothing more was found in this one execution"

_CUT_OFF = (
    "the trace was cut off: the program was killed, or is still running, and where its threads stand is not known"
)


@click.command()
@click.argument("trace", type=click.Path())
@click.option("--json", "json", is_flag=True, help="Print one JSON object: `--json | jq '.findings[].message'`.")
def analyze(trace: str, json: bool) -> None:
    """Explain a TRACE: why its threads can never go on, and what may go wrong in another execution.

    Names lost wakeups, leaked permits, locks of ended threads, rings of locks and more, each with the operations
    that it rests on and what to try. docs/findings.md explains every kind.

    \b
    threadtrace analyze condition.trace
    threadtrace analyze condition.trace --json

    Exit status: 1 when this execution failed, 0 otherwise, 2 when the file is no trace, or is damaged.
    """
    try:
        with TraceReader(trace) as reader:
            done = analysis(reader)
    except OSError as error:
        raise click.ClickException(f"{trace}: cannot be read: {error.strerror}") from None
    except TraceError as error:
        raise click.ClickException(str(error)) from None
    failed = bool(reader.outcome is not None and reader.outcome.failures) or any(one.failure for one in done.findings)
    if json:
        click.echo(msgspec.json.encode(_as_json(reader, done)).decode())
    else:
        _print(reader, done)
    sys.exit(1 if failed else 0)


def _as_json(reader: TraceReader, done: Analysis) -> dict[str, Any]:
    header, outcome = reader.header, reader.outcome
    sources = Sources(outcome)
    return {
        "trace": reader.path,
        "program": header.program,
        "arguments": header.arguments,
        "findings": [in_json(one, sources) for one in done.findings],
        "notes": done.notes,
        "outcome": None
        if outcome is None
        else {
            "ending": outcome.ending.value,
            "events": outcome.events,
            "threads": outcome.threads,
            "exit_status": outcome.exit_status,
            "failures": [{"kind": one.kind.value, "message": one.message} for one in outcome.failures],
        },
    }


def _print(reader: TraceReader, done: Analysis) -> None:
    outcome, found = reader.outcome, done.findings
    sources = Sources(outcome)
    for failure in outcome.failures if outcome is not None else []:
        click.secho(failure.message, fg="red", bold=True)
        if not failure.waiting and failure.sites:
            click.echo(f"  at {failure.sites[0]}")
    if outcome is not None and outcome.failures:
        click.echo()
    for number, one in enumerate(found, 1):
        print_finding(number, one, sources)
    if not found and outcome is not None:
        click.echo(_NOTHING_MORE if outcome.failures else _NOTHING)
    for note in done.notes:
        click.echo(note)
    if outcome is None:
        click.secho(_CUT_OFF if found else f"nothing found so far; {_CUT_OFF}", fg="yellow")
    elif outcome.ending not in (Ending.COMPLETED, Ending.DEADLOCK):
        click.secho(f"the execution did not come to its own end ({outcome.ending.value})", fg="yellow")
