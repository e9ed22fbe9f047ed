"""Explores a function, in this process."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

import msgspec

from replay import traced
from replay.exploring.aftermath import Aftermath
from replay.exploring.campaign import Campaign, Exploration
from replay.exploring.job import PORTFOLIO, Budget, Progress
from replay.exploring.one import execute
from replay.exploring.report import progress_of
from replay.exploring.specs import Setting
from replay.exploring.workers.executor import OnExecutor
from replay.exploring.workers.here import Here
from replay.exploring.workers.processes import Processes
from replay.interruptions import interrupting
from replay.job import Replay
from replay.shrink.here import Here as Alone
from tracer import patch, real
from tracer.access.watch import Kept
from tracer.trace import TraceReader

if TYPE_CHECKING:
    from collections.abc import Callable
    from concurrent.futures import Executor

    from replay.exploring.job import ExploreJob, Report, Work
    from replay.exploring.specs import Run, Spec
    from replay.exploring.workers import Workers


def explore(
    main: Callable[[], object],
    *,
    strategy: str = PORTFOLIO,
    seed: int = 0,
    budget: Budget = Budget(),  # noqa: B008 - it is frozen
    setting: Setting = Setting(),  # noqa: B008
    jobs: int = 1,
    executor: Executor | None = None,
    on_progress: Callable[[Exploration], object] = lambda found: None,
) -> Exploration:
    """Executes `main` again and again, and gives what was found.

    With several `jobs` it does so in as many copies of this process, with an `executor` wherever that one executes:
    then `main` has to be importable there, and `jobs` is how many of its workers are to be used.
    It has to do the same each time that it is scheduled alike. Raises `tracer.access.watch.Unavailable` where accesses
    to shared memory cannot be watched, RuntimeError inside another execution.
    """
    patch.install()
    workers: Workers
    if executor is not None:
        workers = OnExecutor(executor, partial(execute_all, main, setting), jobs)
    elif jobs > 1:
        workers = Processes(main, setting, jobs)
    else:
        workers = Here(main, setting)
    with interrupting():
        return Campaign(workers, strategy, seed, budget, on_progress).run()


@dataclass(frozen=True)
class Investigated:
    """What came of exploring a function.

    `errors` are the exceptions that end threads where it first fails, with the threads' names.
    """

    report: Report
    errors: list[tuple[str, BaseException]]


def investigate(
    main: Callable[[], object], work: Work, on_progress: Callable[[Progress], object] = lambda progress: None
) -> Investigated:
    """Explores `main`, records what fails, replays it, shrinks and labels it.

    `work.explore.job` says how executions are made; its program is a name for the function. Raises what `explore`
    raises, and OSError when a trace cannot be written.
    """
    way = Alone(main)
    last = Progress("")

    def explored(what: ExploreJob) -> Exploration:
        job = what.job
        seconds = what.budget.seconds
        until = None if seconds is None else real.monotonic() + seconds
        setting = Setting(
            job.seed, job.preempt, job.clock, job.include, job.max_points, job.keep_going, job.spurious, until
        )  # fmt: skip
        return explore(
            main,
            strategy=what.strategy,
            seed=job.seed,
            budget=what.budget,
            setting=setting,
            jobs=what.jobs,
            on_progress=tell,
        )

    def tell(found: Exploration) -> None:
        nonlocal last
        last = progress_of(found, "exploring")
        on_progress(last)

    def say(phase: str) -> None:
        on_progress(msgspec.structs.replace(last, phase=phase))

    report = Aftermath(work, way, explored, say).report()
    errors: list[tuple[str, BaseException]] = []
    if report.failures and (path := report.failures[0].shrunk_trace or report.failures[0].trace):
        job = msgspec.structs.replace(
            work.explore.job,
            strategy="replay",
            replay=Replay(path),
            learned=learned_by(path),
        )
        errors = traced.execute(main, job).errors
    return Investigated(report, errors)


def learned_by(path: str) -> list[str]:
    """The variables that were known to be shared when a trace was made."""
    with TraceReader(path) as reader:
        return reader.header.learned


def execute_all(main: Callable[[], object], setting: Setting, specs: list[Spec]) -> list[Run]:
    """Makes executions of a function, one after the other, in whatever process this is."""
    patch.install()
    kept = Kept()
    try:
        with interrupting():
            return [execute(spec, setting, main, kept) for spec in specs]
    finally:
        kept.close()
