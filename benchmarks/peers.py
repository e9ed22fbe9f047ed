"""How threadtrace and the peers that can be installed do on the same programs, side by side.

    python -m benchmarks.peers [--venv PATH] [--rounds N] [--limit SECONDS] [--only NAME]

The peers are frontrun and interleave-test, in the versions of `PEERS`. They go into an environment of their own, with
the Python that executes this. Every cell of the table is a process of its own, which imports its tool, executes a
program of another kind for warming up, and takes the time of one exploration. The tools take turns in each round, so
that the ratios hold when the machine is noisy; the figures alone do not. Medians of the rounds; round number n is given
seed n where chance has a part. A cell that came to no result within the limit is not repeated.

Each program of `peer_programs` is what is shared, a worker for each thread, and what has to hold afterwards. frontrun
is given these three, as it demands; threadtrace and interleave-test a function that starts and joins a thread for each
worker. So they have a main thread to schedule, and frontrun has none.

Every tool is asked for what it does best: frontrun's search has no bound of preemptions (with its default of two it
cannot find what needs more) and reproduces no failures afterwards; nothing is shrunk or recorded. Where accesses to
memory do not matter there is also a line for what does not look at them: `sync`, and `by line`.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

from benchmarks.peer_programs import ALL, FIND, PROGRAMS, RATE, WARMING, main_of

if TYPE_CHECKING:
    from benchmarks.peer_programs import Program

#: Name for pip -> the module that is imported.
PEERS = {"frontrun==0.7.0": "frontrun", "interleave-test==0.1.0": "interleave_test"}

ROUNDS = 3

#: Seconds for a cell; and for one that measures a rate.
LIMIT = 20.0
RATE_SECONDS = 2.0

#: Beyond its limit a process may take this long, in seconds, before it is killed.
GRACE = 15.0

#: So many executions come to no end within the limit.
NO_END = 1_000_000

#: By what is measured: tools and their strategies. The first one is what the others are compared with.
CELLS = {
    FIND: [
        ("threadtrace", "portfolio"),
        ("threadtrace", "random"),
        ("frontrun", "dpor"),
        ("frontrun", "random"),
        ("interleave-test", "random"),
        ("interleave-test", "pct"),
        ("interleave-test", "dfs, 2 preemptions"),
    ],
    ALL: [
        ("threadtrace", "dpor"),
        ("threadtrace", "portfolio"),
        ("frontrun", "dpor"),
        ("interleave-test", "dfs"),
        ("interleave-test", "dfs, by line"),
    ],
    RATE: [
        ("threadtrace", "random"),
        ("threadtrace", "portfolio"),
        ("threadtrace", "random, sync"),
        ("frontrun", "dpor"),
        ("frontrun", "random"),
        ("interleave-test", "random"),
        ("interleave-test", "pct"),
        ("interleave-test", "pct, by line"),
    ],
}


# One cell, in a process of its own -----------------------------------------------------------------------------------


@dataclass
class Result:
    """`verdict` is what the tool says. `decided` tells that it found the failure, or came to the end of its search."""

    executions: int
    seconds: float
    verdict: str
    decided: bool


def by_threadtrace(program: Program, strategy: str, seed: int, seconds: float) -> Result:
    from replay.exploring.functions import explore
    from replay.exploring.job import Budget
    from replay.exploring.specs import Setting
    from replay.exploring.verdict import verdict_of

    name, *level = strategy.split(", ")
    setting = Setting(preempt=level[0] if level else "any")
    found = explore(main_of(program), strategy=name, seed=seed, budget=Budget(NO_END, seconds), setting=setting)
    executions = found.failures[0].number if found.failures else found.executions
    kinds = "".join(f": {one.failure.kind.value}" for one in found.failures)
    return Result(
        executions, found.seconds, verdict_of(found).value + kinds, bool(found.failures) or found.is_exhausted
    )


def by_frontrun(program: Program, strategy: str, seed: int, seconds: float) -> Result:
    import frontrun

    options: dict[str, Any] = {"preemption_bound": None, "max_executions": NO_END}
    if strategy == "random":
        options = {"max_attempts": NO_END, "seed": seed}
    begin = time.perf_counter()
    found = frontrun.explore(
        program.setup,
        program.workers,
        program.holds,
        strategy=strategy,
        total_timeout=seconds,
        reproduce_on_failure=0,
        **options,
    )
    needed = time.perf_counter() - begin
    if found.property_holds is None:
        return Result(found.num_explored, needed, "inconclusive", decided=False)
    if not found.property_holds:
        return Result(found.num_explored, needed, "fails", decided=True)
    ended = strategy == "dpor" and needed < seconds
    return Result(found.num_explored, needed, "holds" if ended else "holds (time is up)", decided=ended)


def by_interleave_test(program: Program, strategy: str, seed: int, seconds: float) -> Result:
    import interleave_test
    from interleave_test import _strategies as strategies

    name, *options = strategy.split(", ")
    bound = 2 if "2 preemptions" in options else NO_END
    inner = {
        "random": strategies.RandomStrategy,
        "pct": strategies.PCTStrategy,
        "dfs": partial(strategies.DFSStrategy, max_preemptions=bound),
    }[name]()
    started = time.perf_counter()

    class Limited(interleave_test.Strategy):
        """Another strategy, while there is time."""

        begin, pick, end = inner.begin, inner.pick, inner.end

        def more(self) -> bool | None:
            return False if time.perf_counter() - started >= seconds else inner.more()

    found = interleave_test.explore(
        main_of(program),
        strategy=Limited(),
        seed=seed,
        iterations=NO_END,
        granularity="line" if "by line" in options else "opcode",
        raise_on_failure=False,
    )
    needed = time.perf_counter() - started
    if found.failure is not None:
        return Result(found.schedules_run, needed, found.failure.kind, decided=True)
    exhausted = bool(inner.exhausted)
    within = f" ({', '.join(options)})" if options else ""
    return Result(found.schedules_run, needed, f"exhausted{within}" if exhausted else "ok (time is up)", exhausted)


TOOLS = {"threadtrace": by_threadtrace, "frontrun": by_frontrun, "interleave-test": by_interleave_test}


def cell(tool: str, strategy: str, name: str, seed: int, seconds: float) -> None:
    TOOLS[tool](WARMING, strategy, 0, 1.0)
    result = TOOLS[tool](PROGRAMS[name], strategy, seed, seconds)
    print("\n" + json.dumps(vars(result)), flush=True)
    os._exit(0)  # whatever threads a tool has left behind


# The table -----------------------------------------------------------------------------------------------------------


def installed(venv: str) -> dict[str, list[str]]:
    """How each tool is started. Says in a line which peer cannot be had."""
    python = os.path.join(venv, "Scripts" if os.name == "nt" else "bin", "python")
    if not os.path.exists(python):
        subprocess.run([sys.executable, "-m", "venv", venv], check=True)
    commands = {"threadtrace": [sys.executable]}
    for requirement, module in PEERS.items():
        line = [python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", requirement]
        done = subprocess.run(line, capture_output=True, text=True, check=False)
        if done.returncode:
            errors = [said for said in done.stderr.splitlines() if said.startswith("ERROR")]
            print(f"left out: {requirement} cannot be installed: {(errors or ['?'])[-1]}")
            continue
        name = requirement.partition("==")[0]
        # frontrun works only in a process that its own command has started
        commands[name] = [os.path.join(os.path.dirname(python), "frontrun"), python] if module == name else [python]
    return commands


def measured(command: list[str], tool: str, strategy: str, name: str, seed: int, limit: float) -> Result:
    seconds = min(limit, RATE_SECONDS) if PROGRAMS[name].measured == RATE else limit
    given = [tool, strategy, name, str(seed), str(seconds)]
    try:
        done = subprocess.run(
            [*command, "-m", "benchmarks.peers", "--cell", *given],
            cwd=os.path.dirname(os.path.dirname(os.path.abspath(__file__))),
            capture_output=True,
            text=True,
            timeout=seconds + GRACE,
            check=False,
        )
        return Result(**json.loads(done.stdout.splitlines()[-1]))
    except subprocess.TimeoutExpired:
        return Result(0, seconds + GRACE, "no answer", decided=False)
    except (IndexError, ValueError):
        return Result(0, 0.0, (done.stderr.strip().splitlines() or ["nothing was said"])[-1][:60], decided=False)


def rows(commands: dict[str, list[str]], name: str, rounds: int, limit: float) -> None:
    program = PROGRAMS[name]
    cells = [one for one in CELLS[program.measured] if one[0] in commands]
    results: dict[tuple[str, str], list[Result]] = {one: [] for one in cells}
    for seed in range(rounds):
        for tool, strategy in cells:
            before = results[tool, strategy]
            if program.measured == RATE or all(result.decided for result in before):
                before.append(measured(commands[tool], tool, strategy, name, seed, limit))
    print(name)
    base = 0.0
    for (tool, strategy), found in results.items():
        decided = [one for one in found if one.decided] if all(one.decided for one in found) else found[-1:]
        if program.measured == RATE:
            decided = found
        executions = statistics.median(one.executions for one in decided)
        seconds = statistics.median(one.seconds for one in decided)
        per_second = statistics.median(one.executions / one.seconds if one.seconds else 0.0 for one in decided)
        value = (1 / per_second if per_second else 0.0) if program.measured == RATE else seconds
        base = base or value
        more = ">" if program.measured != RATE and not decided[-1].decided else " "
        ratio = f"{more}{value / base:,.1f}" if value and base else "-"
        operations = f"{per_second * program.operations:>12,.0f}" if program.operations else " " * 12
        figures = f"{executions:>11,.0f}{seconds:>10.3f} s{per_second:>12,.1f}{operations}{ratio:>10}"
        print(f"  {tool:<16}{strategy:<20}{figures}  {decided[-1].verdict}{is_wrong(program, decided[-1])}", flush=True)


def is_wrong(program: Program, result: Result) -> str:
    """Says so of a claim that is not true: each program whose failure is looked for has one."""
    return ", which is wrong" if program.measured == FIND and result.verdict.startswith("holds") else ""


def table(venv: str, rounds: int, limit: float, only: str) -> None:
    commands = installed(venv)
    there = [
        f"Python {sys.version.split()[0]}",
        *(one.replace("==", " ") for one in PEERS if one.split("==")[0] in commands),
    ]
    print(f"{', '.join(there)}; medians of {rounds}, at most {limit:g} s for each cell")
    print(f"ratio: how many times as long as the first line takes ({ALL}, {FIND}), or takes for an execution ({RATE})")
    print(
        f"  {'tool':<16}{'strategy':<20}{'executions':>11}{'time':>12}{'a second':>12}{'lock ops/s':>12}{'ratio':>10}"
        "  verdict"
    )
    for name in PROGRAMS:
        if only in name:
            rows(commands, name, rounds, limit)


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--venv", help="where the peers are, or go; a temporary folder if nothing is said")
    parser.add_argument("--rounds", type=int, default=ROUNDS)
    parser.add_argument("--limit", type=float, default=LIMIT, help="seconds for each cell")
    parser.add_argument("--only", default="", help="programs with this in their name")
    parser.add_argument("--cell", nargs=5, help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.cell:
        tool, strategy, name, seed, seconds = given.cell
        cell(tool, strategy, name, int(seed), float(seconds))
    elif given.venv:
        table(given.venv, given.rounds, given.limit, given.only)
    else:
        with tempfile.TemporaryDirectory(prefix="threadtrace-peers-") as folder:
            table(folder, given.rounds, given.limit, given.only)


if __name__ == "__main__":
    main()
