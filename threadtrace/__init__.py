"""threadtrace: a deterministic concurrency tracer and replay debugger for Python's `threading`."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from threadtrace.api import explore, replay, run
    from threadtrace.result import Failed, Failure, NothingTested, Result, Trace

__version__ = "0.1.0"

__all__ = ["Failed", "Failure", "NothingTested", "Result", "Trace", "__version__", "explore", "replay", "run"]

#: Where each name comes from: it is imported when somebody uses it, for the command line needs none of them.
_MODULES = {
    "atomic": "threadtrace.annotations",
    "explore": "threadtrace.api",
    "note": "threadtrace.annotations",
    "replay": "threadtrace.api",
    "run": "threadtrace.api",
    "Failed": "threadtrace.result",
    "Failure": "threadtrace.result",
    "NotRepeatable": "threadtrace.result",
    "NothingTested": "threadtrace.result",
    "Result": "threadtrace.result",
    "Trace": "threadtrace.result",
}


def __getattr__(name: str) -> object:
    if name not in _MODULES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from importlib import import_module

    return getattr(import_module(_MODULES[name]), name)


def __dir__() -> list[str]:
    return [*globals(), *_MODULES]
