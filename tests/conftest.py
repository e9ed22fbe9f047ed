"""Fixtures that several tests use."""

import gc
import sys
import threading

import pytest

from tests import support


def pytest_addoption(parser):
    text = "Try fewer schedules of each program, and leave out what does not depend on the version of Python."
    parser.addoption("--quick", action="store_true", help=text)


def pytest_configure(config):
    support.quick = config.getoption("--quick")


#: Its tests patch anew, time and again, which looks at all objects that there are.
_PATCH_ANEW = "test_earlier.py"


def pytest_collection_modifyitems(config, items):
    """Those come first, while there are few objects: at the end they take ten times as long."""
    items.sort(key=lambda item: item.path.name != _PATCH_ANEW)
    if support.quick:
        left_out = [item for item in items if item.get_closest_marker("one_version")]
        items[:] = [item for item in items if not item.get_closest_marker("one_version")]
        config.hook.pytest_deselected(items=left_out)


@pytest.fixture(scope="module")
def few_objects():
    """Collections of garbage do not look at what earlier tests have left: it becomes more and more."""
    gc.collect()
    gc.freeze()
    yield
    gc.unfreeze()


@pytest.fixture
def plain_hooks(monkeypatch):
    """The interpreter's hooks in the place of the test runner's: what these reach, any thread could release."""
    monkeypatch.setattr(threading, "excepthook", threading.__excepthook__)
    monkeypatch.setattr(sys, "excepthook", sys.__excepthook__)
    monkeypatch.setattr(sys, "unraisablehook", sys.__unraisablehook__)
    monkeypatch.setattr(sys, "stdout", sys.__stdout__)
    monkeypatch.setattr(sys, "stderr", sys.__stderr__)
