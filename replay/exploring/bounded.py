"""Systematic searches that execute schedules with few deviations first.

Iterative preemption bounding (Musuvathi and Qadeer, PLDI 2007): first all schedules without a preemption, then all with
one, and so on. Delay bounding (Emmi, Qadeer and Rakamaric, POPL 2011) counts how many enabled threads are passed over
in round-robin order instead: fewer schedules for each bound, whatever the number of threads. Each schedule is executed
once, at its exact cost. Most bugs need one or two deviations.

Nothing is left out for being equivalent to something else, so that a search which comes to its end has executed every
schedule; only the smallest programs have so few. To reduce *and* bound would be unsound without more, see Coons,
Musuvathi and McKinley, OOPSLA 2013.

After its prefix an execution deviates nowhere. So what differs from it in one choice costs as much more as that choice.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from replay.exploring.specs import Choice
from replay.strategies.fair import Fair

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from replay.exploring.specs import Path
    from replay.thread import Thread

    #: What each enabled thread costs, the one that costs nothing first.
    Costs = Callable[[dict[Thread, None], Thread], list[tuple[Thread, int]]]

#: An execution with more choices is the beginning of no others: there would be too many.
_MOST_CHOICES = 10_000

STRAYED = "the program did not do the same with the same choices"


def by_preemptions(enabled: dict[Thread, None], current: Thread) -> list[tuple[Thread, int]]:
    """Leaving a thread that could go on costs one; whoever is blocked, or has ended, is left for nothing."""
    goes_on = current in enabled
    others = sorted((thread for thread in enabled if thread is not current), key=_index)
    costs = [(thread, int(goes_on)) for thread in others]
    return [(current, 0), *costs] if goes_on else costs


def by_delays(enabled: dict[Thread, None], current: Thread) -> list[tuple[Thread, int]]:
    """The threads take turns in the order of creation, each until it is blocked; passing one over costs one."""
    turn = current.index
    order = sorted(enabled, key=lambda thread: (thread.index < turn, thread.index))
    return [(thread, cost) for cost, thread in enumerate(order)]


COSTS: dict[str, Costs] = {
    "preemption-bounded": by_preemptions,
    "delay-bounded": by_delays,
}


class Prefixed:
    """Makes the given choices, and then the cheapest. `choices` are all that it made, with their alternatives."""

    def __init__(self, strategy: str, prefix: Sequence[Path]) -> None:
        self._costs = COSTS[strategy]
        self._prefix = prefix
        self.choices: list[Choice] = []
        self._after = Fair(_Cheapest(self._costs), seed=0).choose

    def choose(self, enabled: dict[Thread, None], current: Thread) -> Thread:
        """The thread of the next choice of the prefix; after it, the one that costs nothing."""
        costs = self._costs(enabled, current)
        number = len(self.choices)
        chosen = None
        if number < len(self._prefix):
            chosen = next((thread for thread, _ in costs if thread.path == self._prefix[number]), None)
        chosen = chosen or self._after(enabled, current)
        if number < _MOST_CHOICES:
            self.choices.append(Choice([(thread.path, cost) for thread, cost in costs], chosen.path))
        return chosen


class _Cheapest:
    """A strategy: deviates nowhere."""

    def __init__(self, costs: Costs) -> None:
        self._costs = costs

    def choose(self, enabled: dict[Thread, None], current: Thread) -> Thread:
        """The thread that costs nothing."""
        return self._costs(enabled, current)[0][0]


class Bounded:
    """Searches one program. `next` gives the prefix of an execution, None where the results of others are waited for.

    `is_done` tells that every schedule was executed; `doubt` why that would prove nothing.
    """

    def __init__(self) -> None:
        #: By bound: what is to be executed: the choices of an execution, how many of them, and then another one.
        self._levels: list[list[tuple[list[Path], int, Path | None]]] = [[([], 0, None)]]
        self.bound = 0
        self._running: dict[int, tuple[list[Path], int]] = {}
        self.doubt = ""

    @property
    def is_done(self) -> bool:
        """Whether nothing is left to execute."""
        return not self._running and not any(self._levels[self.bound :])

    @property
    def completed(self) -> int | None:
        """Every schedule that costs no more than this was executed; None while there are none."""
        left = [cost for cost, level in enumerate(self._levels) if level]
        left += [cost for _, cost in self._running.values()]
        highest = min(left, default=len(self._levels)) - 1
        return highest if highest >= 0 and not self.doubt else None

    def next(self, number: int) -> list[Path] | None:
        """The prefix of execution `number`."""
        if self._running and not self._levels[self.bound]:
            return None  # they may find more with the same cost
        while not self._levels[self.bound]:
            if self.bound + 1 == len(self._levels):
                return None
            self.bound += 1
        chosen, length, other = self._levels[self.bound].pop()
        prefix = chosen[:length] + ([other] if other is not None else [])
        self._running[number] = prefix, self.bound
        return prefix

    def learn(self, number: int, choices: list[Choice]) -> None:
        """Takes what came of it."""
        if number not in self._running:
            return  # it was begun before the search was begun anew
        prefix, cost = self._running.pop(number)
        chosen = [choice.chosen for choice in choices]
        if chosen[: len(prefix)] != prefix:
            self.doubt = STRAYED
            return
        if len(choices) >= _MOST_CHOICES:
            self.doubt = f"an execution has more than {_MOST_CHOICES:,} choices"
        for position, choice in enumerate(choices[len(prefix) :], len(prefix)):
            for path, price in choice.enabled:
                if path != choice.chosen:
                    while len(self._levels) <= cost + price:
                        self._levels.append([])
                    self._levels[cost + price].append((chosen, position, path))


def _index(thread: Thread) -> int:
    return thread.index
