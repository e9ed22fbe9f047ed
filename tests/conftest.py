"""Fixtures that several tests use."""

import sys
import threading

import pytest


@pytest.fixture
def plain_hooks(monkeypatch):
    """The interpreter's hooks in the place of the test runner's: what these reach, any thread could release."""
    monkeypatch.setattr(threading, "excepthook", threading.__excepthook__)
    monkeypatch.setattr(sys, "excepthook", sys.__excepthook__)
    monkeypatch.setattr(sys, "unraisablehook", sys.__unraisablehook__)
    monkeypatch.setattr(sys, "stdout", sys.__stdout__)
    monkeypatch.setattr(sys, "stderr", sys.__stderr__)
