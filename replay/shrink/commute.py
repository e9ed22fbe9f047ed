"""An equivalent order with fewer context switches, found without executing anything.

Two neighbours of different threads that touch no common object may change places. So the events are put into another
order that keeps the order of all that depend on each other, and stays with one thread as long as that allows; each
thread is tried as the first, and the best order is taken. As memory is not watched, the order is a proposal: an
execution has to confirm it.
"""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from replay.following.schedule import Path
    from tracer.events import Event

Steps = list[tuple["Event", "Path"]]

#: More events are not put into another order: it would take longer than an execution.
_MOST = 200_000


def commuted(steps: Steps) -> list[Path]:
    """The threads of the steps in the order with the fewest switches that was found."""
    threads = list(dict.fromkeys(path for _, path in steps))
    if len(steps) > _MOST:
        return [path for _, path in steps]
    before = _dependencies(steps)
    orders = [_stay(steps, before, first) for first in threads]
    return min(orders, key=switches)


def switches(order: list[Path]) -> int:
    """How often an order goes from one thread to another."""
    return sum(one != other for one, other in pairwise(order))


def _dependencies(steps: Steps) -> list[list[int]]:
    """For each step the steps that have to come before it, without those that follow from others."""
    last: dict[object, int] = {}
    before: list[list[int]] = []
    for position, (event, path) in enumerate(steps):
        needs = set()
        for touched in _touches(event, path):
            if touched in last:
                needs.add(last[touched])
            last[touched] = position
        before.append(sorted(needs))
    return before


def _touches(event: Event, path: Path) -> list[object]:
    """What an operation touches: its thread, its object, and what goes with that."""
    touched: list[object] = [path]
    operation, target = event.operation, event.object
    if operation.startswith("thread."):
        # The end of a thread, and what sees it; its start, and its beginning.
        touched.append(("thread", event.thread if target is None else target))
    elif target is not None:
        touched.append(target)
        if operation.startswith("condition."):
            touched.append(f"{target}.lock")  # where it made its lock itself
    return touched


def _stay(steps: Steps, before: list[list[int]], first: Path) -> list[Path]:
    """A topological order that stays with a thread while its next step may come."""
    waiting: dict[Path, list[int]] = {}
    for position in reversed(range(len(steps))):
        waiting.setdefault(steps[position][1], []).append(position)
    done = [False] * len(steps)
    order: list[Path] = []
    current = first
    threads = list(dict.fromkeys([first, *(path for _, path in steps)]))
    while len(order) < len(steps):
        for path in (current, *threads):
            column = waiting[path]
            if column and all(done[one] for one in before[column[-1]]):
                current = path
                break
        done[waiting[current].pop()] = True
        order.append(current)
    return order
