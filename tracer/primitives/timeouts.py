"""Timeouts as the standard library takes them, in nanoseconds as the runtime takes them."""

from __future__ import annotations

from tracer import real

SECOND = 1_000_000_000


def nanoseconds(seconds: float) -> int:
    """Whole nanoseconds, rounded; a negative time is over at once.

    Raises what a real lock raises for a timeout that is no number, or too large.
    """
    if not seconds > 0:
        return 0
    real.allocate_lock().acquire(True, seconds)
    return round(seconds * SECOND)
