"""Which objects are older than the patch and have to be exchanged, and for what."""

from __future__ import annotations

import _queue
import gc
import sys
import threading
from typing import TYPE_CHECKING, Any

from tracer import real
from tracer.primitives import simple_queue
from tracer.primitives.earlier import EarlierLock, EarlierRLock
from tracer.primitives.earlier_local import METHODS, earlier_local

if TYPE_CHECKING:
    from types import ModuleType

    from tracer.earlier.exchange import Replacements

_SimpleQueue: Any = _queue.SimpleQueue

_MADE: dict[type, Any] = {
    real.LockType: EarlierLock,
    real.RLockType: EarlierRLock,
    real.local: earlier_local,
}


def find(kept_modules: list[ModuleType]) -> Replacements:
    """The objects to be exchanged, and what is to stand for each.

    Not those of `kept_modules`, and not those of the threading module itself: what its own locks guard is done without
    a scheduling point, and the others belong to real threads that wait for one another.
    """
    gc.unfreeze()  # or the collector would not show what a program has frozen, as servers do before they fork
    found: dict[type, list[Any]] = {kind: [] for kind in (*_MADE, _SimpleQueue, threading.Condition)}
    for one in [one for one in gc.get_objects() if type(one) in found]:
        found[type(one)].append(one)
    kept = {id(value) for module in [threading, *kept_modules] for value in vars(module).values()}
    kept |= _of_real_threads(found.pop(threading.Condition))
    queues = found.pop(_SimpleQueue)
    replacements: Replacements = {
        id(one): (one, _MADE[kind](one)) for kind, ones in found.items() for one in ones if id(one) not in kept
    }
    used = _in_frames_of_others() if queues else set()
    replacements |= {id(one): (one, _simple_queue(one)) for one in queues if id(one) not in used}
    return replacements


def _of_real_threads(conditions: list[threading.Condition]) -> set[int]:
    """The ids of locks by which real threads wait for conditions and for each other's end."""
    waiters: Any = [waiter for condition in conditions for waiter in getattr(condition, "_waiters", ())]
    ends = [getattr(thread, "_tstate_lock", None) for thread in threading._active.values()]  # type: ignore[attr-defined]
    return {id(one) for one in (*waiters, *ends, *getattr(threading, "_shutdown_locks", ()))}


def _in_frames_of_others() -> set[int]:
    """The ids of what the functions that other OS threads are running keep in their variables."""
    found = set()
    for ident, outer in sys._current_frames().items():
        frame = outer if ident != real.get_ident() else None
        while frame is not None:
            found |= {id(value) for value in frame.f_locals.values()}
            frame = frame.f_back
    return found


def _simple_queue(original: Any) -> Any:
    """A queue with the items of the original, which has none then."""
    made: Any = simple_queue.CLASS[1]()
    while not original.empty():
        try:
            made.put(original.get_nowait())
        except _queue.Empty:
            break
    return made


def give_back(original: Any, traced: Any) -> None:
    """Gives the original what came to what stood for it."""
    if isinstance(original, _SimpleQueue):
        while not traced.empty():
            original.put(traced.get_nowait())


def classes_of_locals() -> list[tuple[type, dict[str, Any]]]:
    """The classes that derive from the real `threading.local`, and the methods that each has to have."""
    return [
        (kind, {name: method for name, method in METHODS.items() if name not in vars(kind)})
        for kind in type.__subclasses__(real.local)
        if kind.__module__.partition(".")[0] not in ("tracer", "greenlet")
    ]
