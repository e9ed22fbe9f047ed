"""POS: partial order sampling (Yuan, Yang and Gu, *Partial order aware concurrency sampling*, CAV 2018).

Not threads have priorities but pending operations, each its own, and the enabled one with the highest is executed. What
a random walk decides anew at each choice is decided once for each operation, so that the order of two that are far apart
in their threads is not settled by how many others are between them. When an operation is executed, those that race with it
get new priorities: that they lost against it must not tell when they come. All others keep theirs, since nothing has
happened to them.

It needs to know nothing beforehand, and of all strategies here it is the best for few threads that meet often.

A thread's beginning touches nothing, and comes at once.
"""

from __future__ import annotations

from _random import Random
from typing import TYPE_CHECKING

from replay.strategies.pending import READS, REACQUIRE, Priorities, race_with
from replay.strategies.profile import NOTHING_KNOWN, Profile
from tracer.access.variables import Variable

if TYPE_CHECKING:
    from replay.thread import Thread


class Pos:
    """Draws from the partial orders of a program. It is asked at every step, since each has its priority."""

    asks_always = True

    def __init__(self, seed: int, profile: Profile = NOTHING_KNOWN) -> None:
        self._random = Random(seed).random
        self._priorities = Priorities(self._random)
        self._priority = self._priorities.__getitem__

    def choose(self, enabled: dict[Thread, None], current: Thread) -> Thread:
        """The thread whose pending operation has the highest priority."""
        priorities = self._priorities
        random = self._random
        if len(enabled) == 1:
            (chosen,) = enabled
        else:
            chosen = max(enabled, key=self._priority)
            target = chosen.target
            if target is not None:
                for thread in race_with(chosen, enabled):
                    priorities[thread] = random()
        priorities[chosen] = random()
        return chosen
