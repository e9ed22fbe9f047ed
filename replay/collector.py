"""The garbage collector, as a thread of its own.

CPython collects garbage wherever an object is made, and runs the finalizers of what it finds there: in the middle of
the kernel too, where a finalizer that uses a lock would let another thread run while a choice is being made. So the
collector is off during an execution. Instead the kernel looks now and then how many objects there are, and lets a
thread of its own collect them. What finalizers do are operations of that thread, which can be preempted and can block
like any other. A collection without such operations is no event and no choice: when garbage is collected depends on
the version of Python, and a schedule must not.

What is left of garbage could release a thread that nobody else can. So before threads are said to be stuck for ever,
all of it is collected.
"""

from __future__ import annotations

import gc
from functools import partial
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from replay.kernel import Kernel
    from replay.thread import Thread

#: The path of the thread, which is none of the program's.
COLLECTOR = (-1,)

#: How many objects more than were freed there must be before the garbage is collected. More than CPython's 700: a
#: collection is a switch of threads here.
_COLLECT_AFTER = 5000

#: Every so many collections all objects are looked at, not only young ones.
_WHOLE_EVERY = 20

#: Generations of objects: those that survived no collection, or one, and all.
_YOUNG = 1
_ALL = 2


class Collector:
    """Collects the garbage of one execution."""

    def __init__(self) -> None:
        self._thread: Thread | None = None
        self._idle = True
        self._interrupted: Thread
        #: How many collections there were, the generation of the next one, and what is to be done after it.
        self._collections = 0
        self._generation = _YOUNG
        self._then: Callable[[], None] | None = None
        #: The progress of the execution when garbage was collected last.
        self._clean_at: tuple[int, int] | None = None
        self._before = 0
        self._collected_before = 0

    def begin(self) -> None:
        """The execution begins; CPython's own collector is off from now on.

        What was there before counts for nothing, so that equal executions collect at equal moments. Taken any earlier,
        the count could be one that CPython has begun anew since.
        """
        self._before = gc.get_count()[0]
        self._collected_before = _collections()

    def ignore(self, objects: int) -> None:
        """So many objects were made by the tool itself: they must not make a collection come earlier."""
        self._before += objects

    def look(self, kernel: Kernel) -> None:
        """Lets the garbage be collected before the next choice, if there may be enough of it."""
        if gc.get_count()[0] - self._before > _COLLECT_AFTER and self._idle:
            kernel.detour(self._begin(kernel, _YOUNG if (self._collections + 1) % _WHOLE_EVERY else _ALL))

    def may_help(self, kernel: Kernel) -> bool:
        """Whether there may be garbage, or there are finalizers at work that can go on."""
        if self._idle:
            return self._clean_at != kernel.progress
        return self._thread in kernel.enabled

    def collect(self, kernel: Kernel, then: Callable[[], None] | None = None) -> Thread | None:
        """Has the garbage of this execution collected by a thread, which this gives, and then something done.

        None if there is none, or a collection goes on already: what is to be done is done after that one. What was
        garbage before the execution is none of the program's, and to look at all objects of a large process takes long.
        """
        if not self._idle:
            self._then = self._then or then
            return None
        if self._clean_at == kernel.progress:
            return None
        self._then = then
        survivors = _collections() != self._collected_before  # which are old, and may be garbage now
        return self._begin(kernel, _ALL if survivors else _YOUNG)

    def _begin(self, kernel: Kernel, generation: int) -> Thread:
        self._idle = False
        self._generation = generation
        self._interrupted = kernel.current
        if self._thread is None:
            self._thread = kernel.add_thread(
                partial(self._collect, kernel), "garbage collector", COLLECTOR, daemon=True
            )
        return self._thread

    def _collect(self, kernel: Kernel) -> None:
        thread = self._thread
        assert thread is not None
        while True:
            met = kernel.points
            gc.collect(self._generation)
            self._before = 0
            self._idle = True
            self._collections += 1
            self._clean_at = kernel.progress
            then, self._then = self._then, None
            if then is not None:
                then()
            kernel.end_detour(thread, self._interrupted if kernel.points == met else thread)


def _collections() -> int:
    """How many collections there have been in this process: the program may ask for some, too."""
    return sum(generation["collections"] for generation in gc.get_stats())
