"""All that a program of `tests.replay.exploring.language` can do, found without the kernel.

`reachable` visits every state once. `counts` tells how many interleavings there are, and how many Mazurkiewicz traces:
classes of interleavings that differ only in the order of neighbours that are independent. It visits every prefix of
every trace once, under the name of its own past: an operation is named after its thread, the one before it in the
thread, and the ones that it directly depends on, so that equal names are equal pasts. No operation is ever undone, and
each prefix adds up the interleavings of those that it continues.

Two operations are dependent if they access the same object and one of the accesses is a write ("W"):

    read, write of a variable          R, W
    lock acquire, release              W; a try that fails R
    semaphore acquire, release         W
    event set, clear                   W; is_set R
    event wait                         R; where the flag is down, it begins to wait, and goes on by another operation
    condition wait                     the lock W, the condition W; the reacquire is another operation: the lock W
    condition notify                   the condition W
    who wakes others                   their waking W; and they, when they go on, R
    thread start, and its first one    its birth W, R
    thread's last one, and its join    its end W, R
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import NamedTuple

from tests.replay.exploring.language import Program
from tests.replay.exploring.machine import Access, Final, Machine, State


class TooLarge(Exception):
    """There are more states, or prefixes of traces, than allowed."""


@dataclass
class Reachable:
    """What a program can come to: final states; and deadlocks, by the names of the threads that have not ended.

    `blocked` tells of each deadlock in which instructions the threads stand. The main thread has not ended before all
    others have. `states` is how many states were visited.
    """

    finals: set[Final] = field(default_factory=set)
    deadlocks: set[frozenset[str]] = field(default_factory=set)
    blocked: set[frozenset[tuple[str, str]]] = field(default_factory=set)
    states: int = 0


class Counts(NamedTuple):
    """How many there are, of all and of those that end in a deadlock."""

    interleavings: int
    deadlocking_interleavings: int
    traces: int
    deadlocking_traces: int


def reachable(program: Program, most: int = 200_000) -> Reachable:
    """Everything that the program can come to. Raises TooLarge for one of more than `most` states."""
    machine = Machine(program)
    found = Reachable()
    first = machine.first()
    seen = {first}
    left = [first]
    while left:
        state = left.pop()
        found.states += 1
        enabled = machine.enabled(state)
        if not enabled:
            _end(machine, state, found)
        for thread in enabled:
            after, _ = machine.step(state, thread)
            if after not in seen:
                seen.add(after)
                left.append(after)
        if len(seen) > most:
            raise TooLarge
    return found


def _end(machine: Machine, state: State, found: Reachable) -> None:
    stuck = machine.stuck(state)
    if stuck:
        found.deadlocks.add(frozenset(stuck))
        found.blocked.add(frozenset(stuck.items()))
    else:
        found.finals.add(machine.final(state))


def counts(program: Program, most: int = 200_000, *, failed_tries_write: bool = False) -> Counts:
    """How many interleavings and traces the program has. Raises TooLarge for more than `most` prefixes of traces.

    With `failed_tries_write` a try-acquire that fails is dependent on others that do, which is coarser than necessary.
    """
    machine = Machine(program, failed_tries_write=failed_tries_write)
    names: dict[tuple[object, ...], int] = {}
    first = _Prefix(machine.first(), (0,) * len(program.threads), {})
    level = {first.last: (first, 1)}
    ends: list[tuple[bool, int]] = []
    visited = 0
    while level:
        visited += len(level)
        if visited > most:
            raise TooLarge
        longer: dict[tuple[int, ...], tuple[_Prefix, int]] = {}
        for prefix, interleavings in level.values():
            enabled = machine.enabled(prefix.state)
            if not enabled:
                ends.append((bool(machine.stuck(prefix.state)), interleavings))
            for thread in enabled:
                state, accesses = machine.step(prefix.state, thread)
                after = prefix.continued(state, thread, accesses, names)
                known = longer.get(after.last)
                longer[after.last] = (after, interleavings + (known[1] if known else 0))
        level = longer
    return Counts(
        sum(number for _, number in ends),
        sum(number for deadlocks, number in ends if deadlocks),
        len(ends),
        sum(1 for deadlocks, _ in ends if deadlocks),
    )


class _Prefix(NamedTuple):
    """A prefix of a trace. `last` are the last operations of the threads, by names that tell all of their pasts.

    `accessed` are for each object the last operation that wrote it, and those that have read it since.
    """

    state: State
    last: tuple[int, ...]
    accessed: dict[tuple[str, int], tuple[int, frozenset[int]]]

    def continued(
        self, state: State, thread: int, accesses: list[Access], names: dict[tuple[object, ...], int]
    ) -> _Prefix:
        """The same with one operation more."""
        before = set()
        for target, writes in accesses:
            written, read = self.accessed.get(target, (0, frozenset()))
            before |= {written, *(read if writes else ())}
        name = names.setdefault((thread, self.last[thread], frozenset(before)), len(names) + 1)
        accessed = dict(self.accessed)
        for target, writes in accesses:
            written, read = accessed.get(target, (0, frozenset()))
            accessed[target] = (name, frozenset()) if writes else (written, read | {name})
        return _Prefix(state, (*self.last[:thread], name, *self.last[thread + 1 :]), accessed)
