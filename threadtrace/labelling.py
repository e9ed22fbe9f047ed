"""Says of each failure whether the GIL of this version of Python lets it happen."""

from __future__ import annotations

import os
import platform
import signal
import subprocess
import sys
import tempfile
from typing import TYPE_CHECKING

import msgspec

from replay.job import Job, Replay
from replay.under_gil import GilJob, Reached
from threadtrace.supervise import start_line

if TYPE_CHECKING:
    from tracer.outcome import Failure, Outcome

#: What is tried, at most, before a failure is said not to be found.
_EXECUTIONS = 200
_SECONDS = 2.0

#: Seconds for one execution.
_ONE_EXECUTION = 10.0

_PYTHON = f"{platform.python_implementation()} {sys.version_info.major}.{sys.version_info.minor}"


def labelled(outcome: Outcome, job: Job, source: str) -> Outcome:
    """The outcome of an execution at the level `any`, with `gil` in its failures, and a note on how it was found out.

    `source` is its trace, or its schedule. Executes the program up to some hundred times more.
    """
    if not outcome.failures or not hasattr(os, "fork"):
        return outcome
    with tempfile.TemporaryDirectory(prefix="threadtrace-") as folder:
        again = msgspec.structs.replace(
            job,
            trace=os.path.join(folder, "attempt.trace"),
            preempt="gil",
            strategy="replay",
            time_limit=_ONE_EXECUTION,
            replay=Replay(source),
        )
        fingerprints = [failure.fingerprint for failure in outcome.failures]
        reached = _look(GilJob(again, fingerprints, _EXECUTIONS, _SECONDS))
    if reached is None:
        return outcome
    failures = [_with_label(failure, reached) for failure in outcome.failures]
    notes = [_note(failure, reached) for failure in failures]
    return msgspec.structs.replace(outcome, failures=failures, notes=[*outcome.notes, *dict.fromkeys(notes)])


def _look(work: GilJob) -> Reached | None:
    """What the process that tries it says; None where it could not, or was interrupted."""
    environment = os.environ | {"PYTHONHASHSEED": str(work.job.hash_seed)}
    line = [sys.executable, "-c", start_line("replay.under_gil"), msgspec.json.encode(work).decode()]
    process = subprocess.Popen(line, env=environment, stdout=subprocess.PIPE, stdin=subprocess.DEVNULL)  # noqa: S603
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        said, _ = process.communicate()
        return msgspec.json.decode(said, type=Reached) if said else None
    except msgspec.DecodeError:
        return None
    finally:
        signal.signal(signal.SIGINT, before)
        process.kill()
        process.wait()


def _with_label(failure: Failure, reached: Reached) -> Failure:
    return msgspec.structs.replace(failure, gil=failure.fingerprint in {*reached.itself, *reached.otherwise})


def _note(failure: Failure, reached: Reached) -> str:
    if failure.fingerprint in reached.itself:
        return f"under the GIL of {_PYTHON}: reached, by this very interleaving"
    if failure.fingerprint in reached.otherwise:
        return f"under the GIL of {_PYTHON}: reached, but by another interleaving: --preempt gil finds it"
    return (
        f"under the GIL of {_PYTHON}: not found in {reached.executions:,} executions; without a GIL it happens "
        "(free-threaded Python)"
    )
