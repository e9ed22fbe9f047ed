"""Where the traces of functions go: in `.threadtrace/traces`, unless somebody says otherwise."""

from __future__ import annotations

import os
import re
import shutil
import zlib

#: What this project keeps beside the user's files.
FOLDER = ".threadtrace"

#: File systems have names of up to 255 bytes.
_LONGEST_NAME = 120


def default_path(name: str) -> str:
    """Where the trace of a function of this name goes."""
    file = re.sub(r"[^\w.\-]+", "-", name).strip("-")
    if len(file) > _LONGEST_NAME:
        file = f"{file[:_LONGEST_NAME]}-{zlib.crc32(name.encode('utf-8', 'surrogatepass')):08x}"
    return os.path.join(FOLDER, "traces", f"{file}.trace")


def ready(path: str) -> str:
    """The path, in a folder that there is."""
    folder = os.path.dirname(path)
    if folder and not os.path.isdir(folder):
        make_folder(folder)
    return path


def make_folder(folder: str) -> None:
    """Makes a folder; what is in `.threadtrace/traces` is nobody's source."""
    os.makedirs(folder, exist_ok=True)
    if os.path.basename(folder) == "traces":
        with open(os.path.join(folder, ".gitignore"), "w", encoding="utf-8") as file:
            file.write("*\n")


def moved(path: str, to: str) -> str:
    """Where the file is then; nowhere if there was none."""
    return str(shutil.move(path, ready(to))) if path else ""
