"""An interleaving as lines of the program, in columns by thread: who did what, and when.

The trace of a failing execution, shrunk or not, becomes a table to be read from top to bottom:

    MainThread          Adder-1             Adder-2
    20  thread.start()   starts Adder-1, Adder-2
                        15  counter += 1   reads 0
                         └─ preempted ───────┐
                                            15  counter += 1   reads 0, writes 1, ends
                        15  counter += 1   writes 1, ends
    22  thread.join()    joins Adder-1, Adder-2
    24  assert counter == 2   reads 1
        ✗ AssertionError

A row is what one thread did at one line before another thread, or another line, had its turn. What concerns no other
thread is left out, rounds of a loop that are alike are folded, and of a long execution what is near the failure and
near the last switches is shown. `rows` makes rows of events, `choosing` chooses among them, `words` says what was
done, and `layout` puts them in columns.
"""

from __future__ import annotations

import os
import shutil
import sys
import textwrap
from typing import Any

import click

from threadtrace.columns.choosing import choose
from threadtrace.columns.layout import Layout
from threadtrace.columns.rows import Reading
from threadtrace.columns.words import Words, clean, some
from threadtrace.explaining import Sources
from tracer.outcome import FailureKind
from tracer.trace import TraceError, TraceReader, outcome_of

#: Text is not broken into shorter lines than this.
_NARROWEST = 20

#: So many threads are named that are not shown.
_MOST_LEFT_OUT = 8

#: What stands for lines and marks where the encoding of the output does not have them.
_PLAIN = str.maketrans("│└┘┌┐─⋮…→✗■", "|`'..-:~>x#")


def print_columns(trace_path: str, *, width: int | None = None) -> None:
    """Prints the interleaving of a trace. `width` is that of the terminal if it is None; NO_COLOR is respected.

    Raises OSError, and TraceError for what is no trace. Of a damaged one, what comes before the damage is printed.
    """
    colour = False if os.environ.get("NO_COLOR") else None
    encoding = getattr(sys.stdout, "encoding", None) or "utf-8"
    for line in columns(trace_path, width or shutil.get_terminal_size().columns):
        click.echo(_encodable(line, encoding), color=colour)


def columns(trace_path: str, width: int) -> list[str]:
    """The lines that `print_columns` prints, styled; none of them is longer than `width`, unless that is too little.

    Raises OSError, TraceError.
    """
    reading, notes = _read(trace_path)
    words = Words(Sources(reading.outcome), reading)
    lines = _lines(reading, words, width)
    if not lines:
        lines = _wrapped("nothing in this trace concerns more than one thread", width, dim=True)
    for note in [*notes, *words.notes]:
        lines += _wrapped(note, width, fg="yellow")
    return lines


def _read(trace_path: str) -> tuple[Reading, list[str]]:
    notes: list[str] = []
    with TraceReader(trace_path) as reader:
        try:
            # The outcome comes last, and says whose end is of interest.
            reading = Reading(outcome_of(trace_path))
            for event in reader:
                reading.feed(event)
        except TraceError as error:
            notes.append(str(error))
    if reading.outcome is None and not notes:
        notes.append(f"the trace was cut off after {reading.count:,} events: how it ended is not known")
    reading.finish()
    return reading, notes


def _lines(reading: Reading, words: Words, width: int) -> list[str]:
    """In columns, if need be of those threads only that have to do with the failures; else in one list."""
    chosen = choose(reading, words)
    lines = Layout(chosen, words, width).columns()
    if lines is None and reading.outcome is not None:
        chosen = choose(reading, words, only_concerned=True)
        lines = Layout(chosen, words, width).columns()
    if lines is None:
        lines = Layout(chosen, words, width).one_list()
    for failure in reading.outcome.failures if reading.outcome is not None else ():
        if failure.kind is not FailureKind.EXCEPTION and not failure.waiting:
            lines += _wrapped(failure.message, width, fg="red", bold=True)
    if chosen.more_waits:
        lines += _wrapped(f"… and {chosen.more_waits:,} threads more wait", width, dim=True)
    if chosen.left_out:
        names = some(chosen.left_out, _MOST_LEFT_OUT)
        lines += _wrapped(f"not shown, as nothing here concerns them: {names}", width, dim=True)
    return lines


def _wrapped(text: str, width: int, **style: Any) -> list[str]:
    return [click.style(line, **style) for line in textwrap.wrap(clean(text), max(width, _NARROWEST))]


def _encodable(line: str, encoding: str) -> str:
    try:
        line.encode(encoding)
    except UnicodeError:
        return line.translate(_PLAIN).encode(encoding, "replace").decode(encoding)
    return line
