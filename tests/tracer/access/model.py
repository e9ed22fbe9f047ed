"""A tiny model of two threads, which knows nothing of the scheduler: every order of their steps, by brute force.

What a thread does is written as a line of steps, each one an atomic piece of Python:

    t = x | x = t + 1

`|` is a place where others can go first when accesses to shared memory are steps of their own (`any`); `||` is one
where CPython can switch threads under the GIL, too (`gil`). A step `when READY -> ...` cannot be executed before READY
is true: a thread that waits there has given up the GIL, and others can go on before the step and after it. `stop()`
ends the thread.

Names that exist before the threads start are shared; all others are the thread's own. What is raised ends the thread,
and is part of the final state.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from types import CodeType

#: The state of threads of which none can go on.
STUCK = "stuck"

_BETWEEN = re.compile(r"\s+(\|\|?)\s+")
_WAITING = re.compile(r"when (.+?) -> (.*)")


@dataclass
class Step:
    """One step, whether CPython can switch before it, and what has to be true for it to be executed."""

    action: CodeType
    may_switch: bool
    ready: CodeType | None


def steps(line: str) -> list[Step]:
    """The steps of a line."""
    first, *rest = _BETWEEN.split(line.strip())
    found = []
    for between, text in [("||", first), *zip(rest[::2], rest[1::2], strict=True)]:
        waiting = _WAITING.fullmatch(text)
        ready = compile(waiting[1], "ready", "eval") if waiting else None
        action = compile(waiting[2] if waiting else text, text, "exec")
        found.append(Step(action, between == "||", ready))
    return found


class Stopped(Exception):
    """A thread has nothing more to do."""


def stop() -> None:
    raise Stopped


class Names(dict[str, Any]):
    """What the names in a step mean: those in `shared` are everybody's."""

    def __init__(self, shared: dict[str, Any], known: frozenset[str]) -> None:
        self.shared = shared
        self.known = known

    def __missing__(self, name: str) -> Any:
        return self.shared[name]

    def __setitem__(self, name: str, value: Any) -> None:
        if name in self.known:
            self.shared[name] = value
        else:
            super().__setitem__(name, value)

    def __delitem__(self, name: str) -> None:
        if name not in self.known:
            super().__delitem__(name)
        elif self.shared.pop(name, self) is self:
            raise NameError


class Walker:
    """One of the threads."""

    def __init__(self, line: list[Step], shared: dict[str, Any], known: frozenset[str]) -> None:
        self.line = line
        self.shared = shared
        self.names = Names(shared, known)
        self.at = 0
        self.error: str | None = None
        #: It waits for its step to become ready, having given up the GIL; or has taken it again just now.
        self.waits = self.waited = False

    @property
    def is_over(self) -> bool:
        return self.at == len(self.line)

    @property
    def is_ready(self) -> bool:
        ready = self.line[self.at].ready
        return ready is None or bool(eval(ready, self.shared, self.names))

    @property
    def may_switch(self) -> bool:
        return self.waited or self.line[self.at].may_switch

    def go(self) -> None:
        step = self.line[self.at]
        self.at += 1
        self.waited, self.waits = self.waits, False
        try:
            exec(step.action, self.shared, self.names)
        except Stopped:
            self.at = len(self.line)
        except Exception as error:
            self.at = len(self.line)
            self.error = type(error).__name__


def final_states(setup: str, one: str, two: str, final: str, *, gil: bool) -> set[Any]:
    """The states in which two threads can end: the value of `final`, and the names of what was raised."""
    begin = compile(setup, "setup", "exec")
    end = compile(final, "final", "eval")
    lines = [steps(one), steps(two)]
    found = set()
    choices: list[int] = []
    while True:
        shared: dict[str, Any] = {"stop": stop}
        exec(begin, shared)
        known = frozenset(shared)
        walkers = [Walker(line, shared, known) for line in lines]
        alternatives: list[int] = []
        last: Walker | None = None
        while True:
            alive = [walker for walker in walkers if not walker.is_over]
            ready = [walker for walker in alive if walker.is_ready]
            if not ready:
                break
            if not (gil and last in ready and not last.may_switch):
                last = ready[0]
                for walker in alive:
                    walker.waits = walker.waits or walker not in ready  # it can have had its turn, to no avail
                if len(ready) > 1:
                    if len(alternatives) == len(choices):
                        choices.append(0)
                    last = ready[choices[len(alternatives)]]
                    alternatives.append(len(ready))
            last.go()
        errors = tuple(sorted(walker.error for walker in walkers if walker.error))
        found.add(STUCK if alive else (repr(eval(end, shared)), errors))
        while choices and choices[-1] + 1 == alternatives[len(choices) - 1]:
            choices.pop()
        if not choices:
            return found
        choices[-1] += 1
