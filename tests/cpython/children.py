"""Starts the processes that run the tests, and reads what they say. A test that hangs is ended with its process."""

from __future__ import annotations

import json
import os
import select
import signal
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass, field
from typing import IO, Any

#: A test that takes longer, in seconds, is ended.
TIME_LIMIT = 60.0

#: A process gets this long to import the module, and to take its fixtures down.
START_LIMIT = 60.0


@dataclass
class Results:
    """What came of the tests of a module: id -> verdict and why."""

    verdicts: dict[str, tuple[str, str]] = field(default_factory=dict)
    seconds: dict[str, float] = field(default_factory=dict)
    #: Why there are no tests.
    missing: str = ""
    elapsed: float = 0.0

    def count(self, verdict: str) -> int:
        """How many ended so."""
        return sum(found == verdict for found, _ in self.verdicts.values())


@dataclass
class Options:
    """How the tests are run."""

    strategy: str = "round-robin"
    seed: int = 0
    match: str = ""
    time_limit: float = TIME_LIMIT


class Child:
    """Runs the tests of one module one way; a new process goes on behind a test that did not come back."""

    def __init__(self, module: str, way: str, options: Options) -> None:
        self._module = module
        self._way = way
        self._options = options
        self.results = Results()

    def run(self) -> Results:
        """Runs all of them."""
        began = time.monotonic()
        while not self._run_process():
            pass
        self.results.elapsed = time.monotonic() - began
        return self.results

    def _run_process(self) -> bool:
        """Whether it was the last one that is needed."""
        ours, theirs = os.pipe()
        options = self._options
        arguments = [self._module, self._way, options.strategy, options.seed, len(self.results.verdicts), theirs]
        with tempfile.TemporaryFile() as output, tempfile.TemporaryDirectory() as folder:
            process = subprocess.Popen(
                [sys.executable, "-m", "tests.cpython.child", *map(str, arguments), *filter(None, [options.match])],
                pass_fds=[theirs],
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
                # An interpreter that a test starts has the hash seed of the user.
                env=os.environ | {"PYTHONPATH": os.getcwd(), "TMPDIR": folder},
            )
            os.close(theirs)
            try:
                with open(ours, "rb", buffering=0) as lines:
                    return self._read(lines, output)
            finally:
                try:
                    os.killpg(process.pid, signal.SIGKILL)
                except ProcessLookupError:
                    pass
                process.wait()

    def _read(self, lines: IO[bytes], output: IO[bytes]) -> bool:
        running = ""
        began = time.monotonic()
        buffered = b""
        while True:
            limit = self._options.time_limit if running else START_LIMIT
            ready, _, _ = select.select([lines], [], [], max(0.0, began + limit - time.monotonic()))
            read = os.read(lines.fileno(), 1 << 16) if ready else b""
            if not read:
                why = f"its process ended\n{_tail(output)}" if ready else f"not over after {limit:g} s"
                return self._broken_off(running, why)
            *whole, buffered = (buffered + read).split(b"\n")
            for line in whole:
                said: dict[str, Any] = json.loads(line)
                now = time.monotonic()
                if "begins" in said:
                    running = said["begins"]
                elif "ends" in said:
                    self.results.verdicts[running] = said["verdict"], said["why"]
                    self.results.seconds[running] = now - began
                    running = ""
                elif "over" in said:
                    return True
                elif not said["all"]:
                    self.results.missing = said.get("why", "no such tests")
                    return True
                began = now

    def _broken_off(self, running: str, why: str) -> bool:
        if not running:
            self.results.missing = self.results.missing or f"the process broke off between the tests: {why}"
            return True
        self.results.verdicts[running] = "failed", why
        return False


def _tail(output: IO[bytes]) -> str:
    output.seek(0)
    return output.read().decode(errors="replace")[-2000:]
