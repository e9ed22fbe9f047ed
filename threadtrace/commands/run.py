"""`threadtrace run`: one execution of a program, traced."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING, Any

import click
import msgspec

from replay.job import Job
from replay.program import ProgramError, compile_file
from replay.settings import CLOCK_NAMES, MAX_POINTS, STRATEGY_NAMES, TIME_LIMIT
from threadtrace import __version__
from threadtrace.supervise import run_host
from tracer.outcome import Ending, Outcome, Verdict, verdict_of_run
from tracer.trace import is_trace

if TYPE_CHECKING:
    from tracer.events import Event

#: PYTHONHASHSEED of every host process.
_HASH_SEED = 0


@click.command(context_settings={"allow_interspersed_args": False})
@click.option("-m", "module", is_flag=True, help="PROGRAM is a module: `threadtrace run -m package.module`.")
@click.option("--seed", type=int, default=0, show_default=True, help="Seed of the strategy: `--seed 7`.")
@click.option(
    "--strategy",
    type=click.Choice(STRATEGY_NAMES),
    default="round-robin",
    show_default=True,
    help="Who goes first where several threads could: `--strategy random --seed 7`.",
)
@click.option(
    "--clock",
    type=click.Choice(CLOCK_NAMES),
    default="virtual",
    show_default=True,
    help="virtual: sleeping takes no time; any: timed waits may be over at will; real: the machine's time.",
)
@click.option("--trace", type=click.Path(), help="Where the trace goes [default: PROGRAM's name with .trace, here].")
@click.option(
    "--json", "as_json", is_flag=True, help="Print one JSON object instead of the log: `--json | jq .verdict`."
)
@click.option("--quiet", is_flag=True, help="Print the outcome, not the events.")
@click.option(
    "--max-points",
    type=click.IntRange(min=1),
    default=MAX_POINTS,
    show_default=True,
    help="End a program that meets more scheduling points than this.",
)
@click.option(
    "--time-limit",
    type=click.FloatRange(min=0),
    default=TIME_LIMIT,
    show_default=True,
    help="End a program that takes more seconds of real time than this; 0 for no limit.",
)
@click.argument("program")
@click.argument("arguments", nargs=-1, type=click.UNPROCESSED)
def run(
    module: bool,
    seed: int,
    strategy: str,
    clock: str,
    trace: str | None,
    as_json: bool,
    quiet: bool,
    max_points: int,
    time_limit: float,
    program: str,
    arguments: tuple[str, ...],
) -> None:
    """Run PROGRAM once under control, and print what its threads did.

    Its threads run one at a time, in an order that the strategy chooses; sleeping takes no time. Prints the
    operations in their order, then the outcome: on a deadlock, who waits for whom. What follows PROGRAM is its own.

    \b
    threadtrace run examples/condition.py
    threadtrace run --strategy random --seed 7 examples/semaphore.py
    threadtrace run -m package.module --its-own-option

    Exit status: the program's own; 1 when something failed, 2 for wrong usage, 4 when there was nothing to control.
    """
    if not module:
        try:
            compile_file(program)
        except ProgramError as error:
            raise click.ClickException(str(error)) from None
    path = trace or _default_trace(program, module)
    _check_writable(path, program)
    job = Job(
        program=program,
        arguments=list(arguments),
        module=module,
        trace=os.path.abspath(path),
        seed=seed,
        strategy=strategy,
        clock=clock,
        max_points=max_points,
        time_limit=time_limit,
        version=__version__,
        hash_seed=_HASH_SEED,
        user_hash_seed=os.environ.get("PYTHONHASHSEED"),
        output_to_stderr=as_json,
    )
    outcome = _json_run(job, path) if as_json else _shown_run(job, path, quiet)
    sys.exit(_exit_status(outcome))


def _shown_run(job: Job, path: str, quiet: bool) -> Outcome:
    from threadtrace.log import ShortLog
    from threadtrace.report import print_outcome

    log = ShortLog()
    outcome = run_host(job, _ignore if quiet else log.print)
    log.close()
    print_outcome(outcome, verdict_of_run(outcome))
    click.secho(f"trace: {path}", dim=True)
    return outcome


def _json_run(job: Job, path: str) -> Outcome:
    outcome = run_host(job, _ignore)
    click.echo(msgspec.json.encode(as_result(outcome, path)).decode())
    return outcome


def _ignore(event: Event) -> None:
    pass


def as_result(outcome: Outcome, path: str) -> dict[str, Any]:
    """The JSON object of one execution; the keys are a contract."""
    elapsed = outcome.variable.get("elapsed_s", 0.0)
    failures = [
        {**msgspec.to_builtins(failure), "execution": 1, "schedule": None, "trace": path}
        for failure in outcome.failures
    ]
    return {
        "verdict": verdict_of_run(outcome).value,
        "executions": 1,
        "events": outcome.events,
        "points": outcome.points,
        "threads": outcome.threads,
        "elapsed_s": elapsed,
        "executions_per_s": round(1 / elapsed, 3) if elapsed else 0.0,
        "failures": failures,
        "warnings": outcome.warnings,
        "ending": outcome.ending.value,
        "exit_status": outcome.exit_status,
        "abandoned": outcome.abandoned,
        "trace": path,
    }


def _exit_status(outcome: Outcome) -> int:
    verdict = verdict_of_run(outcome)
    if verdict is Verdict.FAILED:
        return 1
    if outcome.ending is Ending.INTERRUPTED:
        return 130
    if verdict is Verdict.NOTHING_TESTED:
        return 4
    return outcome.exit_status or 0


def _default_trace(program: str, module: bool) -> str:
    name = program.rpartition(".")[2] if module else os.path.splitext(os.path.basename(program))[0]
    return (name or "program") + ".trace"


def _check_writable(path: str, program: str) -> None:
    """Refuses a trace path before anything runs, and never lets a trace replace what is no trace."""
    folder = os.path.dirname(os.path.abspath(path))
    hint = "choose another place with --trace PATH"
    if not os.path.isdir(folder):
        raise click.ClickException(f"{path}: there is no folder {folder}; {hint}")
    if not os.path.exists(path):
        try:
            os.close(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL))
            os.unlink(path)
        except OSError as error:
            raise click.ClickException(f"{path}: the trace cannot be written: {error.strerror}; {hint}") from None
        return
    if not os.path.isfile(path):
        raise click.ClickException(f"{path}: is not a regular file; {hint}")
    try:
        if os.path.getsize(path) and not is_trace(path):
            raise click.ClickException(f"{path}: exists and is not a trace, so it is not overwritten; {hint}")
        os.close(os.open(path, os.O_WRONLY))
    except OSError as error:
        raise click.ClickException(f"{path}: the trace cannot be written: {error.strerror}; {hint}") from None
