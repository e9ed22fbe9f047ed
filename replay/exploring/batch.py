"""Makes given executions of a program in a process of its own, on whatever machine this is.

That is what the workers of a cluster do. The program, and this project, have to be there under the same names.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from typing import TYPE_CHECKING

import msgspec

from replay.exploring.job import ExploreJob
from replay.exploring.specs import Run, Spec
from replay.job import HOST_FAILED

if TYPE_CHECKING:
    from replay.exploring.campaign import Exploration

_START = (
    "import sys; sys.path.insert(0, {root!r}); import tracer.forked; from replay.exploring.batch import main; "
    "del sys.path[0]; main()"
)
_ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))


class Batch(msgspec.Struct, frozen=True):
    """A program, and the executions of it that are to be made."""

    explore: ExploreJob
    specs: list[Spec]


class BatchFailed(Exception):
    """The executions could not be made. The message says what the process said."""


def execute_batch(explore: ExploreJob, specs: list[Spec]) -> list[Run]:
    """Makes executions of a program in a new process. Raises BatchFailed."""
    with tempfile.TemporaryDirectory(prefix="threadtrace-") as folder:
        job = msgspec.structs.replace(explore.job, trace=os.path.join(folder, "scratch.trace"))
        batch = Batch(msgspec.structs.replace(explore, job=job), specs)
        done = subprocess.run(  # noqa: S603 - the program the user named
            [sys.executable, "-c", _START.format(root=_ROOT)],
            input=msgspec.msgpack.encode(batch),
            capture_output=True,
            env=os.environ | {"PYTHONHASHSEED": str(job.hash_seed)},
            check=False,
        )
    if not done.stdout:
        raise BatchFailed(done.stderr.decode(errors="replace").strip() or f"it ended with status {done.returncode}")
    return msgspec.msgpack.decode(done.stdout, type=list[Run])


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
    from replay.exploring.branching import BranchingHost
    from replay.program import ProgramError
    from replay.shrink.attempts import prepared
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
        with os.fdopen(output, "wb", closefd=False) as file:
            file.write(msgspec.msgpack.encode(runs))

    try:
        host = BranchingHost(batch.explore, prepared(batch.explore.job), send, lambda found: None, plans)
    except ProgramError as error:
        print(f"threadtrace: {error}", file=sys.stderr)
        sys.exit(HOST_FAILED)
    host.run()
