"""How soon failures are found: executions to the first one, beside the published figures of other tools.

    python -m benchmarks.search [--seeds 20] [--executions 10000] [--seconds 30] [--jobs 2] [--json PATH]
                                [--strategies portfolio,surw,...] [--programs NAME,...]

Each program of `sctbench`, and of `extremes`, is explored by each strategy with one seed after the other. A figure is
the mean number of executions to the first failure, which has to be of the program's kind. Searches that came to nothing
count as well: it is all executions, divided by the searches that found it. For what is found with the same chance in
each execution that is the likeliest mean; the mean over those that found it, as published, would be too small.

A cell of the table is given `--seconds`, so that the slowest programs do not get all seeds; `2/3` behind a figure tells
that two of three searches found it, the last of which may have run out of time. The reduction and the bounded searches
draw nothing, so that one seed is all.

Published figures are those of C programs at the level of machine instructions, of which a search sees other events:
what can be compared is the order of magnitude, and the target is twice a figure.
"""

from __future__ import annotations

import argparse
import contextlib
import multiprocessing
import os
import sys
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import TextIO

import msgspec

from benchmarks import extremes
from benchmarks.sctbench import PROGRAMS, Program
from replay.exploring.functions import explore
from replay.exploring.job import PORTFOLIO, Budget
from replay.exploring.one import DPOR
from replay.exploring.specs import Setting

STRATEGIES = (PORTFOLIO, "surw", "places", "meetings", "pos", "pct", "random", "urw", DPOR)

#: What is published of a Python peer, as of the others: the best strategy of any (median, or the only figure).
OTHERS = (
    Program("philosophers(6)", extremes.philosophers_6, "deadlock", {"frontrun random": 13, "interleave random": 577}),
    Program("needle(20)", extremes.needle_20, "exception", {"frontrun DPOR": 2, "interleave PCT": 14}),
)

#: Published columns that have one of their own. Who found the best figure is named beside it.
_COLUMNS = ("SURW", "PCT-3", "POS", "RW")

#: No seed makes a difference to these.
_SYSTEMATIC = frozenset([DPOR, "preemption-bounded", "delay-bounded"])

#: So many times as many executions as published are within the target.
TARGET = 2.0


class Cell(msgspec.Struct, frozen=True):
    """What came of a program and a strategy. `wrong` are the kinds of failures that are not the program's."""

    program: str
    strategy: str
    searches: int
    found: int
    executions: int
    seconds: float
    wrong: list[str] = []

    @property
    def mean(self) -> float | None:
        """Executions to a failure; None if none was found."""
        return self.executions / self.found if self.found else None

    def __str__(self) -> str:
        if self.wrong:
            return "wrong: " + ", ".join(self.wrong)
        if not self.found:
            return f"- ({self.executions})"
        mean = _number(self.executions / self.found)
        return mean if self.found == self.searches else f"{mean} ({self.found}/{self.searches})"


class Job(msgspec.Struct, frozen=True):
    """A cell that is to be measured."""

    program: str
    strategy: str
    seeds: int
    executions: int
    seconds: float


def measure(job: Job) -> Cell:
    """Measures one cell, in a process of its own: what programs print is dropped."""
    program = next(program for program in (*PROGRAMS, *OTHERS) if program.name == job.program)
    begin = time.monotonic()
    searches = found = executions = 0
    wrong: list[str] = []
    with open(os.devnull, "w", encoding="utf-8") as nothing, _quiet(nothing):
        for seed in range(1 if job.strategy in _SYSTEMATIC else job.seeds):
            left = job.seconds - (time.monotonic() - begin)
            if left <= 0:
                break
            budget = Budget(job.executions, seconds=left)
            search = explore(program.main, strategy=job.strategy, seed=seed, budget=budget, setting=Setting())
            searches += 1
            executions += search.executions
            # One that fails may leave others waiting for ever: that is a second failure of the same execution.
            kinds = [one.failure.kind.value for one in search.failures]
            if program.kind in kinds:
                found += 1
            else:
                wrong += [kind for kind in kinds if kind not in wrong]
    return Cell(job.program, job.strategy, searches, found, executions, time.monotonic() - begin, wrong)


@contextlib.contextmanager
def _quiet(nothing: TextIO) -> Iterator[None]:
    with contextlib.redirect_stdout(nothing), contextlib.redirect_stderr(nothing):
        yield


@dataclass(frozen=True)
class Row:
    """A program, with what came of it, by strategy."""

    program: Program
    cells: Mapping[str, Cell]

    @property
    def published(self) -> tuple[float, str] | None:
        """The best published figure, and whose it is."""
        return min(((mean, tool) for tool, mean in self.program.published.items() if mean is not None), default=None)

    @property
    def ours(self) -> tuple[float, str] | None:
        """Our best figure, and whose it is."""
        means = ((cell.mean, name) for name, cell in self.cells.items() if not cell.wrong)
        return min(((mean, name) for mean, name in means if mean is not None), default=None)

    @property
    def ratio(self) -> float | None:
        """How many times as many executions as the best published figure our best takes."""
        return self.ours[0] / self.published[0] if self.ours is not None and self.published is not None else None

    @property
    def is_near_best(self) -> bool:
        """Whether no published figure is more than twice better than our best."""
        return self.published is None or (self.ratio is not None and self.ratio <= TARGET)

    @property
    def surw_ratio(self) -> float | None:
        """How many times as many executions as published of SURW the portfolio takes; None where one has no figure."""
        published = self.program.published.get("SURW")
        cell = self.cells.get(PORTFOLIO)
        if published is None or cell is None or cell.mean is None:
            return None
        return cell.mean / published

    @property
    def is_near_surw(self) -> bool:
        """Whether the portfolio finds what SURW found, within twice its executions."""
        if self.program.published.get("SURW") is None:
            return True
        return self.surw_ratio is not None and self.surw_ratio <= TARGET

    @property
    def is_too_slow(self) -> bool:
        """Whether the portfolio made so few executions in its time that nothing can be said of it and SURW."""
        published = self.program.published.get("SURW")
        cell = self.cells.get(PORTFOLIO)
        return published is not None and cell is not None and not cell.found and cell.executions < TARGET * published

    def columns(self, strategies: Iterable[str]) -> list[str]:
        """What stands in its line of the table."""
        published = self.program.published
        known = [_number(published[tool]) if tool in published else "" for tool in _COLUMNS]
        best = f"{_number(self.published[0])} {self.published[1]}" if self.published is not None else "-"
        ours = [str(self.cells[name]) if name in self.cells else "" for name in strategies]
        by = f" {self.ours[1]}" if self.ours is not None else ""
        return [
            self.program.name,
            *ours,
            best,
            *known,
            _verdict(self.surw_ratio, met=self.is_near_surw) if published.get("SURW") is not None else "",
            _verdict(self.ratio, met=self.is_near_best) + by,
        ]


def _number(mean: float | None) -> str:
    if mean is None:
        return "-"
    return f"{mean:.1f}" if mean < 100 else f"{mean:.0f}"


def _verdict(ratio: float | None, *, met: bool) -> str:
    told = "not found" if ratio is None else f"{ratio:.2f}"
    return told if met else f"**{told}**"


def table(rows: Iterable[Row], strategies: tuple[str, ...]) -> str:
    """All of it, in Markdown. What misses the target is in bold."""
    heads = [
        *("program", *strategies),
        *("best published", *(f"{tool} published" for tool in _COLUMNS)),
        *("portfolio / SURW published", "best ours / best published"),
    ]
    lines = [heads, ["---"] * len(heads), *(row.columns(strategies) for row in rows)]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def summary(rows: list[Row]) -> str:
    """How many programs meet the target, and which do not."""
    surw = [row for row in rows if row.program.published.get("SURW") is not None]
    near_surw = [row for row in surw if row.is_near_surw]
    near_best = [row for row in rows if row.is_near_best]
    both = [row for row in rows if row.is_near_surw and row.is_near_best]

    def missing(of: list[Row], met: list[Row]) -> str:
        names = [row.program.name + " (too slow to tell)" * row.is_too_slow for row in of if row not in met]
        return f"; not {', '.join(names)}" if names else ""

    return f"""\
The portfolio is within {TARGET:g} times the published executions of SURW on {len(near_surw)} of {len(surw)} programs\
{missing(surw, near_surw)}.
No published figure is more than {TARGET:g} times better than our best on {len(near_best)} of {len(rows)} programs\
{missing(rows, near_best)}.
Both hold for {len(both)} of {len(rows)}."""


def search(jobs: list[Job], processes: int) -> list[Cell]:
    """Measures all cells, in forks of this process.

    They do not change: the pool makes new ones in a daemon thread, and so all threads of the programs would be daemons.
    """
    cells = []
    with multiprocessing.get_context("fork").Pool(processes) as pool:
        for number, cell in enumerate(pool.imap_unordered(measure, jobs, chunksize=1), 1):
            print(f"{number}/{len(jobs)} {cell.program} {cell.strategy}: {cell}, {cell.seconds:.1f} s", file=sys.stderr)
            cells.append(cell)
    return cells


def main() -> None:
    names: Callable[[str], tuple[str, ...]] = lambda text: tuple(text.split(","))  # noqa: E731
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seeds", type=int, default=20)
    parser.add_argument("--executions", type=int, default=10_000, help="of one search")
    parser.add_argument("--seconds", type=float, default=30.0, help="for one cell of the table")
    parser.add_argument("--strategies", type=names, default=STRATEGIES)
    parser.add_argument("--programs", type=names, default=())
    parser.add_argument("--jobs", type=int, default=2, help="cells that are measured side by side")
    parser.add_argument(
        "--json", metavar="PATH", help="a file for the cells; what it has already is not measured again"
    )
    options = parser.parse_args()
    programs = [one for one in (*PROGRAMS, *OTHERS) if not options.programs or one.name in options.programs]
    if unknown := {*options.programs} - {one.name for one in programs}:
        parser.error(f"no such program: {', '.join(sorted(unknown))}")
    jobs = [
        Job(program.name, strategy, options.seeds, options.executions, options.seconds)
        for strategy in options.strategies
        for program in programs
    ]
    cells: list[Cell] = []
    if options.json and os.path.exists(options.json):
        with open(options.json, "rb") as file:
            cells = msgspec.json.decode(file.read(), type=list[Cell])
    known = {(cell.program, cell.strategy) for cell in cells}
    cells += search([job for job in jobs if (job.program, job.strategy) not in known], options.jobs)
    if options.json:
        with open(options.json, "wb") as file:
            file.write(msgspec.json.format(msgspec.json.encode(cells)))
    rows = [
        Row(program, {cell.strategy: cell for cell in cells if cell.program == program.name}) for program in programs
    ]
    print(table(rows, options.strategies))
    print()
    print(summary(rows))


if __name__ == "__main__":
    main()
