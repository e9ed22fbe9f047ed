"""Explores from this process, with executions made by others: on a cluster, or where processes cannot be copied."""

from __future__ import annotations

import os
import tempfile
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from functools import partial
from importlib import import_module
from typing import TYPE_CHECKING, Any

import click
import msgspec

from replay.exploring.campaign import Campaign
from replay.exploring.elsewhere import BatchFailed, execute_batch
from replay.exploring.job import Reported
from replay.exploring.recording import same_failure
from replay.exploring.report import keep_those_that_happen_again, progress_of, report_of
from replay.exploring.workers.executor import OnExecutor
from replay.forking import CAN_FORK
from replay.job import Replay
from threadtrace.exploring import run_exploring
from threadtrace.supervise import run_host

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from concurrent.futures import Executor

    from replay.exploring.campaign import Exploration, Found
    from replay.exploring.job import Progress, Report, Work
    from tracer.events import Event

#: Executions that are sent at once.
_BATCH = 200


def explore_elsewhere(work: Work, dask: str | None, on_progress: Callable[[Progress], object]) -> Report:
    """Explores, and gives the report. `dask` is the address of a scheduler. Raises ClickException."""
    explore = work.explore

    def tell(found: Exploration) -> None:
        on_progress(progress_of(found, "exploring"))

    try:
        with _executor(dask, explore.jobs) as (executor, slots):
            task = partial(execute_batch, explore, os.getcwd())
            workers = OnExecutor(executor, task, slots, _BATCH if CAN_FORK else 1)
            found = Campaign(workers, explore.strategy, explore.job.seed, explore.budget, tell).run()
    except BatchFailed as error:
        raise click.ClickException(str(error).removeprefix("threadtrace: ")) from None
    if not CAN_FORK:
        failures = keep_those_that_happen_again(found, _recorded(found, work))
        return report_of(found, failures, explore.job.preempt)
    with tempfile.NamedTemporaryFile(suffix=".found") as file:
        file.write(msgspec.msgpack.encode(found))
        file.flush()
        return run_exploring(msgspec.structs.replace(work, explored=file.name), on_progress, lambda: None)


@contextmanager
def _executor(dask: str | None, jobs: int) -> Iterator[tuple[Executor, int]]:
    """Where executions are made, and how many of them at once."""
    if dask is None:
        with ThreadPoolExecutor(jobs) as executor:
            yield executor, jobs
        return
    try:
        make: Any = import_module("distributed").Client
    except ImportError:
        raise click.ClickException(
            "--dask needs the package distributed; try: pip install 'threadtrace[dask]'"
        ) from None  # fmt: skip
    try:
        client = make(dask, timeout="10s")
    except (OSError, ValueError) as error:
        raise click.ClickException(f"{dask}: there is no Dask scheduler: {error}") from None
    with client:
        cores = sum(client.ncores().values())
        if not cores:
            raise click.ClickException(f"{dask}: the Dask scheduler has no workers")
        yield client.get_executor(pure=False), 2 * cores


def _recorded(found: Exploration, work: Work) -> Iterator[tuple[Found, Reported | None]]:
    """Executes the failing executions once more, and replays them, each in a process of its own."""
    first, _, others = work.traces
    count = 0
    for one in found.failures:
        path = others.format(count + 1) if count else first
        reported = _record(one, work, path)
        count += reported is not None
        yield one, reported


def _record(one: Found, work: Work, path: str) -> Reported | None:
    job = msgspec.structs.replace(
        work.explore.job,
        trace=path,
        strategy=one.spec.strategy,
        learned=one.spec.learned,
        trail=one.run.trail,
        output_to_stderr=True,
    )
    outcome = run_host(job, _ignore)
    failure = same_failure(one.failure, outcome)
    if failure is None:
        return None
    again = msgspec.structs.replace(
        job, trace=f"{path}.again", strategy="replay", replay=Replay(os.path.abspath(path)), trail=[]
    )
    replayed = run_host(again, _ignore)
    os.unlink(again.trace)
    same = replayed.divergence is None and same_failure(failure, replayed) is not None
    return Reported(
        failure,
        one.times,
        one.number,
        one.spec.strategy,
        schedule=outcome.schedule,
        trace=path,
        replayed=same,
        note="" if same else "it failed again when it was executed alike, but its trace could not be followed",
    )


def _ignore(event: Event) -> None:
    """Nothing is shown."""
