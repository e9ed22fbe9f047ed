"""What a picture is a picture of: the words for the program and the moment that stand in every title."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import msgspec

from tracer.outcome import Ending, FailureKind
from tracer.pictures.style import GREY, NAME, SMALL, TITLE, Row
from tracer.pictures.text import shorten, wrapped

if TYPE_CHECKING:
    from tracer.analysis.moment import Moment
    from tracer.outcome import Outcome

#: Lines of a verdict and of its reason: what is longer than this is not read in a title.
_MOST_LINES = 3
_MOST_LINES_OF_A_REASON = 5

#: A command line that is longer than this says no more.
_LONGEST_COMMAND = 80


#: What is said of a trace without an outcome.
CUT_OFF = "the trace was cut off: the program was killed, or is still running"


class Subject(msgspec.Struct, frozen=True):
    """The trace: its program with its arguments, and its outcome, None where it was cut off.

    `stacks` are the callers of each place, by thread: an event tells them only where they are first met.
    """

    program: str
    arguments: list[str] = []
    outcome: Outcome | None = None
    stacks: dict[tuple[str, str], list[str]] = {}

    @property
    def command(self) -> str:
        """The program's name, and what follows it."""
        return shorten(" ".join([os.path.basename(self.program) or self.program, *self.arguments]), _LONGEST_COMMAND)

    def when(self, moment: Moment) -> str:
        """`after event 12 of 56; 0.5 s of program time`."""
        total = self.outcome.events if self.outcome is not None else None
        which = f" of {total:,}" if total is not None else ""
        which = ", the last one" if moment.last else which
        return f"after event {moment.number:,}{which}; {moment.time:g} s of program time"

    def failure(self, kind: FailureKind | None = None) -> str:
        """The message of the first failure, or of the first one of a kind; empty without one."""
        failures = self.outcome.failures if self.outcome is not None else []
        return next((one.message for one in failures if kind in (None, one.kind)), "")

    @property
    def completed(self) -> bool:
        """Whether the program came to its end."""
        return self.outcome is not None and self.outcome.ending is Ending.COMPLETED

    def title(self, verdict: str, reason: str, moment: Moment) -> list[Row]:
        """The rows of a title: the verdict, why it is so, and which moment of which program it is."""
        about = [f"{self.command}, {self.when(moment)}"]
        if self.outcome is None:
            about.append(CUT_OFF)
        return [
            *(Row(line, TITLE, bold=True) for line in _few(verdict)),
            *(Row(line, NAME) for line in (_few(reason, 70, _MOST_LINES_OF_A_REASON) if reason else ())),
            *(Row(line, SMALL, colour=GREY) for text in about for line in _few(text, 84)),
        ]


def _few(text: str, width: int = 54, most: int = _MOST_LINES) -> list[str]:
    lines = wrapped(text, width)
    return lines if len(lines) <= most else [*lines[: most - 1], f"{lines[most - 1]} …"]
