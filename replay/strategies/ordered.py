"""Follows an order of operations as far as it can be followed."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from replay.following.schedule import Path
    from replay.thread import Thread


class Ordered:
    """The enabled thread goes first whose next operation comes first in `order`; with none left, the current one.

    `executed` holds the number of operations of each thread so far; whoever records keeps it up to date.
    """

    def __init__(self, order: Sequence[Path], executed: dict[Path, int]) -> None:
        self._executed = executed
        self._positions: dict[Path, list[int]] = {}
        for position, path in enumerate(order):
            self._positions.setdefault(path, []).append(position)

    def choose(self, enabled: dict[Thread, None], current: Thread) -> Thread:
        """The thread whose turn it is."""
        chosen = min(enabled, key=self._next)
        return current if self._next(chosen) == sys.maxsize and current in enabled else chosen

    def _next(self, thread: Thread) -> int:
        positions = self._positions.get(thread.path, ())
        executed = self._executed.get(thread.path, 0)
        return positions[executed] if executed < len(positions) else sys.maxsize
