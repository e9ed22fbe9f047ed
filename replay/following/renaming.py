"""Which object of an execution is which object of a recorded one, when the program may have been edited since."""

from __future__ import annotations


class Renaming:
    """Pairs names one to one, as they are met.

    An object that was renamed has another name in the same role: its name was not in the recording, and that of its
    partner is not in the execution. Names that are places (`Lock@file:10`) move with the lines and say nothing. Of two
    objects of one list (`locks[1]`, `locks[2]`) none is the other. In an `unchanged` program nothing was renamed.
    """

    def __init__(self, recorded: set[str], *, unchanged: bool = False) -> None:
        self._recorded = recorded
        self._unchanged = unchanged
        self._partner: dict[str, str] = {}
        self._taken: set[str] = set()

    def fits(self, name: str | None, recorded: str | None) -> bool:
        """Whether `name` can be what the recording calls `recorded`."""
        if name is None or recorded is None:
            return name is recorded
        partner = self._partner.get(name)
        if partner is not None:
            return partner == recorded
        if name == recorded:
            return recorded not in self._taken
        return not self._unchanged and recorded not in self._taken and self._may_be_called(name, recorded)

    def same(self, name: str | None, recorded: str | None) -> bool:
        """The same, and remembers the pair."""
        if not self.fits(name, recorded):
            return False
        if name is not None and recorded is not None:
            self._partner[name] = recorded
            self._taken.add(recorded)
        return True

    def _may_be_called(self, name: str, recorded: str) -> bool:
        if "@" in name:
            return True
        return name not in self._recorded and _base(name) != _base(recorded)

    @property
    def renamed(self) -> list[tuple[str, str]]:
        """Pairs of different names: what it was called, what it is called."""
        return [(recorded, name) for name, recorded in self._partner.items() if name != recorded]


def _base(name: str) -> str:
    """Without what counts: `locks` for `locks[2]`, `lock` for `lock#2`."""
    return name.partition("[")[0].partition("#")[0]
