"""Explores the tests of one run of pytest."""

from __future__ import annotations

import contextlib
import functools
import inspect
import json
import os
import sys
import time
import warnings
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import _pytest
import pluggy
import pytest

import replay as replay_package
import threadtrace
from replay.following.recording import RecordingError
from threadtrace.api import explore, replay
from threadtrace.columns import columns
from threadtrace.plugin.corpus import Corpus
from threadtrace.plugin.executing import Test
from threadtrace.plugin.settings import seconds_of, settings_of
from threadtrace.result import Failed, NothingTested, NotRepeatable, Result
from tracer.access.watch import Unavailable
from tracer.places import shown_path

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from types import TracebackType

    from replay.exploring.job import Progress

#: With a budget for all tests, time is what bounds an exploration.
_MANY = 1_000_000

#: For each example that hypothesis draws. No time: the same example has to come to the same each time.
_FOR_AN_EXAMPLE = 100

#: Seconds until it is shown how far an exploration is.
_SHOW_AFTER = 1.0

#: Where the code is that calls tests.
_CALLERS = tuple(
    os.path.dirname(os.path.abspath(str(package.__file__)))
    for package in (replay_package, threadtrace, _pytest, pluggy)
)

#: Characters of a line of a report.
_WIDTH = 100

#: Of a verdict that says nothing about the test.
_NOTHING = "nothing-tested"


class ThreadtraceWarning(pytest.PytestWarning):
    """What a verdict does not cover."""


@dataclass
class _Done:
    """What came of a test: `again` is the command that makes it fail again, `text` the report."""

    result: Result
    again: str
    text: str


class Session:
    """One run of pytest. Raises UsageError for options that make no sense."""

    def __init__(self, config: pytest.Config) -> None:
        self._config = config
        options = config.option
        self._budget = seconds_of(options.threadtrace_budget) if options.threadtrace_budget else None
        self._replayed: str | None = options.threadtrace_replay
        self._left = 0
        self._done: pytest.StashKey[_Done] = pytest.StashKey()
        self._reporter = config.pluginmanager.getplugin("terminalreporter")

    def take(self, items: Sequence[pytest.Item]) -> None:
        """Has these explored when they are executed. Raises UsageError."""
        self._left = len(items)
        for item in items:
            if isinstance(item, pytest.Function):
                self._take(item)

    def _take(self, item: pytest.Function) -> None:
        marked = item.get_closest_marker("threadtrace") is not None
        if inspect.iscoroutinefunction(inspect.unwrap(item.obj)):
            if marked:
                raise pytest.UsageError(f"{item.nodeid}: is a coroutine: threadtrace controls threads, and no tasks")
            return
        settings_of(item)
        runtest = item.runtest

        def explored() -> None:
            __tracebackhide__ = True
            self._execute(item, runtest, marked)

        item.runtest = explored  # type: ignore[method-assign]

    def _execute(self, item: pytest.Function, runtest: Callable[[], object], marked: bool) -> None:
        __tracebackhide__ = True
        settings = self._shared_out(settings_of(item))
        self._left -= 1
        inner = getattr(item.obj, "hypothesis", None)
        if inner is not None:
            self._with_hypothesis(item, runtest, inner, settings)
            return
        test = Test(item, runtest)
        begin = time.monotonic()
        with test.keeping_nothing():
            test.tear_down()
            result, known = self._found(item, test, settings)
        if self._budget is not None:
            self._budget = max(0.0, self._budget - (time.monotonic() - begin))
        if result.interrupted:
            raise KeyboardInterrupt
        if test.left is not None and result.verdict != "failed":
            raise test.left
        self._conclude(item, result, test, known, marked=marked)

    def _found(self, item: pytest.Function, test: Test, settings: dict[str, Any]) -> tuple[Result, bool]:
        """What came of exploring the test, and whether that is a failure of an earlier run."""
        if self._replayed is not None:
            try:
                return replay(self._replayed, test.execute, name=item.nodeid), True
            except (OSError, RecordingError) as error:
                raise pytest.UsageError(f"--threadtrace-replay: {error}") from None
        corpus = Corpus(str(self._config.rootpath), item.nodeid)
        for entry in corpus.entries:
            try:
                again = replay(entry.schedule, test.execute, realign=True, name=item.nodeid)
            except (RecordingError, Unavailable):  # edited by hand, or accesses cannot be watched in this run
                continue
            if again.failures:
                corpus.failed(again.failures[0].fingerprint, again.failures[0].message, again.failures[0].schedule)
                return again, True
            corpus.passed(entry)
        result = self._explored(item, test.execute, settings)
        for failure in result.failures:
            corpus.failed(failure.fingerprint, failure.message, failure.schedule)
        return result, False

    def _explored(self, item: pytest.Function, body: Callable[[], object], settings: dict[str, Any]) -> Result:
        show = _Shown(self._reporter, item.nodeid)
        try:
            return explore(body, name=item.nodeid, on_progress=show, **settings)
        except Unavailable as error:
            _warn(item, f"accesses to shared memory are not watched: {error}")
            return explore(body, name=item.nodeid, on_progress=show, **settings | {"preempt": "sync"})
        except ValueError as error:
            raise pytest.UsageError(f"{item.nodeid}: @pytest.mark.threadtrace: {error}") from None
        except NotRepeatable as error:
            if item.get_closest_marker("threadtrace") is not None:
                raise
            _warn(item, str(error))
            return Result("passed", executions=1)
        finally:
            show.clear()

    def _shared_out(self, settings: dict[str, Any]) -> dict[str, Any]:
        """With its share of the budget that is left for all tests."""
        if self._budget is None:
            return settings
        processes = int(os.environ.get("PYTEST_XDIST_WORKER_COUNT", "1"))
        share = self._budget * processes / max(1, self._left)
        return {"executions": _MANY} | settings | {"time_limit": max(0.1, share)}

    # What is said of it --------------------------------------------------------------------------------------

    def _conclude(self, item: pytest.Function, result: Result, test: Test, known: bool, *, marked: bool) -> None:
        __tracebackhide__ = True
        done = self._note(item, result)
        if result.verdict == "diverged":
            pytest.fail(f"the interleaving could not be followed\n{done.text}", pytrace=False)
        if result.verdict == _NOTHING and (marked or not result.executions):
            raise NothingTested(result)
        for one in result.uncontrolled:
            _warn(item, f"not controlled: {one}")
        for one in result.warnings:
            _warn(item, one)
        if not result.failures:
            return
        if known:
            path = result.failures[0].trace
            done.text = "\n".join(
                [*columns(path, _WIDTH), "", done.text, "", f"replay it: {done.again.format(shown_path(path))}"]
            )
            if self._replayed is None:
                done.text = f"it fails as it did in an earlier run\n\n{done.text}"
        error = self._once_more(result, test)
        if error is None:
            raise Failed(result)
        raise error.with_traceback(_of_the_test(error.__traceback__))

    def _once_more(self, result: Result, test: Test) -> BaseException | None:
        """The exception of the failure, if it is one, from an execution whose output is kept for the report."""
        failure = result.failures[0]
        if not failure.trace:
            return failure.exception
        test.aloud = True
        again = replay(failure.trace, test.execute, trace=f"{failure.trace}.again")
        os.unlink(f"{failure.trace}.again")
        return next(
            (one.exception for one in again.failures if one.fingerprint == failure.fingerprint), failure.exception
        )

    def _note(self, item: pytest.Function, result: Result) -> _Done:
        failure = result.failures[0] if result.failures else None
        again = f"pytest '{item.nodeid}' --threadtrace-replay " + "{}"
        done = item.stash[self._done] = _Done(result, again, result.write(again))
        item.user_properties += [
            ("threadtrace.verdict", result.verdict),
            ("threadtrace.executions", result.executions),
            ("threadtrace.schedules", result.schedules),
        ]
        if failure is not None:
            told = {
                "kind": failure.kind,
                "message": failure.message,
                "sites": failure.sites,
                "fingerprint": failure.fingerprint,
                "schedule": failure.schedule,
                "again": again.format(failure.trace),
            }
            item.user_properties.append(("threadtrace.failure", json.dumps(told)))
        return done

    def add_to(self, report: pytest.TestReport, item: pytest.Item, call: pytest.CallInfo[None]) -> None:
        """Adds the interleaving to the report of a test that failed."""
        done = item.stash.get(self._done, None)
        if done is None or report.when != "call" or not report.failed:
            return
        if call.excinfo is not None and isinstance(call.excinfo.value, Failed):
            first = f"{done.result.failures[0].message}\n\n" if done.result.failures else ""
            report.longrepr = first + done.text
        else:
            report.sections.insert(0, ("threadtrace: how it fails", done.text))

    # Hypothesis ----------------------------------------------------------------------------------------------

    def _with_hypothesis(
        self, item: pytest.Function, runtest: Callable[[], object], handle: Any, settings: dict[str, Any]
    ) -> None:
        """Hypothesis draws the data, and each example is explored. Fixtures are set up once, as it wants it."""
        inner = handle.inner_test
        results: list[Result] = []
        settings = {name: value for name, value in settings.items() if name != "time_limit"}
        settings = {"executions": _FOR_AN_EXAMPLE, "races": "off"} | settings

        @functools.wraps(inner)  # hypothesis shows its name
        def example(*args: Any, **kwargs: Any) -> None:
            left: list[BaseException] = []

            def body() -> None:
                try:
                    inner(*args, **kwargs)
                except BaseException as error:
                    if type(error).__module__.partition(".")[0] != "hypothesis":
                        raise
                    left.append(error)  # the example does not count: `assume`

            result = self._explored(item, body, settings)
            if left:
                raise left[-1]
            results.append(result)
            if result.failures:
                raise result.failures[0].exception or Failed(result)

        handle.inner_test = example
        try:
            with _no_deadline(item):
                runtest()
        finally:
            handle.inner_test = inner
            if results:
                last = results[-1]
                self._note(item, last)
                item.user_properties.append(("threadtrace.more", sum(one.executions for one in results[:-1])))


@contextlib.contextmanager
def _no_deadline(item: pytest.Function) -> Iterator[None]:
    """Hypothesis has a deadline, 200 ms by default, for one execution of an example: to explore it takes a hundred."""
    function = getattr(item.obj, "__func__", item.obj)
    theirs = function._hypothesis_internal_use_settings  # there is no public way to what `@settings` has left
    function._hypothesis_internal_use_settings = type(theirs)(theirs, deadline=None)
    try:
        yield
    finally:
        function._hypothesis_internal_use_settings = theirs


def _warn(item: pytest.Item, text: str) -> None:
    """Has pytest show a warning. Also where it makes errors of warnings: the test has done nothing wrong."""
    with warnings.catch_warnings():
        warnings.simplefilter("always", ThreadtraceWarning)
        item.warn(ThreadtraceWarning(text))


def _of_the_test(traceback: TracebackType | None) -> TracebackType | None:
    """The traceback without the frames of this project, and of pytest, that called the test."""
    first = traceback
    while first is not None and first.tb_frame.f_code.co_filename.startswith(_CALLERS):
        first = first.tb_next
    return first or traceback


class _Shown:
    """A line on the terminal, while an exploration takes long."""

    def __init__(self, reporter: Any, name: str) -> None:
        shown = reporter is not None and sys.__stderr__ is not None and sys.__stderr__.isatty()
        self._writer: Any = reporter._tw if shown else None
        self._name = name
        self._begin = time.monotonic()
        self._width = 0

    def __call__(self, progress: Progress) -> None:
        """Shows it."""
        if self._writer is None or time.monotonic() - self._begin < _SHOW_AFTER:
            return
        text = f"{self._name}: {progress.phase}, {progress.executions:,} executions"
        self._write(text[: self._writer.fullwidth - 1])

    def clear(self) -> None:
        """Takes the line away."""
        if self._width:
            self._write("")
            self._writer.write("\r", flush=True)

    def _write(self, text: str) -> None:
        self._writer.write("\r" + text.ljust(self._width), flush=True)
        self._width = len(text)
