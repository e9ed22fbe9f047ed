"""What all causes are looked for in: the end of an execution, its past, and the words for both."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from tracer.analysis.causes.library import library_words
from tracer.analysis.finding import Finding, FindingKind, Step
from tracer.analysis.moment import Status
from tracer.analysis.state import ObjectState
from tracer.analysis.waitfor import wait_for
from tracer.outcome import FailureKind
from tracer.places import users_place

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from tracer.analysis.causes.history import History
    from tracer.analysis.moment import Moment, Standing
    from tracer.analysis.state import Hold
    from tracer.analysis.waitfor import Wait
    from tracer.events import Event
    from tracer.outcome import Holder, Outcome

#: Operations that wait for the owner of a lock.
FOR_A_LOCK = ("lock.acquire", "rlock.acquire", "condition.reacquire")

#: How many threads or objects a message names before it counts the others.
_NAMED = 3

_WORDS = {
    "lock.acquire": "waits for {}",
    "rlock.acquire": "waits for {}",
    "condition.wait": "waits for a notify of {}",
    "condition.reacquire": "was woken and needs the lock of {} back",
    "semaphore.acquire": "waits for a permit of {}",
    "event.wait": "waits for {} to be set",
    "barrier.wait": "waits at {}",
    "thread.join": "joins {}",
    "import.wait": "waits for an import that another thread is doing",
    "program.exit": "has ended and waits for the other threads",
}


class Case:
    """The end of an execution. `stuck` are the threads that can never go on, in the order of creation."""

    def __init__(self, moment: Moment, history: History, outcome: Outcome | None) -> None:
        self.moment = moment
        self.state = moment.state
        self.history = history
        found = wait_for(moment)
        failures = outcome.failures if outcome is not None else []
        waiting = [one for failure in failures for one in failure.waiting]
        #: The threads that made this execution fail: what is found of others is a warning.
        self.failed = {one.thread for one in waiting if not one.daemon}
        stuck = dict.fromkeys([*found.stuck, *(one.thread for one in waiting)])
        self.waits: dict[str, Wait] = {one.thread: one for one in found.waits if one.thread in stuck}
        self.stuck = [one.thread for one in moment.standings if one.thread in self.waits]
        self.standings = {one.thread: one for one in moment.standings}
        for one in waiting:
            if one.object is not None and one.makers:
                history.makers.setdefault(one.object, one.makers)
        self.holders: dict[str, list[Holder]] = {one.thread: one.holders for one in waiting}
        #: thread -> the exception that ended it.
        self.errors = {
            failure.threads[0]: failure
            for failure in failures
            if failure.kind is FailureKind.EXCEPTION and failure.threads
        }

    # Who -----------------------------------------------------------------------------------------------------

    def groups(self, operation: str) -> Iterable[tuple[ObjectState, list[Wait]]]:
        """The threads that are stuck in one operation, by its object; not those that all are daemons.

        A daemon that waits for work for ever is how daemons end.
        """
        found: dict[str, list[Wait]] = {}
        for thread in self.stuck:
            wait = self.waits[thread]
            if wait.standing.operation == operation and wait.standing.object is not None:
                found.setdefault(wait.standing.object, []).append(wait)
        for name, waits in found.items():
            if not all(one.standing.daemon for one in waits):
                yield self.state.objects.get(name) or _untouched(name, operation), waits

    def ended(self, thread: str) -> bool:
        """Whether a thread's own code has ended: it may still wait for others, as the main thread does at its end."""
        one = self.standings.get(thread)
        return one is not None and (one.status is Status.ENDED or one.operation == "program.exit")

    def is_main(self, thread: str) -> bool:
        """Whether it is the main thread."""
        return self.state.threads[thread].number == 0

    # In words ------------------------------------------------------------------------------------------------

    def doing(self, standing: Standing, *, place: bool = True) -> str:
        """What a thread waits for, and where: `waits for lock_b at app.py:12`."""
        found = library_words(self, standing)
        if found is None:
            found = _WORDS.get(standing.operation, f"stands before {standing.operation} {{}}").format(standing.object)
        where = self.where(standing) if place else ""
        return f"{found} at {where}" if where else found

    def where(self, what: Standing | Event) -> str:
        """The place of an operation; where that lies in an installed package, the user's place that led there."""
        stack = what.stack or (self.history.stack(what) if not hasattr(what, "status") else [])
        return users_place(what.place, stack)

    def held(self, hold: Hold) -> str:
        """`lock_a (acquired at app.py:11)`."""
        where = self.where(hold.since)
        what = f"every permit of {hold.object}" if hold.since.operation == "semaphore.acquire" else hold.object
        return f"{what} (acquired at {where})" if where else what

    def fate(self, thread: str) -> str:
        """What became of an ended thread: `has ended`, or which exception ended it."""
        error = self.errors.get(thread)
        if error is None:
            return "has come to its end" if self.is_main(thread) else "has ended"
        what = error.message.removeprefix(f"{thread}: ")
        return f"was ended by {what}" + (f" at {error.sites[0]}" if error.sites else "")

    # Findings ------------------------------------------------------------------------------------------------

    def waits_step(self, standing: Standing, role: str = "waits") -> Step:
        """Where a thread stands."""
        return Step(
            standing.thread,
            standing.operation,
            standing.object,
            standing.place,
            standing.since,
            role,
            standing.stack,
        )

    def step(self, event: Event, role: str) -> Step:
        """An event."""
        return Step(
            event.thread, event.operation, event.object, event.place, event.number, role,
            event.stack or self.history.stack(event),
        )  # fmt: skip

    def finding(
        self, kind: FindingKind, message: str, threads: Iterable[str], steps: Sequence[Step], advice: str
    ) -> Finding:
        """A finding about stuck threads: a failure, if these are what made the execution fail."""
        names = list(dict.fromkeys(threads))
        return Finding(
            kind,
            message,
            names,
            list(dict.fromkeys(step.object for step in steps if step.object)),
            list(dict.fromkeys(step.place for step in steps if step.place)),
            list(steps),
            advice,
            any(name in self.failed for name in names),
        )


def _untouched(name: str, operation: str) -> ObjectState:
    """An object that no event is about, and that threads wait for all the same: a semaphore without a permit."""
    return ObjectState(name, operation.partition(".")[0], size=0, value=0)


def names(found: Iterable[str], most: int = _NAMED) -> str:
    """`A`, `A and B`, `A, B and C`, `A, B, C and 4 more`."""
    listed = list(found)
    shown = listed[:most] if len(listed) > most + 1 else listed
    rest = len(listed) - len(shown)
    if rest:
        return f"{', '.join(shown)} and {rest:,} more"
    return " and ".join([", ".join(shown[:-1]), shown[-1]] if len(shown) > 1 else shown)


def common_place(case: Case, waits: Sequence[Wait]) -> str:
    """Where most of the threads wait: ` at app.py:12`, or nothing."""
    places = Counter(case.where(one.standing) for one in waits)
    place, _ = places.most_common(1)[0]
    return (
        f" at {place}" + (f" and {plural(len(places) - 1, 'other place')}" if len(places) > 1 else "") if place else ""
    )


def plural(number: int, what: str) -> str:
    """`1 thread`, `2 threads`."""
    return f"{number:,} {what}" if number == 1 else f"{number:,} {what}s"
