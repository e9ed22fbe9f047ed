"""Makes the executions of a function in this process, one after the other."""

from __future__ import annotations

from typing import TYPE_CHECKING

from replay.exploring.one import execute
from tracer.access.watch import Kept

if TYPE_CHECKING:
    from collections.abc import Callable

    from replay.exploring.specs import Run, Setting, Spec


class Here:
    """Executes `main`."""

    def __init__(self, main: Callable[[], object], setting: Setting) -> None:
        self._main = main
        self._setting = setting
        self._specs: list[Spec] = []
        self._kept = Kept()

    def room(self, *, ahead: bool) -> int:
        """One at a time: what is to come next may depend on it."""
        return 1 - len(self._specs)

    def submit(self, specs: list[Spec]) -> None:
        """Takes an execution."""
        self._specs += specs

    def results(self, seconds: float) -> list[Run]:
        """Makes it."""
        specs, self._specs = self._specs, []
        return [execute(spec, self._setting, self._main, self._kept) for spec in specs]

    def close(self) -> None:
        """Nothing is watched any more."""
        self._kept.close()
