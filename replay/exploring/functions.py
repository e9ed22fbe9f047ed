"""Explores a function, in this process."""

from __future__ import annotations

from typing import TYPE_CHECKING

from replay.exploring.campaign import Campaign, Exploration
from replay.exploring.job import PORTFOLIO, Budget
from replay.exploring.specs import Setting
from replay.exploring.workers.here import Here
from tracer import patch

if TYPE_CHECKING:
    from collections.abc import Callable


def explore(
    main: Callable[[], object],
    *,
    strategy: str = PORTFOLIO,
    seed: int = 0,
    budget: Budget = Budget(),  # noqa: B008 - it is frozen
    setting: Setting = Setting(),  # noqa: B008
    on_progress: Callable[[Exploration], object] = lambda found: None,
) -> Exploration:
    """Executes `main` again and again, and gives what was found.

    It has to do the same each time that it is scheduled alike. Raises `tracer.access.watch.Unavailable` where accesses
    to shared memory cannot be watched, RuntimeError inside another execution.
    """
    patch.install()
    return Campaign(Here(main, setting), strategy, seed, budget, on_progress).run()
