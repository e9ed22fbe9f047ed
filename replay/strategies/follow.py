"""Follows a recorded schedule: the thread of the next step goes first."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from replay.following.verify import Verifier
    from replay.strategies import Choose
    from replay.thread import Thread


class Follow:
    """Lets the thread of the next step go on, as `verifier` counts them; `then` chooses after the last one.

    What rests on it: a thread that is chosen executes its pending operation at once, which is the next event.
    """

    def __init__(self, verifier: Verifier, then: Choose | None = None) -> None:
        self._verifier = verifier
        self._then = then

    def choose(self, enabled: dict[Thread, None], current: Thread) -> Thread:
        """The thread of the next step."""
        verifier = self._verifier
        if verifier.journal.count >= verifier.limit:
            if self._then is not None:
                return self._then(enabled, current)
            verifier.at_the_end()
        thread = verifier.next_thread()
        computing = verifier.kernel.computing
        if thread in computing.threads:
            computing.go_on(thread)
        elif thread not in enabled:
            thread = verifier.collector() or verifier.cannot_follow(thread)
        return thread
