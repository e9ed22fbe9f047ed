"""Hashes that do not come from addresses, for what programs keep in sets.

A set of objects that hash by address has another order in every process. Programs keep threads in sets, and
`concurrent.futures` itself iterates over a set of futures (`as_completed`, `wait`) and locks them in the order of
their ids: what comes of it would be another interleaving each time. So threads and futures hash by a number that the
execution gives them when it is first asked for.
"""

from __future__ import annotations

from typing import Any

from tracer.runtime import door

_HASH = "_threadtrace_hash"


def hash_in_order(self: Any) -> int:
    """Stands for `object.__hash__`."""
    found: int | None = self.__dict__.get(_HASH)
    if found is None:
        runtime = door.runtime
        found = object.__hash__(self) if runtime is None else runtime.count_birth((id(hash_in_order),))
        self.__dict__[_HASH] = found
    return found


def acquire_in_order(self: Any, futures: Any) -> None:
    """Stands for the `__init__` of `_AcquireFutures`."""
    self.futures = sorted(futures, key=hash)
