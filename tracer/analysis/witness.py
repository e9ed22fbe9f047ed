"""Whether threads can stand where a prediction has them: a search for an execution that leads there.

A cycle of locks may be out of reach for reasons that neither its gates nor the order of its acquires show: a thread
that was started, and is joined, by one that holds a lock all the while is behind that lock too. So an execution is
searched for, of the operations that the threads executed in the trace, in any order that the locks, the signals and
`tracer.analysis.order` allow. Here signals may come from anybody who gave them: a thread that waits for an event goes
on when one of several has set it. Where each thread stands decides who holds what, so that a state is a position for
each thread, and none is visited twice. An operation that cannot take anything away from another thread (all but
acquires of shared locks, and taking permits and items) is executed at once, without alternatives: whatever is possible
before it is possible after it.

Threads that have nothing to do with the goal do not move, at first; if that leads nowhere, all that can be of use may
go on as far as they did. The search follows the order of the trace where it can, which is nearly always enough. It
gives up after a number of steps, and then does not know.
"""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from tracer.analysis.nesting import Nesting
    from tracer.analysis.order import At, Signals

#: Steps of one search. A step costs about a microsecond; the way to most goals is no longer than the trace.
_MOST_STEPS = 20_000

#: Steps of all searches for one trace.
_MOST_STEPS_IN_ALL = 200_000


class _Step(NamedTuple):
    """What a thread executes: `acquires` is None for what is neither acquire nor release.

    `signal` is the number of an object that signals, -1 for none: `gives` so many of them, or waits for one, which is
    gone then if it is -1.
    """

    number: int
    lock: str = ""
    acquires: bool | None = None
    signal: int = -1
    gives: int = 0


class Witnesses:
    """Searches for executions; `steps` is how many steps that has taken."""

    def __init__(self, nesting: Nesting) -> None:
        self.steps = 0
        #: thread -> position -> what must have been executed before: thread and how many of its steps.
        self._needs: dict[str, dict[int, list[tuple[str, int]]]] = {}
        self._nesting = nesting
        #: By signal: who gives it, and how many there were at the beginning.
        self._givers: list[set[str]] = []
        self._free: list[int] = []
        self._waits: dict[str, list[tuple[At, int]]] = {}
        self._ready = False

    def _prepare(self) -> None:
        """Made when it is needed first, which is hardly ever."""
        self._ready = True
        moves, no_locks = self._nesting.moves, self._nesting.no_locks
        found: dict[str, dict[int, _Step]] = {}
        needs: dict[At, list[At]] = {}
        for order in self._nesting.orders:
            needs.setdefault(order.after, []).append(order.before)
            for at in order:
                found.setdefault(at.thread, {}).setdefault(at.number, _Step(at.number))
        for number, one in enumerate(self._nesting.signals):
            self._add_signals(found, number, one)
        for thread, mine in moves.items():
            steps = found.setdefault(thread, {})
            for number, lock, acquires in zip(mine.numbers, mine.locks, mine.acquires, strict=True):
                if lock not in no_locks:
                    steps[number] = _Step(number, lock, acquires)
        self._steps = {thread: [steps[number] for number in sorted(steps)] for thread, steps in found.items()}
        self._numbers = {thread: [step.number for step in steps] for thread, steps in self._steps.items()}
        for after, befores in needs.items():
            needed = self._needs.setdefault(after.thread, {}).setdefault(self._position(after), [])
            needed += [(one.thread, self._position(one) + 1) for one in befores]

    def _add_signals(self, found: dict[str, dict[int, _Step]], signal: int, signals: Signals) -> None:
        for at, times in Counter(signals.given).items():
            found.setdefault(at.thread, {})[at.number] = _Step(at.number, signal=signal, gives=times)
        for at in signals.taken:
            found.setdefault(at.thread, {})[at.number] = _Step(at.number, signal=signal, gives=-signals.counted)
            self._waits.setdefault(at.thread, []).append((at, signal))
        self._givers.append(signals.givers)
        # What was there before the trace began: so many that the trace itself is possible.
        there = least = 0
        for _, times in sorted([*((at, 1) for at in signals.given), *((at, -1) for at in signals.taken)]):
            there += times if signals.counted or times > 0 else 0
            least = min(least, there if signals.counted or times > 0 else there - 1)
        self._free.append(-least)

    def possible(self, goal: Sequence[At]) -> bool | None:
        """Whether all threads of the goal can stand before these events at once; None if that was not found out."""
        if not self._ready:
            self._prepare()
        stops = {at.thread: self._position(at) for at in goal}
        least = self._least(stops)
        if least is None:
            return False
        found = _Search(self, least, stops).run()
        if found is not False:
            return found
        return _Search(self, self._most(stops), stops).run()

    def _position(self, at: At) -> int:
        """How many steps of its thread come before an event."""
        return bisect_left(self._numbers.get(at.thread, []), at.number)

    def _least(self, stops: Mapping[str, int]) -> dict[str, int] | None:
        """How far each thread has to go at least; None if one would have to go beyond its stop."""
        least = dict(stops)
        left = [(thread, 0) for thread in stops]
        while left:
            thread, begin = left.pop()
            for position, needed in self._needs.get(thread, {}).items():
                if not begin <= position < least[thread]:
                    continue
                for other, count in needed:
                    if least.get(other, 0) >= count:
                        continue
                    if other in stops:
                        return None
                    left.append((other, least.get(other, 0)))
                    least[other] = count
        return least

    def _most(self, stops: Mapping[str, int]) -> dict[str, int]:
        """How far each thread may go that can be of use."""
        most = dict(stops)
        left = list(stops)
        while left:
            thread = left.pop()
            for position, needed in self._needs.get(thread, {}).items():
                for other, _ in needed:
                    if position < most[thread] and other not in most:
                        most[other] = len(self._steps.get(other, ()))
                        left.append(other)
            for at, signal in self._waits.get(thread, ()):
                if self._position(at) < most[thread]:
                    for other in self._givers[signal] - most.keys():
                        most[other] = len(self._steps.get(other, ()))
                        left.append(other)
        return most


class _Search:
    """One search: depth first, over the positions of the threads, each of which goes no further than its `ends`."""

    def __init__(self, world: Witnesses, ends: Mapping[str, int], stops: Mapping[str, int]) -> None:
        self.world = world
        self.threads = list(ends)
        self.ends = ends
        self.at = dict.fromkeys(ends, 0)
        self.owners: dict[str, str] = {}
        self.there = [*world._free]
        self.missing = sum(end > 0 for thread, end in ends.items() if thread in stops)
        self.stops = stops
        used: dict[str, set[str]] = {}
        for thread, end in ends.items():
            for step in world._steps.get(thread, [])[:end]:
                used.setdefault(step.lock, set()).add(thread)
        self.shared = {lock for lock, threads in used.items() if len(threads) > 1 and lock}

    def run(self) -> bool | None:
        """Whether the goal can be reached."""
        seen = set()
        path: list[tuple[str, list[str]]] = []
        budget = min(_MOST_STEPS, _MOST_STEPS_IN_ALL - self.world.steps)
        left = self._enabled() if self.missing else []
        while self.missing:
            while not left:
                if not path:
                    return False
                thread, left = path.pop()
                self._back(thread)
            if budget <= 0:
                return None
            budget -= 1
            self.world.steps += 1
            thread = left.pop()
            self._forth(thread)
            path.append((thread, left))
            state = tuple(self.at.values())
            left = [] if state in seen else self._enabled()
            seen.add(state)
        return True

    def _enabled(self) -> list[str]:
        """The threads that can execute their next step, the one that did so first in the trace last; or a safe one."""
        found = []
        for thread in self.threads:
            at = self.at[thread]
            if at >= self.ends[thread]:
                continue
            if any(self.at.get(other, 0) < count for other, count in self.world._needs.get(thread, {}).get(at, ())):
                continue
            step = self.world._steps[thread][at]
            waits = step.signal >= 0 and step.gives <= 0
            if waits and not self.there[step.signal]:
                continue
            if step.gives >= 0 and (not step.acquires or step.lock not in self.shared):
                return [thread]
            if step.lock not in self.owners:
                found.append((step.number, thread))
        return [thread for _, thread in sorted(found, reverse=True)]

    def _forth(self, thread: str) -> None:
        step = self.world._steps[thread][self.at[thread]]
        self.at[thread] += 1
        if step.gives:
            self.there[step.signal] += step.gives
        if step.acquires:
            self.owners[step.lock] = thread
        elif step.acquires is False:
            self.owners.pop(step.lock, None)
        self.missing -= thread in self.stops and self.at[thread] == self.ends[thread]

    def _back(self, thread: str) -> None:
        self.missing += thread in self.stops and self.at[thread] == self.ends[thread]
        self.at[thread] -= 1
        step = self.world._steps[thread][self.at[thread]]
        if step.gives:
            self.there[step.signal] -= step.gives
        if step.acquires:
            self.owners.pop(step.lock, None)
        elif step.acquires is False:
            self.owners[step.lock] = thread
