"""Makes the executions of a program by several copies of the process that stands at its first choice.

To fork takes about as long as to execute a small program, and keeps the process busy that does it. So for several
executions side by side there are as many copies that do nothing but fork.
"""

from __future__ import annotations

import os
from functools import partial
from typing import TYPE_CHECKING, NoReturn

from replay.exploring.workers.copies import Copies
from replay.exploring.workers.forks import CannotExecute, Forks, die_with_parent
from replay.forking import fork
from replay.job import HOST_FAILED

if TYPE_CHECKING:
    from collections.abc import Callable

    from replay.exploring.workers.copies import Office

#: How long it is waited for the end of an execution before it is looked at the time, in seconds.
_LOOK_EVERY = 0.2

_exit = os._exit


class Zygotes(Copies):
    """`jobs` copies, which make executions of at most `seconds`. Raises BecameChild in the copies of these."""

    def __init__(self, jobs: int, seconds: float, learn: Callable[[list[str]], object]) -> None:
        super().__init__(jobs, fork, partial(_work, seconds, learn))


def _work(seconds: float, learn: Callable[[list[str]], object], office: Office) -> NoReturn:
    die_with_parent()
    os.setpgid(0, 0)  # Ctrl-C is the parent's affair
    forks = Forks(1, seconds, learn, office.close)
    try:
        for spec in office.specs():
            forks.submit([spec])
            while not (runs := forks.results(_LOOK_EVERY)):
                pass
            for run in runs:
                office.deliver(run)
    except CannotExecute:
        _exit(HOST_FAILED)
    except Exception as error:
        office.complain(error)
    _exit(0)
