"""What is known of each thread: who started it, what it did, who joined it. Folded from the events one by one."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from tracer.events import Event


@dataclass(slots=True)
class Life:
    """One thread. `joins` are the joins that found it ended, by the thread that joined."""

    name: str
    started: Event | None = None
    first: Event | None = None
    last: Event | None = None
    events: int = 0
    joins: dict[str, Event] = field(default_factory=dict)


class Lives:
    """The lives of all threads up to an event, and the callers of each place: see `Subject.stacks`."""

    def __init__(self, at: int | None = None) -> None:
        self.at = at
        self.threads: dict[str, Life] = {}
        self.stacks: dict[tuple[str, str], list[str]] = {}

    def watch(self, events: Iterable[Event]) -> Iterator[Event]:
        """The same events, seen while somebody else reads them."""
        for event in events:
            if event.stack:
                self.stacks[event.thread, event.place] = event.stack
            if self.at is None or event.number <= self.at:
                self._feed(event)
            yield event

    def _feed(self, event: Event) -> None:
        life = self._life(event.thread)
        life.events += 1
        life.last = event
        if life.first is None:
            life.first = event
        if event.object is None:
            return
        if event.operation == "thread.start":
            other = self._life(event.object)
            if other.started is None:
                other.started = event
        elif event.operation == "thread.join" and event.result is not False:
            self._life(event.object).joins.setdefault(event.thread, event)

    def _life(self, name: str) -> Life:
        life = self.threads.get(name)
        if life is None:
            life = self.threads[name] = Life(name)
        return life
