"""The file system, which threads share: a path is a variable, and so is all of it.

Two threads that ask whether a file is there, and then make it, touch no memory of each other. What opens, changes or
asks for a path is an access to that path; what changes or lists a folder is one to all paths. A path is told as the
program writes it, made absolute: links are not followed. A file that has no path is an object like others.

What an execution leaves in the file system the next one finds. Where one asks for what is there, and then changes it,
schedules can end otherwise than they do from a fresh start.
"""

from __future__ import annotations

import io
import os
import pathlib
import shutil
from types import BuiltinFunctionType, FunctionType
from typing import Any, NamedTuple

from tracer.access.sites import READ, USE

#: Among the names that are learned: a path that threads change, and any path.
_CHANGED, _ANY = "files ", "files"

#: Paths that are learned.
_MOST_LEARNED = 8

#: What a mode is made of, and what of it makes or changes the file depending on what there is.
_MODES, _ASK_MODES = frozenset("rwxabt+U"), frozenset("xa+")

#: Flags of `os.open` that change nothing.
_READ_FLAGS = os.O_CLOEXEC | os.O_NONBLOCK

#: The module of the interpreter that has the functions of the system.
_SYSTEM: Any = os.stat.__self__  # type: ignore[attr-defined]

_ONE_PATH: dict[str, str] = {
    **dict.fromkeys(["stat", "lstat", "access", "readlink"], READ),
    **dict.fromkeys(["remove", "unlink", "truncate", "utime", "chmod"], USE),
}
_ALL_PATHS: dict[str, str] = {
    **dict.fromkeys(["listdir", "scandir"], READ),
    **dict.fromkeys(["rename", "replace", "mkdir", "rmdir", "link", "symlink"], USE),
}

_IN_PYTHON: dict[Any, tuple[str, bool]] = {}  # whether it is one path
for _module, _names, _operation, _is_one in (
    (os.path, "exists lexists isfile isdir islink getsize getmtime getctime getatime samefile", READ, True),
    (os, "walk fwalk", READ, False),
    (os, "makedirs removedirs renames", USE, False),
    (shutil, "copyfile copy copy2 copytree copymode copystat move rmtree make_archive unpack_archive", USE, False),
    (pathlib.Path, "exists is_file is_dir is_symlink stat lstat read_text read_bytes readlink", READ, True),
    (pathlib.Path, "iterdir glob rglob walk", READ, False),
    (pathlib.Path, "open write_text write_bytes touch unlink chmod", USE, True),
    (pathlib.Path, "mkdir rename replace rmdir symlink_to hardlink_to", USE, False),
):
    for _name in _names.split():
        if (_found := getattr(_module, _name, None)) is not None:
            _IN_PYTHON[_found] = _operation, _is_one

#: What is asked of a file object, not of what is in it.
_OF_OBJECT = frozenset(
    ["fileno", "isatty", "readable", "writable", "seekable", "__enter__", "__iter__", "detach", "reconfigure"]
)

#: What was written before gets into the file now.
_FLUSHING = frozenset(["close", "flush", "__exit__"])

_READING = frozenset(["read", "readline", "readlines", "readinto", "read1", "readinto1", "peek", "readall", "__next__"])

_C_FILES = frozenset([io.TextIOWrapper, io.BufferedReader, io.BufferedWriter, io.BufferedRandom, io.FileIO])


class Files:
    """The file system of one execution: it is one thing.

    `learned` is what is known from earlier executions, and is added to.
    """

    def __init__(self, learned: set[str]) -> None:
        self._learned = learned
        self._asked: set[str | None] = set()
        self._changed: set[str | None] = set()

    def depends_on_the_last(self, effect: Effect) -> bool:
        """Whether it matters to what now happens what an earlier execution has left, if that was the same."""
        path = effect.path
        if effect.operation is READ:
            self._asked.add(path)
            return path not in self._changed and bool(self._learned) and self._was_changed(path)
        if path not in self._changed:
            self._changed.add(path)
            self._learn(path)
        return effect.asks or path is None or path in self._asked or None in self._asked

    def _was_changed(self, path: str | None) -> bool:
        return _ANY in self._learned or f"{_CHANGED}{path}" in self._learned

    def _learn(self, path: str | None) -> None:
        """The name of a temporary file is another one each time: not too many are learned."""
        known = sum(name.startswith(_CHANGED) for name in self._learned)
        if not self._was_changed(path):
            self._learned.add(_ANY if path is None or known >= _MOST_LEARNED else f"{_CHANGED}{path}")


class Effect(NamedTuple):
    """The operation, the path (None: all of them), and whether what changes it looks whether it is there."""

    operation: str
    path: str | None
    asks: bool = False


def effect(called: Any, kind: type, arguments: list[Any]) -> Effect | None:
    """What a call does to the file system; None where it does nothing."""
    if kind is FunctionType:
        found = _IN_PYTHON.get(called)
        if found is None:
            return None
        operation, is_one = found
        return Effect(operation, path_of(arguments[0]) if is_one and arguments else None)
    name = called.__name__
    if name == "open":
        if not arguments or type(arguments[0]) is int:
            return None
        return _effect_of_mode(path_of(arguments[0]), arguments[1:])
    if kind is BuiltinFunctionType and called.__self__ is _SYSTEM:
        if name in _ONE_PATH and arguments and type(arguments[0]) is not int:
            return Effect(_ONE_PATH[name], path_of(arguments[0]))
        if name in _ALL_PATHS:
            return Effect(_ALL_PATHS[name], None)
    return None


def _effect_of_mode(path: str | None, arguments: list[Any]) -> Effect:
    """What it does to open a file: what is given by name comes in any order."""
    for one in arguments:
        if type(one) is int and one & ~_READ_FLAGS:
            return Effect(USE, path, asks=True)
        if type(one) is str and one and _MODES.issuperset(one):
            asks = not _ASK_MODES.isdisjoint(one)
            return Effect(USE if asks or "w" in one else READ, path, asks)
    return Effect(READ, path)


def effect_on_open(target: Any, method: str) -> Effect | None:
    """What a method of a file object does to the file; None for what is no file, or has no path."""
    if type(target) not in _C_FILES or method in _OF_OBJECT:
        return None
    try:
        path = path_of(target.name)
        if method in _FLUSHING and not target.writable():
            return None
    except (AttributeError, ValueError):  # it was detached, or closed
        return None
    return Effect(READ if method in _READING else USE, path) if path is not None else None


def path_of(value: Any) -> str | None:
    """An absolute path; None for what cannot be told."""
    if isinstance(value, pathlib.PurePath):
        value = str(value)
    if type(value) is bytes:
        value = os.fsdecode(value)
    return os.path.abspath(value) if type(value) is str else None
