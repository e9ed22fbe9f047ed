"""The kernel's record of one thread under control."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from greenlet import greenlet

from tracer.runtime import Life

if TYPE_CHECKING:
    from collections.abc import Callable

    from tracer.events import Place
    from tracer.labels import Labels
    from tracer.runtime import Queue

#: Idents of controlled threads: the first, and the step from one to the next. The same in every
#: execution, and of the size that programs see on real systems.
_FIRST_IDENT = 0x7F00_0000_1000
_IDENT_STEP = 0x1000


class Thread:
    """A thread under control: a greenlet, and the pending operation that it stands before.

    `label` tells it apart from others of its name. `path` names it in every execution alike: the path of its parent
    and its number among the parent's children; the main thread's is empty.
    """

    __slots__ = (
        "_threadtrace_label",
        "alarm",
        "begins",
        "births",
        "called",
        "children",
        "daemon",
        "deadline",
        "ending_queue",
        "finished",
        "greenlet",
        "ident",
        "index",
        "interrupted",
        "label",
        "life",
        "may_switch",
        "name",
        "operation",
        "path",
        "queue",
        "switch",
        "target",
        "within",
    )

    def __init__(
        self,
        index: int,
        name: str,
        labels: Labels,
        path: tuple[int, ...],
        daemon: bool,
        body: Callable[[], object],
        parent: greenlet,
    ) -> None:
        self.index = index
        self.name = name
        self.label = label = labels.thread(name)
        self._threadtrace_label = (labels, label)
        self.path = path
        self.daemon = daemon
        self.ident = _FIRST_IDENT + index * _IDENT_STEP
        #: Where its code begins.
        self.begins: Place
        self.children = 0
        self.births = 0
        self.greenlet = greenlet(body, parent)
        self.switch: Callable[[], Any] = self.greenlet.switch
        # The pending operation. A new thread stands before its own beginning.
        self.operation = "thread.begin"
        self.target: object = None
        # Where it waits while it is not running: nowhere, or in the queue of the object it needs.
        self.queue: Queue | None = None
        # When its timed wait is over, and the number of its entry in the deadlines while it waits.
        self.deadline = 0
        self.alarm = 0
        self.finished = False
        self.life = Life()
        #: Of the main thread: there is a signal whose handler it has to run; see `replay.signals`.
        self.interrupted = False
        #: What it does now is part of one operation, and is no event by itself.
        self.within = False
        #: Since its last access to shared memory CPython may have switched threads here under the GIL: because of a
        #: place that was passed, or of a call that is over by the next access.
        self.may_switch = True
        self.called = False
        #: Threads that stand before a join of this one.
        self.ending_queue: Queue = {}

    def __repr__(self) -> str:
        return f"<thread {self.label}>"
