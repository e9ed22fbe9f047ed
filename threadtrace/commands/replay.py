"""`threadtrace replay`: the same interleaving again."""

from __future__ import annotations

import os
import sys

import click

from replay.job import Job, Replay
from replay.program import ProgramError, compile_file
from replay.recording import Recording, RecordingError, is_recording, open_recording
from replay.schedule import PREFIX, Settings
from replay.script import ScriptError, read_script
from replay.settings import CLOCK_NAMES, HASH_SEED, MAX_POINTS, STRATEGY_NAMES, TIME_LIMIT
from threadtrace import __version__
from threadtrace.executing import SEED, check_writable, default_trace, execute, exit_status

#: Systems bound an argument at 128 KiB, and the host's holds more than the schedule.
_LONGEST_ARGUMENT = 100_000


@click.command(context_settings={"allow_interspersed_args": False})
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
@click.option("--seed", type=SEED, default=0, help="Seed of the strategy of `--then`: `--then random --seed 7`.")
@click.option(
    "--trace", type=click.Path(), help="Where the new trace goes [default: PROGRAM's name with .replay.trace]."
)
@click.option(
    "--json", "as_json", is_flag=True, help="Print one JSON object instead of the log: `--json | jq .verdict`."
)
@click.option("--quiet", is_flag=True, help="Print the outcome, not the events.")
@click.option(
    "--time-limit",
    type=click.FloatRange(min=0),
    default=TIME_LIMIT,
    show_default=True,
    help="End a program that takes more seconds of real time than this; 0 for no limit.",
)
@click.argument("recording", metavar="TRACE|tt1:…|SCRIPT")
@click.argument("program", nargs=-1, type=click.UNPROCESSED)
def replay(
    module: bool,
    realign: bool,
    then: str | None,
    first: int | None,
    seed: int,
    trace: str | None,
    as_json: bool,
    quiet: bool,
    time_limit: float,
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

    Exit status: 1 when a failure was reproduced, 2 for wrong usage or unreadable input, 3 when it diverged.
    """
    if realign and then:
        raise click.UsageError("--realign goes on freely by itself: leave out --then")
    if first is not None and not then:
        raise click.UsageError("--first needs --then STRATEGY, which chooses after these events")
    if program and not module and program[0].startswith("-") and not os.path.exists(program[0]):
        raise click.UsageError(f"put {program[0]} before {_short(recording)}: what follows is the program and its own")
    if recording.startswith(PREFIX) and len(recording) > _LONGEST_ARGUMENT:
        raise click.UsageError("the schedule is too long for a command line: put it into a file, and name that")
    known = _read(recording)
    hint = ""
    if known is not None and not program and known.header is not None:
        hint = f"; so it was called when {_short(recording)} was made: name it after the trace if it is elsewhere"
        program, module = (known.header.program, *known.header.arguments), known.header.module
    if not program or not program[0]:
        raise click.UsageError(f"name the PROGRAM to run: {_short(recording)} does not know it")
    if not module:
        try:
            compile_file(program[0])
        except ProgramError as error:
            raise click.ClickException(f"{error}{hint}") from None
    path = trace or _default_trace(recording, program[0], module)
    check_writable(path)
    if os.path.exists(path) and os.path.exists(recording) and os.path.samefile(path, recording):
        raise click.ClickException(f"{path}: is the recording itself; choose another place with --trace PATH")
    settings = known.settings if known is not None else Settings(seed, hash_seed=HASH_SEED, max_points=MAX_POINTS)
    steps = len(known.schedule.steps) if known is not None and not realign and then is None else 0
    job = Job(
        program=program[0],
        arguments=list(program[1:]),
        module=module,
        trace=os.path.abspath(path),
        seed=settings.seed,
        strategy="replay",
        clock=settings.clock,
        max_points=settings.max_points or MAX_POINTS,
        time_limit=time_limit,
        version=__version__,
        hash_seed=settings.hash_seed,
        user_hash_seed=os.environ.get("PYTHONHASHSEED"),
        output_to_stderr=as_json,
        replay=Replay(
            _absolute(recording),
            script=known is None,
            realign=realign,
            then=then,
            then_seed=seed,
            limit=first,
            steps=steps,
        ),
    )
    status = exit_status(execute(job, path, as_json=as_json, quiet=quiet))
    sys.exit(status if status in (1, 3, 4, 130) else 0)


def _read(source: str) -> Recording | None:
    """The recording, read and checked; None for a script."""
    try:
        if not is_recording(source):
            read_script(source)
            return None
        known = open_recording(source)
    except OSError as error:
        raise click.ClickException(f"{source}: cannot be read: {error.strerror}") from None
    except (RecordingError, ScriptError) as error:
        raise click.ClickException(str(error)) from None
    settings = known.settings
    if settings.preempt != "sync" or settings.clock not in CLOCK_NAMES or not 0 <= settings.hash_seed < 1 << 32:
        raise click.ClickException(
            f"{_short(source)}: was recorded with settings that this version does not have: "
            f"--preempt {settings.preempt}, --clock {settings.clock}, hash seed {settings.hash_seed}"
        )
    return known


def _absolute(source: str) -> str:
    """The recording, wherever the program goes meanwhile."""
    return source if source.startswith(PREFIX) else os.path.abspath(source)


def _short(source: str) -> str:
    return source if len(source) < 60 else source[:40] + "…"


def _default_trace(recording: str, program: str, module: bool) -> str:
    """`condition.replay.trace` for `condition.py`; another one when that is the recording."""
    base = default_trace(program, module).removesuffix(".trace")
    path = f"{base}.replay.trace"
    number = 1
    while os.path.exists(path) and os.path.exists(recording) and os.path.samefile(path, recording):
        number += 1
        path = f"{base}.replay-{number}.trace"
    return path
