"""What a thread does that is not under control, while an execution is under way.

To such a thread, one that something written in C has started, the primitives would be the real ones, while the threads
under control never touch those: neither would exclude or wake the other. So whoever executes the program may take what
such a thread does, and have it done under control in its name.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable


class Reception:
    """Holds who takes it; nobody where no execution is under way. There is one, `reception`."""

    def __init__(self) -> None:
        self.take: Callable[[Callable[..., Any], Callable[..., Any], tuple[Any, ...]], Any] | None = None


reception = Reception()


def elsewhere(controlled: Callable[..., Any], real_one: Callable[..., Any], *args: Any) -> Any:
    """Called where this OS thread has no runtime: `real_one`, unless it is taken to be done as `controlled`."""
    take = reception.take
    return real_one(*args) if take is None else take(controlled, real_one, args)
