"""Failing schedules that are kept between runs: tried first, and dropped when they have not failed for a while.

One small text file for each test, in `.threadtrace/corpus`, which may be put under version control. A line is a
schedule, and how often it has passed since it failed last; the line above it says how it failed.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import re
import tempfile
from dataclasses import dataclass, replace

from threadtrace.paths import FOLDER

#: A schedule that has passed so often in a row is dropped: the failure is mended, or it leads elsewhere now.
PASSES = 5

#: Schedules that are kept of one test.
_MOST = 10

#: Longer schedules are found again rather than kept.
_LONGEST = 20_000


@dataclass(frozen=True)
class Entry:
    """A schedule that failed: `passes` counts the runs since it did."""

    fingerprint: str
    message: str
    schedule: str
    passes: int = 0


class Corpus:
    """The schedules of one test, by its name, below the folder `root`."""

    def __init__(self, root: str, name: str) -> None:
        self._name = name
        short = re.sub(r"[^\w.]+", "-", name.rpartition("/")[2])[:80]
        digest = hashlib.sha256(name.encode("utf-8", "surrogatepass")).hexdigest()[:8]
        self.path = os.path.join(root, FOLDER, "corpus", f"{short}-{digest}.txt")
        self.entries = _read(self.path)

    def failed(self, fingerprint: str, message: str, schedule: str) -> None:
        """Keeps a schedule that fails."""
        if not schedule or len(schedule) > _LONGEST:
            return
        others = [one for one in self.entries if one.fingerprint != fingerprint]
        self._write([Entry(fingerprint, message.replace("\n", " "), schedule), *others][:_MOST])

    def passed(self, entry: Entry) -> None:
        """One of them has not failed this time."""
        after = replace(entry, passes=entry.passes + 1)
        self._write([after if one == entry else one for one in self.entries if one != entry or after.passes < PASSES])

    def _write(self, entries: list[Entry]) -> None:
        self.entries = entries
        if not entries:
            with contextlib.suppress(FileNotFoundError):
                os.unlink(self.path)
            return
        folder = os.path.dirname(self.path)
        os.makedirs(folder, exist_ok=True)
        lines = [f"# schedules on which {self._name} failed; `passes` counts the runs since then"]
        for one in entries:
            lines += [f"# {one.fingerprint}: {one.message}", f"{one.schedule} passes={one.passes}"]
        # Complete or not there at all, also when two runs write it at once.
        descriptor, scratch = tempfile.mkstemp(dir=folder, prefix=".", suffix=".tmp")
        with open(descriptor, "w", encoding="utf-8", errors="backslashreplace") as file:
            file.write("\n".join(lines) + "\n")
        os.replace(scratch, self.path)


def _read(path: str) -> list[Entry]:
    """What a file has; a line that is none of ours is left out."""
    try:
        with open(path, encoding="utf-8", errors="replace") as file:
            lines = file.read().splitlines()
    except OSError:
        return []
    found: list[Entry] = []
    title = ("", "")
    for line in lines:
        if match := re.fullmatch(r"# (\w+): (.*)", line):
            title = match[1], match[2]
        elif match := re.fullmatch(r"(tt1:\S+) passes=(\d+)", line):
            found.append(Entry(*title, match[1], int(match[2])))
    return found
