"""Executions whose trace is analysed: in this process, and written by hand."""

from __future__ import annotations

import os
import tempfile
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from replay.execution import Execution
from tracer.analysis.findings import analysis, analysis_of
from tracer.journal import Journal
from tracer.labels import Labels
from tracer.outcome import Ending, Failure, FailureKind, Outcome
from tracer.trace import FORMAT, Header, TraceReader

if TYPE_CHECKING:
    from collections.abc import Callable

    from tracer.analysis.finding import Finding
    from tracer.events import Event

HEADER = Header(
    threadtrace=FORMAT, version="", python="", program="", arguments=[], module=False, seed=0, strategy="", preempt="",
    clock="", hash_seed=0,
)  # fmt: skip


@dataclass
class Analysed:
    """An execution, its events as they stand in its trace, and what was found in it."""

    outcome: Outcome
    events: list[Event]
    found: list[Finding]

    @property
    def kinds(self) -> list[str]:
        """The kinds of the findings, in their order."""
        return [one.kind.value for one in self.found]

    @property
    def only(self) -> Finding:
        """The one finding that there is."""
        (found,) = self.found
        return found

    def of(self, kind: str) -> Finding:
        """The one finding of a kind."""
        (found,) = [one for one in self.found if one.kind.value == kind]
        return found


def analysed(
    main: Callable[[], object],
    *,
    look: Callable[[Execution], object] | None = None,
    labels: Labels | None = None,
    **settings: Any,
) -> Analysed:
    """Executes `main` under control, calls `look` before its threads are unwound, and analyses the trace."""
    labels = labels or Labels()
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "x.trace")
        journal = Journal(path, HEADER, labels)
        execution = Execution(main, recorder=journal, labels=labels, **settings)
        execution.run()
        outcome = execution.outcome()
        if look is not None:
            look(execution)
        journal.close(outcome)
        execution.close()
        with TraceReader(path) as reader:
            found = analysis(reader).findings
        with TraceReader(path) as reader:
            events = list(reader)
    return Analysed(outcome, events, found)


def fails(main: Callable[[], object], **settings: Any) -> Analysed:
    """Executes `main`, which must come to a deadlock."""
    done = analysed(main, **settings)
    assert [one.kind for one in done.outcome.failures] == [FailureKind.DEADLOCK], done.outcome
    assert any(one.failure for one in done.found), done.found
    return done


def written(made: Any) -> list[Finding]:
    """What is found in a trace written by hand: a `tests.tracer.pictures.support.Program`."""
    outcome = made.outcome()
    if outcome.failures:
        threads = [one.thread for one in made.waiting]
        failure = Failure(FailureKind.DEADLOCK, "f", "deadlock", threads, waiting=made.waiting)
        outcome = Outcome(Ending.DEADLOCK, len(made.events), 1, [], failures=[failure])
    return analysis_of(made.events, lambda: outcome).findings


def line(done: Analysed, thread: str, operation: str, count: int = 0) -> str:
    """The line of the `count`-th such event, without its file."""
    places = [one.place for one in done.events if (one.thread, one.operation) == (thread, operation)]
    return places[count].rpartition(":")[2]
