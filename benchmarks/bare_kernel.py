"""The least a greenlet kernel can do: a lock, a random choice, nothing else. The yardstick of `speed.py`.

No events, no names, no deadlines, no errors, no patch: what is left is the cost of choosing and switching.
"""

from __future__ import annotations

from random import Random
from typing import TYPE_CHECKING

from greenlet import getcurrent, greenlet

if TYPE_CHECKING:
    from collections.abc import Callable


class Kernel:
    def __init__(self, seed: int = 0) -> None:
        self.enabled: list[greenlet] = []
        self.random = Random(seed).random
        self.runner = getcurrent()

    def spawn(self, body: Callable[[], None]) -> None:
        def life() -> None:
            body()
            self.enabled.remove(thread)
            if self.enabled:
                thread.parent = self.enabled[int(self.random() * len(self.enabled))]

        thread = greenlet(life, self.runner)
        self.enabled.append(thread)

    def switch(self) -> None:
        chosen = self.enabled[int(self.random() * len(self.enabled))]
        if chosen is not getcurrent():
            chosen.switch()

    def run(self) -> None:
        self.enabled[0].switch()


class Lock:
    def __init__(self, kernel: Kernel) -> None:
        self.kernel = kernel
        self.owner: greenlet | None = None
        self.waiters: list[greenlet] = []

    def acquire(self) -> None:
        kernel = self.kernel
        kernel.switch()
        me = getcurrent()
        while self.owner is not None:
            kernel.enabled.remove(me)
            self.waiters.append(me)
            kernel.switch()
        self.owner = me

    def release(self) -> None:
        self.kernel.switch()
        self.owner = None
        if self.waiters:
            self.kernel.enabled.extend(self.waiters)
            self.waiters.clear()
