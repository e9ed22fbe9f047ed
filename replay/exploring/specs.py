"""What an execution is to be like, and what came of it: these travel between processes, and machines."""

from __future__ import annotations

import msgspec

from replay.exploring.dpor.course import Beginning, Steps
from replay.settings import MAX_POINTS
from replay.strategies.profile import Profile
from tracer.outcome import Ending, Failure

Path = tuple[int, ...]


class Setting(msgspec.Struct, frozen=True):
    """What all executions of a campaign have in common. `seed` is that of the program's own random numbers.

    `until` is the moment of the real clock at which an execution is given up, None for never.
    """

    seed: int = 0
    preempt: str = "any"
    clock: str = "virtual"
    include: list[str] = []
    max_points: int = MAX_POINTS
    keep_going: bool = False
    spurious: bool = False
    until: float | None = None


class Spec(msgspec.Struct, frozen=True):
    """One execution: the `strategy` that chooses, and what that one needs to know.

    `number` is the execution's, from 1. `learned` are the variables that are known to be shared. `beginning` is for a
    search that reduces, `prefix` for one that is bounded: the threads of the first choices. With `profiles` it is to
    tell a profile.
    """

    number: int
    strategy: str
    seed: int = 0
    profile: Profile | None = None
    beginning: Beginning | None = None
    prefix: list[Path] | None = None
    learned: list[str] = []
    profiles: bool = False


class Choice(msgspec.Struct, frozen=True, array_like=True):
    """A choice of a bounded search: who was enabled, by increasing cost of choosing them, and who was chosen."""

    enabled: list[tuple[Path, int]]
    chosen: Path


class Run(msgspec.Struct, frozen=True):
    """What came of an execution. `order` tells it from others: a digest of the order of all its operations.

    `unseen` is what threads may have done to each other that nobody looks at. `state` is a digest of the state at its
    end where that can be seen, `learned` what turned out to be shared in it. `is_cut` tells that it was given up
    because it repeated others. `points` are its scheduling points. Of an execution that failed `trail` are the threads
    of all operations, by their numbers: with these it can be executed again.
    """

    number: int
    strategy: str
    ending: Ending
    failures: list[Failure]
    order: int
    events: int
    points: int
    threads: list[str]
    state: int | None = None
    is_cut: bool = False
    uncontrolled: list[str] = []
    warnings: list[str] = []
    unseen: list[str] = []
    learned: list[str] = []
    trail: list[int] = []
    profile: Profile | None = None
    steps: Steps | None = None
    choices: list[Choice] | None = None
