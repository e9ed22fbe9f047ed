"""Starts the process that shrinks, and listens to it."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from typing import TYPE_CHECKING

import click
import msgspec

from replay.job import HOST_FAILED
from replay.shrink.job import Progress, Result
from threadtrace.supervise import start_line

if TYPE_CHECKING:
    from collections.abc import Callable

    from replay.shrink.job import ShrinkJob

_message = msgspec.json.Decoder(Progress | Result)


def run_shrinking(work: ShrinkJob, on_progress: Callable[[Progress, float], None]) -> Result:
    """Shrinks, and gives the result; `on_progress` is called with the seconds that have passed.

    Ctrl-C ends the search, and what was found so far is the result. Raises ClickException when the process failed.
    """
    begin = time.monotonic()
    environment = os.environ | {"PYTHONHASHSEED": str(work.job.hash_seed)}
    line = [sys.executable, "-c", start_line("replay.shrink.host"), msgspec.json.encode(work).decode()]
    process = subprocess.Popen(line, env=environment, stdout=subprocess.PIPE, stdin=subprocess.DEVNULL)  # noqa: S603
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)  # the process itself ends with what it has
    result = None
    try:
        assert process.stdout is not None
        for said in process.stdout:
            message = _message.decode(said)
            if isinstance(message, Result):
                result = message
            else:
                on_progress(message, time.monotonic() - begin)
        process.wait()
    finally:
        signal.signal(signal.SIGINT, before)
        process.kill()
        process.wait()
    if result is None and process.returncode == HOST_FAILED:
        raise SystemExit(2)  # it has said why
    if result is None:
        raise click.ClickException("the process that shrinks ended without a result; what it printed is above")
    return result
