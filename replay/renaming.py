"""Which object of an execution is which object of a recorded one, when the program may have been edited since."""

from __future__ import annotations


class Renaming:
    """Pairs names one to one, as they are met.

    An object that was renamed has another name in the same role: its name was not in the recording, and that of its
    partner is not in the execution. Names that are places (`Lock@file:10`) move with the lines and say nothing.
    """

    def __init__(self, recorded: set[str]) -> None:
        self._recorded = recorded
        self._partner: dict[str, str] = {}
        self._taken: set[str] = set()

    def fits(self, name: str | None, recorded: str | None) -> bool:
        """Whether `name` can be what the recording calls `recorded`."""
        if name is None or recorded is None:
            return name is recorded
        partner = self._partner.get(name)
        if partner is not None:
            return partner == recorded
        return recorded not in self._taken and (name == recorded or name not in self._recorded or "@" in name)

    def same(self, name: str | None, recorded: str | None) -> bool:
        """The same, and remembers the pair."""
        if not self.fits(name, recorded):
            return False
        if name is not None and recorded is not None:
            self._partner[name] = recorded
            self._taken.add(recorded)
        return True

    @property
    def renamed(self) -> list[tuple[str, str]]:
        """Pairs of different names: what it was called, what it is called."""
        return [(recorded, name) for name, recorded in self._partner.items() if name != recorded]
