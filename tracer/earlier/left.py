"""Locks that are older than the patch and could not be replaced everywhere."""

from __future__ import annotations

import gc
from types import BuiltinMethodType, FrameType
from typing import Any

from tracer import patch, real
from tracer.earlier.exchange import referrers
from tracer.earlier.names import called, hidden
from tracer.primitives.earlier import EarlierLock, EarlierRLock

#: What keeps an original and is meant to.
_MEANT = (EarlierLock, EarlierRLock, BuiltinMethodType, FrameType)


def left_over() -> list[str]:
    """Each, with what keeps it still: whoever uses it from there blocks the whole process where it has to wait."""
    found = []
    locks = [pair for pair in list(patch.earlier.values()) if isinstance(pair[1], EarlierLock | EarlierRLock)]
    traced = {id(original): one for original, one in locks}
    originals = [original for original, _ in locks]
    for container in filter(_is_left, referrers(originals)):
        for kept in {id(one) for one in gc.get_referents(container)} & traced.keys():
            one = traced[kept]
            found.append(f"{called(one) or one.kind}: kept by {_shown(container)}")
    for kind in type.__subclasses__(real.RLockType):
        found += [f"an instance of {kind.__qualname__}" for one in gc.get_objects() if type(one) is kind]
    return sorted(set(found))


def _is_left(container: Any) -> bool:
    if isinstance(container, _MEANT) or id(container) in hidden:
        return False
    return not type(container).__module__.startswith(("tracer.", "importlib.", "_frozen_importlib"))


def _shown(container: Any) -> str:
    kind = type(container)
    return f"an object of {kind.__module__}.{kind.__qualname__}"
