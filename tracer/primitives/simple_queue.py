"""`queue.SimpleQueue`, which is written in C.

The one of the standard library that is written in Python does the same with a semaphore, whose operations are traced.
But it puts an item in, and then says so: between the two others see a queue that is not empty, and find nothing in it.
In C an item is put in, or taken out, in one operation; so it is here.
"""

from __future__ import annotations

import _queue
import queue
from typing import TYPE_CHECKING, Any

from tracer.primitives.builtin import stand_in
from tracer.runtime import door

if TYPE_CHECKING:
    from types import ModuleType

_Base: Any = queue._PySimpleQueue  # type: ignore[attr-defined]


def made_for(module: ModuleType) -> tuple[type, type]:
    """The class of a `_queue` module, and the one that stands for it; its `get` raises that module's `Empty`."""
    empty: type[Exception] = module.Empty

    class SimpleQueue(_Base):  # type: ignore[misc]
        """Simple, unbounded, reentrant FIFO queue."""

        # With no runtime there are other threads at any moment: then they are CPython's own.

        def put(self, item: object, block: bool = True, timeout: float | None = None) -> None:
            """Put the item on the queue. This never blocks."""
            if door.runtime is None:
                _Base.put(self, item)
                return
            self._count.release()
            self._queue.append(item)  # nobody comes between, once the operation was executed

        def get(self, block: bool = True, timeout: float | None = None) -> Any:
            """Remove and return an item from the queue."""
            if not block:
                timeout = None
            if timeout is not None and timeout < 0:
                raise ValueError("'timeout' must be a non-negative number")
            if not self._count.acquire(block, timeout):
                raise empty
            return self._queue.popleft()

        def put_nowait(self, item: object) -> None:
            """Put an item into the queue without blocking."""
            self.put(item)

        def get_nowait(self) -> Any:
            """Remove and return an item from the queue without blocking."""
            return self.get(block=False)

    return stand_in(module.SimpleQueue, SimpleQueue, is_empty=False)


CLASS = made_for(_queue)
