"""Random walk: every enabled thread is as likely as the others, at every scheduling point."""

from __future__ import annotations

from _random import Random
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from replay.thread import Thread


class RandomWalk:
    """Uniform choice from a stream of its own: the program's use of `random` does not disturb it.

    `Random.random` gives the same numbers for a seed on all versions of Python, `choice` and `randrange` do not. The
    generator is the one inside `random.Random`, which would be seeded twice.
    """

    def __init__(self, seed: int) -> None:
        self._random = Random(seed).random

    def choose(self, enabled: dict[Thread, None], current: Thread) -> Thread:
        """One of the enabled threads, by chance."""
        return [*enabled][int(self._random() * len(enabled))]
