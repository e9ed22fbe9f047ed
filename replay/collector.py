"""The garbage collector, as a thread of its own.

CPython collects garbage wherever an object is made, and runs the finalizers of what it finds there: in the middle of
the kernel too, where a finalizer that uses a lock would let another thread run while a choice is being made. So the
collector is off during an execution. Instead the kernel looks now and then how many objects there are, and lets a
thread of its own collect them. What finalizers do are operations of that thread, which can be preempted and can block
like any other. A collection without such operations is no event and no choice: when garbage is collected depends on
the version of Python, and a schedule must not.
"""

from __future__ import annotations

import gc
import itertools
from functools import partial
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from replay.kernel import Kernel
    from replay.thread import Thread

#: The path of the thread, which is none of the program's.
COLLECTOR = (-1,)

#: How many objects more than were freed there must be before the garbage is collected. More than CPython's 700: a
#: collection is a switch of threads here.
_COLLECT_AFTER = 5000

#: Every so many collections all objects are looked at, not only young ones.
_WHOLE_EVERY = 20


class Collector:
    """Collects the garbage of one execution."""

    def __init__(self) -> None:
        self._thread: Thread | None = None
        self._idle = True
        self._interrupted: Thread
        self._before = 0

    def begin(self) -> None:
        """The execution begins; CPython's own collector is off from now on.

        What was there before counts for nothing, so that equal executions collect at equal moments. Taken any earlier,
        the count could be one that CPython has begun anew since.
        """
        self._before = gc.get_count()[0]

    def ignore(self, objects: int) -> None:
        """So many objects were made by the tool itself: they must not make a collection come earlier."""
        self._before += objects

    def look(self, kernel: Kernel) -> None:
        """Lets the garbage be collected before the next choice, if there may be enough of it."""
        if gc.get_count()[0] - self._before <= _COLLECT_AFTER or not self._idle:
            return
        self._idle = False
        self._interrupted = kernel.current
        if self._thread is None:
            self._thread = kernel.add_thread(
                partial(self._collect, kernel), "garbage collector", COLLECTOR, daemon=True
            )
        kernel.detour(self._thread)

    def _collect(self, kernel: Kernel) -> None:
        thread = self._thread
        assert thread is not None
        for number in itertools.count(1):
            met = kernel.points
            gc.collect(1 if number % _WHOLE_EVERY else 2)
            self._before = 0
            self._idle = True
            kernel.end_detour(thread, self._interrupted if kernel.points == met else thread)
