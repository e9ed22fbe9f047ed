"""URW: a walk that is uniform over interleavings.

Zhao, Wolff, Mathur and Roychoudhury, *Selectively uniform concurrency testing*, ASPLOS 2025. A random walk, which gives
each enabled thread the same chance, is not: of the 252 interleavings of two threads with five steps each, the one that
runs a thread to its end first is 16 times as likely as the one that changes at each step. If each thread is chosen in
proportion to the steps that it has left, all of them are equally likely. How many these are, earlier executions tell; a
thread that has yet to be started counts with the one that will start it.

It is exact where no thread blocks and the numbers are right, and close to that elsewhere. A thread's beginning, which
touches nothing, comes at once and does not count.
"""

from __future__ import annotations

from _random import Random
from typing import TYPE_CHECKING

from replay.strategies.profile import NOTHING_KNOWN, UNCOUNTED, Profile, text_of

if TYPE_CHECKING:
    from replay.thread import Thread


class Urw:
    """Chooses in proportion to what is left. It is asked at every step, to know how many there were."""

    asks_always = True

    def __init__(self, seed: int, profile: Profile = NOTHING_KNOWN) -> None:
        self._random = Random(seed).random
        self._steps = profile.steps()
        #: The steps that are left, at least 1: whoever is enabled has one.
        self._left: dict[Thread, int] = {}
        self._left_of = self._left.__getitem__
        self._by_path: dict[tuple[int, ...], Thread] = {}

    def choose(self, enabled: dict[Thread, None], current: Thread) -> Thread:
        """One of the enabled threads, by chance."""
        left = self._left
        try:
            point = self._random() * sum(map(self._left_of, enabled))
        except KeyError:
            return self._arrive(enabled, current)
        for chosen in enabled:
            steps = left[chosen]
            point -= steps
            if point < 0:
                break
        if steps > 1 and chosen.operation not in UNCOUNTED:
            left[chosen] = steps - 1
        return chosen

    def _arrive(self, enabled: dict[Thread, None], current: Thread) -> Thread:
        """There are threads that were not there at the last choice."""
        beginning = None
        for thread in enabled:
            if thread in self._left:
                continue
            path = thread.path
            steps = self._steps.get(text_of(path), 0)
            self._left[thread] = max(1, steps)
            self._by_path[path] = thread
            parent = self._by_path.get(path[:-1]) if path else None
            if parent is not None:
                self._left[parent] = max(1, self._left[parent] - steps)
            if thread.operation == "thread.begin":
                beginning = beginning or thread
        return beginning or self.choose(enabled, current)
