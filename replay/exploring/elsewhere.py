"""Has executions of a program made by other processes, on whatever machine this is.

That is what the workers of a cluster do; and what is done where a process cannot be copied: then each execution has a
process of its own. The program, and this project, have to be there under the same names.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile

import msgspec

from replay.exploring.batch import Batch
from replay.exploring.job import Budget, ExploreJob
from replay.exploring.specs import Run, Spec
from replay.forking import CAN_FORK
from tracer.outcome import Ending, Failure, FailureKind

_START = (
    "import sys; sys.path.insert(0, {root!r}); import tracer.forked; from replay.exploring.batch import main; "
    "del sys.path[0]; main()"
)
_ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))

#: A process takes this many seconds more than its executions, to begin and to end.
_GRACE = 10.0


#: Whatever comes of one, the others are wanted as well.
_ALL_OF_THEM = Budget(executions=1 << 60, keep_going=True)


class BatchFailed(Exception):
    """The executions could not be made. The message says what the process said."""


def execute_batch(explore: ExploreJob, folder: str, specs: list[Spec]) -> list[Run]:
    """Makes executions of a program in this folder, in one new process, or in one for each. Raises BatchFailed."""
    if not os.path.isdir(folder):
        raise BatchFailed(f"{folder}: there is no such folder where executions are to be made")
    if CAN_FORK:
        return _executed(explore, folder, specs)
    return [run for spec in specs for run in _executed(explore, folder, [spec])]


def _executed(explore: ExploreJob, here: str, specs: list[Spec]) -> list[Run]:
    with tempfile.TemporaryDirectory(prefix="threadtrace-") as folder:
        job = msgspec.structs.replace(explore.job, trace=os.path.join(folder, "scratch.trace"))
        batch = Batch(msgspec.structs.replace(explore, job=job, budget=_ALL_OF_THEM), specs)
        try:
            done = subprocess.run(  # noqa: S603 - the program the user named
                [sys.executable, "-c", _START.format(root=_ROOT)],
                input=msgspec.msgpack.encode(batch),
                capture_output=True,
                env=os.environ | {"PYTHONHASHSEED": str(job.hash_seed)},
                check=False,
                cwd=here,
                timeout=len(specs) * job.time_limit + _GRACE,
            )
        except subprocess.TimeoutExpired:
            return [_unended(spec, job.time_limit) for spec in specs]
    if not done.stdout:
        raise BatchFailed(done.stderr.decode(errors="replace").strip() or f"it ended with status {done.returncode}")
    return msgspec.msgpack.decode(done.stdout, type=list[Run])


def _unended(spec: Spec, seconds: float) -> Run:
    failure = Failure(
        FailureKind.LIVELOCK,
        f"{FailureKind.LIVELOCK.value}-unended",
        f"an execution did not end within {seconds:g} s; --execution-limit sets the limit",
    )
    return Run(
        number=spec.number,
        strategy=spec.strategy,
        ending=Ending.TIME,
        failures=[failure],
        order=spec.number,
        events=0,
        points=0,
        threads=[],
    )
