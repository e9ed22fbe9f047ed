"""What a host process is told to do, and how it says that it could not; light to import."""

from __future__ import annotations

import msgspec

#: Exit status of a host that could not do its work; it has printed why.
HOST_FAILED = 250


class Stops(msgspec.Struct, frozen=True):
    """Where a replay stops for its user.

    At event number `at`, at `lines` (file, number), at `operations` (operation, object or None for any).
    """

    at: int | None = None
    lines: list[tuple[str, int]] = []
    operations: list[tuple[str, str | None]] = []


class Replay(msgspec.Struct, frozen=True):
    """What an execution is to follow.

    `source` is a trace, a schedule, or the path of a script. With `check` it is only compared with the trace. `realign`
    skips what is gone; after `limit` events, or at the end, the strategy `then` chooses. `steps` is how many events are
    to be the same. With `stops` it is debugged.
    """

    source: str
    script: bool = False
    check: bool = False
    realign: bool = False
    then: str | None = None
    then_seed: int = 0
    limit: int | None = None
    steps: int = 0
    stops: Stops | None = None


class Job(msgspec.Struct, frozen=True):
    """One execution of one program. Times in seconds of real time; a `time_limit` of 0 means none."""

    program: str
    arguments: list[str]
    module: bool
    trace: str
    seed: int = 0
    strategy: str = "round-robin"
    clock: str = "virtual"
    preempt: str = "sync"
    include: list[str] = []
    #: Variables that turned out to be shared in other executions.
    learned: list[str] = []
    spurious: bool = False
    #: Whether it is a failure when the program ends with an exit status other than 0.
    exit_fails: bool = False
    max_points: int = 0
    keep_going: bool = False
    time_limit: float = 0.0
    version: str = ""
    hash_seed: int = 0
    #: PYTHONHASHSEED as the user had it, for processes that the program starts.
    user_hash_seed: str | None = None
    output_to_stderr: bool = False
    #: The threads of all operations of an execution that is to be made again, by their numbers.
    trail: list[int] = []
    replay: Replay | None = None


def how_far(count: int, steps: int, then: str | None = None) -> str:
    """How many of the `steps` of a recording happened again in a replay of `count` events without a difference."""
    if count < steps:
        return f"replayed: the first {count:,} of {steps:,} events happened as recorded"
    if then is not None:
        return f"replayed: {steps:,} events happened as recorded, then {then} chose"
    return f"replayed: all {steps:,} events happened as recorded"
