"""SURW: uniform over the interleavings of what matters.

Zhao, Wolff, Mathur and Roychoudhury, *Selectively uniform concurrency testing*, ASPLOS 2025. A bug is a matter of the
order of few operations on few objects. So for each execution one object is drawn, the likelier the more often it is
accessed, and a walk like URW's decides the order of the operations on it: it draws, beforehand, who of all enabled
threads is to execute the next one, in proportion to how many each has left. Whoever else arrives at one is held back
until that thread has come. When it cannot come, since all others are held back or blocked, another one is drawn.

All other operations are ordered as by POS. The paper gives each a priority that it keeps; to draw new ones for those
that race found the same bugs in as many executions or fewer (stringbuffer: 6 instead of 9, token ring: 6 instead of 8).
A lock is an object, too, of which the acquires are counted. The paper leaves locks out, and has nothing to draw where
all that matters is who comes first to them (two-stage access with 20 threads: 44 executions without them, 8 with).

Dozens of threads that meet at one variable are where all else fails: a hundred that write, and one that has to read in
between. Which objects several threads touch, and how often, is known from earlier executions. Where nothing is known,
or nothing is shared, this is POS.
"""

from __future__ import annotations

from _random import Random
from bisect import bisect
from itertools import accumulate
from typing import TYPE_CHECKING, Any

from replay.strategies.pending import label_of, race_with, touched
from replay.strategies.profile import NOTHING_KNOWN, Profile, text_of
from tracer.access.variables import Variable

if TYPE_CHECKING:
    from replay.thread import Thread
    from tracer.labels import Labels

#: The priority of who is held back, below all that are drawn.
_HELD = -1.0


class Surw:
    """Draws one object, and who comes to it in turn. `drawn` is its label, None where there was none to draw."""

    asks_always = True

    def __init__(self, seed: int, profile: Profile = NOTHING_KNOWN) -> None:
        self._random = Random(seed).random
        self._priorities: dict[Thread, float] = {}
        self._priority = self._priorities.__getitem__
        self.drawn = self._draw_object(profile.interesting())
        self._operations = profile.operations_on(self.drawn) if self.drawn is not None else {}
        self._is_container = self.drawn is not None and self.drawn.endswith("[*]")
        #: The operations on the object that each thread has left, with those of the threads it has yet to start.
        self._left: dict[Thread, int] = {}
        self._by_path: dict[tuple[int, ...], Thread] = {}
        #: Who is to execute the next one, once that has been asked.
        self._next: Thread | None = None
        #: Who stands before one meanwhile.
        self._held: list[Thread] = []

    def _draw_object(self, interesting: dict[str, int]) -> str | None:
        if not interesting:
            return None
        bounds = [*accumulate(interesting.values())]
        return [*interesting][bisect(bounds, int(self._random() * bounds[-1]))]

    def choose(self, enabled: dict[Thread, None], current: Thread) -> Thread:
        """The thread with the highest priority that is not held back."""
        priorities = self._priorities
        while True:
            try:
                chosen = max(enabled, key=self._priority)
            except KeyError:
                self._arrive(enabled)
                continue
            if priorities[chosen] < 0:  # all who are enabled are held back
                self._let_go()
                continue
            if chosen.target is None or self.drawn is None or not self._is_due(chosen):
                break
            if self._next is None:
                self._next = self._draw_thread(enabled, chosen)
            if chosen is self._next:
                self._left[chosen] = max(0, self._left[chosen] - 1)
                self._let_go()
                break
            self._hold(enabled)
        random = self._random
        target: Any = chosen.target
        if target is not None:
            if len(enabled) > 1:
                for thread in race_with(chosen, enabled):
                    if priorities[thread] >= 0:
                        priorities[thread] = random()
            known = target._threadtrace_label
            if known is None or known[0] is not chosen._threadtrace_label[0]:
                self._name(chosen)
        priorities[chosen] = random()
        return chosen

    def _arrive(self, enabled: dict[Thread, None]) -> None:
        """There are threads that were not there at the last choice."""
        for thread in enabled:
            if thread in self._priorities:
                continue
            self._priorities[thread] = self._random()
            path = thread.path
            self._by_path[path] = thread
            self._left[thread] = operations = self._operations.get(text_of(path), 0)
            parent = self._by_path.get(path[:-1]) if path else None
            if parent is not None and operations:
                left = self._left[parent]
                # What was drawn is one of the operations of both.
                if self._next is parent and int(self._random() * left) < operations:
                    self._next = thread
                self._left[parent] = max(0, left - operations)

    def _is_due(self, thread: Thread) -> bool:
        """Whether a thread stands before an operation on the object."""
        target: Any = thread.target
        if type(target) is Variable:  # as `touched` would give it, and most often so
            if self._is_container and target.kind == "item":
                target = target.thing.whole
        else:
            target = touched(thread)
            if target is None:
                return False
        labels = thread._threadtrace_label[0]
        known: tuple[Labels, str] | None = target._threadtrace_label
        label = known[1] if known is not None and known[0] is labels else label_of(target, labels)
        return label == self.drawn

    def _name(self, thread: Thread) -> None:
        """Gives a label to what the next operation touches, in the order in which a profile was made.

        Nobody else may do so: who only counts executions names nothing.
        """
        target = touched(thread)
        if self.drawn is None or target is None or thread.interrupted:
            return
        labels = thread._threadtrace_label[0]
        labels.of(target)
        if self._is_container and type(target) is Variable and target.kind == "item":
            labels.of(target.thing.whole)

    def _draw_thread(self, enabled: dict[Thread, None], standing: Thread) -> Thread:
        """Who is to execute the next operation; `standing` is before one, so that it has one left."""
        left = self._left
        left[standing] = max(1, left[standing])
        point = self._random() * sum(map(left.__getitem__, enabled))
        for thread in enabled:
            point -= left[thread]
            if point < 0:
                return thread
        return standing

    def _hold(self, enabled: dict[Thread, None]) -> None:
        """Holds back who stands before an operation on the object and is not the next."""
        priorities = self._priorities
        for thread in enabled:
            if priorities[thread] >= 0 and thread is not self._next and self._is_due(thread):
                priorities[thread] = _HELD
                self._held.append(thread)

    def _let_go(self) -> None:
        """Has another thread drawn for the next operation; those that were held back stand where they raced."""
        self._next = None
        for thread in self._held:
            self._priorities[thread] = self._random()
        self._held.clear()
