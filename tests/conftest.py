"""Fixtures that several tests use."""

import sys
import threading

import pytest

from tests import support


def pytest_addoption(parser):
    parser.addoption("--quick", action="store_true", help="Try fewer schedules of each program.")


def pytest_configure(config):
    support.quick = config.getoption("--quick")


@pytest.fixture
def plain_hooks(monkeypatch):
    """The interpreter's hooks in the place of the test runner's: what these reach, any thread could release."""
    monkeypatch.setattr(threading, "excepthook", threading.__excepthook__)
    monkeypatch.setattr(sys, "excepthook", sys.__excepthook__)
    monkeypatch.setattr(sys, "unraisablehook", sys.__unraisablehook__)
    monkeypatch.setattr(sys, "stdout", sys.__stdout__)
    monkeypatch.setattr(sys, "stderr", sys.__stderr__)
