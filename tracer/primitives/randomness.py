"""Generators of the `random` module that nobody gives a seed.

They take one from the operating system, and what comes of it (whom to ask first, how long to wait before the next
attempt) would be another execution each time. So they take it from the execution. What is random because it has to be a
secret, or unique, stays so: `os.urandom`, `secrets`, `uuid`, `SystemRandom`; and the names of temporary files, which
executions beside each other, or one after the other, must not share.
"""

from __future__ import annotations

import random
from typing import Any

from tracer.real import getframe
from tracer.runtime import door

_seed = random.Random.seed

#: Seeds of executions beside each other lie apart: the golden ratio's, as in Knuth's multiplicative hashing. A shift
#: would not do, 2 and 2 + 2**32 are one and the same to the generator.
_SPREAD = 0x9E3779B97F4A7C15


class _Seeds:
    """The seeds of one execution, each another one."""

    def __init__(self) -> None:
        self.execution = 0
        self.count = 0

    def begin(self, execution: int) -> None:
        """An execution begins, whose own seed is this."""
        self.execution = execution
        self.count = 0

    def another(self) -> int:
        """A seed that no other generator has."""
        self.count += 1
        return self.execution * _SPREAD + self.count


seeds = _Seeds()


def seed(self: Any, a: Any = None, version: int = 2) -> None:
    """Stands for `random.Random.seed`."""
    if a is None and door.runtime is not None and getframe(2).f_globals.get("__name__") != "tempfile":
        a = seeds.another()
    _seed(self, a, version)


METHODS = {"seed": seed}
