"""Timeouts as the standard library takes them, in nanoseconds as the runtime takes them."""

from __future__ import annotations

SECOND = 1_000_000_000


def nanoseconds(seconds: float) -> int:
    """Whole nanoseconds, rounded; a negative time is over at once."""
    return max(0, round(seconds * SECOND))
