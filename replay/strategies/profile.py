"""What earlier executions of a program tell the strategies that plan ahead.

A uniform walk has to know how much each thread has left to do, PCT how many choices there will be, SURW which objects
threads meet at. All of that differs from execution to execution; what is kept of each is a mean in which the latest
execution counts for half, so that one in which a thread spun a hundred times is soon forgotten. An estimate that is
wrong makes a strategy less even, never wrong.

Threads and objects are named as they are in every execution: a thread by its path, an object by its label. As a key of
JSON, a path is text: "" for the main thread, "0" for the first one it started, "0.1" for the second one of that.
"""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

import msgspec

from replay.strategies.pending import READS, touched
from tracer.access.variables import Variable

if TYPE_CHECKING:
    from collections.abc import Iterable

    from replay.strategies import Choose
    from replay.thread import Thread
    from tracer.labels import Labels

#: Steps that nothing else is ordered by: a thread's beginning comes at once, and what waits for the ends of others is
#: not among what these can be interleaved with.
UNCOUNTED = frozenset(["thread.begin", "thread.join", "program.exit"])

#: Objects that are kept. Who has more of them that are shared finds plenty to choose from among these.
_MOST_OBJECTS = 10_000

_FEWEST_SHARING = 2


class Profile(msgspec.Struct, frozen=True, dict=True):
    """What was seen in executions.

    What is computed from it is kept beside it by hand: `functools.cached_property` takes a lock up to 3.11, and the
    program's locks are under control when strategies are made.

    `points` are the choices with more than one enabled thread. `threads` are the steps of each thread, but for its
    beginning, its joins and the exit; a step is a choice for it, also where it was the only enabled one. `objects` are,
    of each object, the operations of each thread that are to be ordered among those of others. `written` are those of
    which an operation was no pure read. An operation on an element of a container is one on all of it, too.
    """

    points: int = 0
    threads: dict[str, int] = {}
    objects: dict[str, dict[str, int]] = {}
    written: frozenset[str] = frozenset()

    def merged(self, other: Profile) -> Profile:
        """The means of what both tell, rounded up, and what only one of them does."""
        objects = {label: dict(counts) for label, counts in self.objects.items()}
        for label, counts in other.objects.items():
            if label in objects:
                objects[label] = _mean(objects[label], counts)
            elif len(objects) < _MOST_OBJECTS:
                objects[label] = counts
        return Profile(
            (self.points + other.points + 1) // 2,
            _mean(self.threads, other.threads),
            objects,
            self.written | other.written,
        )

    def interesting(self) -> dict[str, int]:
        """How often each object is accessed that several threads touch, and not only read."""
        known = self.__dict__.get("interesting_objects")
        if known is None:
            known = self.__dict__["interesting_objects"] = {
                label: sum(counts.values())
                for label, counts in sorted(self.objects.items())
                if len(counts) >= _FEWEST_SHARING and label in self.written
            }
        found: dict[str, int] = known
        return found

    def steps(self) -> dict[str, int]:
        """The steps of each thread together with those of all its descendants."""
        known = self.__dict__.get("all_steps")
        if known is None:
            known = self.__dict__["all_steps"] = with_descendants(self.threads)
        found: dict[str, int] = known
        return found

    def operations_on(self, label: str) -> dict[str, int]:
        """The operations on an object of each thread, together with those of all its descendants."""
        operations: dict[str, dict[str, int]] = self.__dict__.setdefault("operations", {})
        known = operations.get(label)
        if known is None:
            known = operations[label] = with_descendants(self.objects.get(label, {}))
        return known


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


def _mean(one: dict[str, int], other: dict[str, int]) -> dict[str, int]:
    return one | {key: (count + one.get(key, count) + 1) // 2 for key, count in other.items()}


class Profiler:
    """Wraps a strategy's choices, and makes a profile of what it lets happen.

    To be put right around the strategy that will use it: what others forbid or force it to choose is no choice of its.
    """

    asks_always = True

    def __init__(self, choose: Choose) -> None:
        self._choose = choose
        self._points = 0
        #: How often a thread executed such an operation on the object with this label.
        self._counts: dict[tuple[Thread, str, str | None], int] = {}
        #: Element -> container.
        self._containers: dict[str, str] = {}

    def choose(self, enabled: dict[Thread, None], current: Thread) -> Thread:
        """What the strategy chooses."""
        chosen = self._choose(enabled, current)
        if len(enabled) > 1:
            self._points += 1
        label = None
        target = touched(chosen)
        # The handler of a signal comes before the operation, and what that touches has its label first.
        if target is not None and not chosen.interrupted:
            labels = chosen._threadtrace_label[0]
            known: tuple[Labels, str] | None = target._threadtrace_label
            # If it has none yet, one is due now: the operation is executed next.
            label = known[1] if known is not None and known[0] is labels else labels.of(target)
            if type(target) is Variable and target.kind == "item" and label not in self._containers:
                self._containers[str(label)] = str(labels.of(target.thing.whole))
        counts = self._counts
        key = chosen, chosen.operation, label
        counts[key] = counts.get(key, 0) + 1
        return chosen

    @property
    def profile(self) -> Profile:
        """What was seen so far."""
        threads: dict[str, int] = {}
        objects: dict[str, dict[str, int]] = {}
        elements: dict[str, dict[str, int]] = {}  # the same of containers, for all their elements
        written: set[str] = set()

        def add(counts: dict[str, int], path: str, count: int) -> None:
            counts[path] = counts.get(path, 0) + count

        for (thread, operation, label), count in self._counts.items():
            path = text_of(thread.path)
            if operation not in UNCOUNTED:
                add(threads, path, count)
            if label is None:
                continue
            labels = [label, self._containers[label]] if label in self._containers else [label]
            if operation not in READS:
                written.update(labels)
            if label in objects or len(objects) < _MOST_OBJECTS:
                add(objects.setdefault(label, {}), path, count)
            for container in labels[1:]:
                add(elements.setdefault(container, {}), path, count)
        for container, counts in elements.items():
            if container in objects:  # otherwise nothing was done to all of it
                for path, count in counts.items():
                    add(objects[container], path, count)
        return Profile(self._points, threads, objects, frozenset(written & objects.keys()))
