"""`os.read`, `os.write` and their like, `open` of a file that is a pipe, a socket or a terminal, and `input`.

The classes of `io` are written in C, and read where nobody can step in. So a pipe is opened as a raw file of our own,
with the buffers of the standard library on top. These keep a lock of C while they read: two threads in one buffer
would be one thread that comes twice to it, which it refuses. So whoever uses a buffer waits for its turn before.
"""

from __future__ import annotations

import builtins
import functools
import io
import os
import select
import sys
from typing import TYPE_CHECKING, Any

from tracer import real
from tracer.primitives.outside.descriptors import descriptor, introduce_pair, known, may_block
from tracer.primitives.outside.polling import READABLE, WRITABLE
from tracer.primitives.outside.waiting import as_one, count, execute, wait_for
from tracer.primitives.silent_lock import SilentLock
from tracer.runtime import Runtime, door

if TYPE_CHECKING:
    from collections.abc import Callable

#: A pipe that can be written takes so much at once.
_AT_ONCE: int = getattr(select, "PIPE_BUF", 512)

_real_pipe = os.pipe
_real_pipe2 = getattr(os, "pipe2", None)
_real_input = builtins.input


def _runtime_for(number: Any) -> Runtime | None:
    """The runtime, where it has to do with this file; where pipes cannot be polled, as on Windows, it never has."""
    runtime = door.runtime
    if runtime is None or type(number) is not int or real.poll is None:
        return None
    try:
        return runtime if may_block(number) else None
    except OSError:  # it is closed: the real operation says so
        return None


def _runtime_for_blocking(number: Any) -> Runtime | None:
    """The same for what may have to wait."""
    runtime = _runtime_for(number)
    return runtime if runtime is not None and os.get_blocking(number) else None


def _use(runtime: Runtime, number: int, operation: str, events: int, call: Callable[[int], Any]) -> Any:
    target = descriptor(number)
    files = wait_for(runtime, operation, target, {number: events}, None if os.get_blocking(number) else 0)
    assert files is not None
    try:
        return execute(runtime, operation, target, lambda: call(files.copies.get(number, number)), count)
    finally:
        files.let_go()


def read(fd: int, length: int, /) -> bytes:
    runtime = _runtime_for(fd)
    if runtime is None:
        return real.read(fd, length)
    data: bytes = _use(runtime, fd, "file.read", READABLE, lambda number: real.read(number, length))
    return data


def write(fd: int, data: Any, /) -> int:
    runtime = _runtime_for(fd)
    if runtime is None or fd in (1, 2):
        return real.write(fd, data)
    if not os.get_blocking(fd):
        return int(_use(runtime, fd, "file.write", WRITABLE, lambda number: real.write(number, data)))

    def all_of_it() -> int:
        done = 0
        with memoryview(data) as view, view.cast("B") as pieces:
            while True:
                piece = functools.partial(_write_piece, pieces[done : done + _AT_ONCE])
                done += int(_use(runtime, fd, "file.write", WRITABLE, piece))
                if done >= len(pieces):
                    return done

    return int(as_one(runtime, "file.write", descriptor(fd), {fd: WRITABLE}, all_of_it, count))


def _write_piece(piece: Any, number: int) -> int:
    return real.write(number, piece)


def close(fd: int, /) -> None:
    runtime = _runtime_for(fd)
    if runtime is None:
        real.close(fd)
        return
    target = descriptor(fd)
    runtime.point("file.close", target)
    known.by_number.pop(fd, None)
    execute(runtime, "file.close", target, lambda: real.close(fd))


def pipe() -> tuple[int, int]:
    pair = _real_pipe()
    introduce_pair(*pair)
    return pair


def pipe2(flags: int, /) -> tuple[int, int]:
    assert _real_pipe2 is not None
    pair: tuple[int, int] = _real_pipe2(flags)
    introduce_pair(*pair)
    return pair


class PipeIO(io.FileIO):
    """A raw file that waits for its turn to be read or written."""

    def readinto(self, buffer: Any, /) -> int | None:
        """Reads what there is, at least a byte."""
        runtime = _runtime_for_blocking(self.fileno())
        if runtime is None:
            return super().readinto(buffer)
        found: int = _use(runtime, self.fileno(), "file.read", READABLE, lambda number: os.readv(number, [buffer]))
        return found

    def read(self, size: int | None = -1, /) -> bytes | None:  # type: ignore[override]
        """Reads what there is, or up to the end."""
        if size is None or size < 0:
            return self.readall()
        buffer = bytearray(size)
        found = self.readinto(buffer)
        return None if found is None else bytes(buffer[:found])

    def readall(self) -> bytes:
        """Reads up to the end."""
        pieces = []
        while piece := self.read(io.DEFAULT_BUFFER_SIZE):
            pieces.append(piece)
        return b"".join(pieces)

    def write(self, data: Any, /) -> int:
        """Writes all of it."""
        if _runtime_for_blocking(self.fileno()) is None:
            return super().write(data)
        return write(self.fileno(), data)

    def close(self) -> None:
        """Closes the file."""
        runtime = None if self.closed or not self.closefd else _runtime_for(self.fileno())
        if runtime is None:
            super().close()
            return
        number = self.fileno()
        target = descriptor(number)
        runtime.point("file.close", target)
        known.by_number.pop(number, None)
        execute(runtime, "file.close", target, super().close)


def _in_turn(name: str, kind: type) -> Callable[..., Any]:
    """A method that is one operation, whatever its raw file has to do for it."""
    method = getattr(kind, name)
    reads = name not in ("write", "flush", "close")

    def in_turn(self: Any, *args: Any) -> Any:
        runtime = door.runtime
        if runtime is None or self._turn.is_mine():  # closing it flushes it
            return method(self, *args)

        def call() -> Any:
            with self._turn:
                return method(self, *args)

        if reads and not self.closed and self.fileno() >= 0:
            number = self.fileno()
            return as_one(runtime, "file.read", descriptor(number), {number: READABLE}, call, _how_much)
        return call()

    return functools.wraps(method)(in_turn)


def _how_much(result: Any) -> int:
    return 0 if result is None else count(result)


class _Turns:
    """What the buffers have beside those of the standard library."""

    def __init__(self, raw: Any, *args: Any, **kwargs: Any) -> None:
        super().__init__(raw, *args, **kwargs)  # type: ignore[call-arg]
        self._turn = SilentLock("file.turn")


class Reader(_Turns, io.BufferedReader):
    """A buffer that one thread reads at a time."""


class Writer(_Turns, io.BufferedWriter):
    """A buffer that one thread writes at a time."""


class Text(_Turns, io.TextIOWrapper):
    """Text of which one thread reads at a time. Its lines are operations, however many of them come at once."""


for _kind, _real_kind, _names in (
    (Reader, io.BufferedReader, ("read", "read1", "readinto", "readinto1", "readline", "peek", "__next__", "close")),
    (Writer, io.BufferedWriter, ("write", "flush", "close")),
    (Text, io.TextIOWrapper, ("read", "readline", "__next__")),
):
    for _name in _names:
        setattr(_kind, _name, _in_turn(_name, _real_kind))


def open_(file: Any, mode: str = "r", buffering: int = -1, *args: Any, **kwargs: Any) -> Any:
    if _runtime_for_blocking(file) is None or not isinstance(mode, str) or len(set(mode) & set("rwax+")) != 1:
        return real.open_(file, mode, buffering, *args, **kwargs)
    return _open_pipe(file, mode, buffering, *args, **kwargs)


def _open_pipe(
    file: int,
    mode: str,
    buffering: int = -1,
    encoding: str | None = None,
    errors: str | None = None,
    newline: str | None = None,
    closefd: bool = True,
    opener: Any = None,
) -> Any:
    """What `open` makes, with a raw file of ours; it leaves to the real one to complain of its arguments."""
    binary = "b" in mode
    if binary and (encoding is not None or errors is not None or newline is not None):
        return real.open_(file, mode, buffering, encoding, errors, newline, closefd, opener)
    raw = PipeIO(file, mode.replace("b", "").replace("t", ""), closefd)
    if buffering == 0 and binary:
        return raw
    if buffering == 0:
        raise ValueError("can't have unbuffered text I/O")
    kind = Reader if "r" in mode else Writer
    line_buffering = buffering == 1 or (buffering < 0 and raw.isatty())
    buffer = kind(raw, buffering if buffering > 1 else io.DEFAULT_BUFFER_SIZE)
    if binary:
        return buffer
    text = Text(buffer, io.text_encoding(encoding), errors, newline, line_buffering)
    text.mode = mode  # type: ignore[misc]
    return text


def input_(prompt: Any = "", /) -> str:
    runtime = door.runtime
    number = _terminal_of_input()
    if runtime is None or number is None:
        return _real_input(prompt)
    print(prompt, end="", flush=True)
    target = descriptor(number)
    files = wait_for(runtime, "file.read", target, {number: READABLE}, None)
    assert files is not None
    files.let_go()
    line: str = execute(runtime, "file.read", target, _real_input, count)
    return line


def _terminal_of_input() -> int | None:
    """The file that `input` reads past `sys.stdin`: that of a person at a terminal."""
    try:
        return 0 if type(sys.stdin) is Text and sys.stdin.fileno() == 0 and os.isatty(0) else None
    except (OSError, ValueError):
        return None


def control_stdin() -> None:
    """Puts a file that waits for its turn in the place of `sys.stdin`, of which nothing was read yet."""
    stdin: Any = sys.stdin
    if type(stdin) is not io.TextIOWrapper or stdin is not sys.__stdin__:
        return
    try:
        if not may_block(0) or stdin.fileno() != 0:
            return
    except OSError:
        return
    raw = PipeIO(0, "r", closefd=False)
    made = Text(Reader(raw), stdin.encoding, stdin.errors, None, stdin.line_buffering)
    made.mode = "r"  # type: ignore[misc]
    sys.stdin = sys.__stdin__ = made  # type: ignore[misc]
