"""Functions to be used from Python: in a script, a test, a notebook."""

from __future__ import annotations

import inspect
import os
import re
import tempfile
import zlib
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
from threadtrace.result import Failure, NotRepeatable, Result, text_of
from tracer.outcome import FailureKind, Verdict, verdict_of_run

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from replay.exploring.functions import Investigated
    from replay.exploring.job import Report
    from threadtrace.foresight import Foresight

#: Where traces go that nobody gave a place.
FOLDER = ".threadtrace"

#: How far the first failure is shrunk, and how long it is looked whether the GIL lets it happen: executions, seconds.
SHRINK = (1_000, 3.0)
GIL = (200, 1.0)

#: File systems have names of up to 255 bytes.
_LONGEST_NAME = 120

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
        return _result_of(found, races, base, keeps=trace is not None)


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
    job = _job(name, _ready(trace or default_path(name)), seed, preempt, clock, include, max_points)
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
        trace=_ready(trace or default_path(f"{name}.replay")),
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


def default_path(name: str) -> str:
    """Where the trace of a function of this name goes."""
    file = re.sub(r"[^\w.\-]+", "-", name).strip("-")
    if len(file) > _LONGEST_NAME:
        file = f"{file[:_LONGEST_NAME]}-{zlib.crc32(name.encode('utf-8', 'surrogatepass')):08x}"
    return os.path.join(FOLDER, "traces", f"{file}.trace")


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


def _ready(path: str) -> str:
    """The path, in a folder that there is."""
    folder = os.path.dirname(path)
    if folder and not os.path.isdir(folder):
        make_folder(folder)
    return path


def make_folder(folder: str) -> None:
    """Makes a folder; what is in `.threadtrace/traces` is nobody's source."""
    os.makedirs(folder, exist_ok=True)
    if os.path.basename(folder) == "traces":
        with open(os.path.join(folder, ".gitignore"), "w", encoding="utf-8") as file:
            file.write("*\n")


def _once(function: Callable[[], object], job: Job, races: str) -> Result:
    from threadtrace.explaining import causes
    from threadtrace.report import print_outcome

    values: list[object] = []
    done = traced.execute(lambda: values.append(function()), job)
    foresight = _look(races, job.trace)
    outcome = done.outcome
    if foresight is not None:
        outcome = foresight.look(outcome, job.trace)
    verdict = verdict_of_run(outcome)
    found = causes(outcome, job.trace)
    return Result(
        verdict=verdict.value,
        events=outcome.events,
        points=outcome.points,
        threads=outcome.threads,
        failures=[_failure(one, outcome.schedule, job.trace, job.strategy, done.errors) for one in outcome.failures],
        uncontrolled=outcome.uncontrolled,
        warnings=[*outcome.warnings, *([one.message for one in foresight.all_findings] if foresight else [])],
        elapsed_s=outcome.variable.get("elapsed_s", 0.0),
        trace=job.trace,
        value=values[-1] if values else None,
        write=lambda again: text_of(lambda: print_outcome(outcome, verdict, found, foresight)),
    )


def _failure(one: Any, schedule: str, trace: str, strategy: str, errors: list[tuple[str, BaseException]]) -> Failure:
    return Failure(
        kind=one.kind.value,
        fingerprint=one.fingerprint,
        message=one.message,
        threads=one.threads,
        objects=one.objects,
        sites=one.sites,
        gil=one.gil,
        strategy=strategy,
        schedule=schedule,
        trace=trace,
        exception=_exception_of(one, errors),
    )


def _exception_of(failure: Any, errors: list[tuple[str, BaseException]]) -> BaseException | None:
    if failure.kind is not FailureKind.EXCEPTION:
        return None
    return next((error for thread, error in errors if failure.threads[:1] == [thread]), None)


def _look(races: str, path: str) -> Foresight | None:
    """What an execution that passed tells of others: locks in opposite orders, data races."""
    if races == "off":
        return None
    from threadtrace.foresight import Foresight, follow

    foresight = Foresight(races, path)
    return foresight if follow(foresight, path) is not None else None


def _result_of(found: Investigated, races: str, base: str, *, keeps: bool) -> Result:
    from threadtrace.exploration import print_report
    from threadtrace.foresight import foreseen

    report, renamed = _kept(found.report, base, keeps=keeps)
    foresight: Foresight | None = None
    extra = []
    if found.report.sample:
        foresight, raced = foreseen(found.report.sample, races, renamed or found.report.sample)
        extra = raced.failures if raced is not None else []
    failures = [
        Failure(
            kind=one.failure.kind.value,
            fingerprint=one.failure.fingerprint,
            message=one.failure.message,
            threads=one.failure.threads,
            objects=one.failure.objects,
            sites=one.failure.sites,
            gil=one.failure.gil,
            execution=one.execution,
            times=one.times,
            strategy=one.strategy,
            schedule=(one.shrunk.schedule if one.shrunk is not None and one.shrunk_trace else "") or one.schedule,
            trace=one.shrunk_trace or one.trace,
            exception=_exception_of(one.failure, found.errors) if number == 0 else None,
        )
        for number, one in enumerate(report.failures)
    ]
    failures += [_failure(one, "", renamed, "random", []) for one in extra]
    return Result(
        verdict=Verdict.FAILED.value if extra else report.verdict.value,
        executions=report.executions,
        schedules=report.schedules,
        events=report.events,
        points=report.points,
        threads=report.threads,
        failures=failures,
        uncontrolled=report.uncontrolled,
        warnings=[*report.warnings, *([one.message for one in foresight.all_findings] if foresight else [])],
        advice=report.advice,
        strategies=report.strategies,
        coverage=report.coverage,
        estimate=report.estimate,
        elapsed_s=report.seconds,
        interrupted=report.interrupted,
        trace=renamed or (failures[0].trace if failures else ""),
        write=lambda again: text_of(lambda: print_report(report, foresight, extra, again=again)),
    )


def _kept(report: Report, base: str, *, keeps: bool) -> tuple[Report, str]:
    """The report, with traces that stay, and the path of the one of an execution that passed, if that stays."""
    failures = []
    for number, one in enumerate(report.failures, 1):
        which = f".{number}" if number > 1 else ""
        trace = _moved(one.trace, f"{base}{which}.trace")
        failures.append(
            msgspec.structs.replace(one, trace=trace, shrunk_trace=_moved(one.shrunk_trace, f"{base}.shrunk.trace"))
        )
    sample = report.sample if report.sample and keeps else ""
    if sample:
        import shutil

        shutil.copyfile(sample, _ready(f"{base}.trace"))
        sample = f"{base}.trace"
    return msgspec.structs.replace(report, failures=failures), sample


def _moved(path: str, to: str) -> str:
    if not path:
        return ""
    import shutil

    return str(shutil.move(path, _ready(to)))
