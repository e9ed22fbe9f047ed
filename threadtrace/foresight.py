"""What may go wrong in another execution, told after one.

Locks that are taken in opposite orders, and data races, are looked for while the trace is followed, so that it need not
be read a second time. The former are told where nothing failed, the latter always: they may be why.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import click
import msgspec

from threadtrace import racing
from threadtrace.explaining import MOST_EVENTS_EXPLAINED, Sources
from threadtrace.racing import Racing
from tracer.operations import MEMORY
from tracer.outcome import FailureKind
from tracer.trace import TraceError, TraceReader

if TYPE_CHECKING:
    from collections.abc import Callable

    from tracer.analysis.finding import Finding, Step
    from tracer.analysis.lockorder import LockOrder
    from tracer.analysis.nesting import Nesting, Nestings
    from tracer.analysis.races import Races
    from tracer.events import Event
    from tracer.outcome import Outcome

#: An event costs about two microseconds here: with more of them the user would wait for the warnings.
MOST_EVENTS = 200_000

#: What is printed: so many findings, and so many threads of each.
_MOST_FINDINGS = 5
_MOST_THREADS = 4


class Foresight:
    """Watches the events of an execution, whose trace is `trace`. `races` says what becomes of data races."""

    def __init__(self, races: str = "warn", trace: str | None = None) -> None:
        self.racing = Racing(races, trace)
        self._nestings: Nestings | None = None
        self._sources = Sources(None)
        self._order_of: Callable[[Nesting], LockOrder]
        self.findings: list[Finding] = []
        #: What was not looked at, in words; empty where everything was.
        self.note = ""

    @property
    def all_findings(self) -> list[Finding]:
        """The weightiest first."""
        races = self.racing.findings
        return [
            *(one for one in races if not one.benign),
            *self.findings,
            *(one for one in races if one.benign),
        ]

    @property
    def notes(self) -> list[str]:
        """All that was not looked at."""
        return [*([self.note] if self.note else []), *self.racing.notes]

    def prepare(self) -> None:
        """Loads what is needed: not before the program is on its way, and not after it has ended."""
        from tracer.analysis import lockorder, nesting

        self._order_of = lockorder.order_of
        self._nestings = nesting.Nestings()
        self.racing.prepare()

    def watch(self, show: Callable[[Event], None]) -> Callable[[Event], None]:
        """Sees all events that are shown."""
        count = 0  # without those of memory, which cost nothing here
        races: Races | None = None

        def watch(event: Event) -> None:
            nonlocal count, races
            if not event.operation.startswith(MEMORY):
                if count == 0:
                    races = self.racing.begin()
                count += 1
                if self._nestings is not None:
                    self._nestings.feed(event)
                    if count > MOST_EVENTS:
                        self._nestings = None
            if races is not None:
                races.feed(event)
                if event.number >= racing.MOST_EVENTS:
                    races = None
                    self.racing.cut()
            show(event)

        return watch

    def look(self, outcome: Outcome, path: str) -> Outcome:
        """Looks for what may go wrong. The user calls the trace `path`.

        Gives the outcome with the data races that are failures.
        """
        self._look_at_locks(outcome, path)
        return self.racing.look(outcome, path)

    def _look_at_locks(self, outcome: Outcome, path: str) -> None:
        """Looks for locks in opposite orders, unless something failed."""
        if outcome.failures and outcome.events > MOST_EVENTS_EXPLAINED:
            self.note = f"causes are not looked for after so many events: threadtrace analyze {path} does"
        if outcome.failures or outcome.divergence is not None:
            return
        if self._nestings is None:
            self.note = (
                f"the order of locks was not looked at after more than {MOST_EVENTS:,} events: threadtrace analyze "
                f"{path} does"
            )
            return
        self._sources = Sources(outcome)
        order = self._order_of(self._nestings.nesting())
        self.findings = order.findings
        if not order.complete:
            self.note = "there are too many ways round the locks of this program: not all cycles were looked for"

    def print(self) -> None:
        """Prints a paragraph for each finding."""
        for finding in self.findings[:_MOST_FINDINGS]:
            self._print_warning(finding)
        more = len(self.findings) - _MOST_FINDINGS
        if more > 0:
            click.secho(f"warning: {more:,} more cycle{'s' if more > 1 else ''} of locks; --json has all", fg="yellow")
        if self.note:
            click.secho(self.note, dim=True)
        self.racing.print()

    def _print_warning(self, finding: Finding) -> None:
        click.secho(f"warning: {finding.message}", fg="yellow")
        turns = [(finding.steps[first], finding.steps[first + 1]) for first in range(0, len(finding.steps), 2)]
        for holds, acquires in turns[:_MOST_THREADS]:
            name = click.style(acquires.thread, bold=True)
            click.echo(f"  {name}: {acquires.operation} {acquires.object}{_at(acquires)}")
            if source := self._sources.line(acquires.place):
                click.echo(f"      {source}")
            source = self._sources.line(holds.place)
            click.echo(f"      while it holds {holds.object}, acquired{_at(holds)}{': ' if source else ''}{source}")
        if len(turns) > _MOST_THREADS:
            click.echo(f"  … and {len(turns) - _MOST_THREADS:,} more")
        click.echo(f"      try: {finding.advice}")


def _at(step: Step) -> str:
    return f" at {step.place}" if step.place else ""


def follow(foresight: Foresight, trace: str) -> Outcome | None:
    """Has all events of a trace watched, and gives its outcome; None where it has none, or cannot be read."""
    foresight.prepare()
    try:
        with TraceReader(trace) as reader:
            watch = foresight.watch(lambda event: None)
            for event in reader:
                watch(event)
            return reader.outcome
    except (OSError, TraceError):
        return None


def foreseen(trace: str, races: str, path: str) -> tuple[Foresight | None, Outcome | None]:
    """What an execution that passed tells of others: locks in opposite orders, data races; the latter as failures.

    The user calls the trace `path`.
    """
    foresight = Foresight(races, trace)
    outcome = follow(foresight, trace)
    if outcome is None:
        return None, None
    outcome = foresight.look(outcome, path)
    raced = [one for one in outcome.failures if one.kind is FailureKind.DATA_RACE]
    return foresight, msgspec.structs.replace(outcome, failures=raced)
