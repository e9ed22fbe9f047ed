"""Sees to it that every thread goes on some time, whatever the strategy prefers.

A thread that waits for a variable by looking at it again and again is enabled all the time. A strategy that prefers
it would never let the thread go on that it waits for, which no scheduler of an operating system does: an execution
would be too long for a search, or never end. So

- a thread that gives way a few times, by sleeping for no time, is set aside until others were chosen a few times;
- so are all that were preferred to another one while nobody did anything but look. They may look for each other: of two
  that try to acquire a lock one is always preferred to its owner, which is not the same one twice in a row;
- after a thousand choices in a row for one thread the others take turns once. A thousand is the bound of the published
  SURW (`replay.strategies.surw`).

Musuvathi and Qadeer, *Fair stateless model checking*, PLDI 2008, have a thread that gives way wait until each other
one was chosen once. That is enough for an execution to end, but then nobody tries twice in vain, and nothing ever
happens to others between two looks but a step or two. Here it is drawn how often a thread may give way, and for how
many choices it is set aside then, each order of magnitude as likely as the others: no schedule is out of reach.
"""

from __future__ import annotations

from _random import Random
from typing import TYPE_CHECKING

from replay.strategies.pending import READS
from replay.strategies.round_robin import RoundRobin

if TYPE_CHECKING:
    from replay.strategies import Strategy
    from replay.thread import Thread

#: With a thread that is preferred to others, in choices in a row.
PATIENCE = 1000

#: So many choices in a row for operations that change nothing: somebody waits, and not for a while.
_MOST_LOOKS = 200

#: Operations that change nothing.
_LOOKS = READS | {"thread.is_alive", "thread.enumerate"}

#: Operations that change nothing where somebody has the lock. Who waits for it is not enabled.
_TRIES = frozenset(["lock.acquire", "rlock.acquire"])

#: How often a thread may give way before it is set aside: once, two or three times, or four to seven, and so on, with
#: the same probability. Who tries three times, and then gives up, has to have a chance.
_CREDIT = 4

#: For how many choices it is set aside, likewise.
_CHOICES = 8


class Fair:
    """Wraps a strategy. `seed` is that of the execution.

    A thread that is preferred to others more than `patience` times in a row lets them go on.
    """

    def __init__(self, strategy: Strategy, seed: int, patience: int = PATIENCE) -> None:
        self.asks_always: bool = getattr(strategy, "asks_always", False)
        self._choose = strategy.choose
        self._patience = patience
        self._random = Random(seed + 1).random  # other numbers than the strategy's
        self._in_turn = RoundRobin().choose
        #: Who was chosen last, how often in a row, and how many turns the others have left.
        self._preferred: Thread | None = None
        self._times = 0
        self._turns = 0
        #: Who was chosen to sleep. If it is enabled when it comes back, it has given way.
        self._asleep: Thread | None = None
        #: How often each may still give way.
        self._credit: dict[Thread, int] = {}
        #: How many choices in a row were for threads that look, and these.
        self._looks = 0
        self._looking: dict[Thread, None] = {}
        #: Who is set aside, and for how many choices.
        self._aside: dict[Thread, int] = {}

    def choose(self, enabled: dict[Thread, None], current: Thread) -> Thread:
        """What the strategy chooses of those that are not set aside."""
        if self._turns:
            self._turns -= 1
            return self._in_turn(enabled, current)
        if self._asleep is not None:
            if self._asleep is current and current in enabled:
                self._give_way(current)
            self._asleep = None
        chosen = self._choose(self._others(enabled) if self._aside else enabled, current)
        operation = chosen.operation
        if operation in _LOOKS or (operation in _TRIES and _fails(chosen)):
            self._looking[chosen] = None
            self._looks += 1
            if self._looks == _MOST_LOOKS:
                self._look_away(enabled)
        elif operation == "time.sleep":
            self._asleep = chosen
        elif self._looks:
            self._looks = 0
            self._looking.clear()
        if chosen is not self._preferred:
            self._preferred = chosen
            self._times = 0
        self._times += 1
        if self._times > self._patience:
            self._times = 0
            self._turns = len(enabled) - 1
            return self._in_turn(enabled, current)
        return chosen

    def _look_away(self, enabled: dict[Thread, None]) -> None:
        if any(thread not in self._looking for thread in enabled):
            for thread in self._looking:
                self._aside[thread] = self._draw(_CHOICES)
        self._looks = 0
        self._looking.clear()

    def _give_way(self, thread: Thread) -> None:
        left = self._credit.get(thread)
        if left is None:
            left = self._draw(_CREDIT)
        if left == 0:
            self._aside[thread] = self._draw(_CHOICES)
            left = self._draw(_CREDIT)
        self._credit[thread] = left - 1

    def _draw(self, magnitudes: int) -> int:
        return int(2 ** (magnitudes * self._random()))

    def _others(self, enabled: dict[Thread, None]) -> dict[Thread, None]:
        """Those that are not set aside, or all if there are none; takes a choice off those that are."""
        aside = self._aside
        others = {thread: None for thread in enabled if thread not in aside}
        if not others:
            aside.clear()
            return enabled
        for thread, choices in [*aside.items()]:
            if choices > 1:
                aside[thread] = choices - 1
            else:
                del aside[thread]
        return others


def _fails(thread: Thread) -> bool:
    """Whether somebody else has the lock that the thread is about to try to acquire."""
    return getattr(thread.target, "owner", None) not in (None, thread)
