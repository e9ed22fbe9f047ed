"""The name of each thread and object in one trace: no two alike, however alike the user's names are."""

from __future__ import annotations

import threading
from typing import Any

from tracer.names import numbered
from tracer.places import describe
from tracer.primitives.model import birth_of
from tracer.primitives.thread import controlled

#: Programs may give a thread any text as its name; a trace does not repeat a book in every line.
_LONGEST_LABEL = 200


class Labels:
    """Hands out the names. An object that nobody named gets one when it is first asked for."""

    def __init__(self) -> None:
        self._threads: set[str] = set()
        # The object is kept beside its label, so that its id stays its own.
        self._known: dict[int, tuple[object, str]] = {}
        self._objects: set[str] = set()

    def of(self, target: Any) -> str | None:
        """The label of the object of an operation; None for None."""
        if target is None:
            return None
        known = self._known.get(id(target))
        if known is None:
            known = self._known[id(target)] = (target, self._find(target))
        return known[1]

    def knows(self, target: object) -> bool:
        """Whether the object has a label by now."""
        return target is None or id(target) in self._known

    def thread(self, name: str) -> str:
        """The label of a new thread."""
        return _unique(name, self._threads)

    def created(self, target: object) -> str | None:
        """Where an object was created, as `file:line`."""
        made = birth_of(target)
        return describe(*made.place) if made is not None and made.place is not None else None

    def _find(self, target: Any) -> str:
        if isinstance(target, threading.Thread):
            label = getattr(controlled(target), "label", None)
            return label or _unique(target.name, self._objects)
        label = getattr(target, "label", None)  # a thread without a thread object
        if isinstance(label, str):
            return label
        kind = getattr(target, "kind", None) or type(target).__name__
        made = birth_of(target)
        return _unique(numbered(made, kind) if made is not None else kind, self._objects)


def encodable(text: str) -> str:
    """The text, with what UTF-8 cannot encode (lone surrogates, as in names of files) written as escapes."""
    return text.encode("utf-8", "backslashreplace").decode()


def _unique(name: str, taken: set[str]) -> str:
    """`name`, or `name#2` and so on where it is taken."""
    name = encodable(name if len(name) <= _LONGEST_LABEL else name[:_LONGEST_LABEL] + "…")
    label, number = name, 1
    while label in taken:
        number += 1
        label = f"{name}#{number}"
    taken.add(label)
    return label
