"""`threadtrace shrink`: the same failure, as simple as it can be."""

from __future__ import annotations

import contextlib
import os
import sys
import tempfile
from typing import TYPE_CHECKING, Any

import click
import msgspec

from replay.job import Replay
from replay.shrink.job import BEST, Result, ShrinkJob
from threadtrace.recordings import (
    RecordingCommand,
    absolute,
    default_replay,
    program_of,
    read,
    refuse_itself,
    replay_job,
)
from threadtrace.report import print_shrunk
from threadtrace.shrinking import run_shrinking

if TYPE_CHECKING:
    from replay.shrink.job import Progress

#: Seconds for one execution: most take a thousandth of it.
_ONE_EXECUTION = 10.0

_EXECUTIONS = 10_000
_TIME_LIMIT = 60.0


@click.command(cls=RecordingCommand, context_settings={"allow_interspersed_args": False})
@click.option("-m", "module", is_flag=True, help="PROGRAM is a module.")
@click.option(
    "--executions", type=click.IntRange(min=1), default=_EXECUTIONS, show_default=True, help="Stop after so many."
)
@click.option(
    "--time-limit",
    type=click.FloatRange(min=0.1),
    default=_TIME_LIMIT,
    show_default=True,
    help="Stop after so many seconds, with the best that was found.",
)
@click.option(
    "--trace", type=click.Path(), help="Where the new trace goes [default: PROGRAM's name with .shrunk.trace]."
)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object: `--json | jq .minimal`.")
@click.argument("recording", metavar="TRACE|tt1:…")
@click.argument("program", nargs=-1, type=click.UNPROCESSED)
def shrink(
    module: bool,
    executions: int,
    time_limit: float,
    trace: str | None,
    as_json: bool,
    recording: str,
    program: tuple[str, ...],
) -> None:
    """Find the same failure with the fewest preemptions and context switches, and the two operations that decide.

    Executes the program many times, without its output; what else it does outside itself, it does each time. Says
    whether the result is minimal, that is, whether all schedules with fewer preemptions were executed.

    \b
    threadtrace shrink deadlock_abba.trace
    threadtrace shrink --time-limit 10 tt1:AbC… examples/deadlock_abba.py

    Exit status: 1 when it fails, as it should; 2 for wrong usage, or a recording of no failure; 3 when it diverged.
    """
    known = read(recording)
    if known is None:
        raise click.UsageError("a script cannot be shrunk: replay it, and shrink the trace of that")
    program, module = program_of(recording, known, program, module)
    path = trace or default_replay(recording, program[0], module, "shrunk")
    refuse_itself(path, recording)
    with tempfile.TemporaryDirectory(prefix="threadtrace-") as folder:
        scratch = os.path.join(folder, "attempt.trace")
        job = replay_job(Replay(absolute(recording)), known, program, module, scratch, time_limit=_ONE_EXECUTION)
        result = _with_progress(ShrinkJob(job, executions, time_limit), as_json=as_json)
        kept = os.path.exists(scratch + BEST)
        if kept:
            _move(scratch + BEST, path)
    if as_json:
        click.echo(msgspec.json.encode(_as_json(result, path if kept else None)).decode())
    elif kept or result.divergence is not None:
        print_shrunk(result, path)
    if result.divergence is not None:
        sys.exit(3)
    if not kept:
        why = result.reason or "did not fail when it was replayed: there is nothing to shrink"
        raise click.ClickException(f"{recording[:60]}: {why}")
    sys.exit(1)


def _with_progress(work: ShrinkJob, *, as_json: bool) -> Result:
    bar = click.progressbar(length=100, label="shrinking", file=sys.stderr, show_eta=False, width=24)
    with bar if not as_json and sys.stderr.isatty() else contextlib.nullcontext() as shown:

        def on_progress(progress: Progress, passed: float) -> None:
            if shown is None:
                return
            shown.label = (
                f"{progress.phase}: {progress.executions:,} executions, {progress.preemptions:,} preemptions, "
                f"{progress.switches:,} switches"
            )
            done = int(100 * max(progress.executions / work.executions, passed / work.time_limit))
            shown.update(min(100, done) - shown.pos)

        return run_shrinking(work, on_progress)


def _move(source: str, path: str) -> None:
    """Puts a finished file in its place, in one step, also from another file system."""
    import shutil

    temporary = f"{path}.new"
    shutil.copyfile(source, temporary)
    os.replace(temporary, path)


def _as_json(result: Result, path: str | None) -> dict[str, Any]:
    verdict = "diverged" if result.divergence else "failed" if path else "passed"
    failure = msgspec.to_builtins(result.failure)
    failures = [{**failure, "execution": 1, "schedule": result.schedule, "trace": path}] if failure else []
    found = msgspec.to_builtins(result)
    del found["type"], found["failure"]
    return {"verdict": verdict, **found, "failures": failures, "trace": path}
