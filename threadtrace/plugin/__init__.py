"""The pytest plugin: tests are explored, and failing schedules are kept.

This module is imported in every run of pytest where the package is installed, so it imports nothing else until a test
asks for it: by `@pytest.mark.threadtrace`, or by `--threadtrace` for all.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Generator

    from threadtrace.plugin.session import Session

_MARK = (
    "threadtrace(strategy, executions, time_limit, preempt, clock, seed, include, keep_going, races, spurious, "
    "max_points, shrink, label): execute the test with many interleavings of its threads"
)

_session: pytest.StashKey[Session] = pytest.StashKey()


def pytest_addoption(parser: pytest.Parser) -> None:
    """The options, which are named as those of `threadtrace explore`."""
    group = parser.getgroup("threadtrace", "interleavings of threads")
    group.addoption("--threadtrace", action="store_true", help="Explore all tests, marked or not.")
    group.addoption("--no-threadtrace", action="store_true", help="Execute marked tests once, as if they were not.")
    group.addoption("--threadtrace-budget", metavar="SECONDS", help="For all explored tests together: `60s`, `5m`.")
    group.addoption("--threadtrace-replay", metavar="TRACE|tt1:…", help="Make this interleaving happen in the test.")
    group.addoption("--threadtrace-strategy", metavar="NAME", help="As in `threadtrace explore --strategy`.")
    group.addoption("--threadtrace-executions", type=int, metavar="N", help="At most so many for each test.")
    group.addoption("--threadtrace-time-limit", type=float, metavar="SECONDS", help="At most so long for each test.")
    group.addoption("--threadtrace-preempt", metavar="LEVEL", help="sync, gil, or any (the default).")
    group.addoption("--threadtrace-clock", metavar="CLOCK", help="virtual (the default), real, or any.")
    group.addoption("--threadtrace-seed", type=int, metavar="N", help="Another seed tries other schedules.")
    group.addoption(
        "--threadtrace-include",
        action="append",
        default=[],
        metavar="NAME",
        help="A package to watch, too; repeatable.",
    )
    group.addoption("--threadtrace-sarif", metavar="PATH", help="Write the failures as SARIF.")


def pytest_configure(config: pytest.Config) -> None:
    """Says what the mark is."""
    config.addinivalue_line("markers", _MARK)
    given = config.option
    if given.threadtrace_sarif or given.threadtrace_budget or given.threadtrace_replay or given.threadtrace:
        _session_of(config)  # which refuses what makes no sense


def _session_of(config: pytest.Config) -> Session:
    from threadtrace.plugin.session import Session

    if _session not in config.stash:
        config.stash[_session] = Session(config)
    return config.stash[_session]


def _is_explored(item: pytest.Item) -> bool:
    if item.config.option.no_threadtrace or not hasattr(item, "funcargs"):
        return False
    return bool(item.config.option.threadtrace) or item.get_closest_marker("threadtrace") is not None


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Has each test that is to be explored know it."""
    explored = [item for item in items if _is_explored(item)]
    if explored:
        _session_of(config).take(explored)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Adds the interleaving to the report of a test that failed."""
    report = yield
    session = item.config.stash.get(_session, None)
    if session is not None:
        session.add_to(report, item, call)
    return report


def pytest_runtest_logreport(report: pytest.TestReport) -> None:
    """Counts, in the process that reports: with pytest-xdist the tests are executed by others."""
    if report.when == "call" and any(name.startswith("threadtrace.") for name, _ in report.user_properties):
        _reports.append(report)


_reports: list[pytest.TestReport] = []


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    """The line at the end, SARIF, and annotations."""
    if not _reports:
        return
    from threadtrace.plugin.summary import conclude

    conclude(_reports, terminalreporter, config.option.threadtrace_sarif)


def pytest_unconfigure(config: pytest.Config) -> None:
    """The next session in this process begins anew."""
    _reports.clear()
