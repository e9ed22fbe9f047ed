"""A command that is driven through a terminal, as a person would."""

from __future__ import annotations

import contextlib
import fcntl
import os
import pty
import re
import select
import signal
import subprocess
import sys
import termios
import time
from typing import TYPE_CHECKING, Any, Self

from tests.support import ROOT

if TYPE_CHECKING:
    from pathlib import Path

PROMPT = "(threadtrace) "

#: Nothing that a test waits for takes a tenth of this, in seconds.
_PATIENCE = 30.0


class Terminal:
    """`threadtrace ARGUMENTS` in a terminal of its own. Use as a context: nothing survives it."""

    def __init__(self, *arguments: str, cwd: Path | str, env: dict[str, str] | None = None) -> None:
        self._own, its = pty.openpty()

        def take_terminal() -> None:
            os.setsid()
            fcntl.ioctl(its, termios.TIOCSCTTY, 0)

        self.process = subprocess.Popen(
            [sys.executable, "-m", "threadtrace", *arguments],
            cwd=cwd,
            env=os.environ | {"NO_COLOR": "1", "PYTHONPATH": ROOT, "TERM": "dumb", "COLUMNS": "200"} | (env or {}),
            stdin=its,
            stdout=its,
            stderr=its,
            preexec_fn=take_terminal,
        )
        os.close(its)
        self.text = ""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        for pid in self.processes():
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        self.process.wait(_PATIENCE)
        os.close(self._own)

    def until(self, wanted: str = PROMPT) -> str:
        """What is printed until `wanted` comes, without it."""
        end = time.monotonic() + _PATIENCE
        while wanted not in self.text:
            more = self._read(end)
            assert more, f"waited for {wanted!r}, got {self.text!r}"
            self.text += more
        before, _, self.text = self.text.partition(wanted)
        return before

    def tell(self, command: str) -> str:
        """Gives a command at the prompt; what is printed until the next prompt."""
        self.send(command + "\n")
        return self.until().removeprefix(command).lstrip("\n")

    def send(self, text: str) -> None:
        """Types."""
        os.write(self._own, text.encode())

    def end(self) -> tuple[int, str]:
        """Waits for the end; gives the exit status and what was printed until then."""
        end = time.monotonic() + _PATIENCE
        while more := self._read(end):
            self.text += more
        text, self.text = self.text, ""
        return self.process.wait(_PATIENCE), text

    def processes(self) -> list[int]:
        """All processes of this terminal that are alive."""
        if sys.platform != "linux":
            return [self.process.pid] if self.process.poll() is None else []
        found = []
        for name in filter(str.isdecimal, os.listdir("/proc")):
            with contextlib.suppress(OSError), open(f"/proc/{name}/stat") as file:
                fields = file.read().rpartition(")")[2].split()
                if int(fields[3]) == self.process.pid and fields[0] not in "ZX":  # the session, the state
                    found.append(int(name))
        return found

    def is_gone(self) -> bool:
        """Whether no process is left, after a moment."""
        end = time.monotonic() + _PATIENCE
        while self.processes() and time.monotonic() < end:
            time.sleep(0.05)
        return not self.processes()

    def _read(self, end: float) -> str:
        """What there is to read; empty at the end. Fails when its time is over."""
        ready, _, _ = select.select([self._own], [], [], max(0.0, end - time.monotonic()))
        assert ready, f"nothing more was printed after {self.text!r}"
        try:
            data = os.read(self._own, 1 << 16)
        except OSError:  # the last process has closed it
            return ""
        return re.sub(r"\x1b\[\??[0-9;]*[a-zA-Z]|\r", "", data.decode(errors="replace"))


def events_of(path: Path | str) -> list[bytes]:
    """The lines of a trace that are events."""
    with open(path, "rb") as file:
        return [line for line in file if line.startswith(b'{"number"')]


def arguments_of(stops: dict[str, Any]) -> list[str]:
    """`stop_at=9` as `--stop-at 9`, lists as repeated options."""
    found: list[str] = []
    for name, value in stops.items():
        for one in value if isinstance(value, list) else [value]:
            found += [f"--{name.replace('_', '-')}", str(one)]
    return found
