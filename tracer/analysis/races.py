"""Data races: two accesses to one variable, at least one of them a write, that nothing orders.

FastTrack (Flanagan and Freund, *FastTrack: efficient and precise dynamic race detection*, PLDI 2009): of each variable
the last write is kept, and the last read; only while several threads read at once, a read of each. That is enough to
find, of each variable, the first race, and it makes most accesses cost one comparison. Against it, Eraser (Savage et
al. 1997) asks for a lock that is held at all accesses: it warns of every variable that is handed over by a queue, an
event or a join. Only its question is asked here, to explain a race that was found.

Happens-before says nothing certain of what comes after the first race: a thread that saw, in a race, that `ready` was
set, reads the data that was written before, and could not have done so earlier. So a read is taken to come after the
write that it saw (Mathur, Kini and Viswanathan, *What happens after the first race?*, OOPSLA 2018), as it may be in
Python, whose memory is sequentially consistent with or without the GIL. Then every race that is reported can happen by
itself. It also is what orders an object that is handed over in a `deque` or a `dict`. Which atomic operations look at
what was there, such as `pop` and `setdefault`, a trace does not tell: all of them are taken to.

A variable may be an element of a container. An operation on the whole container, such as iterating, conflicts with
those on each of its elements; of these the last of each thread is kept for it.

What each thread knows of the others is the business of `tracer.analysis.known`. Both are fed with each event once, in
order, so a trace can be followed while it is written.

Of two atomic operations of built-in containers no harm comes, whatever their order, where neither belongs to something
larger. A write does, after a read of the same variable, or its container, by the same thread since it last
synchronised. Then `items.append(x)` is benign, and `if not items: items.append(x)` is not.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from tracer.analysis.accesses import Access, Elements, Variable, comes_before, same_time, unnumbered
from tracer.analysis.known import Knowledge
from tracer.analysis.stretches import Point
from tracer.operations import MEMORY

if TYPE_CHECKING:
    from tracer.analysis.stretches import Stretch
    from tracer.events import Event

#: Different races that are kept: whoever has more of them begins with these.
_MOST_RACES = 500

#: Variables that are watched, each with the events of its last accesses, 1.7 kilobytes: later ones are not.
_MOST_VARIABLES = 100_000


class Side(NamedTuple):
    """One access of a race, the locks that its thread held, and the callers of its place, innermost first."""

    event: Event
    holding: tuple[str, ...]
    stack: list[str]


class Race:
    """A race on the variable `name`. `benign` may turn out to be wrong until the trace has ended."""

    __slots__ = ("benign", "first", "name", "second", "since")

    def __init__(self, name: str, first: Side, second: Side, benign: bool) -> None:
        self.name = name
        self.first = first
        self.second = second
        self.benign = benign
        #: The threads, and since when they had not synchronised: if one reads and then writes, it is not benign.
        self.since: dict[str, int] = {}


class Races:
    """Finds the races of an execution, from its events that are fed one by one."""

    def __init__(self) -> None:
        self.knowledge = Knowledge()
        self._stretches = self.knowledge.stretches
        self._variables: dict[str, Variable] = {}
        self._stacks: dict[tuple[str, str, str | None, str], list[str]] = {}
        self._found: dict[tuple[object, ...], Race] = {}
        self._too_many_races = False
        self._too_many_variables = False
        self._ignored: set[str] = set()

    @property
    def races(self) -> list[Race]:
        """What was found so far, the benign ones last."""
        return sorted(self._found.values(), key=lambda one: one.benign)

    @property
    def notes(self) -> list[str]:
        """What was not looked at, in words."""
        notes = []
        if self._too_many_races:
            notes.append(f"there are more than {_MOST_RACES:,} different data races: the later ones are not told")
        if self._too_many_variables:
            notes.append(
                f"there are more than {_MOST_VARIABLES:,} variables: races on the later ones are not looked for"
            )
        if self._ignored:
            who = ", ".join(sorted(self._ignored))
            notes.append(f"data races of threads that no thread of the program started are not looked for: {who}")
        return notes

    def feed(self, event: Event) -> None:
        """The next event."""
        operation = event.operation
        # Most accesses repeat one that nothing has come between: only the number is new.
        if operation == "memory.read":
            if event.enabled is not None:
                self.knowledge.can_go_on(event)
            variable = self._variables.get(event.object)  # type: ignore[arg-type]  # None is no variable
            if variable is not None:
                read = variable.read if variable.reads is None else variable.reads.get(event.thread)
                if (
                    read is not None
                    and read.stretch is self._stretches.get(event.thread)
                    and (read.harmful or event.atomic)
                    and not event.stack
                    and (read.seen == 0 or self._repeats(variable, read, event))
                ):
                    read.event = event
                    return
            self._read(event)
        elif operation == "memory.write":
            if event.enabled is not None:
                self.knowledge.can_go_on(event)
            variable = self._variables.get(event.object)  # type: ignore[arg-type]
            if variable is not None:
                write = variable.write
                if (
                    write is not None
                    and variable.reads is None
                    and write.stretch is self._stretches.get(event.thread)
                    and event.atomic is write.event.atomic
                    and variable.benign is None
                    and not event.stack
                    and ((read := variable.read) is None or (read.stretch is write.stretch and write.harmful))
                    and (write.seen == 0 or self._repeats(variable, write, event))
                ):
                    write.event = event
                    return
            self._write(event)
        elif operation.startswith(MEMORY):
            if event.enabled is not None:
                self.knowledge.can_go_on(event)
            if event.part_of is not None:
                self._watch(event)
        else:
            self.knowledge.feed(event)

    def _repeats(self, variable: Variable, access: Access, event: Event) -> bool:
        """The same where the variable is an element of a container, or one."""
        if access.seen != variable.news():
            return False
        container = variable.container
        if container is not None and container.elements is not None:
            elements = container.elements
            by = elements.writes if event.operation == "memory.write" else elements.reads
            by[event.thread] = access
        return True

    # Accesses ------------------------------------------------------------------------------------------------

    def _read(self, event: Event) -> None:
        prepared = self._prepare(event)
        if prepared is None:
            return
        variable, stretch = prepared
        thread, before = event.thread, variable.read
        harmful = not event.atomic or ((last := variable.own_read(stretch)) is not None and last.harmful)
        writes = self._writes(variable, stretch)
        if writes:
            for write in writes:
                self._meet(variable, write, event, stretch, harmful)
            stretch = self._learn(stretch, writes)
        read = Access(event, stretch, harmful)
        if variable.reads is not None:
            variable.reads[thread] = read
        elif before is None or before.stretch.thread == thread or comes_before(before, stretch):
            variable.read = read
        else:
            variable.reads = {before.stretch.thread: before, thread: read}
            variable.read = None
        container = variable.container
        if container is not None and container.elements is not None:
            container.elements.reads[thread] = read
        self._count(variable, read)

    def _write(self, event: Event) -> None:
        prepared = self._prepare(event)
        if prepared is None:
            return
        variable, stretch = prepared
        thread, container, elements = event.thread, variable.container, variable.elements
        changes = variable.was_read(stretch) or (container is not None and container.was_read(stretch))
        last = variable.write
        harmful = not event.atomic or changes or (last is not None and last.harmful and same_time(last, stretch))
        writes = self._writes(variable, stretch)
        for access in writes:
            self._meet(variable, access, event, stretch, harmful)
        for access in self._reads(variable, stretch):
            self._meet(variable, access, event, stretch, harmful)
        if writes and event.atomic:
            stretch = self._learn(stretch, writes)
        if changes:
            self._spoil(variable, stretch)
        write = Access(event, stretch, harmful)
        mine = None
        for read in variable.last_reads():
            if read.stretch.thread == thread:
                mine = read  # kept, although it says no more than the write does: `n += 1` in a loop reads it again
                continue
            if variable.looked is None:
                variable.looked = {}
            variable.looked[read.stretch.thread] = read.stretch.since
        variable.write, variable.read, variable.reads = write, mine, None
        if elements is not None:
            # All of them come before this write, or were reported.
            elements.reads.clear()
            elements.writes.clear()
        if container is not None and container.elements is not None:
            container.elements.writes[thread] = write
        self._count(variable, write)

    def _prepare(self, event: Event) -> tuple[Variable, Stretch] | None:
        """The variable, and the stretch that its thread is in; None where races are not looked for."""
        if event.stack:
            self._stacks[event.thread, event.operation, event.object, event.place] = event.stack
        stretch = self._stretches.get(event.thread) or self.knowledge.stretch(event.thread)
        strangers = self.knowledge.strangers
        if strangers and event.thread in strangers:
            self._ignored.add(event.thread)
            return None
        variable = self._variables.get(event.object or "")
        if variable is None or event.part_of is not None:
            variable = self._watch(event)
        return None if variable is None else (variable, stretch)

    def _watch(self, event: Event) -> Variable | None:
        """A variable of which there may be nothing yet, and what it is a part of."""
        label, part_of = event.object or "", event.part_of
        variable = self._variable(label)
        if variable is None or part_of is None or part_of == label or variable.container is not None:
            return variable
        whole = self._variable(part_of)
        if whole is not None and whole.elements is None:
            whole.elements = Elements()
            whole.forget()
        variable.container = whole
        variable.forget()
        return variable

    def _variable(self, label: str) -> Variable | None:
        found = self._variables.get(label)
        if found is None:
            if len(self._variables) >= _MOST_VARIABLES:
                self._too_many_variables = True
                return None
            found = self._variables[label] = Variable(unnumbered(label))
        return found

    def _count(self, variable: Variable, access: Access) -> None:
        """There was an access that has seen all that was before, and is new to the container and the elements."""
        container, elements = variable.container, variable.elements
        if container is None and elements is None:
            return
        variable.count += 1
        if container is not None and container.elements is not None:
            container.elements.count += 1
        access.seen = variable.news()

    def _writes(self, variable: Variable, stretch: Stretch) -> list[Access]:
        """The last writes that an access conflicts with and does not come after."""
        write, container, elements = variable.write, variable.container, variable.elements
        found = [write] if write is not None and not comes_before(write, stretch) else []
        if container is not None and (write := container.write) is not None and not comes_before(write, stretch):
            found.append(write)
        if elements is not None:
            found += [one for one in elements.writes.values() if not comes_before(one, stretch)]
        return found

    def _reads(self, variable: Variable, stretch: Stretch) -> list[Access]:
        """The last reads that a write does not come after."""
        found = [one for one in variable.last_reads() if not comes_before(one, stretch)]
        if variable.container is not None:
            found += [one for one in variable.container.last_reads() if not comes_before(one, stretch)]
        if variable.elements is not None:
            found += [one for one in variable.elements.reads.values() if not comes_before(one, stretch)]
        return found

    def _learn(self, stretch: Stretch, writes: list[Access]) -> Stretch:
        """A thread saw what these wrote."""
        points = [Point(one.stretch.thread, one.event.number, one.stretch.known) for one in writes]
        return self.knowledge.learn(stretch.thread, points)

    # Races ---------------------------------------------------------------------------------------------------

    def _meet(self, variable: Variable, before: Access, event: Event, stretch: Stretch, harmful: bool) -> None:
        """Nothing orders the two."""
        first = before.event
        name = variable.container.name if variable.container is not None else variable.name
        places = frozenset([first.place, event.place])
        key = (name, places)
        benign = not before.harmful and not harmful
        race = self._found.get(key)
        if race is None and len(self._found) >= _MOST_RACES:
            self._too_many_races = True
            return
        if race is None or (race.benign and not benign):
            first_side = Side(first, before.stretch.holding, self._stack(first))
            shown = variable.name if first.object == event.object else name
            race = Race(shown, first_side, Side(event, stretch.holding, self._stack(event)), benign)
            self._found[key] = race
        if not race.benign:
            return
        for one in (before.stretch, stretch):
            race.since[one.thread] = one.since
        for which in (variable, self._variables.get(first.object or "")):
            if which is not None:
                if which.benign is None:
                    which.benign = []
                if race not in which.benign:
                    which.benign.append(race)

    def _spoil(self, variable: Variable, stretch: Stretch) -> None:
        """A write follows a read of its thread: that read, and a race that the thread was in since, is not benign."""
        for which in (variable, variable.container):
            if which is None:
                continue
            if (read := which.own_read(stretch)) is not None:
                read.harmful = True
            if which.benign:
                for race in which.benign:
                    if race.since.get(stretch.thread) == stretch.since:
                        race.benign = False
                which.benign = [one for one in which.benign if one.benign]

    def _stack(self, event: Event) -> list[str]:
        return event.stack or self._stacks.get((event.thread, event.operation, event.object, event.place), [])
