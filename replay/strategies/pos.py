"""POS: partial order sampling.

Yuan, Yang and Gu, *Partial order aware concurrency sampling*, CAV 2018. Not threads have priorities but pending
operations, each its own, and the enabled one with the highest is executed. What a random walk decides anew at each
choice is decided once for each operation, so that the order of two of them does not hang on how many others stand
between. When an operation is executed, those that race with it get new priorities: that they lost against it must not
tell when they come. All others keep theirs, since nothing has happened to them.

It needs to know nothing beforehand, and does well where few threads meet often. For one operation that has to come
among those of dozens of threads there is SURW.
"""

from __future__ import annotations

from _random import Random
from typing import TYPE_CHECKING

from replay.strategies.pending import Priorities, race_with
from replay.strategies.profile import NOTHING_KNOWN, Profile

if TYPE_CHECKING:
    from replay.thread import Thread


class Pos:
    """Draws a priority for each pending operation. `profile` is ignored."""

    #: Also who is chosen for want of others has executed an operation, and stands before a new one.
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
            if chosen.target is not None:
                for thread in race_with(chosen, enabled):
                    priorities[thread] = random()
        priorities[chosen] = random()
        return chosen
