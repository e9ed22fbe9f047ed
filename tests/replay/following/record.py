"""Makes the schedules in `tests/replay/following/recorded`, which every version of Python has to replay.

    python -m tests.replay.following.record

Each example is recorded on a random schedule, under the name of the version that runs this. To be done on each version
when an example, or the format of schedules, was changed on purpose.
"""

from __future__ import annotations

import sys
import tempfile
import textwrap
from pathlib import Path

from tests.replay.following.support import EXAMPLE_RUNS, example, name_of, trace

FOLDER = Path(__file__).parent / "recorded"

#: Seeds with which the examples that have a bug fail.
SEEDS = {"deadlock_abba": 1, "dining_philosophers": 77, "condition_two_consumers": 74}


def record() -> None:
    """Writes a file for each example."""
    version = f"{sys.version_info.major}.{sys.version_info.minor}"
    FOLDER.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        for run in EXAMPLE_RUNS:
            seed = SEEDS.get(run[0], 2)
            made = trace(example(*run), Path(folder) / "a.trace", strategy_name="random", seed=seed)
            path = FOLDER / f"{name_of(run)}.{version}.tt1"
            path.write_text("\n".join(textwrap.wrap(made.schedule, 110)) + "\n")


if __name__ == "__main__":
    record()
