"""Follows a recorded schedule as far as an edited program allows.

Each thread is aligned by itself: its operations are matched, in order, with its steps in the recording. A step that is
not met within the next few is gone; an operation that matches none is new. Where there is a choice, the enabled thread
goes first whose next step comes first in the recording. So an operation that was removed or added does not disturb the
order of the others.
"""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

from replay.following.renaming import Renaming
from tracer.operations import OUTCOMES

if TYPE_CHECKING:
    from replay.following.schedule import Path, Schedule
    from replay.thread import Thread
    from tracer.events import RawEvent
    from tracer.journal import Journal
    from tracer.runtime import OperationResult

#: How many steps of a thread may be gone in one place. More would match an operation with a far-away one like it.
_WINDOW = 32


class _Column:
    """The steps of one thread: operation, object, and position in the schedule. `next` is the first not met yet."""

    def __init__(self) -> None:
        self.steps: list[tuple[str, str | None, int]] = []
        self.next = 0

    @property
    def position(self) -> int:
        """That of the next step; after the last one, later than all."""
        return self.steps[self.next][2] if self.next < len(self.steps) else sys.maxsize


class Realign:
    """A strategy, and a recorder that writes to `journal`. Counts what `met`, is `gone` and is `new`."""

    def __init__(self, journal: Journal, schedule: Schedule) -> None:
        self.met = self.gone = self.new = 0
        self._journal = journal
        self._columns: dict[Path, _Column] = {path: _Column() for path in schedule.paths}
        for position, step in enumerate(schedule.steps):
            thread, operation, label = schedule.symbols[step]
            self._columns[schedule.paths[thread]].steps.append((operation, label, position))
        self._names = Renaming({label for _, _, label in schedule.symbols if label})

    @property
    def count(self) -> int:
        """How many events there were."""
        return self._journal.count

    def watch(self, enabled: dict[Any, None]) -> None:
        """These are going to be the enabled threads."""
        self._journal.watch(enabled)

    def amend(self, result: OperationResult) -> None:
        """The last event had this result instead."""
        self._journal.amend(result)

    def choose(self, enabled: dict[Thread, None], current: Thread) -> Thread:
        """The thread whose next step is the earliest; the current one when none has steps left."""
        chosen = min(enabled, key=self._position)
        if self._position(chosen) == sys.maxsize and current in enabled:
            return current
        return chosen

    def record(self, event: RawEvent) -> None:
        """The next event, which may be a step of its thread."""
        self._journal.record(event)
        thread, operation, target, _, _, _, _ = event
        column = self._columns.get(thread.path)
        label = target._threadtrace_label[1] if target is not None else None
        found = None
        if column is not None:
            for index in range(column.next, min(len(column.steps), column.next + _WINDOW)):
                expected, name, _ = column.steps[index]
                if operation == expected and self._names.same(label, name):
                    found = index
                    break
        if column is None or found is None:
            self.new += 1
            return
        self.gone += found - column.next
        self.met += 1
        column.next = found + 1

    def notes(self) -> list[str]:
        """What came of it."""
        left = self.gone + sum(len(column.steps) - column.next for column in self._columns.values())
        return [f"of the recorded operations {self.met:,} were met and {left:,} not; {self.new:,} operations are new"]

    def _position(self, thread: Thread) -> int:
        """Where in the recording the pending operation of a thread stands; that of its next step for a new one."""
        column = self._columns.get(thread.path)
        if column is None:
            return sys.maxsize
        pending = (thread.operation, *OUTCOMES.get(thread.operation, ()))
        label = self._journal.labels.known(thread.target)
        for index in range(column.next, min(len(column.steps), column.next + _WINDOW)):
            operation, name, position = column.steps[index]
            if operation in pending and (label is None or name is None or self._names.fits(label, name)):
                return position
        return column.position
