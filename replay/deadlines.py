"""When the timed waits of an execution are over: a heap that forgets lazily."""

from __future__ import annotations

import heapq
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from replay.thread import Thread


class Deadlines:
    """The deadlines of the waiting threads, at most one of each; equal ones in the order they were added.

    An entry counts while it is its thread's `alarm`: removing a deadline costs nothing until it is met.
    """

    def __init__(self) -> None:
        self._heap: list[tuple[int, int, Thread]] = []
        self._added = 0

    def add(self, thread: Thread, deadline: int) -> None:
        """`deadline` in nanoseconds of program time."""
        self._added += 1
        thread.deadline = deadline
        thread.alarm = self._added
        heapq.heappush(self._heap, (deadline, self._added, thread))

    def remove(self, thread: Thread) -> None:
        """The thread waits no more."""
        thread.alarm = 0

    def earliest(self) -> int | None:
        """The next deadline that somebody waits for."""
        heap = self._heap
        while heap:
            deadline, number, thread = heap[0]
            if thread.alarm == number:
                return deadline
            heapq.heappop(heap)
        return None

    def first(self) -> int:
        """Which wait is over next: a number that no other wait has; 0 for none."""
        return 0 if self.earliest() is None else self._heap[0][1]

    def due(self, now: int) -> Iterator[Thread]:
        """Takes out, one after the other, the threads whose deadline is not after `now`."""
        while (deadline := self.earliest()) is not None and deadline <= now:
            thread = heapq.heappop(self._heap)[2]
            thread.alarm = 0
            yield thread
