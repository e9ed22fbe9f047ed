"""`threadtrace show`: a trace, printed."""

from __future__ import annotations

import sys

import click
import msgspec

from threadtrace import options
from threadtrace.log import Log
from threadtrace.report import print_outcome
from tracer.events import Event
from tracer.outcome import verdict_of_run
from tracer.trace import TraceError, TraceReader, outcome_of

#: Where a thread's name is wrong, so many right ones are named.
_NAMES_SHOWN = 20


class Range(click.ParamType):  # type: ignore[type-arg,unused-ignore]  # generic since click 8.4
    """`A-B`, `A-`, `-B` or `A`: numbers of events, both ends included."""

    name = "range"

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> tuple[int, int]:
        """The first and the last number."""
        if isinstance(value, tuple):
            return value
        first, dash, last = str(value).partition("-")
        try:
            begin = int(first) if first else 1
            end = (int(last) if last else sys.maxsize) if dash else begin
        except ValueError:
            self.fail(f"{value!r} is no range of events: write 10-20, 10-, -20 or 10", param, ctx)
        return begin, end


@click.command()
@click.argument("trace", type=click.Path())
@click.option("--thread", "threads", multiple=True, help="Only events of this thread; repeatable: `--thread Consumer`.")
@click.option("--object", "objects", multiple=True, help="Only events on this object; repeatable: `--object lock_a`.")
@click.option("--kind", "kinds", multiple=True, help="Only these operations: `--kind lock` or `--kind lock.acquire`.")
@click.option("--range", "span", type=Range(), default=(1, sys.maxsize), help="Only these events: `--range 10-20`.")
@options.show_memory
@click.option("--json", "as_json", is_flag=True, help="Print the events as JSON Lines.")
def show(
    trace: str,
    threads: tuple[str, ...],
    objects: tuple[str, ...],
    kinds: tuple[str, ...],
    span: tuple[int, int],
    show_memory: bool,
    as_json: bool,
) -> None:
    """Print a TRACE: its events, filtered, and its outcome.

    \b
    threadtrace show condition.trace --thread Consumer
    threadtrace show condition.trace --kind condition --range 10-40

    Exit status 2 when the file is no trace, or is damaged; what comes before the damage is printed.
    """

    def wanted(event: Event) -> bool:
        return bool(
            span[0] <= event.number <= span[1]
            and (not threads or event.thread in threads)
            and (not objects or event.object in objects)
            and (show_memory or objects or kinds or as_json or not event.operation.startswith("memory."))
            and (not kinds or event.operation in kinds or event.operation.partition(".")[0] in kinds)
        )

    try:
        ended = outcome_of(trace) if threads else None
        if ended is not None:
            _check_threads(trace, threads, ended.threads)
        reader = TraceReader(trace)
    except OSError as error:
        raise click.ClickException(f"{trace}: cannot be read: {error.strerror}") from None
    except TraceError as error:
        raise click.ClickException(str(error)) from None
    log = Log()
    count = 0
    known: dict[str, None] = {}
    try:
        for event in reader:
            count += 1
            known[event.thread] = None
            if wanted(event):
                if as_json:
                    click.echo(msgspec.json.encode(event))
                else:
                    log.print(event)
    except TraceError as error:
        raise click.ClickException(str(error)) from None
    finally:
        reader.close()
    _check_threads(trace, threads, [*(reader.outcome.threads if reader.outcome is not None else []), *known])
    if reader.outcome is None:
        click.secho(
            f"the trace was cut off after {count:,} events: the program was killed, or is still running",
            fg="yellow",
            err=as_json,
        )
    elif not as_json:
        print_outcome(reader.outcome, verdict_of_run(reader.outcome))


def _check_threads(trace: str, wanted: tuple[str, ...], known: list[str]) -> None:
    """Refuses names that no thread has: nothing would be printed, as if it had done nothing."""
    for name in wanted:
        if name not in known:
            names = list(dict.fromkeys(known))
            more = f" and {len(names) - _NAMES_SHOWN:,} more" if len(names) > _NAMES_SHOWN else ""
            listed = ", ".join(names[:_NAMES_SHOWN]) + more
            raise click.ClickException(f"{trace}: there is no thread {name!r}; there are {listed or 'no threads'}")
