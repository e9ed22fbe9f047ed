"""The terminal of the prompt, or the pipe that stands for it; and silence for what was printed before.

Streams of the program's are not used: it may have replaced, closed or filled them. Commands from a pipe are read byte
by byte, because what a process had read ahead would be lost when another one goes on in its place.
"""

from __future__ import annotations

import contextlib
import io
import os
import sys
from typing import TYPE_CHECKING, TextIO

from tracer import real

if TYPE_CHECKING:
    from collections.abc import Iterator


class _Input(io.TextIOWrapper):
    """Standard input, a line at a time; cannot be closed by `exit()` and its like."""

    def close(self) -> None:
        """Stays open: it is the debugger's."""


class Lines(io.TextIOBase):
    """Standard input where it is no terminal: commands as lines, shown as they are read."""

    def __init__(self, out: TextIO) -> None:
        self._out = out

    def readline(self, size: int = -1, /) -> str:  # type: ignore[override]
        """The next line; empty at the end."""
        line = bytearray()
        while not line.endswith(b"\n"):
            try:
                byte = real.read(0, 1)
            except OSError:  # closed
                byte = b""
            if not byte:
                break
            line += byte
        text = line.decode("utf-8", "replace")
        if text:
            self._out.write(text if text.endswith("\n") else text + "\n")
            self._out.flush()
        return text

    def close(self) -> None:
        """Stays open: it is the debugger's."""


class Console:
    """Where the prompt reads and prints."""

    def __init__(self) -> None:
        self.out: TextIO = real.open_(1, "w", encoding="utf-8", errors="replace", buffering=1, closefd=False)
        self.is_terminal = _is_terminal(0) and _is_terminal(1)
        self.input: TextIO = (
            _Input(real.open_(0, "rb", closefd=False), encoding="utf-8", errors="replace")
            if self.is_terminal
            else Lines(self.out)  # type: ignore[assignment]
        )
        self._muted: tuple[int, int] | None = None

    @contextlib.contextmanager
    def taken(self) -> Iterator[None]:
        """The standard streams are the prompt's meanwhile."""
        flush_program()
        before = sys.stdin, sys.stdout
        sys.stdin, sys.stdout = self.input, self.out
        try:
            yield
        finally:
            self.out.flush()
            sys.stdin, sys.stdout = before

    def mute(self) -> None:
        """What the program prints was printed before."""
        if self._muted is None:
            self._muted = os.dup(1), os.dup(2)
            nowhere = os.open(os.devnull, os.O_WRONLY)
            os.dup2(nowhere, 1)
            os.dup2(nowhere, 2)
            real.close(nowhere)

    def unmute(self) -> None:
        """What the program prints is new from here on."""
        if self._muted is not None:
            flush_program()
            for file, saved in zip((1, 2), self._muted, strict=True):
                os.dup2(saved, file)
                real.close(saved)
            self._muted = None


def flush_program() -> None:
    """Prints what the program has printed so far."""
    for stream in (sys.__stdout__, sys.__stderr__):
        try:
            if stream is not None:
                stream.flush()
        except (OSError, ValueError):  # closed, or nobody reads it
            pass


def _is_terminal(file: int) -> bool:
    try:
        return os.isatty(file)
    except OSError:
        return False
