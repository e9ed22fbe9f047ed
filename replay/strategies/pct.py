"""PCT: priorities, and few changes of them.

Burckhardt, Kothari, Musuvathi and Nagarakatte, *A randomized scheduler with probabilistic guarantees of finding bugs*,
ASPLOS 2010. Each thread has a priority drawn by chance, and the enabled one with the highest always goes first. At
`depth - 1` of the choices, which are drawn beforehand, the thread that is chosen falls below all others once it has
executed its operation. A bug of depth d needs d operations in the right order. Of n threads and k choices, an execution
finds it with a probability of at least 1 / (n * k ** (d - 1)). A random walk, which changes to and fro until every
thread is half done, has no such bound: what has to happen to a thread from its beginning to its end while another one
stands still becomes unlikely with the length of the former.

Where only one thread is enabled nothing changes, so that these points do not count. The number of choices is that of
the longest execution so far. A thread that is started is as likely to come at each place among the priorities.

Somebody who waits for a limited time in a loop, until another one has done something, must not go first for ever.
Whoever is enabled again right after having begun to falls below all others. A thread that sleeps for no time, or looks
again and again without sleeping, is the affair of `replay.strategies.fair`.
"""

from __future__ import annotations

from _random import Random
from typing import TYPE_CHECKING

from replay.strategies.pending import Priorities
from replay.strategies.profile import NOTHING_KNOWN, Profile

if TYPE_CHECKING:
    from replay.thread import Thread

#: With this one PCT found the most bugs in 49 programs (Thomson, Donaldson and Betts, *Concurrency testing using
#: controlled schedulers: an empirical study*, TOPC 2016).
DEPTH = 3

#: The number of choices, as long as no execution tells.
UNKNOWN_LENGTH = 100

#: Whoever is enabled while it waits in one of these for a limited time may go on only because the time may be over at
#: will. A lock is not among them: one that is waited for may be free.
_YIELDS = frozenset(["time.sleep", "condition.wait", "event.wait", "barrier.wait", "thread.join"])

#: After the last change.
_NEVER = -1


class Pct:
    """Finds bugs of `depth` or less. Priorities are numbers: the larger the earlier, drawn between 0 and 1."""

    asks_always = False

    def __init__(self, seed: int, profile: Profile = NOTHING_KNOWN, depth: int = DEPTH) -> None:
        random = Random(seed).random
        length = profile.points or UNKNOWN_LENGTH
        # With a change at every choice there would be nothing left to chance.
        changes: dict[int, float] = {}
        for number in range(1, min(depth - 1, length // 2) + 1):
            choice = 1 + int(random() * length)
            while choice in changes:
                choice = 1 + int(random() * length)
            changes[choice] = number / depth - 1
        self._changes = changes
        self._next = min(changes, default=_NEVER)
        self._choices = 0
        self._priorities = Priorities(random)
        self._priority = self._priorities.__getitem__
        #: Nobody's priority is less.
        self._lowest = 0.0

    def choose(self, enabled: dict[Thread, None], current: Thread) -> Thread:
        """The enabled thread with the highest priority."""
        if len(enabled) == 1:
            return next(iter(enabled))
        if current.alarm and current in enabled and current.operation in _YIELDS:
            self._lowest -= 1
            self._priorities[current] = self._lowest
        chosen = max(enabled, key=self._priority)
        self._choices = choices = self._choices + 1
        if choices == self._next:
            changes = self._changes
            self._priorities[chosen] = self._lowest + changes.pop(choices)
            self._next = min(changes, default=_NEVER)
        return chosen
