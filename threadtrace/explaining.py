"""What the analyses found, for people: findings with the operations they rest on and the lines of the program."""

from __future__ import annotations

import linecache
from typing import TYPE_CHECKING, Any

import click

from tracer.analysis.finding import FindingKind
from tracer.outcome import FailureKind
from tracer.places import full_path, users_place
from tracer.trace import TraceError, TraceReader

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from tracer.analysis.finding import Finding, Step
    from tracer.outcome import Failure, Outcome

#: A trace with more events than this is not read once more after its execution: it would take as long again.
MOST_EVENTS_EXPLAINED = 1_000_000

#: Beside an outcome so many findings are printed.
_FINDINGS_SHOWN = 5

#: Of the operations that a finding rests on so many are printed: a ring of a thousand threads has two thousand.
_STEPS_SHOWN = 16

#: Of the callers of an access to memory so many are printed.
_CALLERS_SHOWN = 5


class Sources:
    """Lines of the program, as long as its files are those that were executed."""

    def __init__(self, outcome: Outcome | None) -> None:
        self._digests = outcome.sources if outcome is not None else {}
        self._same: dict[str, bool] = {}

    def line(self, place: str) -> str:
        """The source at `file:line`; empty where it is not known, or has changed."""
        file, _, line = place.rpartition(":")
        if not line.isdecimal() or not self._is_same(file):
            return ""
        return linecache.getline(full_path(file), int(line)).strip()

    def _is_same(self, file: str) -> bool:
        known = self._same.get(file)
        if known is None:
            from replay.following.sources import digests  # as below

            expected = self._digests.get(file)
            path = full_path(file)
            known = self._same[file] = expected is not None and expected in digests([path]).values()
        return known


def causes(outcome: Outcome, trace: str) -> list[Finding]:
    """Why the execution failed, or daemons hang, that was just written to `trace`; nothing where that is not asked."""
    deadlocks = any(failure.kind is FailureKind.DEADLOCK for failure in outcome.failures)
    if outcome.events > MOST_EVENTS_EXPLAINED or not (deadlocks or outcome.waiting):
        return []
    from tracer.analysis.findings import causes_of  # most executions need no analysis, and wait for no import

    try:
        with TraceReader(trace) as reader:
            return causes_of(reader, lambda: reader.outcome)
    except (OSError, TraceError):  # the outcome is known, whatever became of the file
        return []


def causes_in(failure: Failure, found: Iterable[Finding]) -> list[Finding]:
    """Those that explain a failure."""
    if failure.kind is not FailureKind.DEADLOCK:
        return []
    threads = {one.thread for one in failure.waiting}
    return [one for one in found if one.failure and not threads.isdisjoint(one.threads)]


def print_short(found: Sequence[Finding], *, colour: str = "red") -> None:
    """Prints what was found and what to try: two lines each."""
    for one in found[:_FINDINGS_SHOWN]:
        click.echo(click.style(f"  {one.kind.value}: ", fg=colour, bold=True) + one.message)
        if one.advice:
            click.echo(f"      try: {one.advice}")
    if len(found) > _FINDINGS_SHOWN:
        click.echo(f"  … and {len(found) - _FINDINGS_SHOWN:,} more; `threadtrace analyze` with the trace prints all")


def print_finding(number: int, found: Finding, sources: Sources) -> None:
    """Prints a finding with everything that it rests on."""
    label = click.style(f"{number}. {found.kind.value}", fg="red" if found.failure else "yellow", bold=True)
    click.echo(f"{label}: {found.message}")
    shown = found.steps[:_STEPS_SHOWN]
    widths = [max(len(text) for text in column) for column in zip(*map(_columns, shown), strict=True)]
    for step in shown:
        columns = (text.ljust(width) for text, width in zip(_columns(step), widths, strict=True))
        click.echo(f"     {'  '.join(columns)}  {step.place}".rstrip())
        place = users_place(step.place, step.stack)
        race = found.kind is FindingKind.DATA_RACE
        if place != step.place and not race:
            click.echo(f"         called at {place}")
        if source := sources.line(place):
            click.secho(f"         {source}", dim=True)
        if race:
            print_access(step, "         ")
    if len(found.steps) > len(shown):
        click.echo(f"     … and {len(found.steps) - len(shown):,} more; --json has them all")
    if found.reason:
        click.echo(f"   why: {found.reason}")
    if found.advice:
        click.echo(f"   try: {found.advice}")
    click.echo()


def print_race(found: Finding, sources: Sources) -> None:
    """Prints both accesses of a data race, why nothing orders them, and what to try; without its message."""
    for step in found.steps:
        at = f" at {step.place}" if step.place else ""
        click.echo(f"  {click.style(step.thread, bold=True)}: {step.operation} {step.object}{at}")
        if source := sources.line(users_place(step.place, step.stack)):
            click.echo(f"      {source}")
        print_access(step, "      ")
    click.echo(f"      why: {found.reason}")
    if found.advice:
        click.echo(f"      try: {found.advice}")


def print_access(step: Step, indent: str) -> None:
    """Prints who called the place of an access to memory, and the locks that its thread held."""
    for caller in step.stack[:_CALLERS_SHOWN]:
        click.echo(f"{indent}called at {caller}")
    if len(step.stack) > _CALLERS_SHOWN:
        click.echo(f"{indent}… and {len(step.stack) - _CALLERS_SHOWN:,} callers more")
    click.echo(f"{indent}holds {', '.join(step.holding) or 'no lock'}")


def _columns(step: Step) -> tuple[str, str, str]:
    return step.role, step.thread, f"{step.operation} {step.object or ''}".rstrip()


def in_json(found: Finding, sources: Sources) -> dict[str, Any]:
    """A finding in JSON; the keys are a contract."""
    return {
        "kind": found.kind.value,
        "failure": found.failure,
        "message": found.message,
        "reason": found.reason,
        "advice": found.advice,
        "benign": found.benign,
        "threads": found.threads,
        "objects": found.objects,
        "sites": found.sites,
        "steps": [
            {
                "role": step.role,
                "thread": step.thread,
                "operation": step.operation,
                "object": step.object,
                "place": step.place,
                "source": sources.line(users_place(step.place, step.stack)),
                "event": step.event or None,
                "stack": step.stack,
                "holding": step.holding,
            }
            for step in found.steps
        ],
    }
