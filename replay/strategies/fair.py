"""Sees to it that every thread goes on some time, whatever the strategy prefers.

A thread that waits for a variable by looking at it again and again is enabled all the time. A strategy that prefers
it would never let the thread go on that it waits for, which no scheduler of an operating system does. So after many
choices in a row for one thread the others take turns once. A thousand is the bound of the published SURW.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from replay.strategies.round_robin import RoundRobin

if TYPE_CHECKING:
    from replay.strategies import Choose
    from replay.thread import Thread

#: A thread that is preferred to others this often in a row lets them go on.
PATIENCE = 1000


class Fair:
    """Wraps a strategy's choices."""

    def __init__(self, choose: Choose) -> None:
        self._choose = choose
        self._in_turn = RoundRobin().choose
        self._preferred: Thread | None = None
        self._times = 0
        self._turns = 0

    def choose(self, enabled: dict[Thread, None], current: Thread) -> Thread:
        """What the strategy chooses, unless it has chosen nobody else for long."""
        if self._turns:
            self._turns -= 1
            return self._in_turn(enabled, current)
        chosen = self._choose(enabled, current)
        if chosen is not self._preferred:
            self._preferred = chosen
            self._times = 0
        self._times += 1
        if self._times > PATIENCE:
            self._times = 0
            self._turns = len(enabled) - 1
            return self._in_turn(enabled, current)
        return chosen
