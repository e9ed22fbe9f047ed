"""Strategies: what makes the choices of an execution.

A strategy is made anew for each execution and has one method. It is asked only where there is a choice: when
more than one thread is enabled. One that counts steps has itself asked at every scheduling point: it has an attribute
`asks_always`, which is true. To add one, add a file and an entry in `STRATEGIES`.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Protocol

from replay.strategies.fair import PATIENCE, Fair
from replay.strategies.meetings import Meetings
from replay.strategies.no_preemption import NoPreemption
from replay.strategies.pct import Pct
from replay.strategies.places import Places
from replay.strategies.pos import Pos
from replay.strategies.profile import NOTHING_KNOWN
from replay.strategies.random_walk import RandomWalk
from replay.strategies.round_robin import RoundRobin
from replay.strategies.surw import Surw
from replay.strategies.urw import Urw

if TYPE_CHECKING:
    from replay.strategies.profile import Profile
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
    "pct": Pct,
    "pos": Pos,
    "urw": Urw,
    "surw": Surw,
    "places": Places,
    "meetings": Meetings,
}

#: These let every thread go on some time, whatever the threads do.
_FAIR = frozenset(["round-robin", "random"])

#: Of no preemption: where accesses to memory are no scheduling points, few threads that meet many of them are polling.
_PATIENCE_AT_SYNC = 100 * PATIENCE

#: Those that learn from earlier executions.
LEARNING: dict[str, Callable[[int, Profile], Any]] = {"pct": Pct, "urw": Urw, "surw": Surw}


def make(name: str, seed: int, profile: Profile | None = None) -> Strategy:
    """The strategy of this name, which knows what earlier executions told."""
    if name in LEARNING:
        made: Strategy = LEARNING[name](seed, profile or NOTHING_KNOWN)
        return made
    return STRATEGIES[name](seed)


def fair(name: str, strategy: Strategy, seed: int, preempt: str) -> Strategy:
    """The strategy of this name, or what stands for it, as it is to be used: one that holds nobody back for ever."""
    if name in _FAIR:
        return strategy
    if name == "no-preemption":  # it has one schedule, and as few preemptions as can be
        return Fair(strategy, seed=0, patience=_PATIENCE_AT_SYNC if preempt == "sync" else PATIENCE)
    return Fair(strategy, seed)


def make_fair(name: str, seed: int, preempt: str) -> Strategy:
    """The strategy of this name, which knows of no other execution, and holds nobody back for ever."""
    return fair(name, make(name, seed), seed, preempt)


__all__ = [
    "LEARNING", "STRATEGIES", "Choose", "NoPreemption", "RandomWalk", "RoundRobin", "Strategy", "fair", "make",
    "make_fair",
]  # fmt: skip
