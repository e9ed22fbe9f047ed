"""`threadtrace graph`: a picture of a trace."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING

import click
import msgspec

from tracer.pictures.draw import Kind, NothingToDraw, draw
from tracer.pictures.render import FORMATS, RenderError, check_target, format_of, rendered, write
from tracer.trace import TraceError, TraceReader, consistent

if TYPE_CHECKING:
    from tracer.analysis.moment import Moment
    from tracer.pictures.style import Picture

#: What `-o -` writes.
_TO_STDOUT = "svg"


@click.command()
@click.argument("trace", type=click.Path())
@click.option(
    "-o",
    "--output",
    metavar="FILE",
    help=f"Where to draw: a file that ends in {', '.join('.' + one for one in FORMATS)}, or - for SVG on standard "
    "output. Without it: TRACE's name with .svg.",
)
@click.option(
    "--kind",
    type=click.Choice([kind.value for kind in Kind]),
    default=Kind.WAIT_FOR.value,
    show_default=True,
    help="wait-for: who waits for whom, and why nobody can move. threads: who started and joined whom. "
    "happens-before: the last events, and what had to come first. lock-order: which lock was taken while which was "
    "held, and which cycles of them can become a deadlock.",
)
@click.option(
    "--at",
    type=click.IntRange(min=1),
    metavar="EVENT",
    help="The moment after this event: `--at 40`. Default: the end.",
)
@click.option("--open", "show", is_flag=True, help="Show the picture with the system's viewer.")
@click.option("--json", "as_json", is_flag=True, help="Print what was drawn as one JSON object.")
def graph(trace: str, output: str | None, kind: str, at: int | None, show: bool, as_json: bool) -> None:
    """Draw a TRACE: who waits for whom, at its end or at any event.

    \b
    threadtrace graph condition.trace -o wait.svg
    threadtrace graph condition.trace -o wait.png --at 40
    threadtrace graph condition.trace --kind threads --open

    Drawn by Graphviz's dot if it is on the path, otherwise by graphviz-pure, which is installed with threadtrace
    and does not write PDF. Exit status 2 when the file is no trace, or the picture cannot be made or shown.
    """
    if output == "-" and (show or as_json):
        raise click.UsageError(f"-o - writes the picture to standard output: it does not go with {_other(show)}")
    path = output if output is not None else os.path.splitext(trace)[0] + ".svg"
    try:
        ending = _TO_STDOUT if output == "-" else format_of(path)
        with _reader(trace) as reader:
            if output != "-":
                check_target(path, ending, trace)
            picture, moment = _draw(reader, Kind(kind), at)
        data = rendered(picture, ending)
        if output == "-":
            _to_stdout(data)
        else:
            write(path, data)
    except (RenderError, NothingToDraw) as error:
        raise click.ClickException(str(error)) from None
    _report(picture, moment, path, kind, as_json=as_json, to_stderr=output == "-")
    if show:
        _open(path)


def _reader(trace: str) -> TraceReader:
    try:
        return TraceReader(trace)
    except OSError as error:
        raise click.ClickException(f"{trace}: cannot be read: {error.strerror}") from None
    except TraceError as error:
        raise click.ClickException(str(error)) from None


def _draw(reader: TraceReader, kind: Kind, at: int | None) -> tuple[Picture, Moment]:
    try:
        with consistent(reader.path):
            return draw(reader, kind, at)
    except OSError as error:
        raise click.ClickException(f"{reader.path}: cannot be read: {error.strerror}") from None
    except TraceError as error:
        raise click.ClickException(str(error)) from None


def _other(show: bool) -> str:
    return "--open" if show else "--json"


def _to_stdout(data: bytes) -> None:
    sys.stdout.buffer.write(data)
    sys.stdout.buffer.flush()


def _report(picture: Picture, moment: Moment, path: str, kind: str, *, as_json: bool, to_stderr: bool) -> None:
    """One line: what was drawn, where, and what was left out."""
    if as_json:
        result = {
            "picture": path,
            "kind": kind,
            "event": moment.number,
            "time": moment.time,
            "last": moment.last,
            "verdict": picture.verdict,
            "shown": picture.shown,
            "notes": picture.notes,
        }
        click.echo(msgspec.json.encode(result).decode())
        return
    where = "standard output" if to_stderr else path
    when = f"event {moment.number:,}" + (", the last one" if moment.last else "")
    line = "; ".join([f"{where}: {picture.verdict} ({kind} after {when}; {picture.shown})", *picture.notes])
    click.echo(line, err=to_stderr)


def _open(path: str) -> None:
    if click.launch(os.path.abspath(path)):
        raise click.ClickException(f"{path}: was drawn, but there is no viewer to show it with: open it yourself")
