"""What can be replayed: a trace, or a schedule as text; read and checked before anything is executed."""

from __future__ import annotations

import os
from dataclasses import dataclass

from replay.following.schedule import PREFIX, Schedule, ScheduleError, Settings, decode, of_trace
from tracer.outcome import Ending, Outcome
from tracer.trace import Header, TraceError, TraceReader, is_trace, outcome_of

#: A file that holds a schedule as text is no longer than this, in bytes.
_LARGEST_TEXT = 1 << 26

#: Endings of a recording after which the program would have gone on, or of which nothing is known.
_CUT_OFF = (Ending.TIME, Ending.INTERRUPTED, Ending.KILLED, Ending.DIVERGED, Ending.TRACE_ENDED)


_NOTHING = "has no events: there is nothing to replay"


class RecordingError(Exception):
    """Something that cannot be replayed. The message says what, and what to do."""


@dataclass(frozen=True)
class Recording:
    """An execution that was recorded. `path`, `header` and `outcome` are those of the trace, where there is one."""

    schedule: Schedule
    path: str | None = None
    header: Header | None = None
    outcome: Outcome | None = None

    @property
    def settings(self) -> Settings:
        """What must be the same in a replay."""
        return self.schedule.settings

    @property
    def cut_off(self) -> bool:
        """Whether the program did not come to an end of its own."""
        if self.path is None:
            return False
        outcome = self.outcome
        return (
            outcome is None
            or outcome.ending in _CUT_OFF
            or (outcome.ending is Ending.EXITED and bool(outcome.failures))
        )


def is_recording(source: str) -> bool:
    """Whether `source` is a schedule, or the path of a trace or of a file that holds a schedule.

    Raises OSError, RecordingError.
    """
    if source.startswith(PREFIX):
        return True
    _refuse_special(source)
    with open(source, "rb") as file:
        begin = file.read(64).lstrip()
    return begin.startswith(PREFIX.encode()) or not begin or is_trace(source)


def open_recording(source: str) -> Recording:
    """Reads a schedule (`tt1:…`), a file that holds one, or a trace. Raises RecordingError."""
    if source.startswith(PREFIX):
        return Recording(_decode(source, "the schedule"))
    try:
        _refuse_special(source)
        with open(source, "rb") as file:
            begin = file.read(64).lstrip()
            if begin.startswith(PREFIX.encode()):
                if os.path.getsize(source) > _LARGEST_TEXT:
                    raise RecordingError(f"{source}: is larger than a schedule can be")
                file.seek(0)
                return Recording(_decode(file.read().decode("ascii", "replace"), source))
        return _open_trace(source)
    except OSError as error:
        raise RecordingError(f"{source}: cannot be read: {error.strerror}") from None
    except TraceError as error:
        raise RecordingError(str(error)) from None


def _refuse_special(source: str) -> None:
    """A pipe would have to be read more than once, and a device may have no end."""
    if os.path.exists(source) and not os.path.isfile(source) and not os.path.isdir(source):
        raise RecordingError(f"{source}: is not a regular file")


def _open_trace(path: str) -> Recording:
    with TraceReader(path) as reader:
        outcome = outcome_of(path)
        if outcome is not None and outcome.schedule:
            return Recording(_decode(outcome.schedule, f"{path}: its schedule"), path, reader.header, outcome)
        schedule = of_trace(reader.header, reader)
        if not schedule.steps:
            raise RecordingError(f"{path}: {_NOTHING}")
        return Recording(schedule, path, reader.header, outcome)


def _decode(text: str, where: str) -> Schedule:
    try:
        schedule = decode(text)
    except ScheduleError as error:
        raise RecordingError(f"{where}: {error}") from None
    if not schedule.steps:
        raise RecordingError(f"{where}: {_NOTHING}")
    return schedule
