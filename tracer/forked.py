"""What a child that the program forks does first.

The hooks for a forked child are called in the order in which they were registered, and the standard library's use
locks. They must not act on the parent's execution, and write to its trace. So this module is imported before all
others, the threading module among them.
"""

from __future__ import annotations

import os
from collections.abc import Callable

#: Called in a forked child, before any other hook.
first_in_child: list[Callable[[], object]] = []


def _forked() -> None:
    for call in first_in_child:
        call()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_forked)
