"""The table: a line for each module, and under it each test whose verdicts differ."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING

from tests.cpython.child import FAILED, PASSED, SKIPPED
from tests.cpython.exceptions import EXPECTED, SOMETIMES

if TYPE_CHECKING:
    from tests.cpython.children import Results

_NAME = 28

#: So many lines of a traceback say enough, as a rule.
_LINES = 6


@dataclass
class Row:
    """What came of the tests of one module both ways."""

    name: str
    plain: Results
    control: Results

    @property
    def passes_plainly(self) -> list[str]:
        """The tests that pass without us."""
        return [test for test, (verdict, _) in self.plain.verdicts.items() if verdict == PASSED]

    @property
    def lost(self) -> list[str]:
        """Those of them that do not pass under control."""
        verdicts = self.control.verdicts
        return [test for test in self.passes_plainly if verdicts.get(test, ("", ""))[0] != PASSED]

    @property
    def unexpected(self) -> list[str]:
        """Those of them for which there is no reason."""
        return [test for test in self.lost if short(test) not in EXPECTED]

    @property
    def obsolete(self) -> list[str]:
        """Tests that pass although they are listed."""
        verdicts = self.control.verdicts.items()
        return [
            test
            for test, (verdict, _) in verdicts
            if verdict == PASSED and short(test) in EXPECTED and short(test) not in SOMETIMES
        ]

    @property
    def is_wrong(self) -> bool:
        """Whether something is to be done."""
        return bool(self.unexpected or self.obsolete or self.plain.missing != self.control.missing)


def short(test: str) -> str:
    """A test's name without the package that all have in common."""
    return test.removeprefix("test.")


def print_head() -> None:
    """Above the first line."""
    print(f"Python {sys.version.split()[0]}")
    print(f"{'':{_NAME}}{'plain CPython':^28}{'under control':^28}")
    columns = "".join(f"{word:>8}" for word in (PASSED, FAILED, SKIPPED, "s"))
    print(f"{'module':{_NAME}}{columns}{columns}{'share':>9}", flush=True)


def print_row(row: Row, *, verbose: bool) -> None:
    """The line of a module, and what there is to say about its tests."""
    print(_line(row.name, [row]), flush=True)
    if row.plain.missing or row.control.missing:
        print(f"  {row.plain.missing or row.control.missing}")
    for test in row.obsolete:
        print(f"  {short(test)}: passes, although it is listed: {EXPECTED[short(test)]}")
    for test, (verdict, why) in row.control.verdicts.items():
        plainly = row.plain.verdicts.get(test, ("not run", ""))
        reason = EXPECTED.get(short(test))
        if test in row.lost and reason is None:
            print(f"  {short(test)}: {verdict}: {_indented(why, verbose=verbose)}")
        elif test in row.lost:
            print(f"  {short(test)}: {reason}" + (f"\n{_indented(why, verbose=True)}" if verbose else ""))
        elif verdict != plainly[0]:
            print(f"  {short(test)}: {verdict} under control, {plainly[0]} without")
        elif verbose and verdict != PASSED:
            print(f"  {short(test)}: {verdict} both ways: {why.strip().splitlines()[-1:]}")
    if verbose:
        for way in (row.plain, row.control):
            slowest = sorted(way.seconds.items(), key=lambda item: -item[1])[:5]
            print("  slowest:", ", ".join(f"{short(test)} {seconds:.1f} s" for test, seconds in slowest))
    sys.stdout.flush()


def print_sum(rows: list[Row]) -> None:
    """Under the last line."""
    print(_line("all", rows))


def _line(name: str, rows: list[Row]) -> str:
    text = f"{name:{_NAME}}"
    for ways in ([row.plain for row in rows], [row.control for row in rows]):
        counts = [sum(way.count(verdict) for way in ways) for verdict in (PASSED, FAILED, SKIPPED)]
        text += "".join(f"{count:>8}" for count in counts) + f"{sum(way.elapsed for way in ways):>8.1f}"
    passing = sum(len(row.passes_plainly) for row in rows)
    kept = passing - sum(len(row.lost) for row in rows)
    return text + (f"{kept / passing:>9.1%}" if passing else f"{'-':>9}")


def _indented(why: str, *, verbose: bool) -> str:
    lines = why.strip().splitlines()
    return "\n      ".join(lines if verbose else lines[-_LINES:])
