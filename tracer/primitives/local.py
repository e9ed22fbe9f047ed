"""`threading.local`, for threads that are not OS threads.

The C class keeps its values per OS thread. This one keeps a dict for each controlled thread and puts it in the place
of the object's own before every access, the way of CPython's `_threading_local`, but without a lock: nothing can
come between, since nothing here is a scheduling point.
"""

from __future__ import annotations

from functools import partial
from typing import Any
from weakref import getweakrefs, ref

from tracer import real
from tracer.runtime import Life, door

_get = object.__getattribute__
_set = object.__setattr__


_outside = real.local()


def key() -> Any:
    """What the running thread's values are kept under: something that dies with the thread."""
    runtime = door.runtime
    return outside_life() if runtime is None else runtime.current.life


def outside_life() -> Life:
    """That of this OS thread. The main thread of an execution has it, too: what was set before it began is its own."""
    try:
        life: Life = _outside.life
        return life
    except AttributeError:
        life = _outside.life = Life()
        return life


class local:  # noqa: N801 - the name of the class it stands for
    """Thread-local data, as `threading.local`."""

    __slots__ = ("__dict__", "__weakref__", "_threadtrace_local")

    def __new__(cls, /, *args: Any, **kwargs: Any) -> Any:
        if (args or kwargs) and cls.__init__ is object.__init__:
            raise TypeError("Initialization arguments are not supported")
        self = object.__new__(cls)
        values: dict[ref[Life], dict[str, Any]] = {}
        forget = partial(_forget, ref(self), values)
        values[ref(key(), forget)] = _get(self, "__dict__")
        _set(self, "_threadtrace_local", (values, forget, args, kwargs, None))
        return self

    def __getattribute__(self, name: str) -> Any:
        _take_on(self)
        return _get(self, name)

    def __setattr__(self, name: str, value: Any) -> None:
        if name == "__dict__":
            raise AttributeError(f"{type(self).__name__!r} object attribute '__dict__' is read-only")
        _take_on(self)
        _set(self, name, value)

    def __delattr__(self, name: str) -> None:
        if name == "__dict__":
            raise AttributeError(f"{type(self).__name__!r} object attribute '__dict__' is read-only")
        _take_on(self)
        object.__delattr__(self, name)


def _forget(
    owner: ref[local], values: dict[ref[Life], dict[str, Any]], life: ref[Life], get: Any = _get, set_: Any = _set
) -> None:
    """A thread has ended: its values go away with it."""
    own = values.pop(life)
    left = owner()
    if left is not None and get(left, "__dict__") is own:  # `_get` may be gone when the interpreter ends
        set_(left, "__dict__", {})


def values_of(life: Life) -> list[dict[str, Any]]:
    """All that a thread keeps in such objects."""
    forgets = [(one, one.__callback__) for one in getweakrefs(life)]
    return [forget.args[1][one] for one, forget in forgets if isinstance(forget, partial)]


def _take_on(owner: local) -> None:
    """Gives the object the values of the running thread; in a thread that is new to it, initialises them."""
    values, forget, args, kwargs, original = _get(owner, "_threadtrace_local")
    life = key()
    own = values.get(ref(life))
    if own is None:
        own = {} if original is None or life is not outside_life() else original.__dict__
        values[ref(life, forget)] = own
        _set(owner, "__dict__", own)
        type(owner).__init__(owner, *args, **kwargs)
    # Not before this: other threads may have used it while `__init__` ran.
    if _get(owner, "__dict__") is not own:
        _set(owner, "__dict__", own)
