"""Schedule scripts: an interleaving written by hand.

    # The consumer waits before anything was produced.
    Consumer: condition.wait condition
    Producer: condition.notify x2
    Producer: line 14
    Producer: lock.release lock #2 before Consumer: lock.acquire lock

A line is a step, `THREAD: OPERATION [OBJECT]` or `THREAD: line [FILE:]NUMBER`. The steps happen in the order of the
lines; whatever else the threads do is free. `xN` stands for N such operations in a row, `#N` for the Nth since the
beginning. A line with `before` stands beside this order: what it names second does not happen until the first has.
Names with a colon or a space at an end are put in double quotes. `lock` stands for re-entrant locks, too: the lock of
a condition is one.
"""

from __future__ import annotations

import os
import re
from dataclasses import dataclass

from tracer.operations import OPERATIONS, unknown_operation

#: A script that is longer was not written by a person.
_LARGEST = 1 << 20

_QUOTED = r'"(?P<quoted>[^"]*)"'
_STEP = re.compile(rf"(?:{_QUOTED}|(?P<thread>[^\":][^:]*?))\s*:\s+(?P<what>\S.*)$")
_COUNT = re.compile(r"^(?P<rest>.*\S)\s+(?P<sign>[x#])(?P<number>\d+)$")
_LINE = re.compile(r"^line\s+(?:(?P<file>\S.*):)?(?P<line>\d+)$")

_HOW = "write `THREAD: OPERATION OBJECT`, `THREAD: line NUMBER`, or two of these with `before` between them"


class ScriptError(ValueError):
    """A script that cannot be understood. The message begins with file and line."""


@dataclass(frozen=True)
class Step:
    """One operation, or several like it. `operation` is empty for any operation at `line` (of a file, if given).

    `nth` counts from the beginning of the execution; 0 means the next one.
    """

    where: str
    text: str
    thread: str
    operation: str = ""
    target: str | None = None
    file: str = ""
    line: int = 0
    times: int = 1
    nth: int = 0

    def matches(self, thread: str, operation: str, target: str | None, file: str, line: int) -> bool:
        """Whether an operation, at a place, is one of these."""
        if thread != self.thread:
            return False
        if self.line:
            return line == self.line and (not self.file or _is_called(file, self.file))
        if operation != self.operation and operation != "r" + self.operation:
            return False
        return self.target in (None, target)


def _is_called(file: str, name: str) -> bool:
    return file == name or file.endswith(os.sep + name)


@dataclass(frozen=True)
class Script:
    """What a script asks for: the steps in their order, and pairs of which the first comes before the second."""

    path: str
    steps: list[Step]
    orders: list[tuple[Step, Step]]


def read_script(path: str, called: str = "") -> Script:
    """Reads a script, which messages call `called`, or `path`.

    Raises OSError, and ScriptError with the line of the first mistake.
    """
    with open(path, "rb") as file:
        data = file.read(_LARGEST + 1)
    if len(data) > _LARGEST:
        raise ScriptError(f"{path}: is neither a trace nor a schedule, and too long for a script")
    try:
        text = data.decode()
    except UnicodeDecodeError:
        raise ScriptError(f"{path}: is neither a trace, nor a schedule, nor a script: it is no text") from None
    return parse_script(text, called or path)


def parse_script(text: str, path: str) -> Script:
    """Understands a script; `path` is for messages. Raises ScriptError."""
    steps: list[Step] = []
    orders: list[tuple[Step, Step]] = []
    for number, line in enumerate(text.splitlines(), 1):
        content = line.strip()
        if not content or content.startswith("#"):
            continue
        where = f"{path}:{number}"
        if not content.isprintable():
            raise ScriptError(f"{where}: is not a line of a script: {_HOW}")
        first, before, second = content.partition(" before ")
        if before:
            orders.append((_step(first, where, alone=False), _step(second, where, alone=False)))
        else:
            steps.append(_step(content, where, alone=True))
    if not steps and not orders:
        raise ScriptError(f"{path}: is empty: {_HOW}")
    return Script(path, steps, orders)


def _step(text: str, where: str, *, alone: bool) -> Step:
    found = _STEP.match(text.strip())
    if found is None:
        raise ScriptError(f"{where}: {_shortened(text)!r} is not understood: {_HOW}")
    thread = found["quoted"] if found["quoted"] is not None else found["thread"].strip()
    what = found["what"].strip()
    times, nth = 1, 0
    counted = _COUNT.match(what)
    if counted is not None:
        what = counted["rest"]
        number = int(counted["number"][:9])
        if not number:
            raise ScriptError(f"{where}: {counted['sign']}0 is not a count: it begins with 1")
        if counted["sign"] == "#":
            nth = number
        elif alone:
            times = number
        else:
            raise ScriptError(f"{where}: with `before`, say which one with #{number}, not how many with x{number}")
    line = _LINE.match(what)
    if line is not None:
        return Step(where, text, thread, file=line["file"] or "", line=int(line["line"][:9]), times=times, nth=nth)
    operation, _, target = what.partition(" ")
    if operation not in OPERATIONS:
        raise ScriptError(f"{where}: {unknown_operation(_shortened(operation))}")
    target = target.strip()
    if len(target) > 1 and target[0] == target[-1] == '"':
        target = target[1:-1]
    return Step(where, text, thread, operation, target or None, times=times, nth=nth)


def _shortened(text: str) -> str:
    return text if len(text) <= 60 else text[:57] + "…"
