"""Places: one priority for each place in the program, whoever comes there.

Many threads often execute the same code, and what has to happen for a failure is told by where they stand, not by who
they are: all have done the first step and none the second, when somebody looks. To hold back one by one whoever comes
to the second step takes as many decisions as there are threads, whatever else they are drawn from. Here it takes one:
each instruction at which threads meet gets a priority by chance, for one execution, and the thread that stands at the
one with the highest goes first. Dozens of threads then are no harder than two: a lost update between two halves of a
function, a check between two writes of a hundred others, philosophers who all have their first fork.

To tell what is to be held back from others by its place is the idea of active testing (Sen, *Race directed random
testing of concurrent programs*, PLDI 2008), where a pair of instructions that race is the target; to have events of
many threads count as one by their place that of RFF (Wolff and others, *Greybox fuzzing for concurrency testing*,
ASPLOS 2024). Priorities by chance need no analysis that finds targets, and no feedback.

Where threads that stand at one place have to be told apart, one priority is not enough. So some places have none: there
each thread gets one of its own each time, as by POS. A priority holds for some visits only, so that no loop goes on for
ever before others, and what happens to it at first does not go on to the end. In most executions threads begin at once:
little depends on when they do, and each place that has to come before others makes it less likely that all of them do.
"""

from __future__ import annotations

from _random import Random
from typing import TYPE_CHECKING

from replay.strategies.pending import APART
from replay.strategies.profile import NOTHING_KNOWN, Profile
from tracer.places import user_frame
from tracer.real import getframe

if TYPE_CHECKING:
    from types import CodeType

    from replay.thread import Thread

#: The part of the places that have a priority.
_SHARED = 0.75

#: The part of the executions in which threads begin at once. In the others what they do first may come late.
_BEGINNING = 0.75

#: Above all priorities of places.
_AT_ONCE = 2.0

#: After so many operations at a place its priority is drawn anew.
_LASTS = 1000

#: What tells threads at one place from each other, and no two places.
_LITTLE = 1e-9


class Places:
    """Draws a priority for each place. `profile` is ignored."""

    #: Also who is chosen for want of others stands at another place afterwards.
    asks_always = True

    def __init__(self, seed: int, profile: Profile = NOTHING_KNOWN) -> None:
        self._random = Random(seed).random
        self._begin_at_once = self._random() < _BEGINNING
        #: Of the places, None for those that have none, and for how many more operations. With the code of each, so
        #: that no other one has its id.
        self._of_places: dict[tuple[int, int], tuple[float | None, int, CodeType]] = {}
        #: Of the threads, for their pending operations.
        self._of_threads: dict[Thread, float] = {}
        self._priority = self._of_threads.__getitem__

    def choose(self, enabled: dict[Thread, None], current: Thread) -> Thread:
        """The thread that stands at the place with the highest priority; `current` has just come to its."""
        frame = user_frame(getframe(1))
        self._of_threads[current] = self._draw(frame.f_code, frame.f_lasti, current.operation)
        while True:
            try:
                return max(enabled, key=self._priority)
            except KeyError:
                for thread in enabled:
                    if thread not in self._of_threads:  # a new one
                        self._of_threads[thread] = self._begin(thread)

    def _begin(self, thread: Thread) -> float:
        if self._begin_at_once:
            return _AT_ONCE + self._random()
        return self._draw(*thread.begins, thread.operation)

    def _draw(self, code: CodeType, offset: int, operation: str) -> float:
        random = self._random
        place = id(code), offset
        priority, left, _ = self._of_places.get(place, (None, 0, code))
        if left == 0:
            priority, left = (random() if random() < _SHARED else None), _LASTS
            if operation in APART:  # it decides who takes part, so most often they all do
                priority = max(random(), random())
        self._of_places[place] = priority, left - 1, code
        return random() if priority is None else priority + random() * _LITTLE
