"""What the program looks like from outside: its threads, their stacks, who holds what, who waits, the last events.

Looking changes nothing. An object gets its name in a trace when it first appears there; if it were named when
somebody looks at a thread that stands before it, the rest of the trace would differ. So names that are given here are
taken back.
"""

from __future__ import annotations

import contextlib
import gc
import linecache
from typing import TYPE_CHECKING, Any

import msgspec
from greenlet import getcurrent

from replay.blocked import running, waiting_of
from tracer.events import Event, phrase
from tracer.outcome import Waiting
from tracer.places import Origin, describe, line_of, origins
from tracer.primitives.lock import Lock
from tracer.primitives.rlock import RLock
from tracer.primitives.silent_lock import SilentLock

if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import FrameType, TracebackType

    from replay.kernel import Kernel
    from replay.thread import Thread
    from tracer.journal import Journal

#: A frame and its line.
Entry = tuple["FrameType", int]

_event = msgspec.json.Decoder(Event)

#: How many threads, or names, a message lists.
_MOST_NAMES = 30


class Program:
    """One execution that stands still; `over` when it has ended, and no thread is running any more."""

    def __init__(self, kernel: Kernel, journal: Journal) -> None:
        self._kernel = kernel
        self._journal = journal
        self.over = False
        #: Where the thread that is running has called the debugger.
        self.innermost: FrameType | None = None

    @property
    def count(self) -> int:
        """How many events there were."""
        return self._journal.count

    # Threads -------------------------------------------------------------------------------------------------

    @property
    def current(self) -> Thread:
        """The thread that is running, or ran last."""
        return self._kernel.current

    def thread(self, name: str) -> Thread:
        """The thread of this name, or the only one whose name begins with it. Raises LookupError, to be shown."""
        threads = self._kernel.program_threads
        for thread in threads:
            if thread.label == name:
                return thread
        begin = [thread for thread in threads if thread.label.lower().startswith(name.lower())]
        if name and len(begin) == 1:
            return begin[0]
        names = [thread.label for thread in (begin if name and begin else threads)]
        more = "" if len(names) <= _MOST_NAMES else f", and {len(names) - _MOST_NAMES:,} more"
        what = "several threads begin with" if name and begin else "there is no thread"
        raise LookupError(f"{what} {name or 'without a name'}; there are: {', '.join(names[:_MOST_NAMES])}{more}")

    def state(self, thread: Thread) -> str:
        """Running, enabled, blocked or ended."""
        if thread.finished and (thread.path or not thread.greenlet):  # the main thread still waits for the others
            return "ended"
        if thread is self.current and not self.over:
            return "running"
        return "enabled" if thread in self._kernel.enabled and not self.over else "blocked"

    def stack(self, thread: Thread) -> tuple[list[Entry], TracebackType | None]:
        """The frames of a thread without this project's, outermost first, or those of the exception that ended it."""
        for other, error in self._kernel.errors:
            if other is thread and (thread.finished or not thread.greenlet):
                return _frames_of_traceback(error.__traceback__), error.__traceback__
        return _frames(self._innermost(thread)), None

    def _innermost(self, thread: Thread) -> FrameType | None:
        return self.innermost if thread.greenlet is getcurrent() else thread.greenlet.gr_frame

    def suspended(self) -> list[FrameType | None]:
        """The innermost frames of all threads that stand somewhere."""
        return [thread.greenlet.gr_frame for thread in self._kernel.threads]

    def _where(self, thread: Thread) -> Waiting:
        """What a thread stands before, without naming anything for good."""
        if thread.greenlet is getcurrent():
            return running(thread, self.innermost)
        if self.state(thread) == "ended":
            return Waiting(thread.label, "", None, "", daemon=thread.daemon)
        with self._names_taken_back():
            return waiting_of(self._kernel, thread)

    @contextlib.contextmanager
    def _names_taken_back(self) -> Iterator[None]:
        labels = self._kernel.labels
        before = dict(labels._objects)
        unnamed: list[Any] = [t.target for t in self._kernel.threads if t.target is not None]
        unnamed = [target for target in unnamed if labels.known(target) is None]
        kept = [(target, target._threadtrace_label) for target in unnamed]
        try:
            yield
        finally:
            for target, label in kept:
                target._threadtrace_label = label
            labels._objects.clear()
            labels._objects.update(before)

    def name(self, target: Any) -> str:
        """What the user calls an object, whether or not it has appeared in the trace."""
        labels = self._kernel.labels
        known = labels.known(target)
        if known is not None:
            return known
        before, taken = target._threadtrace_label, dict(labels._objects)
        try:
            return labels.of(target) or ""
        finally:
            target._threadtrace_label = before
            labels._objects.clear()
            labels._objects.update(taken)

    # What the commands print ---------------------------------------------------------------------------------

    def threads(self, looked_at: Thread) -> Iterator[str]:
        """A line for each thread: its state, its pending operation and that one's object, and the place."""
        rows: list[tuple[str, ...]] = []
        for thread in self._kernel.program_threads:
            state = self.state(thread)
            mark = "->" if thread is looked_at else "  "
            where = self._where(thread)
            operation = where.operation
            if state == "running":
                operation = thread.operation if thread.target is not None else ""
                target = self.name(thread.target) if thread.target is not None else ""
            else:
                target = where.object or ""
            what = f"{operation} {target}".strip()
            daemon = " (daemon)" if thread.daemon else ""
            rows.append((f"{mark} {thread.label}{daemon}", state, what, where.place))
        yield from _columns(rows)

    def where(self, thread: Thread) -> Iterator[str]:
        """The user's frames of a thread with their source lines, the innermost last."""
        entries, _ = self.stack(thread)
        users = [one for one in entries if origins[one[0].f_code.co_filename] is Origin.USER]
        if not users:
            yield f"{thread.label} {_why_no_frame(self, thread)}"
        for frame, line in users:
            code = frame.f_code
            yield f"  {describe(code, frame.f_lasti).rpartition(':')[0]}:{line} in {code.co_qualname}"
            source = linecache.getline(code.co_filename, line, frame.f_globals).strip()
            if source:
                yield f"      {source}"
        if self.state(thread) in ("blocked", "enabled"):
            where = self._where(thread)
            yield f"  stands before {where.operation} {where.object or ''}".rstrip()

    def holds(self) -> Iterator[str]:
        """A line for each lock that is held: by whom, and where it was acquired."""
        found: dict[str, str] = {}
        objects = gc.get_objects()
        imports = {id(one._lock) for one in objects if type(one) is SilentLock}
        for lock in objects:
            if id(lock) in imports:
                continue
            if not issubclass(type(lock), (Lock, RLock)):  # isinstance would run code of the program's
                continue
            owner, place = lock.owner, lock.acquired
            if owner is None:
                continue
            label = getattr(owner, "label", None) or owner.name
            times = f" {lock.depth} times" if isinstance(lock, RLock) and lock.depth > 1 else ""
            since = f", acquired{times} at {describe(*place)}" if isinstance(place, tuple) else ""
            found[self.name(lock)] = f"{label} holds {self.name(lock)}{since}"
        yield from (found[name] for name in sorted(found))
        thread = self.current
        if not self.over and thread.target is not None and thread.operation.endswith((".acquire", ".reacquire")):
            yield f"{thread.label} is just about to have {self.name(thread.target)} ({thread.operation})"
        elif not found:
            yield "no lock is held"

    def waits(self) -> Iterator[str]:
        """Each blocked thread, what it waits for, and who holds that."""
        blocked = [thread for thread in self._kernel.program_threads if self.state(thread) == "blocked"]
        if not blocked:
            yield "no thread is blocked"
        for thread in blocked:
            where = self._where(thread)
            yield phrase(where.thread, where.operation, where.object, None, where.place)
            if where.source:
                yield f"      {where.source}"
            for holder in where.holders:
                yield f"      waits for {holder.thread}" + (f", acquired at {holder.place}" if holder.place else "")
            if where.note and (self.over or "nobody" not in where.note):
                yield f"      {where.note}"

    def events(self, count: int) -> Iterator[str]:
        """The last events."""
        rows: list[tuple[str, ...]] = []
        for line in self._journal.last(count):
            event = _event.decode(line)
            given = "" if event.result is None or event.result is True else f" → {event.result}"
            rows.append(
                (f"{event.number:>7}", event.thread, event.operation, f"{event.object or ''}{given}", event.place)
            )
        if not rows:
            yield "there were no events yet"
        yield from _columns(rows)


def _why_no_frame(program: Program, thread: Thread) -> str:
    if not thread.greenlet and not thread.finished:
        return "has not begun"
    if program.state(thread) == "ended":
        return "has ended"
    return "is in no code of the program's: it begins, or ends"


def why_no_frame(program: Program, thread: Thread) -> str:
    """Why there is nothing of a thread to look at."""
    return f"{thread.label} {_why_no_frame(program, thread)}"


def _frames(innermost: FrameType | None) -> list[Entry]:
    """The frames outwards from one, the outermost first, without those that begin a thread."""
    entries: list[Entry] = []
    frame = innermost
    while frame is not None:
        if origins[frame.f_code.co_filename] is not Origin.OWN:
            entries.append((frame, frame.f_lineno or line_of(frame.f_code, frame.f_lasti)))
        frame = frame.f_back
    entries.reverse()
    return _from_users(entries)


def _frames_of_traceback(tb: TracebackType | None) -> list[Entry]:
    entries: list[Entry] = []
    while tb is not None:
        if origins[tb.tb_frame.f_code.co_filename] is not Origin.OWN:
            entries.append((tb.tb_frame, tb.tb_lineno))
        tb = tb.tb_next
    return _from_users(entries)


def _from_users(entries: list[Entry]) -> list[Entry]:
    """From the first frame of the user's on; what is around it only begins the thread."""
    for index, (frame, _) in enumerate(entries):
        if origins[frame.f_code.co_filename] is Origin.USER:
            return entries[index:]
    return []


def _columns(rows: list[tuple[str, ...]]) -> Iterator[str]:
    if not rows:
        return
    widths = [min(40, max(len(row[column]) for row in rows)) for column in range(len(rows[0]))]
    for row in rows:
        yield "  ".join(text.ljust(width) for text, width in zip(row, widths, strict=True)).rstrip()
