"""What a program says to whoever controls it. Without control it says nothing, and costs nothing to speak of."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tracer.runtime import door

if TYPE_CHECKING:
    from types import TracebackType
    from typing import Self


def note(text: object) -> None:
    """Has a text stand in the trace at this point, as a `program.note` of the thread. It is no scheduling point."""
    runtime = door.runtime
    if runtime is not None:
        runtime.log("program.note", None, str(text))


class atomic:  # noqa: N801 - it is used like a function
    """A section, `with threadtrace.atomic():`, in which no other thread goes first as long as this one can go on.

    For what is not to be explored: the filling of a queue before the threads look at it, a check of the state in the
    middle. Nothing stops the others in a real program: a section that the program relies on is a lock. Where it kept
    others from going first, no exploration is `exhausted`.
    """

    def __enter__(self) -> Self:
        runtime = door.runtime
        self._runtime = runtime
        if runtime is not None:
            runtime.begin_atomic()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        if self._runtime is not None and self._runtime is door.runtime:
            self._runtime.end_atomic()
