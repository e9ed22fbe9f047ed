"""`threadtrace replay`: the same interleaving again."""

from __future__ import annotations

import sys

import click

from replay.debugger.breaks import BreakError, parse_line, parse_operation
from replay.job import Replay, Stops
from replay.settings import STRATEGY_NAMES
from threadtrace import options
from threadtrace.executing import SEED, Shown, execute, exit_status
from threadtrace.recordings import (
    RecordingCommand,
    absolute,
    default_replay,
    program_of,
    read,
    refuse_itself,
    replay_job,
)


@click.command(cls=RecordingCommand, context_settings={"allow_interspersed_args": False})
@click.option("-m", "module", is_flag=True, help="PROGRAM is a module.")
@click.option("--realign", is_flag=True, help="For an edited program: skip what is gone, go on past differences.")
@click.option(
    "--then",
    type=click.Choice(STRATEGY_NAMES),
    help="Who chooses after the last event of the recording, or of `--first`: `--first 20 --then random`.",
)
@click.option(
    "--first", type=click.IntRange(min=0), help="Follow only so many events: `--first 20 --then round-robin`."
)
@click.option("--seed", type=SEED, help="Seed of the strategy of `--then`: `--then random --seed 7`.")
@click.option(
    "--trace", type=click.Path(), help="Where the new trace goes [default: PROGRAM's name with .replay.trace]."
)
@options.as_json
@options.quiet
@options.show_memory
@options.races
@options.time_limit
@click.option("--stop-at", type=click.IntRange(min=1), help="Open a prompt at this event: `--stop-at 17`.")
@click.option("--break", "lines", multiple=True, metavar="FILE:LINE", help="… whenever a thread comes to this line.")
@click.option(
    "--break-on",
    "operations",
    multiple=True,
    metavar='"OPERATION [OBJECT]"',
    help='… at each such event: `--break-on "lock.acquire lock_a"`, `--break-on condition.wait`.',
)
@click.argument("recording", metavar="TRACE|tt1:…|SCRIPT")
@click.argument("program", nargs=-1, type=click.UNPROCESSED)
def replay(
    module: bool,
    realign: bool,
    then: str | None,
    first: int | None,
    seed: int | None,
    trace: str | None,
    as_json: bool,
    quiet: bool,
    show_memory: bool,
    races: str,
    time_limit: float,
    stop_at: int | None,
    lines: tuple[str, ...],
    operations: tuple[str, ...],
    recording: str,
    program: tuple[str, ...],
) -> None:
    """Make the interleaving of a trace, a schedule (tt1:…) or a SCRIPT happen again.

    A trace knows its program and its arguments; for the others they are given. Each operation is compared with the
    recorded one. At the first difference the replay stops and says what differs, and why that is likely.

    \b
    threadtrace replay condition.trace
    threadtrace replay tt1:AbC… examples/condition.py
    threadtrace replay examples/condition.schedule examples/condition.py

    With --stop-at, --break or --break-on a prompt opens in the thread that is running then: the commands of pdb, and
    commands about all threads. `help` there lists them; `back` goes back to an earlier event.

    Exit status: 1 when a failure was reproduced, 2 for wrong usage or unreadable input, 3 when it diverged.
    """
    if realign and then:
        raise click.UsageError("--realign goes on freely by itself: leave out --then")
    if first is not None and not then:
        raise click.UsageError("--first needs --then STRATEGY, which chooses after these events")
    if seed is not None and not then:
        raise click.UsageError("--seed needs --then STRATEGY, whose seed it is")
    debugged = stop_at is not None or bool(lines) or bool(operations)
    if debugged and as_json:
        raise click.UsageError("--json prints nothing but one JSON object: leave out --stop-at, --break and --break-on")
    known = read(recording)
    program, module = program_of(recording, known, program, module)
    stops = _stops(stop_at, lines, operations, None if module else program[0]) if debugged else None
    path = trace or default_replay(recording, program[0], module, "replay")
    refuse_itself(path, recording)
    what = Replay(
        absolute(recording),
        script=known is None,
        realign=realign,
        then=then,
        then_seed=seed or 0,
        limit=first,
        steps=len(known.schedule.steps) if known is not None and not realign and then is None else 0,
        stops=stops,
    )
    limit = 0.0 if debugged else time_limit
    job = replay_job(what, known, program, module, path, time_limit=limit, output_to_stderr=as_json)
    shown = Shown(as_json=as_json, quiet=quiet or debugged, memory=show_memory)
    status = exit_status(execute(job, path, shown, races=races))
    sys.exit(status if status in (1, 3, 4, 130) else 0)


def _stops(at: int | None, lines: tuple[str, ...], operations: tuple[str, ...], program: str | None) -> Stops:
    """Where to stop, checked before anything runs."""
    try:
        return Stops(at, [parse_line(one, program) for one in lines], [parse_operation(one) for one in operations])
    except BreakError as error:
        raise click.ClickException(str(error)) from None
