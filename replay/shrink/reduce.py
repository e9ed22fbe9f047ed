"""Takes switches away from a failing schedule, by executing what is left."""

from __future__ import annotations

from typing import TYPE_CHECKING

from replay.shrink.watch import as_switches
from replay.strategies.constrained import Constrained

if TYPE_CHECKING:
    from replay.following.schedule import Path
    from replay.shrink.attempts import Attempt, Attempts
    from replay.strategies.constrained import Switches

#: How many operations a switch is moved within its thread.
_REACH = (-1, 1, -2, 2, -3, 3)


def tried(attempts: Attempts, switches: Switches) -> Attempt:
    """The execution that makes these switches."""
    return attempts.execute(lambda executed: Constrained(switches, executed), passing_steps=False)


def reduce(attempts: Attempts, best: Attempt, target: str, found: list[Attempt]) -> Attempt:
    """The cheapest failing attempt that taking away and moving switches leads to, from `best`.

    Each improvement is put into `found` at once. Raises BudgetSpent.
    """
    while True:
        before = best.cost
        best = _without_needless(attempts, best, target, found)
        best = _moved(attempts, best, target, found)
        if best.cost >= before:
            return best


def _without_needless(attempts: Attempts, best: Attempt, target: str, found: list[Attempt]) -> Attempt:
    """Delta debugging (Zeller and Hildebrandt): takes away halves, quarters, ... single switches."""
    parts = 2
    while True:
        switches = list(as_switches(best.log).items())
        if not switches:
            return best
        size = -(-len(switches) // parts)
        for begin in range(0, len(switches), size):
            left = dict(switches[:begin] + switches[begin + size :])
            attempt = tried(attempts, left)
            if _is_better(attempt, best, target, found):
                best = attempt
                parts = max(2, parts - 1)
                break
        else:
            if size == 1:
                return best
            parts = min(len(switches), 2 * parts)


def _moved(attempts: Attempts, best: Attempt, target: str, found: list[Attempt]) -> Attempt:
    """Tries each switch a little earlier and later, and to each other thread."""
    switches = as_switches(best.log)
    threads = [*dict.fromkeys(path for _, path in best.steps)]
    for (path, executed), other in list(switches.items()):
        left = {key: value for key, value in switches.items() if key != (path, executed)}
        moves: list[tuple[tuple[Path, int], Path]] = [
            ((path, executed + by), other) for by in _REACH if executed + by > 0
        ]
        moves += [((path, executed), thread) for thread in threads if thread not in (path, other)]
        for key, value in moves:
            if key in left:
                continue
            attempt = tried(attempts, {**left, key: value})
            if _is_better(attempt, best, target, found):
                return attempt
    return best


def _is_better(attempt: Attempt, best: Attempt, target: str, found: list[Attempt]) -> bool:
    """Whether an attempt fails alike, and costs less."""
    if target in attempt.fingerprints and attempt.cost < best.cost:
        found.append(attempt)
        return True
    return False
