"""Strategies: what makes the choices of an execution.

A strategy is made anew for each execution and has one method. It is asked only where there is a choice: when
more than one thread is enabled. To add one, add a file and an entry in `STRATEGIES`.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Protocol

from replay.strategies.no_preemption import NoPreemption
from replay.strategies.random_walk import RandomWalk
from replay.strategies.round_robin import RoundRobin

if TYPE_CHECKING:
    from replay.thread import Thread

#: `enabled` are the threads that can go on, in the order in which they became enabled; `current` ran last and
#: is among them unless it is blocked or finished. The pending operation of each stands in the thread.
Choose = Callable[["dict[Thread, None]", "Thread"], "Thread"]


class Strategy(Protocol):
    """Makes the choices of one execution."""

    def choose(self, enabled: dict[Thread, None], current: Thread) -> Thread:
        """The thread that executes its pending operation next: one of `enabled`, of which there are several."""


#: Name on the command line -> what makes the strategy from a seed.
STRATEGIES: dict[str, Callable[[int], Strategy]] = {
    "round-robin": RoundRobin,
    "random": RandomWalk,
    "no-preemption": NoPreemption,
}

__all__ = ["STRATEGIES", "Choose", "NoPreemption", "RandomWalk", "RoundRobin", "Strategy"]
