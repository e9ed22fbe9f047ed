"""What is kept of the accesses to memory, for `tracer.analysis.races`: the last ones of each variable."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    from tracer.analysis.races import Race
    from tracer.analysis.stretches import Stretch
    from tracer.events import Event

#: What tells variables of one name apart: `account#2.balance`.
_ORDINAL = re.compile(r"#\d+(?=$|[.\[])")


def unnumbered(label: str) -> str:
    """The label of a variable without what tells it from others of its name."""
    return _ORDINAL.sub("", label)


class Access:
    """An access to a variable, in a stretch of its thread.

    `harmful`: it, or one before it that it stands for, is not atomic, or belongs to something larger. `seen` tells
    whether there was anything new since in the container, or in the elements; 0 where the variable has neither.
    """

    __slots__ = ("event", "harmful", "seen", "stretch")

    def __init__(self, event: Event, stretch: Stretch, harmful: bool) -> None:
        self.event = event
        self.stretch = stretch
        self.harmful = harmful
        self.seen = 0


class Elements:
    """What is kept for a container of the accesses to its elements: of each thread the last ones."""

    __slots__ = ("count", "reads", "writes")

    def __init__(self) -> None:
        self.reads: dict[str, Access] = {}
        self.writes: dict[str, Access] = {}
        self.count = 0  # grows when something new is here


class Variable:
    """What is kept of a variable; `name` is its label without what tells it from others of its name.

    `container` is the whole that it is an element of, `elements` is there if it is a whole itself. `count` grows with
    its accesses.
    """

    __slots__ = ("benign", "container", "count", "elements", "looked", "name", "read", "reads", "write")

    def __init__(self, name: str) -> None:
        self.name = name
        self.write: Access | None = None
        # The last read, if all others since the write, but those by the writer, come before it.
        self.read: Access | None = None
        self.reads: dict[str, Access] | None = None  # otherwise: by thread
        self.looked: dict[str, int] | None = None  # by thread: since when it had not synchronised at an earlier read
        self.container: Variable | None = None
        self.elements: Elements | None = None
        self.count = 0
        self.benign: list[Race] | None = None  # the benign races on it

    def news(self) -> int:
        """Grows with each access to the container or to an element."""
        container, elements = self.container, self.elements
        return 1 + (container.count if container is not None else 0) + (elements.count if elements is not None else 0)

    def forget(self) -> None:
        """What it is was not known before: no access repeats one that was before."""
        for access in (*self.last_reads(), *([] if self.write is None else [self.write])):
            access.seen = -1

    def last_reads(self) -> Iterable[Access]:
        """The reads since the last write."""
        if self.reads is not None:
            return self.reads.values()
        return () if self.read is None else (self.read,)

    def own_read(self, stretch: Stretch) -> Access | None:
        """The last read by the thread since it last synchronised, if no write of another one came after it."""
        read = self.reads.get(stretch.thread) if self.reads is not None else self.read
        return read if read is not None and same_time(read, stretch) else None

    def was_read(self, stretch: Stretch) -> bool:
        """Whether the thread read it since it last synchronised."""
        if self.looked is not None and self.looked.get(stretch.thread) == stretch.since:
            return True
        return self.own_read(stretch) is not None


def same_time(access: Access, stretch: Stretch) -> bool:
    """Whether an access is one by the thread of the stretch since that last synchronised."""
    return access.stretch.since == stretch.since and access.stretch.thread == stretch.thread


def comes_before(access: Access, stretch: Stretch) -> bool:
    """Whether an access comes before what is done next in a stretch."""
    thread = access.stretch.thread
    return thread == stretch.thread or access.event.number <= stretch.known.get(thread, 0)
