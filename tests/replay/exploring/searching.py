"""A whole search of one program by the reduction, for tests: everything that it came to."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from replay.execution import Execution
from replay.exploring.dpor.course import Course
from replay.exploring.dpor.tree import Search
from tests.replay.exploring.programs import keeping, unfinished
from tracer.labels import Labels
from tracer.outcome import Ending

if TYPE_CHECKING:
    from collections.abc import Callable


@dataclass
class Searched:
    """The search, when it is over; the final states and the deadlocks that it came to, and how many executions did."""

    search: Search = field(default_factory=Search)
    finals: set[Any] = field(default_factory=set)
    deadlocks: set[frozenset[str]] = field(default_factory=set)
    deadlocked: int = 0
    messages: set[str] = field(default_factory=set)


def search(main: Callable[[], object], most: int = 5_000, **settings: Any) -> Searched:
    """Searches a program until nothing is left, or so many executions were made."""
    learned: set[str] = set()
    found = Searched()
    made = 0
    while not found.search.is_done and made < most:
        made += 1
        labels = Labels()
        course = Course(found.search.next(), labels, settings.get("preempt", "any"))
        body, kept = keeping(main)
        known = len(learned)
        execution = Execution(
            body,
            recorder=course,
            labels=labels,
            learned=learned,
            watches=True,
            **{"strategy": course, "preempt": "any"} | settings,
        )
        course.begin(execution.kernel)
        execution.run()
        outcome = execution.outcome()
        steps = course.finish()
        left = unfinished(execution)
        execution.close()
        if len(learned) > known:
            found = Searched()
            continue
        found.search.learn(steps)
        if not steps.is_whole:
            continue
        if outcome.ending is Ending.DEADLOCK:
            found.deadlocks.add(left)
            found.deadlocked += 1
        elif kept:
            found.finals.add(kept[0])
        found.messages |= {failure.message for failure in outcome.failures}
    return found
