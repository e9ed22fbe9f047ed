"""Makes executions wherever a `concurrent.futures.Executor` does: in a pool of processes, or on a cluster with Dask.

What is sent is a list of executions, and the function that makes them, with all that it needs.
"""

from __future__ import annotations

from concurrent.futures import FIRST_COMPLETED, wait
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable
    from concurrent.futures import Executor, Future

    from replay.exploring.specs import Run, Spec


class OnExecutor:
    """Has `task` make `batch` executions at a time, and `slots` times as many be under way."""

    def __init__(
        self, executor: Executor, task: Callable[[list[Spec]], list[Run]], slots: int, batch: int = 32
    ) -> None:
        self._executor = executor
        self._task = task
        self._slots = slots
        self._batch = batch
        self._futures: set[Future[list[Run]]] = set()

    def room(self, *, ahead: bool) -> int:
        """How many more executions may be given."""
        return max(0, self._slots - len(self._futures)) * self._batch

    def submit(self, specs: list[Spec]) -> None:
        """Sends them, in equal shares."""
        shares = max(1, min(self._slots - len(self._futures), len(specs)))
        for first in range(shares):
            self._futures.add(self._executor.submit(self._task, specs[first::shares]))

    def results(self, seconds: float) -> list[Run]:
        """What came of those that were made meanwhile. Raises what their making has raised."""
        done, left = wait(self._futures, seconds, FIRST_COMPLETED)
        self._futures = set(left)
        return [run for future in done for run in future.result()]

    def close(self) -> None:
        """Those that have not begun never will."""
        for future in self._futures:
            future.cancel()
        self._futures = set()
