"""Recordings that are named on the command line, and the program that goes with them."""

from __future__ import annotations

import os

import click

from replay.following.recording import Recording, RecordingError, is_recording, open_recording
from replay.following.schedule import PREFIX, Settings
from replay.following.script import ScriptError, read_script
from replay.job import Job, Replay
from replay.program import ProgramError, compile_file
from replay.settings import CLOCK_NAMES, HASH_SEED, MAX_POINTS, PREEMPT_NAMES
from threadtrace import __version__
from threadtrace.executing import check_writable, default_trace

#: Systems bound an argument at 128 KiB, and the host's holds more than the schedule.
_LONGEST_ARGUMENT = 100_000


class RecordingCommand(click.Command):
    """A command whose options may also stand after the recording. What follows the program is the program's own."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Puts the options first."""
        with_value = {
            name
            for option in self.params
            if isinstance(option, click.Option) and not option.is_flag
            for name in option.opts
        }
        options: list[str] = []
        recording: list[str] = []
        left = list(args)
        while left and (not recording or left[0].startswith("-")):
            argument = left.pop(0)
            if argument == "--":
                break
            if not argument.startswith("-"):
                recording.append(argument)
                continue
            options.append(argument)
            if argument in with_value and left:
                options.append(left.pop(0))
        return super().parse_args(ctx, [*options, *recording, *left])


def read(source: str) -> Recording | None:
    """The recording, read and checked; None for a script."""
    if source.startswith(PREFIX) and len(source) > _LONGEST_ARGUMENT:
        raise click.UsageError("the schedule is too long for a command line: put it into a file, and name that")
    if source.endswith(".py"):
        raise click.UsageError(f"{source} is a program: name a recording of it first, such as the trace of a run")
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
    if (
        settings.preempt not in PREEMPT_NAMES
        or settings.clock not in CLOCK_NAMES
        or not 0 <= settings.hash_seed < 1 << 32
    ):
        raise click.ClickException(
            f"{_short(source)}: was recorded with settings that this version does not have: "
            f"--preempt {settings.preempt}, --clock {settings.clock}, hash seed {settings.hash_seed}"
        )
    return known


def _short(source: str) -> str:
    return source if len(source) < 60 else source[:40] + "…"


def absolute(source: str) -> str:
    """The recording, wherever the program goes meanwhile."""
    return source if source.startswith(PREFIX) else os.path.abspath(source)


def program_of(
    source: str, known: Recording | None, program: tuple[str, ...], module: bool
) -> tuple[tuple[str, ...], bool]:
    """The program that goes with a recording and its arguments, and whether it is a module."""
    if module and not program:
        raise click.UsageError("-m says that PROGRAM is a module: name it after the recording")
    hint = ""
    if known is not None and not program and known.header is not None:
        hint = f"; so it was called when {_short(source)} was made: name it after the trace if it is elsewhere"
        program, module = (known.header.program, *known.header.arguments), known.header.module
    if known is not None and known.header is not None and "::" in (program or ("",))[0]:
        raise click.UsageError(
            f"{_short(source)} is of the function {program[0]}: if that is a test, pytest '{program[0]}' "
            f"--threadtrace-replay {_short(source)} replays it, else threadtrace.replay({_short(source)!r}, function)"
        )
    if not program or not program[0]:
        raise click.UsageError(f"name the PROGRAM to run: {_short(source)} does not know it")
    if not module:
        try:
            compile_file(program[0])
        except ProgramError as error:
            raise click.ClickException(f"{error}{hint}") from None
    return program, module


def replay_job(
    replay: Replay,
    known: Recording | None,
    program: tuple[str, ...],
    module: bool,
    path: str,
    *,
    time_limit: float,
    output_to_stderr: bool = False,
) -> Job:
    """The job that replays a recording with the settings that it was made with."""
    settings = known.settings if known is not None else Settings(hash_seed=HASH_SEED, max_points=MAX_POINTS)
    return Job(
        program=program[0],
        arguments=list(program[1:]),
        module=module,
        trace=os.path.abspath(path),
        seed=settings.seed,
        strategy="replay",
        clock=settings.clock,
        preempt=settings.preempt,
        include=list(settings.include),
        learned=list(settings.learned),
        spurious=settings.spurious,
        exit_fails=settings.exit_fails,
        max_points=settings.max_points or MAX_POINTS,
        keep_going=settings.keep_going,
        time_limit=time_limit,
        version=__version__,
        hash_seed=settings.hash_seed,
        user_hash_seed=os.environ.get("PYTHONHASHSEED"),
        output_to_stderr=output_to_stderr,
        replay=replay,
    )


def default_replay(source: str, program: str, module: bool, what: str) -> str:
    """`condition.replay.trace` for `condition.py`; another name where that is the recording itself."""
    base = default_trace(program, module).removesuffix(".trace")
    path = f"{base}.{what}.trace"
    number = 1
    while _is_same(path, source):
        number += 1
        path = f"{base}.{what}-{number}.trace"
    return path


def refuse_itself(path: str, source: str) -> None:
    """Refuses a path that cannot be written, or at which the recording itself is."""
    check_writable(path)
    if _is_same(path, source):
        raise click.ClickException(f"{path}: is the recording itself; choose another place with --trace PATH")


def _is_same(path: str, source: str) -> bool:
    return os.path.exists(path) and os.path.exists(source) and os.path.samefile(path, source)
