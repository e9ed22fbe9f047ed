"""What the programs in `tests/programs` say of themselves; see the README there."""

import ast
import itertools
from dataclasses import dataclass


@dataclass(frozen=True)
class Expected:
    """What a program says in its comments of the deadlock that it comes to."""

    threads: frozenset[str]
    objects: frozenset[str]
    cycle: tuple[str, ...]

    def is_met_by(self, failure):
        cycle = tuple(failure.cycle)
        return (
            self.threads == frozenset(failure.threads)
            and self.objects == frozenset(failure.objects)
            and cycle in rotations(self.cycle)
        )


def rotations(cycle):
    return {cycle[start:] + cycle[:start] for start in range(len(cycle))} or {()}


def expectations(path):
    """Those in the comments at the top of a program, of which one has to be met: see `tests/programs/README.md`."""
    source = path.read_text()
    first_line_of_code = ast.parse(source).body[1].lineno
    lines = [line[2:] for line in source.splitlines()[1 : first_line_of_code - 1] if line.startswith("# ")]
    found = []
    for is_or, group in itertools.groupby(lines, key="or".__eq__):
        if not is_or:
            whole_lines = "\n".join(group).replace("\n    ", " ").splitlines()
            said = dict(line.split(": ", 1) for line in whole_lines)
            threads, objects = (frozenset(said.pop(key).split(", ")) for key in ("threads", "objects"))
            cycle = said.pop("cycle", None)
            assert not said, f"{path}: {said}"
            found.append(Expected(threads, objects, tuple(cycle.split(" -> ")) if cycle else ()))
    assert found, f"{path} does not say which threads are stuck"
    return found
