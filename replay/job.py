"""What a host process is told to do, and how it says that it could not; light to import."""

from __future__ import annotations

import msgspec

#: Exit status of a host that could not do its work; it has printed why.
HOST_FAILED = 250


class Job(msgspec.Struct, frozen=True):
    """One execution of one program. Times in seconds of real time; a `time_limit` of 0 means none."""

    program: str
    arguments: list[str]
    module: bool
    trace: str
    seed: int = 0
    strategy: str = "round-robin"
    clock: str = "virtual"
    max_points: int = 0
    time_limit: float = 0.0
    version: str = ""
    hash_seed: int = 0
    #: PYTHONHASHSEED as the user had it, for processes that the program starts.
    user_hash_seed: str | None = None
    output_to_stderr: bool = False
