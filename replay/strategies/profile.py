"""What earlier executions of a program tell the strategies that plan ahead.

A uniform walk has to know how much each thread has left to do, PCT how many choices there will be, SURW which objects
threads meet at. All of that differs from execution to execution; what is kept is the most that was seen of each. An
estimate that is wrong makes a strategy less even, never wrong.

Threads and objects are named as they are in every execution: a thread by its path, an object by its label. As a key of
JSON, a path is text: "" for the main thread, "0" for the first one it started, "0.1" for the second one of that.
"""

from __future__ import annotations

from collections import defaultdict
from functools import cached_property
from typing import TYPE_CHECKING, Any

import msgspec

from replay.strategies.pending import READS, touched
from tracer.access.variables import Variable

if TYPE_CHECKING:
    from collections.abc import Iterable

    from replay.strategies import Choose
    from replay.thread import Thread

#: Steps that nothing else is ordered by: a thread's beginning comes at once, and what waits for the ends of others is
#: not among what these can be interleaved with.
UNCOUNTED = frozenset(["thread.begin", "thread.join", "program.exit"])

#: Objects that are kept. Who has more of them that are shared finds plenty to choose from among these.
_MOST_OBJECTS = 10_000

_FEWEST_SHARING = 2


class Profile(msgspec.Struct, frozen=True, dict=True):
    """The most of each that was seen in an execution.

    `points` are the choices with more than one enabled thread. `threads` are the steps of each thread, but for its
    beginning, its joins and the exit: a step is a choice for it, also where it was the only enabled one. `objects` are, of
    each object, the operations of each thread that are to be ordered among those of others; `written` are those of which
    an operation was no pure read. An operation on an element of a container is one on all of the container, too.
    """

    points: int = 0
    threads: dict[str, int] = {}
    objects: dict[str, dict[str, int]] = {}
    written: frozenset[str] = frozenset()

    def merged(self, other: Profile) -> Profile:
        """The most of each that either tells."""
        objects = {label: dict(counts) for label, counts in self.objects.items()}
        for label, counts in other.objects.items():
            if label in objects:
                objects[label] = _most(objects[label], counts)
            elif len(objects) < _MOST_OBJECTS:
                objects[label] = counts
        return Profile(
            max(self.points, other.points),
            _most(self.threads, other.threads),
            objects,
            self.written | other.written,
        )

    def interesting(self) -> dict[str, int]:
        """How often each object is accessed that several threads touch, and not only read."""
        return self._interesting

    def steps(self) -> dict[str, int]:
        """The steps of each thread together with those of all its descendants."""
        return self._steps

    def operations_on(self, label: str) -> dict[str, int]:
        """The operations on an object of each thread, together with those of all its descendants."""
        known = self._operations.get(label)
        if known is None:
            known = self._operations[label] = with_descendants(self.objects.get(label, {}))
        return known

    @cached_property
    def _interesting(self) -> dict[str, int]:
        return {
            label: sum(counts.values())
            for label, counts in sorted(self.objects.items())
            if len(counts) >= _FEWEST_SHARING and label in self.written
        }

    @cached_property
    def _steps(self) -> dict[str, int]:
        return with_descendants(self.threads)

    @cached_property
    def _operations(self) -> dict[str, dict[str, int]]:
        return {}


#: What is known of a program that was never executed.
NOTHING_KNOWN = Profile()


def text_of(path: Iterable[int]) -> str:
    """The path of a thread as text."""
    return ".".join(map(str, path))


def with_descendants(counts: dict[str, int]) -> dict[str, int]:
    """The sums of what each thread and all its descendants have, by path; a thread may occur only as an ancestor."""
    sums: defaultdict[str, int] = defaultdict(int)
    for path, count in counts.items():
        sums[path] += count
        ancestor = path
        while ancestor:
            ancestor = ancestor.rpartition(".")[0]
            sums[ancestor] += count
    return dict(sums)


def _most(one: dict[str, int], other: dict[str, int]) -> dict[str, int]:
    return one | {key: max(count, one.get(key, 0)) for key, count in other.items()}


class Profiler:
    """Wraps a strategy's choices, and makes a profile of what it lets happen.

    To be put right around the strategy that will use it: what others forbid or force it to choose is no choice of its.
    """

    asks_always = True

    def __init__(self, choose: Choose) -> None:
        self._choose = choose
        self._points = 0
        self._threads: defaultdict[Thread, int] = defaultdict(int)
        self._objects: dict[str, defaultdict[Thread, int]] = {}
        self._written: set[str] = set()
        #: Containers of which elements were accessed, and those that were accessed themselves.
        self._containers: set[str] = set()
        self._wholes: set[str] = set()

    def choose(self, enabled: dict[Thread, None], current: Thread) -> Thread:
        """What the strategy chooses."""
        chosen = self._choose(enabled, current)
        if len(enabled) > 1:
            self._points += 1
        operation = chosen.operation
        if operation not in UNCOUNTED:
            self._threads[chosen] += 1
            # The handler of a signal comes before the operation, and what that touches has its label first.
            if chosen.target is not None and (target := touched(chosen)) is not None and not chosen.interrupted:
                self._count(chosen, target)
        return chosen

    def _count(self, thread: Thread, target: Any) -> None:
        labels = thread._threadtrace_label[0]
        label = labels.of(target)  # that is due: the operation is executed next
        assert label is not None
        reads = thread.operation in READS
        self._add(label, thread, reads)
        if type(target) is Variable:
            if target.kind == "item":
                container = labels.of(target.thing.whole)
                assert container is not None
                self._containers.add(container)
                self._add(container, thread, reads)
            elif target.kind == "all":
                self._wholes.add(label)

    def _add(self, label: str, thread: Thread, reads: bool) -> None:
        counts = self._objects.get(label)
        if counts is None:
            if len(self._objects) >= _MOST_OBJECTS:
                return
            counts = self._objects[label] = defaultdict(int)
        counts[thread] += 1
        if not reads:
            self._written.add(label)

    @property
    def profile(self) -> Profile:
        """What was seen so far."""
        only_elements = self._containers - self._wholes
        objects = {
            label: {text_of(thread.path): count for thread, count in counts.items()}
            for label, counts in self._objects.items()
            if label not in only_elements
        }
        threads = {text_of(thread.path): count for thread, count in self._threads.items()}
        return Profile(self._points, threads, objects, frozenset(self._written & objects.keys()))
