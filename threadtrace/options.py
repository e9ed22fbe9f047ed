"""Options that several commands have, the same in each."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

import click

from replay.settings import CLOCK_NAMES, PREEMPT_NAMES, TIME_LIMIT

_Command = TypeVar("_Command", bound=Callable[..., Any])

as_json = click.option(
    "--json", "as_json", is_flag=True, help="Print one JSON object instead of the log: `--json | jq .verdict`."
)


def _preempt(default: str) -> Callable[[_Command], _Command]:
    return click.option(
        "--preempt",
        type=click.Choice(PREEMPT_NAMES),
        default=default,
        show_default=True,
        help="Where others may go first: sync: before operations that synchronise; gil: also before accesses to shared "
        "memory, where CPython can switch threads under the GIL; any: before every access, as without a GIL.",
    )


#: For one execution, and for a search, which is after what the GIL hides.
preempt, preempt_any = _preempt("sync"), _preempt("any")
clock = click.option(
    "--clock",
    type=click.Choice(CLOCK_NAMES),
    default="virtual",
    show_default=True,
    help="virtual: sleeping takes no time; any: timed waits may be over at will; real: the machine's time.",
)
include = click.option(
    "--include",
    multiple=True,
    metavar="NAME",
    help="A package or module whose accesses to shared memory count beside your own code's; `stdlib` for all of the "
    "standard library: `--include cachetools`.",
)
show_memory = click.option("--show-memory", is_flag=True, help="Print accesses to shared memory, too.")
quiet = click.option("--quiet", is_flag=True, help="Print the outcome, not the events.")
time_limit = click.option(
    "--time-limit",
    type=click.FloatRange(min=0),
    default=TIME_LIMIT,
    show_default=True,
    help="End a program that takes more seconds of real time than this; 0 for no limit.",
)
races = click.option(
    "--races",
    type=click.Choice(("off", "warn", "fail")),
    default="warn",
    show_default=True,
    help="Data races, where accesses to memory are traced: `--races fail` makes of each a failure.",
)
