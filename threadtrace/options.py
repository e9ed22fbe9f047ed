"""Options that several commands have, the same in each."""

from __future__ import annotations

import click

from replay.settings import PREEMPT_NAMES, TIME_LIMIT

as_json = click.option(
    "--json", "as_json", is_flag=True, help="Print one JSON object instead of the log: `--json | jq .verdict`."
)
preempt = click.option(
    "--preempt",
    type=click.Choice(PREEMPT_NAMES),
    default="sync",
    show_default=True,
    help="Where others may go first: sync: before operations that synchronise; gil: also before accesses to shared "
    "memory, where CPython can switch threads under the GIL; any: before every access, as without a GIL.",
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
