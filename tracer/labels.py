"""The name of each thread and object in one trace: no two alike, however alike the user's names are."""

from __future__ import annotations

import threading
from typing import Any

from tracer.access.variables import Variable
from tracer.earlier.names import called
from tracer.names import makers, numbered
from tracer.places import describe
from tracer.primitives.model import birth_of, model_of

#: Programs may give a thread any text as its name; a trace does not repeat a book in every line.
_LONGEST_LABEL = 200


#: What may be older than the patch, and has no model before it is waited for.
_MODELLED = (threading.Condition, threading.Event, threading.Semaphore, threading.Barrier)


class Labels:
    """Hands out the names. An object gets its label when it is first asked for.

    It keeps it itself, as `_threadtrace_label`, with the `Labels` that gave it: a dict here would keep it alive.
    """

    def __init__(self) -> None:
        self._threads: dict[str, int] = {}
        self._objects: dict[str, int] = {}
        self._things: dict[str, int] = {}

    def of(self, target: Any) -> str | None:
        """The label of the object of an operation; None for None."""
        if target is None:
            return None
        known: tuple[Labels, str] | None = target._threadtrace_label
        if known is not None and known[0] is self:
            return known[1]
        label = self._find(target)
        target._threadtrace_label = (self, label)
        return label

    def known(self, target: Any) -> str | None:
        """The label of an object, if it has one yet."""
        known: tuple[Labels, str] | None = getattr(target, "_threadtrace_label", None)
        return known[1] if known is not None and known[0] is self else None

    def of_thing(self, name: str) -> str:
        """The label of an object whose parts are accessed; it is itself no object of an operation."""
        return _unique(name, self._things)

    def thread(self, name: str) -> str:
        """The label of a new thread."""
        return _unique(name, self._threads)

    def created(self, target: object) -> str | None:
        """Where an object was created, as `file:line`."""
        made = birth_of(target)
        return describe(*made.place) if made is not None and made.place is not None else None

    def makers(self, target: object) -> list[str]:
        """What in the standard library made an object, innermost first: see `tracer.names.makers`."""
        made = birth_of(target)
        return makers(made) if made is not None else []

    def _find(self, target: Any) -> str:
        if isinstance(target, Variable):
            return _unique(target.name(self), self._objects)
        if isinstance(target, threading.Thread):  # a real one; those under control got theirs when they were made
            return _unique(target.name, self._objects)
        if (part_of := getattr(target, "part_of", None)) is not None:
            owner, attribute = part_of
            return _unique(f"{self.of(owner)}.{attribute}", self._objects)
        kind = getattr(target, "kind", None)  # of the standard library's own it is something else
        kind = kind if isinstance(kind, str) else type(target).__name__
        made = birth_of(target)
        if made is None and isinstance(target, _MODELLED):
            made = model_of(target).birth
        if made is not None and made.given == "":  # older than the patch
            made.given = called(target) or kind
        return _unique(numbered(made, kind) if made is not None else kind, self._objects)


def encodable(text: str) -> str:
    """The text, with what UTF-8 cannot encode (lone surrogates, as in names of files) written as escapes."""
    return text.encode("utf-8", "backslashreplace").decode()


def _unique(name: str, taken: dict[str, int]) -> str:
    """`name`, or `name#2` and so on where it is taken: `taken` has the last number of each."""
    if len(name) > _LONGEST_LABEL:
        name = name[:_LONGEST_LABEL] + "…"
    if not name.isascii():
        name = encodable(name)
    label, number = name, taken.get(name, 1)
    while label in taken:
        number += 1
        label = f"{name}#{number}"
    taken[label] = 1
    taken[name] = number
    return label
