"""The process that shrinks: it prepares the program, forks an execution of it again and again, and says what it found.

It talks to the process that started it in lines of JSON on its standard output.
"""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import msgspec

from replay.job import HOST_FAILED
from replay.program import ProgramError
from replay.shrink.attempts import CannotExecute
from replay.shrink.forked import Forked, prepared
from replay.shrink.job import ShrinkJob
from replay.shrink.shrinking import Shrinking
from tracer import patch, real

if TYPE_CHECKING:
    from replay.shrink.job import Progress, Result


def tell(message: Progress | Result) -> None:
    """One line on standard output."""
    real.write(1, msgspec.json.encode(message) + b"\n")


def main() -> None:
    """Reads the job from the first argument and does it."""
    work = msgspec.json.decode(sys.argv[1], type=ShrinkJob)
    patch.install()
    try:
        tell(Shrinking(work, Forked(prepared(work.job)), tell).run())
    except (BrokenPipeError, CannotExecute):
        sys.exit(HOST_FAILED)
    except ProgramError as error:
        print(f"threadtrace: {error}", file=sys.stderr)
        sys.exit(HOST_FAILED)
