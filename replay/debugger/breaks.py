"""Breakpoints: which events and which lines a replay stops at.

A line is `FILE:LINE`, and a file is matched by the end of its path, so `worker.py:20` is enough. An event is
`OPERATION [OBJECT]` as it stands in a trace: `lock.acquire lock_a`, or `condition.wait` for those of all objects.
"""

from __future__ import annotations

import os
import re
import sys
from dataclasses import dataclass, field

from tracer.operations import OPERATIONS, unknown_operation

_LINE = re.compile(r"(?P<file>\S.*):(?P<line>\d{1,9})$")


class BreakError(ValueError):
    """What is no breakpoint. The message is one line, and says what to write instead."""


@dataclass
class Breaks:
    """The breakpoints of a session, in the order in which they were made: `(file, line)` and `(operation, object)`."""

    lines: list[tuple[str, int]] = field(default_factory=list)
    operations: list[tuple[str, str | None]] = field(default_factory=list)

    def has(self, operation: str, label: str | None) -> bool:
        """Whether there is one at this operation of this object."""
        return (operation, None) in self.operations or (operation, label) in self.operations

    def lines_of(self, filename: str) -> frozenset[int]:
        """The lines of a file, named as in its code objects, that have one."""
        if not self.lines or filename.startswith("<"):
            return frozenset()
        path = os.path.realpath(filename)
        return frozenset(line for file, line in self.lines if is_called(path, file))

    def shown(self) -> list[str]:
        """As the user would write them."""
        lines = [f"{file}:{line}" for file, line in self.lines]
        return lines + [f"{operation} {label}" if label else operation for operation, label in self.operations]

    def remove(self, number: int) -> None:
        """Removes one by its number in `shown`, from 1. Raises IndexError."""
        if number < 1:
            raise IndexError
        if number <= len(self.lines):
            del self.lines[number - 1]
        else:
            del self.operations[number - 1 - len(self.lines)]


def is_called(path: str, name: str) -> bool:
    """Whether the user means the file at `path` by `name`: its whole path, or the end of it."""
    return path in (name, os.path.realpath(name)) or path.endswith(os.sep + os.path.normpath(name))


def parse_operation(text: str) -> tuple[str, str | None]:
    """Understands `OPERATION [OBJECT]`. Raises BreakError."""
    operation, _, label = text.strip().partition(" ")
    if operation not in OPERATIONS:
        raise BreakError(unknown_operation(operation))
    label = label.strip()
    if len(label) > 1 and label[0] == label[-1] == '"':
        label = label[1:-1]
    return operation, label or None


def parse_line(text: str, program: str | None = None) -> tuple[str, int]:
    """Understands `FILE:LINE`, where the file may be the end of the path of `program`, or of an imported module.

    Raises BreakError: for what is malformed, for a file that is nowhere, and for a line without code, at which nothing
    would ever stop.
    """
    found = _LINE.match(text.strip())
    if found is None:
        raise BreakError(f"{text!r} is no breakpoint: write FILE:LINE, as in worker.py:20")
    name, line = found["file"], int(found["line"])
    path = _find(name, program)
    if path is None:
        raise BreakError(f"{text}: there is no file {name}")
    code = _lines_with_code(path)
    if code and line not in code:
        later = [one for one in sorted(code) if one > line]
        hint = f"the next line with code is {later[0]}" if later else f"the last line with code is {max(code)}"
        raise BreakError(f"{text}: there is no code on this line, so nothing would stop there; {hint}")
    return (os.path.realpath(path) if os.pardir in name else name), line


def _find(name: str, program: str | None) -> str | None:
    """The file that is meant, as far as that is known before the program runs."""
    if os.path.isfile(name):
        return name
    folders = [*sys.path]
    if program is not None:
        if is_called(os.path.realpath(program), name):
            return program
        folders.insert(0, os.path.dirname(os.path.realpath(program)))
    for folder in folders:
        path = os.path.join(folder or os.curdir, name)
        if os.path.isfile(path):
            return path
    return None


def _lines_with_code(path: str) -> set[int]:
    """The lines of a Python file on which something begins to be executed; none for what cannot be read."""
    try:
        with open(path, "rb") as file:
            pending = [compile(file.read(), path, "exec", dont_inherit=True)]
    except (OSError, SyntaxError, ValueError):
        return set()
    lines: set[int] = set()
    while pending:
        code = pending.pop()
        lines.update(line for _, _, line in code.co_lines() if line)
        pending += [one for one in code.co_consts if isinstance(one, type(code))]
    return lines
