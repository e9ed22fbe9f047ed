"""What stands in a row: the line of the source, and in words what was done there and with which values."""

from __future__ import annotations

import io
import re
import tokenize
from collections import Counter
from typing import TYPE_CHECKING

from tracer.places import users_place

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from threadtrace.columns.rows import Operation, Reading, Row
    from threadtrace.explaining import Sources
    from tracer.outcome import Waiting
    from tracer.runtime import OperationResult

#: Longer values and names are cut: they would push all else out of sight.
_LONGEST_VALUE = 28
_LONGEST_NAME = 40

#: Of a row so many operations are told.
_MOST_TOLD = 6

#: So many threads are named in a row.
_MOST_NAMED = 3

#: Operations that are told by a verb and the object, whatever their result. The object comes last, or where `{}` is.
_PLAIN = {
    "thread.start": "starts",
    "thread.timeout": "gives up waiting for",
    "lock.timeout": "gives up waiting for",
    "rlock.timeout": "gives up waiting for",
    "lock.release": "releases",
    "rlock.release": "releases",
    "condition.timeout": "gives up waiting for",
    "semaphore.timeout": "gives up waiting for",
    "event.set": "sets",
    "event.clear": "clears",
    "event.wake": "sees {} set",
    "event.timeout": "gives up waiting for",
    "barrier.leave": "leaves",
    "barrier.timeout": "gives up waiting at",
    "barrier.reset": "resets",
    "barrier.abort": "breaks",
    "memory.use": "hands on",
}

#: The same, by whether the result is true.
_EITHER = {
    "thread.join": ("joins", "does not wait for"),
    "lock.acquire": ("acquires", "does not get {}"),
    "rlock.acquire": ("acquires", "does not get {}"),
    "semaphore.acquire": ("takes a permit of", "gets no permit of"),
    "condition.reacquire": ("is notified at", "is not notified at"),
    "event.wait": ("sees {} set", "waits for"),
    "event.is_set": ("sees {} set", "sees {} not set"),
    "lock.locked": ("sees {} locked", "sees {} free"),
    "thread.is_alive": ("sees {} alive", "sees {} ended"),
    "barrier.broken": ("sees {} broken", "sees {} whole"),
}

#: How a verb ends whose object goes without saying.
_NOTHING_FOLLOWS = re.compile("( at| for| of)$")

#: What a result that is a text means: the operation raised.
_RAISING = ("lock.", "rlock.", "condition.", "semaphore.", "event.", "barrier.", "thread.")

#: Without interest where one thread alone does it with an object.
_OWNING = ("lock.acquire", "rlock.acquire", "lock.release", "rlock.release", "lock.locked")

#: Of no interest inside the standard library: what they let happen is seen.
_INNER = ("semaphore.release", "event.set", "event.is_set")
_INNER_IN_VAIN = ("condition.notify", "semaphore.acquire", "lock.acquire", "rlock.acquire")

#: After the former a thread has a lock, after the latter no longer.
_TAKING = ("lock.acquire", "rlock.acquire", "condition.reacquire")
_GIVING = ("lock.release", "rlock.release", "condition.wait")


def clean(text: str) -> str:
    """The text in one line, with what cannot be printed as Python writes it: what is the program's may be anything."""
    text = text.expandtabs(4)
    if text.isprintable():
        return text
    return "".join(one if one.isprintable() else one.encode("unicode_escape").decode("ascii") for one in text)


def short(text: str, most: int) -> str:
    """The text, without its end if it is longer than `most`."""
    return text if len(text) <= most else text[: max(0, most - 1)] + "…"


def some(names: Sequence[str], most: int = _MOST_NAMED) -> str:
    """`A, B and C`, or the first of many and how many more there are."""
    shown = [short(clean(name), _LONGEST_NAME) for name in names[:most]]
    if len(names) > most:
        shown.append(f"{len(names) - most:,} more")
    return " and ".join([", ".join(shown[:-1]), shown[-1]]) if len(shown) > 1 else "".join(shown)


def waits(waiting: Waiting) -> str:
    """What a thread waits for at the end, and who holds it: `waits for lock_b, held by Backwards`."""
    target = short(clean(waiting.object or ""), _LONGEST_NAME)
    # Of a thread that waits for itself the note says so.
    holders = [one.thread for one in waiting.holders if one.thread != waiting.thread]
    match waiting.operation:
        case "thread.join":
            text = f"waits for {target} to end"
            holders = []
        case "program.exit":
            text = f"waits for {some(holders) or 'threads'} to end"
            holders = []
        case "condition.reacquire":
            text = f"is notified, and waits for the lock of {target}"
        case "semaphore.acquire":
            text = f"waits for a permit of {target}"
        case "event.wait":
            text = f"waits for {target} to be set"
        case "barrier.wait":
            text = f"waits at {target}"
        case "time.sleep":
            text = "sleeps"
        case "running":
            text = "is running"
        case "import.wait":
            text = "waits for an import to end"
        case _ if target:
            text = f"waits for {target}"
        case _:
            text = f"stands before {waiting.operation}"
    if holders:
        text += f", held by {some(holders)}"
    return f"{text}: {clean(waiting.note)}" if waiting.note else text


class Words:
    """Tells rows, given the lines of the program and what is known of its objects."""

    def __init__(self, sources: Sources, reading: Reading) -> None:
        self._sources = sources
        self._reading = reading
        self._last_parts: Counter[str] | None = None
        #: Files, and whether any of their lines that were asked for is known.
        self._known: dict[str, bool] = {}

    def source(self, row: Row) -> str:
        """The line of a row without its comment; empty where it is not known, or no longer what was executed."""
        line = self._sources.line(row.place)
        file = row.place.rpartition(":")[0]
        self._known[file] = self._known.get(file, False) or bool(line)
        return clean(_without_comment(row.source or line))

    @property
    def notes(self) -> list[str]:
        """Whose lines could not be shown, although the trace tells which they were."""
        sources = self._reading.outcome.sources if self._reading.outcome is not None else {}
        changed = [file for file, known in self._known.items() if file in sources and not known]
        return [f"{some(changed)}: not what was executed, so its lines are not shown"] if changed else []

    def waiting_source(self, waiting: Waiting) -> tuple[str, str]:
        """The user's place where a thread waits, and the line there."""
        place = users_place(waiting.place, waiting.stack)
        return place, waiting.source if place == waiting.place else ""

    def done(self, row: Row, source: str) -> str:
        """What was done: `reads counter = 0, writes counter = 1`. What `source` says already is not repeated."""
        operations = _without_inner(row.operations, self._reading, source) if source else row.operations
        told: list[str] = []
        before = ""
        alone = len({one for _, one, _ in operations if one is not None}) == 1
        for operation in operations:
            name, target, result = operation
            shown = short(clean(_whole(target or "")), _LONGEST_NAME)
            if alone and self._is_in(source, operation, shown):
                shown = ""
            verb, rest = _told(name, shown, result)
            if verb == before and rest:
                told[-1] += f", {rest}"
            else:
                told.append(f"{verb} {rest}" if rest else _NOTHING_FOLLOWS.sub("", verb))
            before = verb if rest and (name in _PLAIN or name in _EITHER or name.startswith("memory.")) else ""
        left = len(told) - _MOST_TOLD + row.omitted
        if left > 0:
            told[_MOST_TOLD:] = [f"and {left:,} more"]
        return ", ".join(told)

    def _is_in(self, source: str, operation: Operation, target: str) -> bool:
        """Whether the source names an object in a way that leaves no doubt, so that it need not be named again."""
        name, _, result = operation
        if not source or not target or name.startswith("thread.") or (name.startswith("memory.") and result is None):
            return False
        target = _named(target)
        if _has_word(source, target):
            return True
        last = target.rpartition(".")[2]
        if last == target or "[" in last:
            return False
        if self._last_parts is None:
            names = {_named(one) for one in self._reading.names}
            self._last_parts = Counter(one.rpartition(".")[2].partition("#")[0] for one in names)
        return self._last_parts[last] == 1 and _has_word(source, last)


def visible(operations: Iterable[Operation], reading: Reading) -> list[Operation]:
    """The operations that others have to do with; none of what goes without saying."""
    kept: list[Operation] = []
    for operation in operations:
        name, target, _ = operation
        if name in ("thread.begin", "program.exit", "program.atomic", "time.read"):
            continue
        if name.startswith("memory.") and target not in reading.racing:
            continue
        if name in _OWNING and target not in reading.shared and target not in reading.waited:
            continue
        kept.append(operation)
    return kept


def _without_inner(operations: list[Operation], reading: Reading, source: str) -> list[Operation]:
    """The operations without what is begun and completed inside of what the line calls, as with the lock of a queue."""
    takes = source.startswith("with ") or ".acquire(" in source
    kept: list[Operation] = []
    for operation in operations:
        name, target, result = operation
        inner = target in reading.inner
        if inner and (name in _INNER or (name in _INNER_IN_VAIN and not result)):
            continue
        if name in _GIVING and (inner or not takes):
            lock = reading.locks.get(target or "", target)
            taken = [one for one in kept if one[0] in _TAKING and reading.locks.get(one[1] or "", one[1]) == lock]
            if taken and taken[-1][0] != "condition.reacquire":
                kept.remove(taken[-1])
            if taken and name != "condition.wait":
                continue
        kept.append(operation)
    return kept


def _told(operation: str, target: str, result: OperationResult) -> tuple[str, str]:
    """A verb, and what it is about. Without `target` it is known from the source."""
    if operation == "condition.timeout" and result == "spurious":
        return "wakes for no reason at", target
    if isinstance(result, str) and operation.startswith(_RAISING):
        return "raises", short(clean(result), _LONGEST_VALUE)
    verb = _PLAIN.get(operation) or _EITHER.get(operation, ("", ""))[0 if result else 1]
    if verb:
        return (verb.format(target or "it"), "") if "{}" in verb else (verb, target)
    match operation:
        case "memory.read" | "memory.write":
            return _access(operation == "memory.write", target, result)
        case "thread.end":
            return "ends", ""
        case "condition.wait":
            limit = f", {result:g} s at most" if isinstance(result, (int, float)) else ""
            return "waits", f"for {target}{limit}" if target else limit.removeprefix(", ")
        case "condition.notify":
            who = "nobody" if not result else "one" if result == 1 else str(result)
            return "notifies", f"{who} at {target}" if target and result else who
        case "semaphore.release":
            return f"gives back {'a permit' if result == 1 else f'{result} permits'} of", target
        case "barrier.wait":
            return "comes", f"to {target} as number {result}" if target else f"as number {result}"
        case "time.sleep":
            return "sleeps", f"{result:.4g} s" if isinstance(result, (int, float)) else ""
        case "time.wake":
            return "wakes", ""
        case "program.note":
            return "notes", short(clean(str(result)), _LONGEST_NAME)
    what = operation.replace(".", " ", 1)
    given = "" if result is None or result is True else f" → {short(clean(str(result)), _LONGEST_VALUE)}"
    return what, f"{target}{given}".strip()


def _access(writes: bool, target: str, result: OperationResult) -> tuple[str, str]:
    if result is None:
        return "changes" if writes else "reads", target
    value = short(clean(str(result)), _LONGEST_VALUE)
    return "writes" if writes else "reads", f"{target} = {value}" if target else value


def _whole(target: str) -> str:
    return target.removesuffix("[*]")


def _named(target: str) -> str:
    """What the source names: of the lock of a condition, the condition."""
    return target.removesuffix(".lock")


def _has_word(source: str, word: str) -> bool:
    return bool(word) and re.search(rf"(?<![\w.]){re.escape(word)}(?!\w)|\.{re.escape(word)}(?!\w)", source) is not None


def _without_comment(line: str) -> str:
    """A line may be part of a statement: what the tokenizer makes of it up to a comment is enough."""
    if "#" not in line:
        return line
    try:
        for token in tokenize.generate_tokens(io.StringIO(line).readline):
            if token.type == tokenize.COMMENT:
                return line[: token.start[1]].rstrip() or line
    except (tokenize.TokenError, SyntaxError):
        pass
    return line
