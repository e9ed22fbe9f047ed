"""Prints events: one line each, in columns, thread names in colour."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from collections.abc import Iterable

    from tracer.events import Event

#: Colours for threads, in order of appearance; told apart on dark and light ground, also by the colour-blind,
#: and never the only thing that tells threads apart.
COLOURS = ("cyan", "yellow", "magenta", "green", "blue", "bright_red", "bright_cyan", "bright_yellow")

#: Of a long execution, this many events are printed from its beginning, and from its end.
HEAD = 400
TAIL = 100


class Log:
    """Prints events to standard output as they come; columns grow with what is in them."""

    def __init__(self) -> None:
        self._colours: dict[str, str] = {}
        self._widths = [10, 19, 14]
        self._header = False

    def print(self, event: Event) -> None:
        """Prints one event."""
        if not self._header:
            self._header = True
            click.secho(self._columns("event", "time", "thread", "operation", "object", "place"), dim=True)
        target = event.object or ""
        if event.result is not None and event.result is not True:
            target = f"{target} → {event.result}" if target else f"{event.result}"
        colour = self._colours.setdefault(event.thread, COLOURS[len(self._colours) % len(COLOURS)])
        click.echo(
            self._columns(
                f"{event.number}", f"{event.time:.3f}", event.thread, event.operation, target, event.place, colour
            )
        )

    def skipped(self, count: int) -> None:
        """Says that events were left out."""
        click.secho(f"{'…':>7}  {count:,} events are not shown here; `threadtrace show` prints all", dim=True)

    def _columns(
        self, number: str, time: str, thread: str, operation: str, target: str, place: str, colour: str | None = None
    ) -> str:
        texts = [thread, operation, target]
        self._widths = [max(width, min(len(text), 40)) for width, text in zip(self._widths, texts, strict=True)]
        thread, operation, target = (text.ljust(width) for text, width in zip(texts, self._widths, strict=True))
        if colour:
            thread = click.style(thread, fg=colour)
        return f"{number:>7} {time:>9}  {thread}  {operation}  {target}  {place}".rstrip()


class ShortLog:
    """A log of the first and the last events of an execution of any length."""

    def __init__(self, *, show_memory: bool = False) -> None:
        self._log = Log()
        self._show_memory = show_memory
        self._hidden = 0
        self._seen = 0
        self._tail: list[Event] = []

    def print(self, event: Event) -> None:
        """Prints the event, or keeps it until it is known whether it is one of the last."""
        if not self._show_memory and event.operation.startswith("memory."):
            self._hidden += 1
            return
        self._seen += 1
        if self._seen <= HEAD:
            self._log.print(event)
            return
        self._tail.append(event)
        if len(self._tail) > 2 * TAIL:
            del self._tail[:TAIL]

    def close(self) -> None:
        """Prints the last events."""
        tail = self._tail[-TAIL:]
        if self._seen - HEAD > len(tail):
            self._log.skipped(self._seen - HEAD - len(tail))
        print_all(self._log, tail)
        if self._hidden:
            click.secho(f"{'…':>7}  {self._hidden:,} accesses to shared memory; --show-memory prints them", dim=True)


def print_all(log: Log, events: Iterable[Event]) -> None:
    """Prints several events."""
    for event in events:
        log.print(event)
