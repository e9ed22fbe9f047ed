"""Explores a function, in this process."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from replay.exploring.campaign import Campaign, Exploration
from replay.exploring.job import PORTFOLIO, Budget
from replay.exploring.one import execute
from replay.exploring.specs import Setting
from replay.exploring.workers.executor import OnExecutor
from replay.exploring.workers.here import Here
from replay.exploring.workers.processes import Processes
from tracer import patch
from tracer.access.watch import Kept

if TYPE_CHECKING:
    from collections.abc import Callable
    from concurrent.futures import Executor

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
    return Campaign(workers, strategy, seed, budget, on_progress).run()


def execute_all(main: Callable[[], object], setting: Setting, specs: list[Spec]) -> list[Run]:
    """Makes executions of a function, one after the other, in whatever process this is."""
    patch.install()
    kept = Kept()
    try:
        return [execute(spec, setting, main, kept) for spec in specs]
    finally:
        kept.close()
