"""What an attempt tells about itself: its switches, and where there were choices."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec

from replay.following.schedule import Path
from replay.strategies.no_preemption import NoPreemption

if TYPE_CHECKING:
    from replay.strategies import Choose
    from replay.strategies.constrained import Switches
    from replay.thread import Thread
    from tracer.events import Event, RawEvent, Recorder
    from tracer.runtime import OperationResult


#: Who goes first where no switch says otherwise.
_default = NoPreemption().choose


class Choice(msgspec.Struct, frozen=True, array_like=True):
    """A choice: after how many events, who was enabled, who ran before (None if not enabled), who was chosen."""

    position: int
    enabled: list[Path]
    current: Path | None
    chosen: Path


#: A thread, how many operations it had executed, and the thread that it was left for.
Switch = tuple[Path, int, Path]

_pack = msgspec.msgpack.Encoder().encode
_unpack_choice = msgspec.msgpack.Decoder(Choice).decode
_unpack_switch = msgspec.msgpack.Decoder(Switch).decode


class Log(msgspec.Struct, array_like=True):
    """What an execution was like. `switches` are those that a non-preemptive execution would not have made."""

    switches: list[Switch] = []
    preemptions: int = 0
    choices: list[Choice] = []


class Watched:
    """A strategy and a recorder that hands on to `recorder`, with a `log` of the choices that `choose` makes.

    `executed` is the number of operations of each thread so far. All choices are kept only with `keep_choices`.

    What is kept is packed, in bytes: objects that hold others count for the garbage collector, and so would have the
    program's finalizers run earlier than in an execution that nobody watches.
    """

    def __init__(self, recorder: Recorder, *, keep_choices: bool = False) -> None:
        self._switches: list[bytes] = []
        self._preemptions = 0
        self._choices: list[bytes] = []
        self.executed: dict[Path, int] = {}
        self.inner: Choose
        self._recorder = recorder
        self._keep_choices = keep_choices

    @property
    def log(self) -> Log:
        """What the execution was like so far."""
        switches = [*map(_unpack_switch, self._switches)]
        return Log(switches, self._preemptions, [*map(_unpack_choice, self._choices)])

    @property
    def count(self) -> int:
        """How many events there were."""
        return self._recorder.count

    def watch(self, enabled: dict[Any, None]) -> None:
        """These are going to be the enabled threads."""
        self._recorder.watch(enabled)

    def record(self, event: RawEvent) -> None:
        """The next event."""
        path = event[0].path
        self.executed[path] = self.executed.get(path, 0) + 1
        self._recorder.record(event)

    def amend(self, result: OperationResult) -> None:
        """The last event had this result instead."""
        self._recorder.amend(result)

    def choose(self, enabled: dict[Thread, None], current: Thread) -> Thread:
        """What the watched strategy chooses."""
        chosen = self.inner(enabled, current)
        goes_on = current in enabled
        if chosen is not _default(enabled, current):
            self._switches.append(_pack((current.path, self.executed.get(current.path, 0), chosen.path)))
        if goes_on and chosen is not current:
            self._preemptions += 1
        if self._keep_choices:
            paths = [thread.path for thread in enabled]
            choice = Choice(self._recorder.count, paths, current.path if goes_on else None, chosen.path)
            self._choices.append(_pack(choice))
        return chosen


def as_switches(log: Log) -> Switches:
    """The switches of an execution, as `Constrained` takes them."""
    return {(thread, executed): other for thread, executed, other in log.switches}


def log_of(steps: list[tuple[Event, Path]]) -> Log:
    """The switches of an execution as its trace shows them, and most of its choices: for one that was killed.

    Where the trace does not say who was enabled, a switch counts as a preemption.
    """
    log = Log()
    numbers: list[Path] = [()]
    executed: dict[Path, int] = {}
    enabled: list[int] | int = []
    before: Path | None = None
    for position, (event, path) in enumerate(steps):
        if event.operation == "thread.start":
            numbers.append((*path, sum(len(one) == len(path) + 1 and one[:-1] == path for one in numbers)))
        enabled = event.enabled if event.enabled is not None else enabled
        known = [numbers[one] for one in enabled] if isinstance(enabled, list) else [before or path]
        if len(known) > 1:
            log.choices.append(Choice(position, known, before if before in known else None, path))
        if before is not None and path != before:
            log.preemptions += before in known
            if before in known or path != min(known, key=numbers.index, default=path):
                log.switches.append((before, executed[before], path))
        executed[path] = executed.get(path, 0) + 1
        before = path
    return log
