"""From the source of a picture to a file.

Two programs can do it: Graphviz's `dot`, which is used through the `graphviz` package if it is on the path, and
`graphviz-pure`, a port of it without dependencies, which is installed with this package where there is a wheel for the
platform. The port cannot write PDF. Where `dot` is there but fails (an installation without its plugins does), the port
has a try before the failure is reported.
"""

from __future__ import annotations

import os
import secrets
import shutil
import stat
import subprocess
import sys
import sysconfig
from typing import TYPE_CHECKING

import graphviz

from tracer.pictures.style import DPI
from tracer.trace import is_trace

if TYPE_CHECKING:
    from collections.abc import Callable

    from tracer.pictures.style import Picture

FORMATS = ("svg", "png", "pdf", "dot")

#: The first line of a source of ours: only such a file is overwritten by another one.
_OURS = b"// threadtrace graph"

#: How files of each format begin.
_BEGINNINGS = {"svg": (b"<?xml", b"<svg"), "png": (b"\x89PNG",), "pdf": (b"%PDF",), "dot": (_OURS,)}

#: What the port is called, and how long it may take: a hundred times as long as the largest picture does.
_PURE = "graphviz-pure"
_LONGEST_RENDERING = 120

_INSTALL = "install Graphviz (its dot program), or `pip install graphviz-pure`"


class RenderError(Exception):
    """A picture that cannot be made. The message is one line: what is wrong, and what to do."""


def format_of(path: str) -> str:
    """The format that the ending of a file name says. Raises RenderError for any other ending."""
    ending = os.path.splitext(path)[1].removeprefix(".").lower()
    if ending in FORMATS:
        return ending
    what = f"the ending .{ending} is not known" if ending else "has no ending"
    raise RenderError(f"{path}: {what}: name a file that ends in {', '.join('.' + one for one in FORMATS)}")


def check_target(path: str, kind: str, trace: str | None = None) -> None:
    """Refuses a file that cannot be written, or that is none of ours to overwrite. Raises RenderError."""
    folder = os.path.dirname(os.path.abspath(path))
    if not os.path.isdir(folder):
        raise RenderError(f"{path}: there is no folder {folder}")
    real = os.path.realpath(path)
    try:
        if not os.path.lexists(real):
            os.close(os.open(real, os.O_WRONLY | os.O_CREAT | os.O_EXCL))
            os.unlink(real)
            return
        if not stat.S_ISREG(os.stat(real).st_mode):
            raise RenderError(f"{path}: is not a regular file; choose another name with -o")
        if trace is not None and os.path.exists(trace) and os.path.samefile(real, trace):
            raise RenderError(f"{path}: is the trace itself; choose another name with -o")
        os.close(os.open(real, os.O_WRONLY))
        if os.path.getsize(real):
            _check_contents(path, kind)
    except OSError as error:
        raise RenderError(f"{path}: cannot be written: {error.strerror}") from None


def _check_contents(path: str, kind: str) -> None:
    with open(path, "rb") as file:
        begins = file.read(len(_OURS))
    if is_trace(path):
        raise RenderError(f"{path}: is a trace, so it is not overwritten; choose another name with -o")
    if not begins.startswith(_BEGINNINGS[kind]):
        what = "a .dot file that threadtrace made" if kind == "dot" else f"a {kind.upper()} file"
        raise RenderError(f"{path}: exists and is not {what}, so it is not overwritten; choose another name with -o")


def rendered(picture: Picture, kind: str) -> bytes:
    """The picture as the contents of a file. Raises RenderError."""
    if kind == "dot":
        return picture.source.encode()
    source = picture.source
    if kind == "png":
        source = source.replace("{\n", f"{{\n\tgraph [dpi={DPI}]\n", 1)
    failures: list[RenderError] = []
    for run in _programs(kind):
        try:
            data = run(source, kind)
        except RenderError as error:
            failures.append(error)
            continue
        if data.startswith(_BEGINNINGS[kind]):
            return data
        failures.append(RenderError(f"the program that draws did not give a {kind.upper()} file"))
    raise failures[0]


def _programs(kind: str) -> list[Callable[[str, str], bytes]]:
    """Those that are there and can write the format. Raises RenderError if there are none."""
    found: list[Callable[[str, str], bytes]] = []
    if shutil.which("dot") is not None:
        found.append(_by_dot)
    pure = find_pure()
    if pure is not None and kind != "pdf":
        found.append(lambda source, kind: _by_pure(pure, source, kind))
    if found:
        return found
    if kind == "pdf":
        hint = "svg and png work without it" if pure is not None else "or draw a .dot file, which needs no program"
        raise RenderError(f"PDF is drawn by Graphviz's dot, and that is not on the path: install Graphviz; {hint}")
    raise RenderError(f"there is no program that draws: {_INSTALL}; a .dot file needs none")


def find_pure() -> str | None:
    """The path of `graphviz-pure`: beside this interpreter, among the scripts of its installation, or on the path."""
    folders = [os.path.dirname(sys.executable), sysconfig.get_path("scripts")]
    return shutil.which(_PURE, path=os.pathsep.join(one for one in folders if one)) or shutil.which(_PURE)


def _by_dot(source: str, kind: str) -> bytes:
    try:
        return bytes(graphviz.pipe("dot", kind, source.encode(), quiet=True))
    except graphviz.CalledProcessError as error:
        raise RenderError(_failure("dot", error.returncode, error.stderr)) from None
    except (graphviz.ExecutableNotFound, OSError) as error:
        raise RenderError(f"dot cannot be run: {_one_line(str(error))}") from None


def _by_pure(program: str, source: str, kind: str) -> bytes:
    try:
        done = subprocess.run(  # noqa: S603 - the program that was installed with this package
            [program, f"-T{kind}"],
            input=source.encode(),
            capture_output=True,
            check=False,
            timeout=_LONGEST_RENDERING,
        )
    except subprocess.TimeoutExpired:
        raise RenderError(f"{_PURE} did not end within {_LONGEST_RENDERING} s") from None
    except OSError as error:
        raise RenderError(f"{program} cannot be run: {error.strerror}") from None
    if done.returncode:
        raise RenderError(_failure(_PURE, done.returncode, done.stderr))
    return done.stdout


def _failure(program: str, status: int, said: bytes | None) -> str:
    how = f"was killed by signal {-status}" if status < 0 else f"failed with status {status}"
    lines = [line for line in (said or b"").decode(errors="replace").splitlines() if line.strip()]
    told = [line for line in lines if not line.startswith("Warning")] or lines
    return f"{program} {how}" + (f": {_one_line(told[0])}" if told else "")


def _one_line(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= 200 else f"{line[:199]}…"


def write(path: str, data: bytes) -> None:
    """Writes a file, whole or not at all: beside its place first. Raises RenderError."""
    real = os.path.realpath(path)
    beside = f"{real}.{secrets.token_hex(4)}.part"
    try:
        descriptor = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0), 0o666)
        try:
            with open(descriptor, "wb") as file:
                file.write(data)
            if os.path.exists(real):
                os.chmod(beside, stat.S_IMODE(os.stat(real).st_mode))
            os.replace(beside, real)
        except BaseException:
            os.unlink(beside)
            raise
    except OSError as error:
        raise RenderError(f"{path}: cannot be written: {error.strerror}") from None
