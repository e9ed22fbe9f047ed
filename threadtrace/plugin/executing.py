"""Makes of a test a function that can be executed again and again, with its function-scoped fixtures each time.

Fixtures of a wider scope are set up once, by pytest, before; what they started is not under control.
"""

from __future__ import annotations

import io
from contextlib import ExitStack, contextmanager, redirect_stderr, redirect_stdout
from typing import TYPE_CHECKING, Any

import pytest
from _pytest.tmpdir import tmppath_result_key

from tracer.runtime import door

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

#: What a test raises when it wants to be left, and is no failure.
_LEAVES = (pytest.skip.Exception, pytest.xfail.Exception, pytest.exit.Exception)


class Above:
    """Stands for a next test that shares everything with this one but the test itself."""

    def __init__(self, item: pytest.Item) -> None:
        self._chain = item.listchain()[:-1]

    def listchain(self) -> list[Any]:
        """All nodes above the test."""
        return self._chain


class Test:
    """Executes a test. `left` is what it raised to be skipped, or to end everything."""

    __test__ = False

    def __init__(self, item: Any, runtest: Callable[[], object]) -> None:
        self._item = item
        self._runtest = runtest
        self._above = Above(item)
        self._state = item.session._setupstate
        self._capture = item.config.pluginmanager.getplugin("capturemanager")
        self.left: BaseException | None = None
        self._subtests: list[BaseException] = []
        #: Whether what is printed stays.
        self.aloud = False

    @contextmanager
    def keeping_nothing(self) -> Iterator[None]:
        """For all executions together: what they print, log, and leave in their temporary folders is forgotten."""
        folders = getattr(self._item.config, "_tmp_path_factory", None)
        policy = getattr(folders, "_retention_policy", None)
        if policy is not None:
            folders._retention_policy = "failed"  # type: ignore[union-attr]
        try:
            yield
        finally:
            if policy is not None:
                folders._retention_policy = policy  # type: ignore[union-attr]
            self._forget_output()

    def tear_down(self) -> None:
        """Takes away what pytest has set up for the test alone."""
        self._item.stash.setdefault(tmppath_result_key, {})  # which the end of `tmp_path` removes
        self._state.teardown_exact(self._above)

    def execute(self) -> None:
        """Once, from the set-up of its own fixtures to their end."""
        with ExitStack() as quiet:
            if not self.aloud:
                self._silence(quiet)
            self._execute()

    def _execute(self) -> None:
        item = self._item
        self._subtests.clear()
        item.addSubTest = self._keep_subtest
        item._initrequest()
        try:
            try:
                self._state.setup(item)
                self._runtest()
                self._raise_what_unittest_kept()
            finally:
                self.tear_down()
                vars(item).pop("addSubTest", None)
        except _LEAVES as reason:
            self.left = reason

    def _raise_what_unittest_kept(self) -> None:
        """A `TestCase` gives its exceptions to its result, which is the test of pytest."""
        kept = getattr(self._item, "_excinfo", None)
        if self._subtests:
            raise self._subtests[0]
        if kept:
            error = kept.pop(0).value
            kept.clear()
            raise error

    def _keep_subtest(self, case: object, subtest: object, error: tuple[Any, BaseException, Any] | None) -> None:
        """Stands for what would report a `subTest`: one that failed fails the execution, unless that is unwound."""
        runtime = door.runtime
        if error is not None and runtime is not None and not runtime.over:
            self._subtests.append(error[1])

    def _silence(self, quiet: ExitStack) -> None:
        """What hundreds of executions print is nobody's."""
        nowhere = _Nowhere()
        quiet.enter_context(redirect_stdout(nowhere))
        quiet.enter_context(redirect_stderr(nowhere))

    def _forget_output(self) -> None:
        if self._capture is not None and self._capture.is_globally_capturing():
            self._capture.read_global_capture()
        logging = self._item.config.pluginmanager.getplugin("logging-plugin")
        for name in ("caplog_handler", "report_handler"):
            handler = getattr(logging, name, None)
            if handler is not None:
                handler.reset()


class _Nowhere(io.TextIOBase):
    """Takes everything and keeps nothing."""

    encoding = "utf-8"

    def write(self, text: str) -> int:
        """Forgets it."""
        return len(text)

    def writable(self) -> bool:
        """It is."""
        return True
