"""Files that the program has open where copies of its process begin.

A copy would share with all others how far each file was read. So it opens regular files anew, by the same numbers and
at the same positions. Pipes and sockets cannot be opened anew: what is read from them is gone for all others.
"""

from __future__ import annotations

import os
import stat
import sys
from dataclasses import dataclass

#: Where Linux shows the files of a process, and lets them be opened anew.
_OWN = "/proc/self/fd"


@dataclass(frozen=True)
class _Opened:
    number: int
    flags: int


class OpenFiles:
    """The regular files that are open now, but for `ours`."""

    def __init__(self, ours: set[int]) -> None:
        self._files: list[_Opened] = []
        if not sys.platform.startswith("linux"):
            return
        import fcntl

        for name in os.listdir(_OWN):
            number = int(name)
            try:
                if number not in ours and stat.S_ISREG(os.fstat(number).st_mode):
                    self._files.append(_Opened(number, fcntl.fcntl(number, fcntl.F_GETFL)))
            except OSError:  # that of the folder itself
                continue

    def open_anew(self) -> None:
        """In a copy: gives it positions of its own."""
        for one in self._files:
            try:
                position = os.lseek(one.number, 0, os.SEEK_CUR)
                opened = os.open(f"{_OWN}/{one.number}", one.flags & ~(os.O_CREAT | os.O_EXCL | os.O_TRUNC))
                os.lseek(opened, position, os.SEEK_SET)
                os.dup2(opened, one.number, inheritable=os.get_inheritable(one.number))
                os.close(opened)
            except OSError:  # it was removed meanwhile, or must not be opened
                continue
