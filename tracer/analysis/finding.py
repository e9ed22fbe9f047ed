"""What an analysis found, with the operations that it rests on."""

from __future__ import annotations

from enum import Enum

import msgspec


class FindingKind(Enum):
    """Everything that an analysis can find. Each has a sentence that explains it; see `threadtrace.findings`."""

    DEADLOCK = "deadlock"  # threads that can never go on
    LOST_WAKEUP = "lost-wakeup"  # a notify or a set that came before the wait
    NEVER_WOKEN = "never-woken"  # a wait that nobody ever notified, set, or released a permit for
    BARRIER_SHORT = "barrier-short"  # fewer threads arrived than the barrier needs
    LEAKED_PERMIT = "leaked-permit"  # a semaphore's permit that an ended thread still has
    ABANDONED_LOCK = "abandoned-lock"  # a lock that an ended thread still holds
    SELF_DEADLOCK = "self-deadlock"  # a thread that waits for itself
    WAITING_WHILE_HOLDING = "waiting-while-holding"  # a lock kept through a wait that needs another thread
    LOCK_ORDER = "lock-order"  # locks taken in opposite orders


class Step(msgspec.Struct, frozen=True, omit_defaults=True):
    """An operation that a finding rests on.

    `event` is its number, 0 for an operation that was not executed: one that a thread stands before. `stack` are the
    user's frames, innermost first; `role` says what the operation is to the finding, such as `holds` or `waits`.
    """

    thread: str
    operation: str
    object: str | None
    place: str
    event: int = 0
    role: str = ""
    stack: list[str] = []


class Finding(msgspec.Struct, frozen=True, omit_defaults=True):
    """One finding. `message` is one line; `advice` says what to try, `steps` what it rests on, in order.

    `failure` tells what went wrong in this execution from what may go wrong in another one.
    """

    kind: FindingKind
    message: str
    threads: list[str]
    objects: list[str]
    sites: list[str]
    steps: list[Step] = []
    advice: str = ""
    failure: bool = False
