"""Functions to be used from Python: in a script, a test, a notebook."""

from __future__ import annotations

import inspect
import os
import tempfile
from functools import partial, update_wrapper
from typing import TYPE_CHECKING, Any

import msgspec

from replay import invariants, traced
from replay.exploring.functions import investigate
from replay.exploring.job import PORTFOLIO, Budget, ExploreJob, Progress, Work
from replay.following.recording import open_recording
from replay.job import Job, Replay
from replay.settings import CLOCK_NAMES, HASH_SEED, MAX_POINTS, PREEMPT_NAMES, SEARCH_NAMES, STRATEGY_NAMES
from threadtrace import __version__
from threadtrace.paths import default_path, ready
from threadtrace.result import NotRepeatable, Result
from threadtrace.results import result_of_exploration, result_of_run

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

#: How far the first failure is shrunk, and how long it is looked whether the GIL lets it happen: executions, seconds.
SHRINK = (1_000, 3.0)
GIL = (200, 1.0)

_RACES = ("off", "warn", "fail")


def explore(
    function: Callable[..., object],
    *,
    setup: Callable[[], object] | None = None,
    check: Callable[[Any], object] | None = None,
    invariant: Callable[..., object] | None = None,
    strategy: str = PORTFOLIO,
    executions: int = 1000,
    time_limit: float | None = None,
    preempt: str = "any",
    clock: str = "virtual",
    seed: int = 0,
    jobs: int = 1,
    include: Iterable[str] = (),
    keep_going: bool = False,
    races: str = "warn",
    spurious: bool = False,
    shrink: bool = True,
    label: bool = True,
    max_points: int = MAX_POINTS,
    trace: str | None = None,
    name: str | None = None,
    on_progress: Callable[[Progress], object] = lambda progress: None,
) -> Result:
    """Executes a function again and again, with another interleaving of its threads each time, until one fails.

    It has to do the same each time that its threads take turns alike, so it makes its own objects; `setup` may make
    them, which is called before each execution, and whose result the function, and after it `check`, are called with.
    So is `invariant`, before each operation: it looks only, and has to hold (not to raise, nor to return False) between
    any two operations of the threads.
    The options are those of `threadtrace explore`: at most so many `executions`, or seconds (`time_limit`); `jobs`
    processes. A failure is recorded, replayed, shrunk unless `shrink` is False, and labelled with whether the GIL lets
    it happen unless `label` is False. `trace` is the file for the recording, in `.threadtrace` without it; `name` is
    what the function is called there.

    Raises TypeError and ValueError for what makes no sense, NotRepeatable for a function that keeps something from one
    execution to the next and fails because of that, RuntimeError inside another execution.
    """
    _check(function, strategy, (*SEARCH_NAMES, *STRATEGY_NAMES), preempt, clock, races)
    if executions < 1 or jobs < 1:
        raise ValueError("executions and jobs: at least 1")
    name = name or name_of(function)
    base = (trace or default_path(name)).removesuffix(".trace")
    with tempfile.TemporaryDirectory(prefix="threadtrace-") as folder:
        job = _job(name, os.path.join(folder, "scratch.trace"), seed, preempt, clock, include, max_points)
        job = msgspec.structs.replace(job, spurious=spurious, keep_going=False, strategy=strategy)
        kept = [os.path.join(folder, name) for name in ("first.trace", "shrunk.trace", "{}.trace")]
        work = Work(
            ExploreJob(job, strategy, Budget(executions, time_limit, keep_going), jobs),
            (kept[0], kept[1], kept[2]),
            SHRINK if shrink else (0, 0.0),
            GIL if label else (0, 0.0),
            sample=races != "off",
        )
        body = _body(function, setup, check, invariant)
        found = investigate(body, work, on_progress)
        if found.report.failures and min(one.execution for one in found.report.failures) > 1:
            _repeat(body, work)
        return result_of_exploration(found, races, base, keeps=trace is not None)


def run(
    function: Callable[[], object],
    *,
    strategy: str = "round-robin",
    seed: int = 0,
    preempt: str = "sync",
    clock: str = "virtual",
    include: Iterable[str] = (),
    keep_going: bool = False,
    races: str = "warn",
    spurious: bool = False,
    max_points: int = MAX_POINTS,
    trace: str | None = None,
) -> Result:
    """Executes a function once, under control and with a trace. The options are those of `threadtrace run`.

    `trace` is the file for the recording, in `.threadtrace` without it. Raises TypeError and ValueError for what makes
    no sense, RuntimeError inside another execution.
    """
    _check(function, strategy, STRATEGY_NAMES, preempt, clock, races)
    name = name_of(function)
    job = _job(name, ready(trace or default_path(name)), seed, preempt, clock, include, max_points)
    return _once(
        function, msgspec.structs.replace(job, strategy=strategy, spurious=spurious, keep_going=keep_going), races
    )


def replay(
    source: str | os.PathLike[str],
    function: Callable[..., object],
    *,
    setup: Callable[[], object] | None = None,
    check: Callable[[Any], object] | None = None,
    invariant: Callable[..., object] | None = None,
    realign: bool = False,
    trace: str | None = None,
    name: str | None = None,
) -> Result:
    """Makes the interleaving of a trace, or a schedule (tt1:…), happen again in a function.

    Programs are replayed by `threadtrace replay`. The verdict is `diverged` where the function does something else than
    recorded; with `realign` what is gone is skipped, for a function that was edited since. `setup`, `check` and
    `invariant` are those of the exploration. `name` is what the function is called in the trace. Raises
    `replay.following.recording.RecordingError` for what is no recording.
    """
    source = os.fspath(source)
    name = name or name_of(function)
    known = open_recording(source)
    settings = known.settings
    job = Job(
        program=name,
        arguments=[],
        module=False,
        trace=ready(trace or default_path(f"{name}.replay")),
        seed=settings.seed,
        strategy="replay",
        clock=settings.clock,
        preempt=settings.preempt,
        include=list(settings.include),
        learned=list(settings.learned),
        spurious=settings.spurious,
        max_points=settings.max_points or MAX_POINTS,
        keep_going=settings.keep_going,
        version=__version__,
        hash_seed=settings.hash_seed,
        replay=Replay(source, realign=realign, steps=0 if realign else len(known.schedule.steps)),
    )
    return _once(_body(function, setup, check, invariant), job, "off")


def name_of(function: Callable[..., object]) -> str:
    """What a function is called in traces: `file::name`."""
    function = inspect.unwrap(function)
    while isinstance(function, partial):
        function = function.func
    name = getattr(function, "__qualname__", type(function).__qualname__).replace(".<locals>.", ".")
    code = getattr(function, "__code__", None)
    file = os.path.relpath(code.co_filename) if code is not None and os.path.isabs(code.co_filename) else ""
    return f"{file}::{name}" if file else name


# How it is done --------------------------------------------------------------------------------------------------


def _check(function: object, strategy: str, strategies: tuple[str, ...], preempt: str, clock: str, races: str) -> None:
    if not callable(function):
        raise TypeError(f"a function is needed, not {function!r}: leave out the parentheses, or use a lambda")
    if inspect.iscoroutinefunction(function) or inspect.isgeneratorfunction(function):
        raise TypeError(f"{name_of(function)} is a coroutine, or a generator: only its threads could be controlled")
    for option, given, allowed in (
        ("strategy", strategy, strategies),
        ("preempt", preempt, PREEMPT_NAMES),
        ("clock", clock, CLOCK_NAMES),
        ("races", races, _RACES),
    ):
        if given not in allowed:
            raise ValueError(f"{option}: {given!r} is none of {', '.join(allowed)}")


def _job(
    name: str,
    trace: str,
    seed: int,
    preempt: str,
    clock: str,
    include: Iterable[str],
    max_points: int,
) -> Job:
    return Job(
        program=name,
        arguments=[],
        module=False,
        trace=trace,
        seed=seed,
        clock=clock,
        preempt=preempt,
        include=[include] if isinstance(include, str) else list(include),
        max_points=max_points,
        version=__version__,
        hash_seed=HASH_SEED,
    )


def _body(
    function: Callable[..., object],
    setup: Callable[[], object] | None,
    check: Callable[[Any], object] | None,
    invariant: Callable[..., object] | None,
) -> Callable[[], object]:
    if setup is None and check is None and invariant is None:
        return function

    def body() -> object:
        state = [setup()] if setup is not None else []
        holds = update_wrapper(partial(invariant, *state), invariant) if invariant is not None else None
        if holds is not None:
            invariants.keep(holds)
        result = function(*state)
        if holds is not None:
            invariants.check(holds)
        if check is not None:
            check(state[0] if state else result)
        return result

    return body


def _repeat(body: Callable[[], object], work: Work) -> None:
    """Makes the first execution, which has passed, once more. Raises NotRepeatable if it fails now."""
    folder = os.path.join(os.path.dirname(work.traces[0]), "again")
    os.mkdir(folder)
    first, shrunk, others = (os.path.join(folder, os.path.basename(path)) for path in work.traces)
    explore = msgspec.structs.replace(work.explore, budget=Budget(1, None, False), jobs=1)
    once = Work(explore, (first, shrunk, others), (0, 0.0), (0, 0.0), sample=False)
    failures = investigate(body, once, lambda progress: None).report.failures
    if failures:
        raise NotRepeatable(work.explore.job.program, failures[0].failure.message)


def _once(function: Callable[[], object], job: Job, races: str) -> Result:
    values: list[object] = []
    done = traced.execute(lambda: values.append(function()), job)
    return result_of_run(done, job, races, values[-1] if values else None)
