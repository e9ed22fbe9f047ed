"""Data races, looked for while the trace is followed, and told after the outcome: as warnings, or as failures."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click
import msgspec

from threadtrace.explaining import Sources, print_race
from tracer.outcome import Failure, FailureKind
from tracer.trace import TraceError, TraceReader

if TYPE_CHECKING:
    from tracer.analysis.finding import Finding
    from tracer.analysis.races import Races
    from tracer.outcome import Outcome

#: An event costs one microsecond here on average, and three at most, beside the program, which takes longer for it.
#: What is found in so many events is told, and that later ones were not looked at.
MOST_EVENTS = 3_000_000

#: What is printed: so many races, and so many that are benign, in one line each.
_MOST_RACES = 5
_MOST_BENIGN = 3

#: What the header of a trace says that can have no events of memory: it is not looked at.
_NO_MEMORY = "sync"


class Racing:
    """Watches the events of an execution for data races. `mode` is `off`, `warn` or `fail`, `trace` its trace."""

    def __init__(self, mode: str, trace: str | None) -> None:
        self._mode = mode
        self._trace = trace
        self._races: Races | None = None
        self._sources = Sources(None)
        self.findings: list[Finding] = []
        self.notes: list[str] = []
        self._cut = False

    def prepare(self) -> Races | None:
        """Loads what is needed, if anything is."""
        if self._mode != "off":
            from tracer.analysis.races import Races

            self._races = Races()
        return self._races

    def begin(self) -> Races | None:
        """What is to be fed, now that there is a first event: nothing where no events of memory can come."""
        if self._races is not None and self._trace is not None:
            try:
                with TraceReader(self._trace) as reader:
                    if reader.header.preempt == _NO_MEMORY:
                        self._races = None
            except (OSError, TraceError):  # whoever follows it says so
                pass
        return self._races

    def cut(self) -> None:
        """Later events are not fed."""
        self._cut = True

    def look(self, outcome: Outcome, path: str) -> Outcome:
        """The outcome with the races as failures, if that is asked. The user calls the trace `path`."""
        if self._races is None or outcome.divergence is not None:
            return outcome
        from tracer.analysis.raced import findings

        self._sources = Sources(outcome)
        self.findings = findings(self._races)
        self.notes = list(self._races.notes)
        if self._cut:
            self.notes.append(
                f"data races were looked for in the first {MOST_EVENTS:,} events only: threadtrace analyze {path} "
                f"looks at all"
            )
        self._races = None
        if self._mode != "fail" or not any(not one.benign for one in self.findings):
            return outcome
        self.findings = [msgspec.structs.replace(one, failure=not one.benign) for one in self.findings]
        failures = [_failure(one) for one in self.findings if one.failure]
        return msgspec.structs.replace(outcome, failures=[*outcome.failures, *failures])

    def print_failure(self, failure: Failure) -> None:
        """Prints all that is known of a race that is a failure."""
        click.secho(failure.message, fg="red", bold=True)
        for one in self.findings:
            if one.message == failure.message:
                print_race(one, self._sources)
        click.echo()

    def print(self) -> None:
        """Prints a paragraph for each race that is a warning, and a line for each that is benign."""
        races = [one for one in self.findings if not one.failure and not one.benign]
        for one in races[:_MOST_RACES]:
            click.secho(f"warning: {one.message}", fg="yellow")
            print_race(one, self._sources)
        _more(len(races) - _MOST_RACES, "data race", "data races")
        benign = [one for one in self.findings if one.benign]
        for one in benign[:_MOST_BENIGN]:
            click.echo(f"warning: {one.message}")
        _more(len(benign) - _MOST_BENIGN, "benign data race", "benign data races")
        for note in self.notes:
            click.secho(note, dim=True)


def _more(count: int, one: str, several: str) -> None:
    if count > 0:
        click.secho(f"warning: {count:,} more {several if count > 1 else one}; --json has all", fg="yellow")


def _failure(found: Finding) -> Failure:
    from replay.blocked import fingerprint
    from tracer.analysis.accesses import unnumbered

    variable = unnumbered(min(found.objects, key=len)) if found.objects else ""
    return Failure(
        kind=FailureKind.DATA_RACE,
        fingerprint=fingerprint(FailureKind.DATA_RACE, *found.sites, variable),
        message=found.message,
        threads=found.threads,
        objects=found.objects,
        sites=found.sites,
    )
