"""What the tests of shrinking use."""

from __future__ import annotations

import sys
import types
from typing import TYPE_CHECKING, Any

from tests.support import command, execute

if TYPE_CHECKING:
    from pathlib import Path


def failing_seed(path: Path) -> int:
    """The first seed of the strategy `random` with which a program fails."""
    code = compile(path.read_text(), str(path), "exec")
    before = sys.modules["__main__"]
    try:
        for seed in range(3000):
            module = sys.modules["__main__"] = types.ModuleType("__main__")
            if execute(
                lambda module=module: exec(code, module.__dict__), strategy="random", seed=seed
            ).outcome.failures:
                return seed
    finally:
        sys.modules["__main__"] = before
    raise AssertionError("it never fails")


def shrunk(path: Path, seed: int, *options: str) -> Any:
    """Runs a program, whose name is `program.py`, with a seed that fails, and shrinks the trace."""
    folder = path.parent
    assert command("run", "--strategy", "random", "--seed", str(seed), path.name, cwd=folder).status == 1
    done = command("shrink", "--json", "--time-limit", "100", *options, "program.trace", cwd=folder)
    assert done.status == 1, done.err
    return done.json
