"""Executes every schedule with fewer preemptions, so that what is left can be called minimal.

Iterative preemption bounding (Musuvathi and Qadeer, PLDI 2007): first all schedules without a preemption, then all with
one, and so on; each is executed once, at its exact number. An execution tells at each choice who else was enabled; each
of these is the beginning of another schedule. Nothing is left out for being equivalent to something else: that would
rest on knowing everything that threads share.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from replay.strategies.no_preemption import NoPreemption

if TYPE_CHECKING:
    from collections.abc import Sequence

    from replay.following.schedule import Path
    from replay.shrink.attempts import Attempt, Attempts
    from replay.thread import Thread


@dataclass(frozen=True)
class _Course:
    """How an execution went: who was chosen, and for each choice a mark of it and of all that came before it."""

    chosen: list[Path]
    marks: list[int]


#: An execution, how many of its choices are made again, and the choice after these. Its choices are not copied before
#: their turn: an execution of n choices is the beginning of n others, which would take n * n / 2 of them.
_Branch = tuple[_Course, int, "Path"]

#: Why a search proves nothing: executions did not make the choices that were asked for.
STRAYED = "the program does not do the same each time that it makes the same choices"


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
    attempts.doubt = ""
    levels: list[list[_Branch]] = [[] for _ in range(preemptions)]
    for level, branches in enumerate(levels):
        if level == 0:
            (attempt,) = attempts.execute_all([partial(_prefix, [])])
            if target in attempt.fingerprints:
                return attempt
            _branch(attempt, _course(attempt), 0, level, levels)
        while branches:
            batch = [branches.pop() for _ in range(min(attempts.at_once, len(branches)))]
            done = attempts.execute_all(
                [partial(_prefix, [*course.chosen[:position], other]) for course, position, other in batch]
            )
            branches.extend(batch[len(done) :])
            for (course, position, other), attempt in zip(batch, done, strict=False):
                if target in attempt.fingerprints and attempt.log.preemptions < preemptions:
                    return attempt
                went = _course(attempt)
                if went.marks[position : position + 1] != [course.marks[position]] or went.chosen[position] != other:
                    attempts.doubt = attempts.doubt or STRAYED
                _branch(attempt, went, position + 1, level, levels)
    return None


def _prefix(choices: list[Path], executed: dict[Path, int]) -> Prefix:
    return Prefix(choices)


def _course(attempt: Attempt) -> _Course:
    """How an execution went. Equal paths are one object: there are a few threads and many choices."""
    known: dict[Path, Path] = {}
    course = _Course([], [])
    mark, before = 0, None
    for choice in attempt.log.choices:
        mark = hash((mark, before, choice.position, *choice.enabled, choice.current))
        before = known.setdefault(choice.chosen, choice.chosen)
        course.marks.append(mark)
        course.chosen.append(before)
    return course


def _branch(attempt: Attempt, course: _Course, begin: int, level: int, levels: list[list[_Branch]]) -> None:
    """Notes the schedules that differ from this one in one choice from `begin`, the end of its prefix, on.

    After its prefix an execution makes no preemption: so what differs from it costs one more, or nothing.
    """
    for position, choice in enumerate(attempt.log.choices[begin:], begin):
        cost = level if choice.current is None else level + 1
        if cost < len(levels):
            levels[cost].extend((course, position, other) for other in choice.enabled if other != choice.chosen)
