"""`threadtrace explore`: searches the interleavings of a program for one that fails."""

from __future__ import annotations

import os
import sys
import tempfile
from typing import TYPE_CHECKING

import click
import msgspec

from replay.exploring.job import PORTFOLIO, Budget, ExploreJob, Work
from replay.forking import CAN_FORK
from replay.job import Job
from replay.program import ProgramError, compile_file
from replay.settings import HASH_SEED, MAX_POINTS, SEARCH_NAMES, STRATEGY_NAMES
from threadtrace import __version__, options
from threadtrace.executing import SEED, check_writable, default_trace
from threadtrace.exploring import Bar, run_exploring
from threadtrace.foresight import foreseen
from tracer.outcome import Verdict

if TYPE_CHECKING:
    from replay.exploring.job import Report

_EXECUTIONS = 10_000
_TIME_LIMIT = 60.0

#: Seconds for one execution: most take a thousandth of it.
_ONE_EXECUTION = 10.0

#: How far the first failure is shrunk: executions, and seconds.
_SHRINK = (3_000, 10.0)

#: How long it is looked whether the GIL lets it happen: executions, and seconds.
_GIL = (200, 2.0)


@click.command(context_settings={"allow_interspersed_args": False})
@click.option("-m", "module", is_flag=True, help="PROGRAM is a module: `threadtrace explore -m package.module`.")
@click.option("--seed", type=SEED, default=0, show_default=True, help="Another seed tries other schedules: `--seed 7`.")
@click.option(
    "--strategy",
    type=click.Choice((*SEARCH_NAMES, *STRATEGY_NAMES)),
    default=PORTFOLIO,
    show_default=True,
    help="Who goes first where several threads could. portfolio: several by chance in turn, and dpor as long as it may "
    "come to an end; dpor: each class of equivalent schedules once.",
)
@click.option(
    "--executions", type=click.IntRange(min=1), default=_EXECUTIONS, show_default=True, help="Stop after so many."
)
@click.option(
    "--time-limit",
    type=click.FloatRange(min=0.1),
    default=_TIME_LIMIT,
    show_default=True,
    help="Stop after so many seconds.",
)
@click.option(
    "--execution-limit",
    type=click.FloatRange(min=0.1),
    default=_ONE_EXECUTION,
    show_default=True,
    help="End an execution that takes more seconds than this: it is a failure.",
)
@click.option(
    "--jobs",
    type=click.IntRange(min=1),
    default=None,
    help="Executions side by side  [default: one for each processor].",
)
@click.option("--dask", metavar="ADDRESS", help="Have the executions made by the workers of this Dask scheduler.")
@click.option("--keep-going", is_flag=True, help="Go on after the first failure, and report each kind of failure once.")
@options.preempt_any
@options.clock
@click.option(
    "--spurious", is_flag=True, help="A condition's wait may return although nobody notified: finds `if` for `while`."
)
@options.include
@options.races
@click.option(
    "--shrink/--no-shrink", default=True, help="Make the first failure as simple as can be: fewest preemptions."
)
@click.option(
    "--label/--no-label", default=True, help="With `--preempt any`: look whether the GIL lets the failure happen."
)
@click.option(
    "--max-points",
    type=click.IntRange(min=1),
    default=MAX_POINTS,
    show_default=True,
    help="End an execution that meets more scheduling points than this: it is a failure.",
)
@click.option("--trace", type=click.Path(), help="Where the failing trace goes [default: PROGRAM's name with .trace].")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object: `--json | jq .verdict`.")
@click.argument("program")
@click.argument("arguments", nargs=-1, type=click.UNPROCESSED)
def explore(
    module: bool,
    seed: int,
    strategy: str,
    executions: int,
    time_limit: float,
    execution_limit: float,
    jobs: int | None,
    dask: str | None,
    keep_going: bool,
    preempt: str,
    clock: str,
    spurious: bool,
    include: tuple[str, ...],
    races: str,
    shrink: bool,
    label: bool,
    max_points: int,
    trace: str | None,
    as_json: bool,
    program: str,
    arguments: tuple[str, ...],
) -> None:
    """Search the interleavings of PROGRAM for one that fails.

    PROGRAM is executed once up to its first choice and from there again and again, without its output; what else it
    does outside itself, it does each time. The first failure is recorded, replayed, and shrunk.

    \b
    threadtrace explore examples/lost_update.py
    threadtrace explore --keep-going --time-limit 10 examples/deadlock_abba.py
    threadtrace explore --preempt sync --executions 100000 my_program.py --its-own option

    Exit status: 0 when nothing failed, 1 when something did, 2 for wrong usage, 4 when there was nothing to control,
    130 after Ctrl-C.
    """
    if not module:
        try:
            compile_file(program)
        except ProgramError as error:
            raise click.ClickException(str(error)) from None
    path = trace or default_trace(program, module)
    check_writable(path)
    base = os.path.abspath(path).removesuffix(".trace")
    with tempfile.TemporaryDirectory(prefix="threadtrace-") as folder:
        job = Job(
            program=program,
            arguments=list(arguments),
            module=module,
            trace=os.path.join(folder, "scratch.trace"),
            seed=seed,
            clock=clock,
            preempt=preempt,
            include=list(include),
            spurious=spurious,
            exit_fails=True,
            max_points=max_points,
            time_limit=execution_limit,
            version=__version__,
            hash_seed=HASH_SEED,
            user_hash_seed=os.environ.get("PYTHONHASHSEED"),
        )
        work = Work(
            ExploreJob(job, strategy, Budget(executions, time_limit, keep_going), jobs or _processors()),
            (f"{base}.trace", f"{base}.shrunk.trace", f"{base}.{{}}.trace"),
            _SHRINK if shrink else (0, 0.0),
            _GIL if label else (0, 0.0),
            sample=races != "off",
        )
        bar = Bar(executions, time_limit, hidden=as_json)
        report = _explored(work, dask, bar)
        bar.close()
    foresight, raced = foreseen(report.sample, races, path) if report.sample else (None, None)
    if as_json:
        from threadtrace.exploration import in_json

        click.echo(msgspec.json.encode(in_json(report, foresight, raced.failures if raced else [])).decode())
    else:
        from threadtrace.exploration import print_report

        print_report(report, foresight, raced.failures if raced else [])
    failed = report.verdict is Verdict.FAILED or (raced is not None and raced.failures)
    sys.exit(1 if failed else 130 if report.interrupted else 4 if report.verdict is Verdict.NOTHING_TESTED else 0)


def _explored(work: Work, dask: str | None, bar: Bar) -> Report:
    if dask is None and CAN_FORK:
        return run_exploring(work, bar.show, _prepare)
    from threadtrace.campaigning import explore_elsewhere  # it brings in all that explores

    return explore_elsewhere(work, dask, bar.show)


def _processors() -> int:
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _prepare() -> None:
    """Loads what the report is going to need, while the process starts."""
    import threadtrace.columns
    import threadtrace.exploration  # noqa: F401
