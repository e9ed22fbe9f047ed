"""The part of an execution that a picture of what happened before what can show: a few threads, and their last events.

Most events of a program concern its own thread only. What stays is what other threads have to do with, and the first
and the last event of each thread; runs of other events become one entry. The window grows backwards from the moment
until there are as many entries as a page can take.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from tracer.analysis.clocks import HandOvers

if TYPE_CHECKING:
    from collections.abc import Iterable

    from tracer.analysis.clocks import Edge
    from tracer.events import Event

#: Entries on a page: with more, the arrows cannot be followed.
MOST_ENTRIES = 60

#: Columns on a page. The threads that executed something last stay.
MOST_THREADS = 8

#: How many events before the moment are looked at: most of them become runs.
_EVENTS_KEPT = 20_000


@dataclass(eq=False)
class Entry:
    """One event, or a run of several that only their own thread has to do with. `row` counts from the top."""

    events: list[Event]
    row: int = 0

    @property
    def thread(self) -> str:
        """Whose it is."""
        return self.events[0].thread


@dataclass
class Window:
    """The entries of each thread in order, the edges between them, and what was left out."""

    lanes: dict[str, list[Entry]]
    edges: list[tuple[Entry, Entry, Edge]]
    first: int
    last: int
    earlier: int = 0
    hidden_threads: list[str] = field(default_factory=list)

    @property
    def rows(self) -> int:
        """How many rows there are."""
        return 1 + max((entry.row for entries in self.lanes.values() for entry in entries), default=0)


class Recent:
    """Keeps the last events and edges while a trace is read."""

    def __init__(self) -> None:
        self.events: deque[Event] = deque(maxlen=_EVENTS_KEPT)
        self.edges: deque[Edge] = deque(maxlen=2 * _EVENTS_KEPT)
        self._hand_overs = HandOvers()

    def feed(self, event: Event) -> None:
        """The next event."""
        self.events.append(event)
        self.edges += self._hand_overs.feed(event)

    def window(self) -> Window:
        """The window that ends with the last event."""
        events = list(self.events)
        threads = _last_threads(events)
        shown = [event for event in events if event.thread in threads]
        numbers = {event.number: event for event in shown}
        edges = [
            edge
            for edge in self.edges
            if edge.before in numbers
            and edge.after in numbers
            and numbers[edge.before].thread != numbers[edge.after].thread
        ]
        # The number of entries grows with that of the events.
        low, high = 0, len(shown)
        while low < high:
            middle = (low + high) // 2
            if len(_entries(shown[middle:], edges)) > MOST_ENTRIES:
                low = middle + 1
            else:
                high = middle
        kept = shown[low:]
        everybody = dict.fromkeys(event.thread for event in events)
        hidden = [name for name in everybody if name not in threads]
        earlier = kept[0].number - 1 if kept else 0
        return _window(kept, edges, earlier, hidden)


def _last_threads(events: list[Event]) -> set[str]:
    threads: dict[str, None] = {}
    for event in reversed(events):
        threads.setdefault(event.thread)
        if len(threads) == MOST_THREADS:
            break
    return set(threads)


def _window(events: list[Event], edges: list[Edge], earlier: int, hidden: list[str]) -> Window:
    entries = _entries(events, edges)
    lanes: dict[str, list[Entry]] = {}
    where: dict[int, Entry] = {}
    for entry in entries:
        lanes.setdefault(entry.thread, []).append(entry)
        where.update((event.number, entry) for event in entry.events)
    drawn = [(where[edge.before], where[edge.after], edge) for edge in edges if edge.before in where]
    _place(entries, drawn)
    return Window(lanes, drawn, events[0].number, events[-1].number, earlier, hidden)


def _entries(events: list[Event], edges: Iterable[Edge]) -> list[Entry]:
    """In the order of their first events."""
    if not events:
        return []
    first = events[0].number
    joined = {number for edge in edges if edge.before >= first for number in (edge.before, edge.after)}
    ends = {event.thread: event.number for event in events}
    starts: dict[str, int] = {}
    entries: list[Entry] = []
    runs: dict[str, Entry] = {}
    for event in events:
        begins = starts.setdefault(event.thread, event.number) == event.number
        run = runs.get(event.thread)
        if event.number in joined or begins or ends[event.thread] == event.number:
            runs.pop(event.thread, None)
            entries.append(Entry([event]))
        elif run is not None:
            run.events.append(event)
        else:
            runs[event.thread] = Entry([event])
            entries.append(runs[event.thread])
    return entries


def _place(entries: list[Entry], edges: list[tuple[Entry, Entry, Edge]]) -> None:
    """Gives each entry the highest row that lies below everything that happened before it.

    An entry stands after all that it depends on, for an edge leads from a single event to a later one.
    """
    above: dict[Entry, list[Entry]] = {}
    for before, after, _ in edges:
        above.setdefault(after, []).append(before)
    last: dict[str, Entry] = {}
    for entry in entries:
        earlier = [*above.get(entry, ()), *([last[entry.thread]] if entry.thread in last else [])]
        entry.row = 1 + max((one.row for one in earlier), default=-1)
        last[entry.thread] = entry
