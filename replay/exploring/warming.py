"""Executes a small program some times, so that the interpreter has specialised what every execution runs.

A copy of a process shares its memory until it writes there. CPython rewrites the instructions of a function while it is
called for the first times; what was rewritten before is not copied in each of a thousand copies, and runs faster.
"""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

from replay.exploring.one import execute
from replay.exploring.specs import Spec

if TYPE_CHECKING:
    from replay.exploring.specs import Setting

_TIMES = 8


def warm_up(strategies: list[str], setting: Setting) -> None:
    """Executes it by each of the strategies."""
    for number in range(_TIMES):
        for strategy in strategies:
            execute(Spec(number + 1, strategy, number), setting, _program)


def _program() -> None:
    lock, condition = threading.Lock(), threading.Condition()
    items: list[int] = []

    def give() -> None:
        with lock:
            items.append(len(items))
        with condition:
            condition.notify_all()

    def take() -> None:
        with condition:
            while not items:
                condition.wait()
        lock.acquire()
        lock.release()

    threads = [threading.Thread(target=target) for target in (give, take, give)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
