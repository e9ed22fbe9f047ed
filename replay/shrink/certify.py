"""Executes every schedule with fewer preemptions, so that what is left can be called minimal.

Iterative preemption bounding (Musuvathi and Qadeer, PLDI 2007): first all schedules without a preemption, then all with
one, and so on; each is executed once, at its exact number. An execution tells at each choice who else was enabled; each
of these is the beginning of another schedule. Nothing is left out for being equivalent to something else: that would
rest on knowing everything that threads share.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from replay.shrink.attempts import AT_ONCE
from replay.strategies.no_preemption import NoPreemption

if TYPE_CHECKING:
    from collections.abc import Sequence

    from replay.following.schedule import Path
    from replay.shrink.attempts import Attempt, Attempts
    from replay.thread import Thread


class Prefix:
    """Makes the given choices, and then none that is a preemption."""

    def __init__(self, choices: Sequence[Path]) -> None:
        self._choices = iter(choices)
        self._otherwise = NoPreemption().choose

    def choose(self, enabled: dict[Thread, None], current: Thread) -> Thread:
        """The thread of the next choice."""
        wanted = next(self._choices, None)
        if wanted is not None:
            for thread in enabled:
                if thread.path == wanted:
                    return thread
        return self._otherwise(enabled, current)


def cheaper(attempts: Attempts, target: str, preemptions: int) -> Attempt | None:
    """An execution that fails alike with fewer preemptions; None when there is none. Raises BudgetSpent."""
    attempts.blind = False
    levels: list[list[list[Path]]] = [[] for _ in range(preemptions)]
    if levels:
        levels[0].append([])
    for level, prefixes in enumerate(levels):
        while prefixes:
            batch = [prefixes.pop() for _ in range(min(AT_ONCE, len(prefixes)))]
            done = attempts.execute_all([partial(_prefix, prefix) for prefix in batch])
            prefixes.extend(batch[len(done) :])
            for prefix, attempt in zip(batch, done, strict=False):
                if target in attempt.fingerprints:
                    return attempt
                if [choice.chosen for choice in attempt.log.choices[: len(prefix)]] != prefix:
                    attempts.blind = True  # it did not do the same again: what else begins like this is unknown
                _branch(attempt, prefix, level, levels)
    return None


def _prefix(choices: list[Path], executed: dict[Path, int]) -> Prefix:
    return Prefix(choices)


def _branch(attempt: Attempt, prefix: list[Path], level: int, levels: list[list[list[Path]]]) -> None:
    """Notes the schedules that differ from this one in one choice after the prefix.

    After its prefix an execution makes no preemption: so what differs from it costs one more, or nothing.
    """
    choices = attempt.log.choices
    made = [choice.chosen for choice in choices]
    for position in range(len(prefix), len(choices)):
        choice = choices[position]
        cost = level if choice.current is None else level + 1
        if cost < len(levels):
            levels[cost].extend([*made[:position], other] for other in choice.enabled if other != choice.chosen)
