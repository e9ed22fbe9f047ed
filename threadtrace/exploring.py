"""Starts the process that explores, and listens to it."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from typing import TYPE_CHECKING

import click
import msgspec

from replay.exploring.job import Progress, Report
from replay.job import HOST_FAILED
from threadtrace.supervise import start_line

if TYPE_CHECKING:
    from collections.abc import Callable

    from replay.exploring.job import Work

_message = msgspec.json.Decoder(Progress | Report)

#: How long the process may take, after Ctrl-C, to say what it has found; in seconds.
_TO_CONCLUDE = 30.0


def run_exploring(work: Work, on_progress: Callable[[Progress], object], meanwhile: Callable[[], object]) -> Report:
    """Explores, and gives the report. `meanwhile` is called once while the process starts, which takes it a while.

    Ctrl-C ends the exploration, and what was found so far is reported; a second one ends everything. Raises
    ClickException when the process failed.
    """
    environment = os.environ | {"PYTHONHASHSEED": str(work.explore.job.hash_seed)}
    line = [sys.executable, "-c", start_line("replay.exploring.host"), msgspec.json.encode(work).decode()]
    process = subprocess.Popen(  # noqa: S603 - the program the user named
        line, env=environment, stdout=subprocess.PIPE, stdin=subprocess.DEVNULL, start_new_session=True
    )
    interrupts = 0

    def interrupted(signum: int, frame: object) -> None:
        nonlocal interrupts
        interrupts += 1
        if interrupts > 1:
            _end(process)
        else:
            process.send_signal(signal.SIGINT)
            signal.setitimer(signal.ITIMER_REAL, _TO_CONCLUDE) if hasattr(signal, "setitimer") else None

    def terminated(signum: int, frame: object) -> None:
        _end(process)
        raise SystemExit(128 + signum)

    before = signal.signal(signal.SIGINT, interrupted), signal.signal(signal.SIGTERM, terminated)
    report = None
    try:
        meanwhile()
        assert process.stdout is not None
        for said in process.stdout:
            message = _message.decode(said)
            if isinstance(message, Report):
                report = message
            else:
                on_progress(message)
        process.wait()
    finally:
        signal.signal(signal.SIGINT, before[0])
        signal.signal(signal.SIGTERM, before[1])
        _end(process)
    if report is None and process.returncode == HOST_FAILED:
        raise SystemExit(2)  # it has said why
    if report is None and interrupts > 1:
        raise SystemExit(130)
    if report is None:
        raise click.ClickException("the process that explores ended without a report; what it printed is above")
    return report


def _end(process: subprocess.Popen[bytes]) -> None:
    """Kills the process, and all that it has started."""
    if process.poll() is None:
        try:
            os.killpg(process.pid, signal.SIGKILL) if hasattr(os, "killpg") else process.kill()
        except ProcessLookupError:
            pass
        process.wait()


class Bar:
    """The line on standard error that says how far it is; nothing where that is no terminal."""

    def __init__(self, executions: int, seconds: float | None, *, hidden: bool) -> None:
        self._executions = executions
        self._seconds = seconds
        self._hidden = hidden or not sys.stderr.isatty()
        self._width = 0
        self._begin = time.monotonic()

    def show(self, progress: Progress) -> None:
        """Shows it."""
        if not self._hidden:
            self._write(self._text(progress))

    def close(self) -> None:
        """Takes the line away."""
        if self._width:
            self._write("")
            click.echo("\r", nl=False, err=True)

    def _write(self, text: str) -> None:
        width = self._terminal_width()
        text = text[: width - 1]
        click.echo("\r" + text.ljust(self._width), nl=False, err=True)
        self._width = len(text)

    def _terminal_width(self) -> int:
        import shutil

        return shutil.get_terminal_size().columns

    def _text(self, progress: Progress) -> str:
        if progress.phase != "exploring":
            return f"{progress.phase} …"
        rate = progress.executions / progress.seconds if progress.seconds else 0.0
        done = progress.executions / self._executions
        if self._seconds:
            done = max(done, progress.seconds / self._seconds)
        filled = round(min(1.0, done) * 16)
        left = progress.seconds / done - progress.seconds if done else 0.0
        failures = f", {progress.failures} failing" if progress.failures else ""
        busiest = max(progress.strategies, key=lambda one: progress.strategies[one], default="")
        return (
            f"[{'#' * filled}{'-' * (16 - filled)}] {progress.executions:,} executions, {rate:,.0f}/s, "
            f"{progress.schedules:,} schedules{failures}, {busiest}, {left:.0f} s left"
        )
