"""No preemption: a thread goes on until it is blocked or ends; then the next one in the order of creation."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from replay.thread import Thread


class NoPreemption:
    """The fewest switches there can be. What fails under it fails without bad luck. `seed` is ignored."""

    def __init__(self, seed: int = 0) -> None:
        pass

    def choose(self, enabled: dict[Thread, None], current: Thread) -> Thread:
        """The current thread while it is enabled, else the enabled thread with the least index."""
        return current if current in enabled else min(enabled, key=_index)


def _index(thread: Thread) -> int:
    return thread.index
