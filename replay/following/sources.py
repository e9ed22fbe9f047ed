"""What the program's source was when it was recorded, and which Python executed it."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING

from tracer.labels import encodable
from tracer.places import Origin, full_path, origins, shown_path

if TYPE_CHECKING:
    from collections.abc import Iterable

#: The version of this one; `platform` takes milliseconds to say so.
THIS_PYTHON = "{}.{}.{}".format(*sys.version_info)

#: Digits of a digest: enough to tell versions of a file apart.
_DIGITS = 16


def digests(files: Iterable[str]) -> dict[str, str]:
    """A digest of each of the user's source files that can be read, by the name that reports show."""
    import hashlib  # which maps OpenSSL into the process

    found: dict[str, str] = {}
    for file in files:
        if origins[file] is Origin.USER and os.path.isfile(file):
            try:
                with open(file, "rb") as source:
                    found[encodable(shown_path(file))] = hashlib.sha256(source.read()).hexdigest()[:_DIGITS]
            except OSError:
                continue
    return dict(sorted(found.items()))


def unchanged(sources: dict[str, str]) -> bool:
    """Whether it is known that all files are what they were."""
    return bool(sources) and digests(map(full_path, sources)) == sources


def same_python(version: str) -> bool:
    """Whether a version is this one, but for its last number."""
    return version.split(".")[:2] == THIS_PYTHON.split(".")[:2]


def changed(sources: dict[str, str]) -> list[str]:
    """Files that are no longer what they were."""
    now = digests(map(full_path, sources))
    return [file for file, digest in sources.items() if os.path.isfile(full_path(file)) and now.get(file) != digest]
