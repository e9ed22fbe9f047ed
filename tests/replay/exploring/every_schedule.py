"""Every schedule of a program, without any reduction: what else there is cannot be."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from replay.execution import Execution
from replay.exploring.bounded import Bounded, Prefixed
from tests.replay.exploring.programs import keeping, unfinished
from tracer.outcome import Ending

if TYPE_CHECKING:
    from collections.abc import Callable


@dataclass
class Everything:
    """Final states and deadlocks; `is_complete` tells that there are no others."""

    finals: set[Any] = field(default_factory=set)
    deadlocks: set[frozenset[str]] = field(default_factory=set)
    is_complete: bool = False


def every_schedule(main: Callable[[], object], most: int, **settings: Any) -> Everything:
    """Executes all schedules, or `most` of them."""
    found, search, learned = Everything(), Bounded(), set[str]()
    for number in range(most):
        if search.is_done:
            break
        prefix = search.next(number)
        assert prefix is not None
        strategy = Prefixed("preemption-bounded", prefix)
        body, kept = keeping(main)
        execution = Execution(body, strategy=strategy, keep_going=True, learned=learned, **settings)
        execution.run()
        outcome, left = execution.outcome(), unfinished(execution)
        execution.close()
        if outcome.ending is Ending.DEADLOCK:
            found.deadlocks.add(left)
        elif kept:
            found.finals.add(kept[0])
        search.learn(number, strategy.choices)
    found.is_complete = search.is_done and not search.doubt
    return found
