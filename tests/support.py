"""What several tests use: executions in this process, and the command line in processes of its own."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeVar

from replay.execution import Execution
from tracer.events import MemoryRecorder
from tracer.labels import Labels

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from tracer.outcome import Outcome

T = TypeVar("T")

#: Set by `pytest --quick`.
quick = False


def fewer(schedules: Sequence[T], least: int = 2) -> Sequence[T]:
    """The first eighth of what could be tried, with `pytest --quick`: enough for a second version of Python."""
    return schedules[: max(least, len(schedules) // 8)] if quick else schedules


ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
EXAMPLES = os.path.join(ROOT, "examples")


@dataclass
class Run:
    """One execution in this process: its outcome, and its events as (thread, operation, object, result, seconds)."""

    outcome: Outcome
    events: list[tuple[str, str, str | None, Any, float]]

    def operations(self, thread: str | None = None) -> list[str]:
        """The operations, in order, of one thread or of all."""
        return [event[1] for event in self.events if thread in (None, event[0])]


def execute(main: Callable[[], object], **settings: Any) -> Run:
    """Executes `main` under control."""
    labels = Labels()
    recorder = MemoryRecorder(labels)
    execution = Execution(main, recorder=recorder, labels=labels, **settings)
    try:
        execution.run()
        outcome = execution.outcome()
        events = [(e[0].label, e[1], e[2], e[3], e[5] / 1e9) for e in recorder.events]
    finally:
        execution.close()
    return Run(outcome, events)


def passes(main: Callable[[], object], **settings: Any) -> Run:
    """Executes `main`, which must not fail."""
    run = execute(main, **settings)
    assert not run.outcome.failures, run.outcome.failures
    return run


@dataclass
class Finished:
    """A command that has ended."""

    status: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        """Standard output as JSON."""
        return json.loads(self.out)


def command(*arguments: str, cwd: Path | str, env: dict[str, str] | None = None, **options: Any) -> Finished:
    """Runs `threadtrace ARGUMENTS` in the folder `cwd`."""
    done = subprocess.run(
        [sys.executable, "-m", "threadtrace", *arguments],
        cwd=cwd,
        env=os.environ | {"NO_COLOR": "1", "PYTHONPATH": ROOT} | (env or {}),
        capture_output=True,
        text=True,
        errors="surrogateescape",
        timeout=120,
        check=False,
        **options,
    )
    return Finished(done.returncode, done.stdout, done.stderr)


def trace_lines(path: Path | str) -> list[dict[str, Any]]:
    """The objects of a trace, without what varies from run to run."""
    with open(path) as file:
        lines = [json.loads(line) for line in file]
    for line in lines:
        line.pop("variable", None)
    return lines
