"""Recording and replaying in this process: what the host does, without a process for each execution."""

from __future__ import annotations

import contextlib
import io
import linecache
import os
import platform
import sys
import types
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec

from replay.execution import Execution
from replay.following.recording import open_recording
from replay.following.schedule import recorded, settings_of
from replay.following.sources import digests
from replay.job import Job, Replay
from replay.plan import make_plan
from tests.support import EXAMPLES
from tracer.journal import Journal
from tracer.labels import Labels
from tracer.trace import FORMAT, Header, outcome_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from replay.strategies import Strategy
    from tracer.outcome import Outcome

#: Each documented example with arguments for which an execution takes milliseconds, and its variants.
EXAMPLE_RUNS = [
    ("thread_create",),
    ("lock", "3", "4"),
    ("lost_update",),
    ("condition",),
    ("condition_two_consumers",),
    ("semaphore",),
    ("barrier",),
    ("barrier", "short"),
    ("barrier", "broken"),
    ("event",),
    ("event", "cleared"),
    ("deadlock_abba",),
    ("dining_philosophers",),
]

#: All that come to an end by themselves.
PROGRAMS = sorted(
    path for folder in ("pass", "fail") for path in Path(__file__).parents[2].joinpath("programs", folder).rglob("*.py")
)


def name_of(run: tuple[str, ...]) -> str:
    """An example and its arguments, as they are called in tests and names of files."""
    return "-".join(run)


def program(path: Path | str, *arguments: str) -> Callable[[], None]:
    """What executes the program in a file as `__main__`."""
    linecache.cache.pop(str(path), None)  # it may have been edited since; names come from the source
    code = compile(Path(path).read_text(), str(path), "exec")

    def main() -> None:
        module = types.ModuleType("__main__")
        before = sys.modules["__main__"], sys.argv
        sys.modules["__main__"], sys.argv = module, [str(path), *arguments]
        try:
            exec(code, module.__dict__)
        finally:
            sys.modules["__main__"], sys.argv = before

    return main


def example(name: str, *arguments: str) -> Callable[[], None]:
    """What executes an example."""
    return program(os.path.join(EXAMPLES, f"{name}.py"), *arguments)


@dataclass
class Traced:
    """One execution in this process, whose trace is at `path`."""

    outcome: Outcome
    path: Path

    @property
    def schedule(self) -> str:
        """As text."""
        return self.outcome.schedule

    @property
    def lines(self) -> list[bytes]:
        """The events, as they stand in the trace."""
        return self.path.read_bytes().splitlines()[1:-1]

    @property
    def events(self) -> list[tuple[str, str, str | None]]:
        """Thread, operation and object of each event."""
        decoded = [msgspec.json.decode(line) for line in self.lines]
        return [(one["thread"], one["operation"], one["object"]) for one in decoded]


def trace(
    main: Callable[[], object],
    path: Path,
    job: Job | None = None,
    *,
    strategy: Callable[[Strategy], Strategy] | None = None,
    strategy_name: str = "round-robin",
    **choice: Any,
) -> Traced:
    """Executes `main` as `job` says; `choice` are fields of it. `strategy` wraps the one that would choose."""
    if job is None:
        job = Job(program="program.py", arguments=[], module=False, trace=str(path), max_points=100_000)
        job = msgspec.structs.replace(job, strategy=strategy_name, **choice)
    header = Header(
        threadtrace=FORMAT, version="0", python=platform.python_version(), program=job.program,
        arguments=job.arguments, module=job.module, seed=job.seed, strategy=job.strategy, preempt="sync",
        clock=job.clock, hash_seed=job.hash_seed, max_points=job.max_points,
    )  # fmt: skip
    labels = Labels()
    journal = Journal(str(path), header, labels)
    plan = make_plan(job, journal)
    execution = Execution(
        main,
        strategy=strategy(plan.strategy) if strategy is not None else plan.strategy,
        seed=job.seed,
        clock=job.clock,
        recorder=plan.recorder,
        labels=labels,
        max_points=job.max_points,
    )
    plan.begin(execution.kernel)
    with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
        execution.run()
        outcome = execution.outcome()
        schedule = recorded(settings_of(header), journal.symbols, journal.steps).encode()
        sources = digests(journal.files)
        journal.close(plan.end(msgspec.structs.replace(outcome, schedule=schedule, sources=sources)))
        execution.close()
    written = outcome_of(str(path))
    assert written is not None
    return Traced(written, path)


def replayed(main: Callable[[], object], source: str | Path, path: Path, **how: Any) -> Traced:
    """Replays a trace, a schedule or a script; `how` are fields of `Replay`."""
    source = str(source)
    job = Job(program="program.py", arguments=[], module=False, trace=str(path), max_points=100_000)
    if not how.get("script"):
        known = open_recording(source).settings
        job = msgspec.structs.replace(
            job, seed=known.seed, clock=known.clock, max_points=known.max_points, hash_seed=known.hash_seed
        )
    return trace(main, path, msgspec.structs.replace(job, replay=Replay(source, **how)))
