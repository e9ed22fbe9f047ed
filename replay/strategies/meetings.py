"""Meetings: a thread goes on until it meets another one; then it is drawn who comes first.

A failure that takes one wrong order of two threads is most often found by whoever changes between them seldom, and at
the right moment: a worker of a pool is late for its very first lock, while the one that has work for it sorts half a
list, and between the two comes to that lock in one step of a thousand. Strategies that draw at each step who goes on
have the worker long gone by then; PCT has it late, but would have to draw just this one step of all.

So a thread has one priority for long stretches, as by PCT, and where the pending operations of two threads race, which
is where their order matters, both get new ones, as by POS. Elsewhere, too, a thread changes priorities with another one
now and then, so that it can be caught between two steps: how often is drawn for each execution, each order of magnitude
as likely as the others, since the lengths of the stretches that matter are not known.

To decide by chance the order of what races, once both are there, is the idea of active testing (Sen, *Race directed
random testing of concurrent programs*, PLDI 2008), where one pair of places that an analysis has found is the target of
each execution. Few steps among dozens of threads are not its affair: these seldom stand where they would race.
"""

from __future__ import annotations

from _random import Random
from typing import TYPE_CHECKING

from replay.strategies.pending import race_with

if TYPE_CHECKING:
    from replay.thread import Thread

#: Between one choice and one in 2 to the power of so many has the thread change priorities with another one.
_MAGNITUDES = 12

#: The part of the executions in which threads begin at once. In the others what they do first may come late.
_BEGINNING = 0.75

#: Above all priorities that are drawn.
_AT_ONCE = 1.0


class Meetings:
    """Draws a priority for each thread, and new ones for threads that meet."""

    def __init__(self, seed: int) -> None:
        self._random = random = Random(seed).random
        self._begin_at_once = random() < _BEGINNING
        self._rate = 2.0 ** -(_MAGNITUDES * random())
        self._priorities: dict[Thread, float] = {}
        self._priority = self._priorities.__getitem__

    def choose(self, enabled: dict[Thread, None], current: Thread) -> Thread:
        """The thread with the highest priority, or one that it meets."""
        priorities = self._priorities
        random = self._random
        for thread in enabled:
            if thread not in priorities:  # a new one
                priorities[thread] = _AT_ONCE + random() if self._begin_at_once else random()
        if random() < self._rate and current in priorities:
            other = [*enabled][int(random() * len(enabled))]
            priorities[current], priorities[other] = priorities[other], priorities[current]
        chosen = max(enabled, key=self._priority)
        if chosen.operation == "thread.begin":
            priorities[chosen] = random()
        elif chosen.target is not None:
            meeting = race_with(chosen, enabled)
            if len(meeting) > 1 or (meeting and meeting[0] is not chosen):
                meeting = [chosen, *[thread for thread in meeting if thread is not chosen]]
                for thread in meeting:
                    priorities[thread] = random()
                return max(meeting, key=self._priority)
        return chosen
