"""What comes before what because of the outside: a message that was sent before it was received.

A trace does not tell which connection's other end a socket is, nor what another process does with what it is told. So
every operation on the outside that may let others go on is taken to come before all later ones of other threads. That
is more order than there is: a prediction that rests on it may miss something, and warns of nothing impossible.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from tracer.operations import GIVING, OUTSIDE

if TYPE_CHECKING:
    from tracer.events import Event


class Channels:
    """Fed with the events of an execution, one by one."""

    def __init__(self) -> None:
        self._given: dict[str, Event] = {}
        #: The last event of one thread that another one, the first here, knows of.
        self._known: dict[tuple[str, str], int] = {}

    def before(self, event: Event) -> list[Event]:
        """The events of other threads that come before this one, each but once."""
        if not event.operation.startswith(OUTSIDE):
            return []
        found = []
        for thread, given in self._given.items():
            if thread != event.thread and self._known.get((event.thread, thread), 0) < given.number:
                self._known[event.thread, thread] = given.number
                found.append(given)
        if event.operation in GIVING:
            self._given[event.thread] = event
        return found
