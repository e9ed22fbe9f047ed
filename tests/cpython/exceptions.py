"""Tests that pass without this project and cannot pass under control: each with the reason."""

from __future__ import annotations

#: Test (without `test.`) -> why it cannot pass under control.
EXPECTED: dict[str, str] = {}

#: Of these, those that do pass on some versions or machines.
SOMETIMES: set[str] = set()
