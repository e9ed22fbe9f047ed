"""Follows a recorded schedule: the thread of the next step goes first."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from replay.following.verify import Verifier
    from replay.strategies import Choose
    from replay.thread import Thread


class Follow:
    """Lets the thread of the next step go on, as `verifier` counts them; `then` chooses after the last one.

    What rests on it: a thread that is chosen executes its pending operation at once, which is the next event. Only an
    operation on the outside may have parts that are no events, and wait between them; so a thread in the middle of one
    goes on when the thread of the next step cannot.
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
        if thread is None or (thread not in enabled and not self._comes(thread)):
            thread = next((one for one in enabled if one.within), None) or verifier.collector()
            thread = thread or verifier.cannot_follow(verifier.next_thread())
        return thread

    def _comes(self, thread: Thread) -> bool:
        """Whether the thread of the next step, which waits for the outside, can go on.

        Not waited for where others are in the middle of an operation: what they do next may be what it waits for.
        """
        kernel = self._verifier.kernel
        return not any(one.within for one in kernel.enabled) and kernel.outside.comes_as_recorded(thread)
