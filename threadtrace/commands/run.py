"""`threadtrace run`: one execution of a program, traced."""

from __future__ import annotations

import os
import sys

import click

from replay.job import Job
from replay.program import ProgramError, compile_file
from replay.settings import HASH_SEED, MAX_POINTS, STRATEGY_NAMES
from threadtrace import __version__, options
from threadtrace.executing import SEED, Shown, check_writable, default_trace, execute, exit_status


@click.command(context_settings={"allow_interspersed_args": False})
@click.option("-m", "module", is_flag=True, help="PROGRAM is a module: `threadtrace run -m package.module`.")
@click.option("--seed", type=SEED, default=0, show_default=True, help="Seed of the strategy: `--seed 7`.")
@click.option(
    "--strategy",
    type=click.Choice(STRATEGY_NAMES),
    default="round-robin",
    show_default=True,
    help="Who goes first where several threads could: `--strategy random --seed 7`.",
)
@options.clock
@options.preempt
@options.include
@click.option("--trace", type=click.Path(), help="Where the trace goes [default: PROGRAM's name with .trace, here].")
@options.as_json
@options.quiet
@options.show_memory
@click.option("--check", is_flag=True, help="Execute it twice, and say whether both executions were the same.")
@click.option(
    "--label/--no-label",
    default=True,
    help="With `--preempt any`: when it fails, execute it some hundred times more, without output, to tell whether the "
    "GIL of this Python lets that happen.",
)
@click.option(
    "--max-points",
    type=click.IntRange(min=1),
    default=MAX_POINTS,
    show_default=True,
    help="End a program that meets more scheduling points than this.",
)
@click.option(
    "--keep-going", is_flag=True, help="Report threads that can never go on, and go on with the others until the end."
)
@options.races
@options.time_limit
@click.argument("program")
@click.argument("arguments", nargs=-1, type=click.UNPROCESSED)
def run(
    module: bool,
    seed: int,
    strategy: str,
    clock: str,
    preempt: str,
    include: tuple[str, ...],
    trace: str | None,
    as_json: bool,
    quiet: bool,
    show_memory: bool,
    check: bool,
    label: bool,
    max_points: int,
    keep_going: bool,
    races: str,
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

    Exit status: the program's own; 1 when something failed, 2 for wrong usage, 3 when --check found a difference,
    4 when there was nothing to control.
    """
    if not module:
        try:
            compile_file(program)
        except ProgramError as error:
            raise click.ClickException(str(error)) from None
    path = trace or default_trace(program, module)
    check_writable(path)
    job = Job(
        program=program,
        arguments=list(arguments),
        module=module,
        trace=os.path.abspath(path),
        seed=seed,
        strategy=strategy,
        clock=clock,
        preempt=preempt,
        include=list(include),
        max_points=max_points,
        keep_going=keep_going,
        time_limit=time_limit,
        version=__version__,
        hash_seed=HASH_SEED,
        user_hash_seed=os.environ.get("PYTHONHASHSEED"),
        output_to_stderr=as_json,
    )
    shown = Shown(as_json=as_json, quiet=quiet, memory=show_memory)
    sys.exit(exit_status(execute(job, path, shown, races=races, check=check, label=label)))
