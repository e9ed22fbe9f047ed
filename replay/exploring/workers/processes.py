"""Makes the executions of a function in several copies of this process, each in itself, one after the other.

Functions need not be importable, or fit into a message: a copy has them.
"""

from __future__ import annotations

import os
from functools import partial
from typing import TYPE_CHECKING, NoReturn

from replay.exploring.one import execute
from replay.exploring.workers.copies import Copies
from replay.interruptions import interrupting
from tracer.access.watch import Kept

if TYPE_CHECKING:
    from collections.abc import Callable

    from replay.exploring.specs import Setting
    from replay.exploring.workers.copies import Office

_exit = os._exit


class Processes(Copies):
    """Executes `main` in `jobs` copies of this process."""

    def __init__(self, main: Callable[[], object], setting: Setting, jobs: int) -> None:
        super().__init__(jobs, os.fork, partial(_work, main, setting))


def _work(main: Callable[[], object], setting: Setting, office: Office) -> NoReturn:
    kept = Kept()
    try:
        with interrupting():
            for spec in office.specs():
                try:
                    office.deliver(execute(spec, setting, main, kept))
                except Exception as error:
                    office.complain(error)
    finally:
        _exit(0)
