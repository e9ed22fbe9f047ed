"""Puts the traced primitives in the place of the real ones, and back.

Classes written in Python keep their identity: their methods are replaced, so that subclasses and names imported
before (`from threading import Thread`) are patched with them. Locks and functions written in C cannot be changed in
place: they are replaced wherever a module holds them, including modules that imported them long ago.
"""

from __future__ import annotations

import _queue
import _thread
import builtins
import functools
import importlib
import io
import os
import select
import signal
import sys
import threading
import time
from types import BuiltinFunctionType, ModuleType
from typing import Any

from tracer import real
from tracer.patch_at_import import PatchAtImport
from tracer.primitives import (
    barrier,
    clock,
    condition,
    event,
    hashes,
    low_level,
    running_loop,
    semaphore,
    signals,
    simple_queue,
    thread,
)
from tracer.primitives.builtin import named_as, stand_in, stands_for
from tracer.primitives.local import local
from tracer.primitives.lock import Lock
from tracer.primitives.outside import pipes, processes, selecting, sockets
from tracer.primitives.rlock import RLock
from tracer.primitives.silent_lock import import_lock

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
    (real.read, pipes.read),
    (real.write, pipes.write),
    (real.close, pipes.close),
    (os.pipe, pipes.pipe),
    (real.open_, pipes.open_),
    (builtins.input, pipes.input_),
    (real.waitpid, processes.waitpid),
    (real.select_, selecting.select),
]
#: The same, for what not every system has.
_REPLACEMENTS += [
    (getattr(module, name), make(getattr(module, name)))
    for module, name, make in (
        (os, "pipe2", lambda _: pipes.pipe2),
        (os, "wait", lambda _: processes.wait),
        (os, "sendfile", processes.sendfile),
        (signal, "pthread_kill", signals.pthread_kill),
        (_posixsubprocess, "fork_exec", processes.fork_exec),
        (select, "poll", lambda _: selecting.Poll),
        (select, "epoll", lambda _: selecting.Epoll),
    )
    if hasattr(module, name)
]
_REPLACEMENTS = [
    (original, stands_for(original)(traced) if isinstance(original, BuiltinFunctionType) else traced)
    for original, traced in _REPLACEMENTS
]

#: Modules that need the real ones: this project's own captures of them, and importlib, which is served separately.
_KEPT = ("tracer", "replay", "threadtrace", "importlib", "_frozen_importlib", "greenlet")

_undo: list[tuple[Any, str, Any]] = []
_MISSING = object()


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
    by_identity = {id(original): traced for original, traced in _REPLACEMENTS}
    for module in list(sys.modules.values()):
        if isinstance(module, ModuleType) and module.__name__.partition(".")[0] not in _KEPT:
            for name, value in list(vars(module).items()):
                traced = by_identity.get(id(value))
                if traced is not None:
                    _replace(module, name, traced)
    if hasattr(threading, "_thread_local_info"):  # 3.13: how a thread that nobody made a Thread for knows its own
        _replace(threading, "_thread_local_info", local())
    _replace(importlib._bootstrap, "_thread", _for_importlib())
    _at_import.install()


def uninstall() -> None:
    """Takes the patch back. Objects made under it go on working, as real ones."""
    _at_import.uninstall()
    while _undo:
        owner, name, original = _undo.pop()
        if original is _MISSING:
            delattr(owner, name)
        else:
            setattr(owner, name, original)


def _replace(owner: Any, name: str, value: Any) -> None:
    _undo.append((owner, name, vars(owner).get(name, _MISSING)))
    setattr(owner, name, value)


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
        "asyncio.events": _patch_asyncio,
        "concurrent.futures._base": _patch_futures,
        "_queue": _patch_simple_queue,
    }
)


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
