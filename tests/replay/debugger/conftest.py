"""Recordings that several tests debug."""

from __future__ import annotations

import pytest

from tests.replay.debugger.support import DEADLOCK, record

pytest.importorskip("pty")


@pytest.fixture
def deadlock(tmp_path):
    return record(tmp_path, DEADLOCK)


@pytest.fixture
def condition(tmp_path):
    return record(tmp_path, "condition.py", name="condition")
