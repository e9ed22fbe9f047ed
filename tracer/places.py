"""Places in the user's source.

An event carries `(code object, offset of the instruction)` of the innermost frame that is the user's:
reading them costs a tenth of a microsecond, and they become `file:line` only when somebody looks.
Frames of this project and of the standard library are not the user's.
"""

from __future__ import annotations

import os
import sysconfig
import threading
from enum import IntEnum
from types import CodeType, FrameType

from tracer import real


class Origin(IntEnum):
    """Whose code a file is. The user's is falsy, so that a walk outwards stops at it."""

    USER = 0
    STANDARD_LIBRARY = 1
    OWN = 2


_ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
_OWN = tuple(os.path.join(_ROOT, package) + os.sep for package in ("tracer", "replay", "threadtrace"))
_STANDARD_LIBRARY = tuple({sysconfig.get_path(key) + os.sep for key in ("stdlib", "platstdlib")})
#: Under the standard library's folder, but not part of it: installed packages, and its tests,
#: which somebody who runs them regards as the program.
_NOT_STANDARD_LIBRARY = tuple(
    folder + name + os.sep for folder in _STANDARD_LIBRARY for name in ("site-packages", "dist-packages", "test")
)


_THREADING = threading.__file__

try:
    #: Read once: a program may change its folder, but one place must keep one name.
    _FOLDER = os.path.join(os.getcwd(), "")
except OSError:  # the current folder was deleted
    _FOLDER = ""


class _Origins(dict[str, Origin]):
    """File name of a code object -> whose it is, found once for each file."""

    def __missing__(self, filename: str) -> Origin:
        path = os.path.abspath(filename)
        if filename.startswith("<frozen "):
            origin = Origin.STANDARD_LIBRARY
        elif path.startswith(_OWN):
            origin = Origin.OWN
        elif path.startswith(_STANDARD_LIBRARY) and not path.startswith(_NOT_STANDARD_LIBRARY):
            origin = Origin.STANDARD_LIBRARY
        else:
            origin = Origin.USER
        self[filename] = origin
        return origin


origins: dict[str, Origin] = _Origins()

# Members of an enum are slow to look up, and these are looked up for each event.
_STANDARD = Origin.STANDARD_LIBRARY


def user_frame(frame: FrameType) -> FrameType:
    """The innermost frame of the user from `frame` outwards; without one, the innermost of the standard library."""
    innermost: FrameType | None = None
    outer: FrameType | None = frame
    while outer is not None:
        origin = origins[outer.f_code.co_filename]
        if not origin:
            return outer
        if origin is _STANDARD and (innermost is None or innermost.f_code.co_filename == _THREADING):
            innermost = outer  # better who uses the threading module than the module itself
        outer = outer.f_back
    return innermost or frame


def is_the_programs(frame: FrameType | None) -> bool:
    """Whether only code of the program runs: frames of this project are the thread's outermost ones, and not all."""
    outermost = False
    first = frame
    while frame is not None:
        is_own = origins[frame.f_code.co_filename] is Origin.OWN
        if (outermost and not is_own) or (frame is first and is_own):
            return False
        outermost = is_own
        frame = frame.f_back
    return True


def user_stack(frame: FrameType | None, most: int) -> list[str]:
    """The user's frames from `frame` outwards, innermost first, at most `most`: `file:line in function`."""
    stack: list[str] = []
    while frame is not None and len(stack) < most:
        if not origins[frame.f_code.co_filename]:
            stack.append(f"{describe(frame.f_code, frame.f_lasti)} in {frame.f_code.co_name}")
        frame = frame.f_back
    return stack


def in_package(place: str) -> bool:
    """Whether a file, or a place as reports show it, lies in an installed package."""
    return "site-packages" in place or "dist-packages" in place or _is_installed(place)


def _is_installed(place: str) -> bool:
    """Whether a file was installed into a folder of another name, as `pip install --target` does."""
    known = _installed.get(place)
    if known is None:
        filename, _, line = place.rpartition(":")
        folder = full_path(filename if filename and line.isdigit() else place)
        known = False
        while not known and folder != os.path.dirname(folder):
            folder, entry = os.path.split(folder)
            known = entry in _packages_in(folder)
        _installed[place] = known
    return known


def _packages_in(folder: str) -> frozenset[str]:
    """The names of files and folders that were installed into a folder."""
    known = _packages.get(folder)
    if known is None:
        try:
            described = [name for name in os.listdir(folder) if name.endswith(".dist-info")]
        except OSError:
            described = []
        known = _packages[folder] = frozenset(entry for name in described for entry in _listed(folder, name))
    return known


def _listed(folder: str, description: str) -> set[str]:
    """What a package says of itself that belongs to it: a file to a line, before its digest."""
    try:
        with real.open_(os.path.join(folder, description, "RECORD"), encoding="utf-8", errors="replace") as lines:
            files = [line.partition(",")[0].strip('"') for line in lines]
    except OSError:
        return set()
    return {file.partition("/")[0] for file in files} - {"..", "", "__pycache__"}


#: By the place.
_installed: dict[str, bool] = {}

#: By the folder.
_packages: dict[str, frozenset[str]] = {}


def users_place(place: str, stack: list[str]) -> str:
    """The innermost place outside installed packages: `place`, or its first caller there, of those in `stack`."""
    if in_package(place):
        for frame in stack:
            if not in_package(frame):
                return frame.partition(" in ")[0]
    return place


def line_of(code: CodeType, offset: int) -> int:
    """The source line of the instruction at byte `offset`; for one that has none, the line before it."""
    before = code.co_firstlineno
    for start, end, line in code.co_lines():
        if start <= offset < end:
            return before if line is None else line
        before = before if line is None else line
    return before


def shown_path(filename: str) -> str:
    """A file name as reports show it, without the folder of the standard library or the one the tool was started in."""
    if filename.startswith("<"):
        return filename
    path = os.path.abspath(filename)
    folders = _STANDARD_LIBRARY if origins[filename] is Origin.STANDARD_LIBRARY else (_FOLDER,)
    for folder in folders:
        if folder and path.startswith(folder):
            return path[len(folder) :]
    return path


def full_path(shown: str) -> str:
    """The file that `shown_path` shows so, wherever the program has gone since."""
    return os.path.join(_FOLDER, shown)


def describe(code: CodeType, offset: int) -> str:
    """`file:line` of an instruction."""
    known = _described.get(id(code))
    if known is None:
        if len(_described) >= _MOST_DESCRIBED:
            _described.clear()
        known = _described[id(code)] = code, {}
    text = known[1].get(offset)
    if text is None:
        text = known[1][offset] = f"{shown_path(code.co_filename)}:{line_of(code, offset)}"
    return text


#: By its id, code with the places in it that were described: each new thread comes to the same ones again. The code is
#: kept, so that its id stays its own.
_described: dict[int, tuple[CodeType, dict[int, str]]] = {}
_MOST_DESCRIBED = 5000
