"""Copies of this process of which nobody is told.

This is libc's fork, not Python's, which would tell the program (`os.register_at_fork`: locks of `logging` would be
acquired, `random` seeded anew). It is allowed where the process has one OS thread only.
"""

from __future__ import annotations

import ctypes
import os

#: With THREADTRACE_NO_FORK what is done elsewhere can be tried here.
CAN_FORK = hasattr(os, "fork") and "THREADTRACE_NO_FORK" not in os.environ

#: A PyDLL keeps the global interpreter lock during a call, so that the child of a fork has it too.
_libc = ctypes.PyDLL(None) if CAN_FORK else None


def fork() -> int:
    """A copy of this process. Gives 0 in the child. Raises OSError where there is no room for one."""
    assert _libc is not None
    child: int = _libc.fork()
    if child < 0:
        raise OSError("no room for another process")
    return child
