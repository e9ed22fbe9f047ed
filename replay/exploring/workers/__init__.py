"""Where executions are made. All do the same with the same specs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from replay.exploring.specs import Run, Spec


class Workers(Protocol):
    """Takes executions, and gives what came of them.

    `room` is how many more it will take now; `ahead` of what is being made where nobody waits for one. `submit` gives
    it some; `results` waits until at least one that was given is made, or about `seconds` are over. `close` ends what
    still goes on.
    """

    def room(self, *, ahead: bool) -> int: ...

    def submit(self, specs: list[Spec]) -> None: ...

    def results(self, seconds: float) -> list[Run]: ...

    def close(self) -> None: ...
