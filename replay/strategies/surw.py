"""SURW: uniform over the interleavings of what matters (Zhao, Wolff, Mathur and Roychoudhury, *Selectively uniform
concurrency testing*, ASPLOS 2025).

A bug is a matter of the order of few operations on few objects. So for each execution one object is drawn, the likelier
the more often it is accessed, and a walk like URW's decides the order of the operations on it: beforehand, who of all
enabled threads is to execute the next one. Whoever else arrives at one is held back until that thread has come. Everything
else is ordered by priorities that each pending operation has of its own. Where the thread that is to come cannot, because
all others stand before the object or are blocked, the draw is made again.

Programs with dozens of threads that meet at one variable are where all else fails: a hundred threads that write, and one
that has to read in between.

Which objects several threads touch, and how often, is known from earlier executions. Without them, or where no object is
shared, what is left is a priority for each operation.
"""

from __future__ import annotations

from _random import Random
from bisect import bisect
from itertools import accumulate
from typing import TYPE_CHECKING

from replay.strategies.pending import label_of, touched, Priorities
from replay.strategies.profile import NOTHING_KNOWN, Profile, text_of
from tracer.access.variables import Variable

if TYPE_CHECKING:
    from collections.abc import Iterable

    from replay.thread import Thread


class Surw:
    """Draws one object, and who comes to it in turn. Asked at every step, to know who has come."""

    asks_always = True

    def __init__(self, seed: int, profile: Profile = NOTHING_KNOWN) -> None:
        self._random = random = Random(seed).random
        self._priorities = Priorities(random)
        self._priority = self._priorities.__getitem__
        self.drawn = self._draw_object(profile)
        self._operations = profile.operations_on(self.drawn) if self.drawn is not None else {}
        self._is_container = self.drawn is not None and self.drawn.endswith("[*]")
        #: The operations on the object that each thread has left, with those of threads it has yet to start.
        self._left: dict[Thread, int] = {}
        self._by_path: dict[tuple[int, ...], Thread] = {}
        #: Who is to execute the next one.
        self._intended: Thread | None = None
        #: Who stands before one until then, and its priority; that in `_priorities` is negative meanwhile.
        self._held: dict[Thread, float] = {}

    def _draw_object(self, profile: Profile) -> str | None:
        interesting = profile.interesting()
        if not interesting:
            return None
        bounds = [*accumulate(interesting.values())]
        return [*interesting][bisect(bounds, self._random() * bounds[-1])]

    def choose(self, enabled: dict[Thread, None], current: Thread) -> Thread:
        """The thread that the draws decide for."""
        priorities = self._priorities
        for thread in enabled: 
            if thread not in self._left:
                self._arrive(thread)
        while True:
            chosen = max(enabled, key=self._priority)
            if priorities[chosen] < 0:
                self._begin_anew()
                continue
            if not self._is_due(chosen):
                break
            if self._intended is None:
                self._intended = self._draw_thread(enabled, chosen)
            if chosen is self._intended:
                self._left[chosen] = max(0, self._left[chosen] - 1)
                self._begin_anew()
                break
            self._hold(enabled)
        priorities[chosen] = self._random()
        return chosen

    def _arrive(self, thread):
        path = thread.path
        operations = self._operations.get(text_of(path), 0)
        self._left[thread] = operations
        self._by_path[path] = thread
        parent = self._by_path.get(path[:-1]) if path else None
        if parent is not None and operations:
            left = self._left[parent]
            if self._intended is parent and operations >= 1 + int(self._random() * left):
                self._intended = thread
            self._left[parent] = max(0, left - operations)

    def _is_due(self, thread: Thread) -> bool:
        """Whether a thread stands before an operation on the object."""
        if thread.target is None or self.drawn is None:
            return False
        target = touched(thread)
        if target is None:
            return False
        if self._is_container and type(target) is Variable and target.kind == "item":
            target = target.thing.whole
        return label_of(thread, target) == self.drawn

    def _draw_thread(self, enabled: Iterable[Thread], at_least: Thread) -> Thread:
        left = self._left
        left[at_least] = max(1, left[at_least])
        point = self._random() * sum(map(left.__getitem__, enabled))
        for thread in enabled:
            point -= left[thread]
            if point < 0:
                return thread
        return at_least

    def _hold(self, enabled: Iterable[Thread]) -> None:
        priorities = self._priorities
        for thread in enabled:
            if (priority := priorities[thread]) >= 0 and thread is not self._intended and self._is_due(thread):
                self._held[thread] = priority
                priorities[thread] = priority - 2

    def _begin_anew(self) -> None:
        self._intended = None
        if self._held:
            self._priorities.update(self._held)
            self._held.clear()
