"""The search: optimal dynamic partial-order reduction.

Abdulla, Aronis, Jonsson and Sagonas, "Optimal dynamic partial order reduction", POPL 2014 (JACM 2017). Executions that
differ only in the order of independent steps have the same outcome; they make up a class, a Mazurkiewicz trace. The
search executes each class once: it goes depth first, finds in every execution the races that could have come the other
way round, and adds to the state before each of them a sequence that reverses it, unless that was, or will be, executed
anyway. Sleep sets and wakeup trees see to the latter. Persistent or source sets are simpler, and begin executions that
turn out to repeat others; with many locks these are most.

Operations block here, which the paper leaves out: a thread that waits at the end of an execution takes part in races
with what it waits for, or deadlocks would be missed; and a race between giving up and needing is none, because it
cannot be reversed. Nothing is known of a state that was not executed: a sequence whose last step turns out to be
blocked, or to have another effect, leads to an execution that is given up, or that repeats another. That is a loss of
time only, because the rest of such an execution is searched like any other.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from replay.exploring.dpor.course import Beginning
from replay.exploring.dpor.races import label_of, races
from replay.exploring.dpor.wakeup import Branch, insert, is_covered

if TYPE_CHECKING:
    from replay.exploring.dpor.conflicts import Label
    from replay.exploring.dpor.course import Path, Step, Steps

#: Why there is no exhaustive search of a program that does not do the same with the same choices.
STRAYED = "the program did not do the same with the same choices"


@dataclass(slots=True)
class _Node:
    """A state of the execution that is looked at, and the step that was made from there."""

    step: Step
    label: Label
    asleep: dict[Path, Label]
    #: What is to be executed from here, the branch that is being executed first.
    branches: list[Branch]
    #: Whether it belongs to what may be redundant.
    redundant: bool = False
    #: How many branches were executed.
    done: int = 0
    #: Sequences that were inserted, or found to be covered.
    seen: set[tuple[Path, ...]] = field(default_factory=set)


class Search:
    """Searches one program. `next` says how the next execution begins, `learn` takes what came of it.

    `is_done` tells that nothing is left to execute; `doubt` why that would prove nothing, "" while it would.
    """

    def __init__(self) -> None:
        self._path: list[_Node] = []
        self._beginning = Beginning()
        self._fresh = 0
        self.is_done = False
        self.doubt = ""
        #: Executions that came to their end, and those that were given up because they repeated others.
        self.whole = 0
        self.cut = 0
        #: An estimate of how many there are: see `_estimate`.
        self.estimate = 1.0

    def next(self) -> Beginning:
        """How the next execution begins."""
        return self._beginning

    def learn(self, found: Steps) -> None:
        """Takes what came of the execution."""
        self.doubt = self.doubt or found.lost
        if found.is_whole:
            self.whole += 1
        else:
            self.cut += 1
        if not self._has_followed(found):
            self.doubt = self.doubt or STRAYED
            self.is_done = True
            return
        if len(found.steps) > self._fresh:  # else nobody but sleepers could go on, and not who was to
            self._extend(found)
            self._reverse(found)
        self._go_on()

    def _has_followed(self, found: Steps) -> bool:
        """Whether the beginning that was executed before was the same once more."""
        if len(found.steps) < self._fresh + found.is_whole:
            return False
        return all(
            node.step.thread == step.thread and node.step.mark == step.mark and node.step.known == step.known
            for node, step in zip(self._path, found.steps[: self._fresh], strict=False)
        )

    def _extend(self, found: Steps) -> None:
        """Notes the states that were reached for the first time, and what is asleep in them."""
        branches: list[Branch] = []
        redundant = False
        if self._path:
            node, step = self._path[-1], found.steps[self._fresh]
            node.step, node.label = step, label_of(step, found.kinds)
            node.branches = _led_by(step, node.label, node.branches)
            branches = node.branches[0].branches
            redundant = node.redundant or node.branches[0].redundant
        for step in found.steps[len(self._path) :]:
            above = self._path[-1] if self._path else None
            asleep: dict[Path, Label] = {}
            if above is not None:
                made = above.label.touches
                asleep = {
                    path: label
                    for path, label in above.asleep.items()
                    if path != above.step.thread and label.is_independent_of(made) is True
                }
            label = label_of(step, found.kinds)
            branches = _led_by(step, label, branches)
            self._path.append(_Node(step, label, asleep, branches, redundant))
            redundant = redundant or branches[0].redundant
            branches = branches[0].branches

    def _reverse(self, found: Steps) -> None:
        for race in races(found):
            node = self._path[race.at]
            names = tuple([move.thread for move in race.moves])
            if names in node.seen:
                continue
            node.seen.add(names)
            if not is_covered(race.moves, node.asleep.items(), strictly=node.redundant):
                insert(race.moves, node.branches, node.step.known, redundant=node.redundant)

    def _go_on(self) -> None:
        """Goes back to the deepest state that has something left to execute."""
        path = self._path
        while path:
            node = path[-1]
            node.asleep[node.step.thread] = node.label
            node.branches.pop(0)
            node.done += 1
            if node.branches:
                break
            path.pop()
        self._estimate()
        if not path:
            self.is_done = True
            return
        self._fresh = len(path) - 1
        steps = [one.step.thread for one in path[:-1]]
        branch = path[-1].branches[0]
        steps.append(branch.thread)
        inner = branch.branches
        while inner:
            steps.append(inner[0].thread)
            inner = inner[0].branches
        self._beginning = Beginning(steps, list(path[-1].asleep.items()), len(path) - 1)

    def _estimate(self) -> None:
        """How many executions there are going to be, if what is left is like what was done.

        Knuth, "Estimating the efficiency of backtrack programs", 1975: each branch of a state gets an equal share.
        """
        done, share = 0.0, 1.0
        for node in self._path:
            share /= node.done + len(node.branches)
            done += node.done * share
        self.estimate = (self.whole + self.cut) / done if done else 1.0
        if not self._path:
            self.estimate = self.whole + self.cut


def _led_by(step: Step, label: Label, branches: list[Branch]) -> list[Branch]:
    """The branches of a node from which a step was made: that one first, even if another one had been meant to be."""
    if branches and branches[0].thread == step.thread:
        return branches
    return [Branch(step.thread, label, [], bool(branches)), *(one for one in branches[1:] if one.thread != step.thread)]
