"""What all tests of strategies need."""

import threading

import pytest


@pytest.fixture(autouse=True)
def quiet(monkeypatch):
    """Threads fail here by the hundred, and are expected to."""
    monkeypatch.setattr(threading, "excepthook", lambda failed: None)
