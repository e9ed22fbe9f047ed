"""Round-robin: each enabled thread executes one operation in turn, in the order of creation."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from replay.thread import Thread


class RoundRobin:
    """The thread created next after the current one goes first; after the last one, the first.

    Needs no randomness: `seed` is ignored. It switches at every operation, which is what makes the first trace of
    a program worth reading: threads that could get into each other's way do.
    """

    def __init__(self, seed: int = 0) -> None:
        pass

    def choose(self, enabled: dict[Thread, None], current: Thread) -> Thread:
        """The enabled thread with the least index above the current one's, or else the least of all."""
        turn = current.index
        following = first = None
        for thread in enabled:
            index = thread.index
            if index > turn:
                if following is None or index < following.index:
                    following = thread
            elif first is None or index < first.index:
                first = thread
        chosen = following or first
        assert chosen is not None
        return chosen
