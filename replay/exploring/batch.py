"""The process that makes given executions of a program, for another one that may be elsewhere.

What to do comes through its standard input, what came of it goes through its standard output.
"""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING

import msgspec

from replay.exploring.job import ExploreJob
from replay.exploring.specs import Run, Spec
from replay.forking import CAN_FORK
from replay.job import HOST_FAILED

if TYPE_CHECKING:
    from replay.exploring.campaign import Exploration


class Batch(msgspec.Struct, frozen=True):
    """A program, and the executions of it that are to be made: one, where a process cannot be copied."""

    explore: ExploreJob
    specs: list[Spec]


class Given:
    """Plans nothing but what is given. Stands for `replay.exploring.plans.Plans`."""

    reducing = None
    bounding = None
    is_exhausted = False

    def __init__(self, specs: list[Spec]) -> None:
        self._specs = specs[::-1]
        self.runs: list[Run] = []

    @property
    def is_over(self) -> bool:
        """Whether all were begun."""
        return not self._specs

    def next(self, number: int) -> Spec | None:
        """The next one."""
        return self._specs.pop() if self._specs else None

    def learn(self, run: Run) -> None:
        """Keeps what came of it."""
        self.runs.append(run)


def main() -> None:
    """Reads the batch from standard input, and writes what came of it to standard output."""
    from replay.exploring.branching import BranchingHost, write_all
    from replay.program import ProgramError
    from replay.shrink.forked import prepared
    from tracer import patch

    batch = msgspec.msgpack.decode(sys.stdin.buffer.read(), type=Batch)
    patch.install()
    output = os.dup(1)
    nowhere = os.open(os.devnull, os.O_RDWR)
    for stream in (0, 1):
        os.dup2(nowhere, stream)
    plans = Given(batch.specs)

    def send(found: Exploration) -> None:
        runs = plans.runs or [
            msgspec.structs.replace(host.only_run, number=spec.number, strategy=spec.strategy) for spec in batch.specs
        ]
        write_all(output, msgspec.msgpack.encode(runs))

    only = None if CAN_FORK else batch.specs[0]
    try:
        main_of_program = prepared(batch.explore.job)
        host = BranchingHost(batch.explore, main_of_program, send, lambda found: None, plans, only)
    except ProgramError as error:
        print(f"threadtrace: {error}", file=sys.stderr)
        sys.exit(HOST_FAILED)
    host.run()
