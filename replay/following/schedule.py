"""Schedules: the order of the operations of one execution, as text that can be pasted.

A schedule has a step for each event. A step is a thread, an operation and an object. The thread is known by the path
of its creation (the third thread that the main thread started), which neither names nor interleavings change; the
object by the name that its place of creation gives it. Whoever follows a schedule counts the events that have happened
and lets the thread of the next step go on; operation and object are what it checks. No instruction offset and no line
occurs in it, so that it fits every version of Python and a program that was edited elsewhere.

Steps where only one thread was enabled are no choices, but they are steps: a stretch of one thread costs the same
however long it is, a trace that was cut off can be turned into its schedule, and a program that differs is found out at
the first operation that differs, not at the next choice.

    tt1:<base64url of checksum and deflated MessagePack>

What is deflated are columns: the threads run-length coded, and then the operations of each thread by themselves. A
thread repeats itself, whatever the interleaving, so its column all but vanishes; what remains is the interleaving.
"""

from __future__ import annotations

import base64
import binascii
import zlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby, islice
from typing import TYPE_CHECKING, Annotated, Any

import msgspec

if TYPE_CHECKING:
    from tracer.events import Event
    from tracer.trace import Header

PREFIX = "tt1:"

#: Bytes of a schedule that is not packed: a few of them for each of ten times the scheduling points of `--max-points`.
#: More is no schedule but an attempt to fill the memory.
_LARGEST = 1 << 25

#: Threads, and different steps, of a schedule: each costs many times its bytes, and no machine runs so many threads.
_MOST = 1 << 20

#: Threads that started one another, in a row.
_DEEPEST = 1 << 12

#: The path of the thread that runs finalizers; see `replay.collector`.
_COLLECTOR = (-1,)

Path = tuple[int, ...]


#: A schedule that is longer does not go into a trace, whose events say the same: readers bound the length of a line.
LONGEST_IN_TRACE = 1 << 23


class ScheduleError(ValueError):
    """A text that is no schedule. The message says what is wrong with it."""


class Settings(msgspec.Struct, frozen=True, array_like=True):
    """What must be the same for a schedule to fit, besides the program."""

    seed: int = 0
    clock: str = "virtual"
    preempt: str = "sync"
    hash_seed: int = 0
    max_points: int = 0
    python: str = ""
    keep_going: bool = False
    include: list[str] = []
    learned: list[str] = []
    spurious: bool = False
    exit_fails: bool = False


#: Thread (an index), operation, object.
Symbol = tuple[int, str, str | None]


@dataclass(frozen=True)
class Schedule:
    """The steps of one execution, in order: `steps[i]` is the index in `symbols` of event `i + 1`.

    `paths` and `names` are the threads', in the order in which they first ran.
    """

    settings: Settings
    paths: list[Path]
    names: list[str]
    symbols: list[Symbol]
    steps: Sequence[int]

    def order(self) -> list[int]:
        """The thread of each step."""
        return [*map([symbol[0] for symbol in self.symbols].__getitem__, self.steps)]

    def encode(self) -> str:
        """The schedule as text."""
        threads = [symbol[0] for symbol in self.symbols]
        columns: list[list[int]] = [[] for _ in self.paths]
        run_threads: list[int] = []
        run_lengths: list[int] = []
        for thread, run in groupby(self.steps, threads.__getitem__):
            column = columns[thread]
            before = len(column)
            column.extend(run)
            run_threads.append(thread)
            run_lengths.append(len(column) - before)
        payload = _Payload(self.settings, self.paths, self.names, self.symbols, run_threads, run_lengths, columns)
        body = zlib.compress(msgspec.msgpack.encode(payload))
        packed = zlib.crc32(body).to_bytes(4, "big") + body
        return PREFIX + base64.urlsafe_b64encode(packed).rstrip(b"=").decode()


_Few = msgspec.Meta(max_length=_MOST)


class _Payload(msgspec.Struct, array_like=True):
    settings: Settings
    paths: Annotated[list[Annotated[Path, msgspec.Meta(max_length=_DEEPEST)]], _Few]
    names: Annotated[list[str], _Few]
    symbols: Annotated[list[Symbol], _Few]
    run_threads: list[int]
    run_lengths: list[int]
    columns: Annotated[list[list[int]], _Few]


def decode(text: str) -> Schedule:
    """The schedule that a text stands for. Raises ScheduleError."""
    payload = _unpack(text)
    count = len(payload.paths)
    columns = [iter(column) for column in payload.columns]
    lengths = [0] * count
    steps: list[int] = []
    try:
        for thread, length in zip(payload.run_threads, payload.run_lengths, strict=True):
            if thread < 0 or length < 1:
                raise IndexError
            lengths[thread] += length
            if lengths[thread] > len(payload.columns[thread]):
                raise IndexError
            steps.extend(islice(columns[thread], length))
        whole = (
            lengths == [len(column) for column in payload.columns]
            and len(payload.names) == count
            and all(
                step >= 0 and payload.symbols[step][0] == thread
                for thread, column in enumerate(payload.columns)
                for step in set(column)
            )
        )
    except (IndexError, ValueError):
        whole = False
    if not whole:
        raise ScheduleError("is damaged: its parts do not fit each other")
    return Schedule(payload.settings, payload.paths, payload.names, payload.symbols, steps)


def _unpack(text: str) -> _Payload:
    text = "".join(text.split())  # as a terminal or a mail wraps it
    head, _, rest = text.partition(":")
    if head != PREFIX[:-1]:
        if head.startswith("tt") and head[2:].isdecimal():
            raise ScheduleError(f"is of version {head}, and this version of threadtrace reads tt1")
        raise ScheduleError("is not a schedule: a schedule begins with tt1:")
    try:
        packed = base64.b64decode(rest + "=" * (-len(rest) % 4), altchars=b"-_", validate=True)
    except (binascii.Error, ValueError):
        raise ScheduleError("is damaged: it has characters that no schedule has, or lacks some") from None
    body = packed[4:]
    if len(packed) < 4 or zlib.crc32(body).to_bytes(4, "big") != packed[:4]:
        raise ScheduleError("is damaged: some of its characters are missing or were changed")
    try:
        unpacking = zlib.decompressobj()
        plain = unpacking.decompress(body, _LARGEST)
        if unpacking.unconsumed_tail:
            raise ScheduleError("is larger than a schedule can be")
        return msgspec.msgpack.decode(plain, type=_Payload)
    except (zlib.error, msgspec.DecodeError, UnicodeError, RecursionError) as error:
        raise ScheduleError(f"is damaged: {error}") from None


def recorded(settings: Settings, symbols: Iterable[tuple[Any, str, str | None]], steps: Sequence[int]) -> Schedule:
    """The schedule of what a recorder has seen; for the arguments see `tracer.journal`. Threads are the kernel's."""
    numbers: dict[Any, int] = {}
    own: list[Symbol] = []
    for thread, operation, label in symbols:
        own.append((numbers.setdefault(thread, len(numbers)), operation, label))
    return Schedule(settings, [t.path for t in numbers], [t.label for t in numbers], own, steps)


def of_trace(header: Header, events: Iterable[Event]) -> Schedule:
    """The schedule of the events of a trace, which may have been cut off."""
    numbers: dict[str, int] = {}
    paths: list[Path] = []
    symbols: dict[Symbol, int] = {}
    steps: list[int] = []
    for event, path in with_paths(events):
        number = numbers.setdefault(event.thread, len(numbers))
        if number == len(paths):
            paths.append(path)
        symbol = (number, event.operation, event.object)
        steps.append(symbols.setdefault(symbol, len(symbols)))
    return Schedule(settings_of(header), paths, [*numbers], [*symbols], steps)


def with_paths(events: Iterable[Event]) -> Iterator[tuple[Event, Path]]:
    """The events of a trace from its beginning, each with the path of its thread."""
    paths: dict[str, Path] = {}
    children: dict[str, int] = {}
    for event in events:
        if not paths:
            paths[event.thread] = ()
        path = paths.get(event.thread, _COLLECTOR)
        if event.operation == "thread.start" and event.object is not None:
            child = children.get(event.thread, 0)
            children[event.thread] = child + 1
            paths[event.object] = (*path, child)
        yield event, path


def settings_of(header: Header) -> Settings:
    """What the header of a trace says that a schedule needs."""
    return Settings(
        header.seed,
        header.clock,
        header.preempt,
        header.hash_seed,
        header.max_points,
        header.python,
        header.keep_going,
        header.include,
        header.learned,
        header.spurious,
        header.exit_fails,
    )
