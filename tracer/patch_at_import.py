"""Patches modules of the standard library when the program imports them.

Importing `socket`, `subprocess` or `asyncio` takes longer than a small program runs; so nothing is imported in order to
be patched. What is there already is patched at once.
"""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from importlib.machinery import ModuleSpec
    from types import ModuleType


class PatchAtImport:
    """A finder for `sys.meta_path`. It finds nothing itself, and calls one of `patches` with each module."""

    def __init__(self, patches: dict[str, Callable[[Any], None]]) -> None:
        self._patches = patches

    def install(self) -> None:
        """Patches what was imported before, and from now on what is imported."""
        for name, patch in self._patches.items():
            module = sys.modules.get(name)
            if module is not None:
                patch(module)
        sys.meta_path.insert(0, self)

    def uninstall(self) -> None:
        """Modules that are imported from now on are left as they are."""
        if self in sys.meta_path:  # the program may have put another list there
            sys.meta_path.remove(self)

    def find_spec(self, name: str, path: Sequence[str] | None, target: ModuleType | None = None) -> ModuleSpec | None:
        """What the other finders say."""
        patch = self._patches.get(name)
        if patch is None:
            return None
        for finder in sys.meta_path:
            spec = finder.find_spec(name, path, target) if finder is not self else None
            if spec is not None and spec.loader is not None:
                _patch_after(spec.loader, patch)
                return spec
        return None


def _patch_after(loader: Any, patch: Callable[[Any], None]) -> None:
    """A loader is there for one module: it executes it, and is as it was."""
    if isinstance(loader, type):  # of modules that are built into the interpreter
        return
    execute = loader.exec_module

    def exec_module(module: ModuleType) -> None:
        del loader.exec_module
        execute(module)
        patch(module)

    loader.exec_module = exec_module
