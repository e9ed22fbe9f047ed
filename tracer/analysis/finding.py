"""What an analysis found, with the operations that it rests on."""

from __future__ import annotations

from enum import Enum

import msgspec


class FindingKind(Enum):
    """Everything that an analysis can find. `docs/findings.md` explains each to users."""

    DEADLOCK = "deadlock"  # threads that wait for each other, or that can never go on for no cause named here
    SELF_DEADLOCK = "self-deadlock"  # a thread that waits for itself
    ABANDONED_LOCK = "abandoned-lock"  # a lock that an ended thread still holds
    LEAKED_PERMIT = "leaked-permit"  # a semaphore's permit that an ended thread still has
    WAITING_WHILE_HOLDING = "waiting-while-holding"  # a lock kept through a wait, and somebody needs it
    STARVED_POOL = "starved-pool"  # all workers of a pool wait, and what would help them is queued behind them
    LOST_WAKEUP = "lost-wakeup"  # a notify that came before the wait, or a set that was cleared before it
    NOTIFIED_ANOTHER = "notified-another"  # a notify woke one who could do nothing with it, and another needs it
    BARRIER_SHORT = "barrier-short"  # fewer threads arrived than the barrier needs
    NEVER_WOKEN = "never-woken"  # a wait that nobody ended: no notify, set, release, put, result
    DATA_RACE = "data-race"  # accesses to one variable, one of them a write, that nothing orders
    LOCK_ORDER = "lock-order"  # locks taken in opposite orders


class Step(msgspec.Struct, frozen=True, omit_defaults=True):
    """An operation that a finding rests on.

    `event` is its number, 0 for an operation that was not executed: one that a thread stands before. `stack` are the
    user's frames, innermost first; `role` says what the operation is to the finding, such as `holds` or `waits`.
    `holding` are the locks that the thread held then, where the finding rests on that: of accesses to memory.
    """

    thread: str
    operation: str
    object: str | None
    place: str
    event: int = 0
    role: str = ""
    stack: list[str] = []
    holding: list[str] = []


class Finding(msgspec.Struct, frozen=True, omit_defaults=True):
    """One finding. `message` is one line; `advice` says what to try, `steps` what it rests on, in order.

    `failure` tells what went wrong in this execution from what may go wrong in another one. `reason` says why nothing
    keeps it from happening, where `message` has no room for it. `benign` marks a data race that does no harm where
    Python documents both operations as atomic.
    """

    kind: FindingKind
    message: str
    threads: list[str]
    objects: list[str]
    sites: list[str]
    steps: list[Step] = []
    advice: str = ""
    failure: bool = False
    reason: str = ""
    benign: bool = False
