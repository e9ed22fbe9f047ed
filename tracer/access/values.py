"""What a value looks like, in few characters and without running any code of the program."""

from __future__ import annotations

from typing import Any

from tracer.access.containers import CONTAINERS

#: Longer texts are cut.
_LONGEST = 60

#: Numbers with more bits are not written out.
_MOST_BITS = 200


def shown(value: Any) -> str:
    """A short text for a value: plain ones as they are written, of all others the kind."""
    kind = type(value)
    if kind is int:
        return str(value) if value.bit_length() <= _MOST_BITS else f"<int of {value.bit_length()} bits>"
    if kind in (bool, float, type(None)):
        return repr(value)
    if kind is str or kind is bytes:
        return repr(value) if len(value) < _LONGEST else f"{value[:_LONGEST]!r}…"
    for base in CONTAINERS:
        if issubclass(kind, base):
            return f"<{kind.__name__} of {base.__len__(value)}>"
    return f"<{kind.__name__}>"
