"""Puts the traced primitives in the place of the real ones, and back.

Classes written in Python keep their identity: their methods are replaced, so that subclasses and names imported
before (`from threading import Thread`) are patched with them. What is written in C cannot be changed in place, neither
most classes and functions nor the locks that were made by then: it is replaced wherever anything keeps it, be it a
module that imported it long ago, a default of a function, or an object (see `tracer.earlier`).
"""

from __future__ import annotations

import _queue
import _thread
import builtins
import datetime
import functools
import importlib
import io
import os
import random
import select
import sys
import threading
import time
from types import BuiltinFunctionType, FunctionType, ModuleType
from typing import TYPE_CHECKING, Any

from tracer import in_c, real
from tracer.earlier.exchange import Exchange, Replacements, Undo
from tracer.earlier.find import classes_of_locals, find, give_back
from tracer.earlier.names import hidden
from tracer.patch_at_import import PatchAtImport
from tracer.primitives import (
    barrier,
    clock,
    condition,
    dates,
    event,
    hashes,
    low_level,
    randomness,
    running_loop,
    semaphore,
    signal_timers,
    signal_waits,
    signals,
    simple_queue,
    thread,
    trace_functions,
)
from tracer.primitives.builtin import named_as, stand_in, stands_for
from tracer.primitives.local import local
from tracer.primitives.lock import Lock
from tracer.primitives.outside import databases, pipes, processes, secure_sockets, selecting, shared_locks, sockets
from tracer.primitives.rlock import RLock
from tracer.primitives.silent_lock import import_lock

if TYPE_CHECKING:
    from collections.abc import Callable

try:
    import _posixsubprocess
except ImportError:  # not on this system
    _posixsubprocess = None  # type: ignore[assignment]

_METHODS: dict[type, dict[str, Any]] = {
    threading.Thread: thread.METHODS | {"__hash__": hashes.hash_in_order},
    threading.Condition: condition.METHODS,
    threading.Semaphore: semaphore.METHODS,
    threading.BoundedSemaphore: semaphore.BOUNDED_METHODS,
    threading.Event: event.METHODS | {"_cond": event.LazyCondition()},
    threading.Barrier: barrier.METHODS,
    datetime.datetime: dates.METHODS,
    random.Random: randomness.METHODS,
}

#: Real object, and the traced one that stands for it wherever a module holds it. Not a dict: functions in C are
#: equal to their obsolete names, but are other objects.
_REPLACEMENTS: list[tuple[Any, Any]] = [
    (real.allocate_lock, Lock),
    (_thread.allocate, Lock),  # obsolete
    stand_in(real.LockType, Lock),
    stand_in(real.RLockType, RLock),  # what the function threading.RLock makes
    stand_in(real.local, local),
    (threading.enumerate, named_as(threading.enumerate, thread.enumerate_)),
    (threading.active_count, named_as(threading.active_count, thread.active_count)),
    simple_queue.CLASS,
    *low_level.REPLACEMENTS,
    *clock.FUNCTIONS,
    *dates.FUNCTIONS,
    (real.read, pipes.read),
    (real.write, pipes.write),
    (real.close, pipes.close),
    (os.pipe, pipes.pipe),
    (real.open_, pipes.open_),
    (builtins.input, pipes.input_),
    (real.waitpid, processes.waitpid),
    (real.select_, selecting.select),
    (sys.set_asyncgen_hooks, running_loop.set_asyncgen_hooks),
    (sys.settrace, trace_functions.set_trace_function),
    (sys.setprofile, trace_functions.set_profile_function),
    (real.signal, named_as(real.signal, signals.set_handler)),
    (real.getsignal, named_as(real.getsignal, signals.getsignal)),
]
_OPTIONAL: list[tuple[ModuleType, str, Callable[[Any], Any]]] = [
    (os, "pipe2", lambda _: pipes.pipe2),
    (os, "wait", lambda _: processes.wait),
    (os, "sendfile", processes.sendfile),
    *signals.FUNCTIONS,
    *signal_timers.FUNCTIONS,
    *signal_waits.FUNCTIONS,
    (_posixsubprocess, "fork_exec", processes.fork_exec),
    (os, "posix_spawn", processes.posix_spawn),
    (os, "posix_spawnp", processes.posix_spawn),
    (select, "poll", lambda _: selecting.Poll),
    (select, "epoll", lambda _: selecting.Epoll),
]
#: The same, for what not every system has.
_REPLACEMENTS += [(getattr(mod, name), make(getattr(mod, name))) for mod, name, make in _OPTIONAL if hasattr(mod, name)]
_REPLACEMENTS = [
    (original, stands_for(original)(traced) if isinstance(original, BuiltinFunctionType) else traced)
    for original, traced in _REPLACEMENTS
]

#: Modules that need the real ones: this project's own captures of them, and importlib, which is served separately.
_KEPT = ("tracer", "replay", "threadtrace", "importlib", "_frozen_importlib", "_frozen_importlib_external", "greenlet")

_undo: list[Undo] = []
_MISSING = object()

#: What is older than the patch, by its id, and what stands for it.
earlier: Replacements = {}


def install() -> None:
    """Patches. Does nothing where it is patched already."""
    if _undo:
        return
    for owner, methods in _METHODS.items():
        for name, method in methods.items():
            original = owner.__dict__.get(name, _MISSING)
            if callable(method) and callable(original):
                functools.update_wrapper(method, original)
                del method.__wrapped__
            _replace(owner, name, method)
    for owner, methods in classes_of_locals():
        for name, method in methods.items():
            _replace(owner, name, method)
    kept = [module for name, module in list(sys.modules.items()) if name.partition(".")[0] in _KEPT]
    everything = find(kept)
    earlier.update(everything)
    hidden.update((id(earlier), *map(id, earlier.values())))
    everything.update({id(pair[0]): pair for pair in _REPLACEMENTS})
    exchange = Exchange(everything, _kept_containers(kept), _kept_types(kept))
    exchange.run()
    _undo.extend(exchange.undo)
    if hasattr(threading, "_thread_local_info"):  # 3.13: how a thread that nobody made a Thread for knows its own
        _replace(threading, "_thread_local_info", local())
    _replace(random, "seed", random._inst.seed)
    _replace(importlib._bootstrap, "_thread", _for_importlib())
    signals.take_over()
    _at_import.install()


def uninstall() -> None:
    """Takes the patch back. Objects made under it go on working, as real ones."""
    _at_import.uninstall()
    signals.give_back()
    while _undo:
        _undo.pop()()
    for original, traced in earlier.values():
        give_back(original, traced)
    earlier.clear()
    hidden.clear()


def _replace(owner: Any, name: str, value: Any) -> None:
    original = vars(owner).get(name, _MISSING)
    change, remove = (in_c.change, in_c.remove) if isinstance(owner, type) else (setattr, delattr)
    _undo.append(Undo(remove, owner, name) if original is _MISSING else Undo(change, owner, name, original))
    change(owner, name, value)


def _patch_socket(module: Any) -> None:
    methods, functions = sockets.patches(module)
    for name, method in methods.items():
        _replace(module.socket, name, method)
    for name, function in functions.items():
        _replace(module, name, function)
    _replace(module, "io", _own_io())


def _own_io() -> ModuleType:
    """An `io` for modules that put buffers on top of what may block."""
    own = ModuleType("io")
    own.__dict__.update(vars(io))
    own.__dict__.update(BufferedReader=pipes.Reader, BufferedWriter=pipes.Writer, TextIOWrapper=pipes.Text)
    return own


def _patch_subprocess(module: Any) -> None:
    if hasattr(module, "_fork_exec"):
        for name, method in processes.patches(module).items():
            _replace(module.Popen, name, method)
        _replace(module, "io", _own_io())


def _patch_selectors(module: Any) -> None:
    for name, kind in (("PollSelector", selecting.Poll), ("EpollSelector", selecting.Epoll)):
        if hasattr(module, name):
            _replace(getattr(module, name), "_selector_cls", kind)
    if sys.platform != "win32":
        _replace(module.SelectSelector, "_select", staticmethod(selecting.select))
    if not hasattr(module, "EpollSelector") and hasattr(module, "PollSelector"):
        _replace(module, "DefaultSelector", module.PollSelector)  # kqueue would block the process


def _patch_asyncio(module: Any) -> None:
    made = running_loop.set_running_loop(module._set_running_loop)
    _replace(module, "_set_running_loop", made)


def _patch_ssl(module: Any) -> None:
    for name, method in secure_sockets.patches(module).items():
        _replace(module.SSLSocket, name, method)


def _patch_shared_locks(module: Any) -> None:
    _replace(module, "_multiprocessing", shared_locks.for_synchronize(module._multiprocessing))


def _patch_databases(module: Any) -> None:
    for kind, methods in databases.patches(module).items():
        for name, method in methods.items():
            _replace(kind, name, method)


def _patch_simple_queue(module: Any) -> None:
    if module is not _queue:  # imported anew
        _replace(module, "SimpleQueue", simple_queue.made_for(module)[1])


def _patch_futures(module: Any) -> None:
    _replace(module.Future, "__hash__", hashes.hash_in_order)
    _replace(module._AcquireFutures, "__init__", hashes.acquire_in_order)


#: Module -> what is to be patched in it when the program imports it.
_at_import = PatchAtImport(
    {
        "socket": _patch_socket,
        "subprocess": _patch_subprocess,
        "selectors": _patch_selectors,
        "ssl": _patch_ssl,
        "asyncio.events": _patch_asyncio,
        "concurrent.futures._base": _patch_futures,
        "multiprocessing.synchronize": _patch_shared_locks,
        "sqlite3.dbapi2": _patch_databases,
        "_queue": _patch_simple_queue,
    }
)


def _kept_types(modules: list[ModuleType]) -> frozenset[type]:
    """Classes whose instances keep what they have: this project's, and those that importlib locks its imports with."""
    return frozenset(
        value
        for module in modules
        for value in vars(module).values()
        if isinstance(value, type) and value.__module__.partition(".")[0] in _KEPT
    )


def _kept_containers(modules: list[ModuleType]) -> set[int]:
    """Ids of what this project keeps the real ones in."""
    functions: list[Any] = [
        value for module in modules for value in vars(module).values() if isinstance(value, FunctionType)
    ]
    functions += [getattr(traced, "__func__", traced) for _, traced in _REPLACEMENTS if not isinstance(traced, type)]
    classes: list[Any] = [original for original, _ in _REPLACEMENTS if isinstance(original, type)]
    classes += [derived for original in classes for derived in type.__subclasses__(original)]
    cells = [cell for function in functions for cell in function.__closure__ or ()]
    return {
        *(id(vars(module)) for module in modules),
        *map(id, cells),
        *(id(bases) for one in classes for bases in (one.__bases__, one.__mro__)),
        *map(id, [_REPLACEMENTS, *_REPLACEMENTS, clock.FUNCTIONS, *clock.FUNCTIONS, earlier, _undo]),
        *map(id, [dates.FUNCTIONS, *dates.FUNCTIONS]),
    }


def _for_importlib() -> ModuleType:
    """A `_thread` for importlib, which looks its locks up in that module at each import.

    Its locks are silent while nobody contends for them: an import is no affair of the program's threads.
    """
    own = ModuleType("_thread")
    own.__dict__.update(vars(_thread))
    own.__dict__.update(allocate_lock=import_lock, RLock=real.RLockType, get_ident=low_level.get_ident)
    return own


__all__ = ["install", "uninstall"]
assert time.sleep is real.sleep or _undo, "tracer.patch must be imported before anything else patches time"
