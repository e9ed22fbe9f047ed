"""Waits inside the standard library, in the words of whoever called it: `jobs.get()`, the result of a future.

A queue waits at a condition of its own, a future too. The trace says what in the standard library made an object, so
that a user's class with a condition called `not_empty` is not taken for a queue.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

if TYPE_CHECKING:
    from tracer.analysis.causes.case import Case
    from tracer.analysis.causes.history import History
    from tracer.analysis.moment import Standing

_QUEUE = "queue.Queue"
_SIMPLE_QUEUE = "queue._PySimpleQueue"
_FUTURE = "concurrent.futures._base.Future"
_POOL = "concurrent.futures.thread.ThreadPoolExecutor"
_FUTURES = "concurrent.futures._base."

#: The semaphore inside a pool's queue, and the one that counts its idle workers: how their names differ.
IDLE_BESIDE_QUEUE = ("._work_queue._count", "._idle_semaphore")

#: Conditions of a queue -> the method that waits there.
_METHODS = {"not_empty": "get", "not_full": "put", "all_tasks_done": "join"}


class Part(msgspec.Struct, frozen=True):
    """What an object is a part of: `kind` is queue, future, pool or futures; `name` is how the user calls it.

    `method` is what waits there, of a queue.
    """

    kind: str
    name: str
    method: str = ""


def part_of(history: History, target: str | None) -> Part | None:
    """What an object is a part of, where the standard library made it as a part of something."""
    makers = history.makers.get(target or "")
    if not makers or target is None:
        return None
    owner, _, attribute = target.partition("#")[0].rpartition(".")
    numbered = target.partition("#")[1:]
    name = owner + "".join(numbered)
    if makers[0] == _QUEUE and attribute in _METHODS:
        return Part("queue", name, _METHODS[attribute])
    if makers[0] == _SIMPLE_QUEUE:
        if _POOL in makers:
            return Part("pool", owner.removesuffix("._work_queue") + "".join(numbered))
        return Part("queue", name, "get")
    if makers[0] == _FUTURE:
        return Part("future", name)
    return Part("futures", name) if makers[0].startswith(_FUTURES) else None


def is_of_a_pool(history: History, target: str) -> bool:
    """Whether a pool of threads made the object."""
    return any(maker.startswith(_POOL) for maker in history.makers.get(target, ()))


def is_queue_of_a_pool(history: History, target: str | None) -> bool:
    """Whether an object is the semaphore inside the queue of a pool."""
    makers = history.makers.get(target or "")
    return makers is not None and makers[0] == _SIMPLE_QUEUE and _POOL in makers


def library_words(case: Case, standing: Standing) -> str | None:
    """What a thread waits for in the standard library; None for anything else."""
    if standing.operation not in ("condition.wait", "event.wait", "semaphore.acquire"):
        return None
    part = part_of(case.history, standing.object)
    if part is None:
        return None
    if part.kind == "queue":
        return f"waits in {part.name}.{part.method}()"
    if part.kind == "pool":
        return f"waits for work in the pool {part.name}"
    if part.kind == "futures":
        return "waits for futures"
    return f"waits for the result of {'a future' if part.name == 'Future' else part.name}"
