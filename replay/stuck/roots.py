"""What may be executed in any thread, at any moment: hooks, handlers, and what was put into the standard library."""

from __future__ import annotations

import builtins
import copyreg
import gc
import signal
import sys
import threading
import weakref
from types import BuiltinFunctionType
from typing import TYPE_CHECKING, Any

from replay.stuck.kinds import attributes_of, is_put, releases
from tracer.primitives.signals import getsignal

if TYPE_CHECKING:
    from collections.abc import Iterable
    from types import ModuleType


def roots(modules: Iterable[ModuleType]) -> list[object]:
    """The values that lead to all of it."""
    found: list[object] = [copyreg.dispatch_table, weakref.finalize.__dict__["_registry"], gc.callbacks]
    found += [sys.stdout, sys.stderr, sys.excepthook, sys.unraisablehook, threading.excepthook]
    for module in modules:
        attributes = attributes_of(module)
        if not releases(attributes.get("__name__")):
            found += [one for one in list(attributes.values()) if is_put(one)]
    replaced: Any
    for replaced in (builtins.__import__, builtins.__build_class__, sys.getprofile(), sys.gettrace()):
        if type(replaced) is not BuiltinFunctionType:
            found.append(replaced)
    for number in signal.valid_signals():
        handler = getsignal(number)
        if callable(handler) and getattr(type(handler), "__module__", "") != "signal":
            found.append(handler)
    return found
