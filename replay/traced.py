"""Executes a function in this process, with a trace, and makes of its outcome what a replay needs."""

from __future__ import annotations

import datetime
from dataclasses import dataclass
from typing import TYPE_CHECKING

import msgspec

from replay.execution import Execution
from replay.following.schedule import LONGEST_IN_TRACE, recorded, settings_of
from replay.following.sources import THIS_PYTHON, digests
from replay.interruptions import interrupting
from replay.plan import make_plan
from tracer import real
from tracer.journal import Journal
from tracer.labels import Labels, encodable
from tracer.trace import FORMAT, Header

if TYPE_CHECKING:
    from collections.abc import Callable

    from replay.job import Job
    from replay.plan import Plan
    from tracer.outcome import Outcome


@dataclass(frozen=True)
class Traced:
    """What came of an execution: its outcome, and the exceptions that ended threads, with the threads' names."""

    outcome: Outcome
    errors: list[tuple[str, BaseException]]


def execute(main: Callable[[], object], job: Job, planned: Callable[[Journal], Plan] | None = None) -> Traced:
    """Executes `main` once, as the job says, with a trace in its file; `planned` makes another plan than its own.

    Raises RecordingError for what cannot be replayed, `tracer.access.watch.Unavailable` where accesses cannot be
    watched, OSError and `tracer.journal.TraceFull` when the trace cannot be written.
    """
    header = header_of(job)
    labels = Labels()
    journal = Journal(job.trace, header, labels)
    try:
        plan = planned(journal) if planned is not None else make_plan(job, journal)
        execution = Execution(
            main,
            strategy=plan.strategy,
            seed=job.seed,
            clock=job.clock,
            recorder=plan.recorder,
            labels=labels,
            max_points=job.max_points,
            keep_going=job.keep_going,
            preempt=job.preempt,
            include=job.include,
            learned=set(job.learned),
            spurious=job.spurious,
            values=True,
        )
        plan.begin(execution.kernel)
        begin = real.monotonic()
        if job.time_limit:
            execution.kernel.until = begin + job.time_limit
        try:
            with interrupting():
                execution.run()
            outcome = with_schedule(execution.outcome(), header, journal)
            elapsed = {"elapsed_s": round(real.monotonic() - begin, 6)}
            outcome = plan.end(msgspec.structs.replace(outcome, variable=elapsed))
            errors = [(thread.label, error) for thread, error in execution.kernel.errors]
        finally:
            execution.close()
        journal.close(outcome)
    except BaseException:
        journal.cut()
        raise
    return Traced(outcome, errors)


def header_of(job: Job) -> Header:
    """The first line of a trace."""
    return Header(
        threadtrace=FORMAT,
        version=job.version,
        python=THIS_PYTHON,
        program=encodable(job.program),
        arguments=[encodable(argument) for argument in job.arguments],
        module=job.module,
        seed=job.seed,
        strategy=job.strategy,
        preempt=job.preempt,
        clock=job.clock,
        hash_seed=job.hash_seed,
        max_points=job.max_points,
        keep_going=job.keep_going,
        include=[encodable(name) for name in job.include],
        learned=[encodable(name) for name in job.learned],
        spurious=job.spurious,
        exit_fails=job.exit_fails,
        variable={"started": datetime.datetime.now(datetime.timezone.utc).isoformat(timespec="seconds")},
    )


def with_schedule(outcome: Outcome, header: Header, journal: Journal) -> Outcome:
    """The outcome with the schedule, and with digests of the files that it depends on."""
    schedule = recorded(settings_of(header), journal.symbols, journal.steps).encode()
    return msgspec.structs.replace(
        outcome, schedule=schedule if len(schedule) <= LONGEST_IN_TRACE else "", sources=digests(journal.files)
    )
