"""`threadtrace doctor` tries what is controlled on this interpreter."""

import os
import platform
import subprocess
import sys
import threading

from replay import selftest
from tests.support import ROOT, command
from tracer import real


def test_everything_is_controlled_here(tmp_path):
    done = command("doctor", "--json", cwd=tmp_path)
    found = done.json
    assert done.status == 0, found
    assert found["healthy"] is True
    assert found["python"]["version"] == platform.python_version()
    assert found["greenlet"]["works"]
    assert len(found["controlled"]) == len(selftest.CHECKS)
    assert all(one["works"] for one in found["controlled"])
    assert {"threads that something written in C starts", "calls into C that block"} <= {
        one["what"] for one in found["not_controlled"]
    }
    assert found["locks_not_reached"] == []


def test_for_people(tmp_path):
    done = command("doctor", cwd=tmp_path)
    assert done.status == 0, done.out
    assert platform.python_version() in done.out
    assert "ok  threading.Condition" in done.out
    assert "not under control" in done.out
    assert "other processes" in done.out


def test_what_cannot_be_tried_is_trouble(tmp_path):
    (tmp_path / "greenlet.py").write_text("raise ImportError('no greenlet here')")
    done = command("doctor", cwd=tmp_path, env={"PYTHONPATH": f"{tmp_path}{os.pathsep}{ROOT}"})
    assert done.status == 1
    assert "no greenlet here" in done.out


def test_a_check_fails_where_something_is_not_controlled():
    def uses_a_real_lock():
        lock = real.allocate_lock()
        with lock:
            pass

    wrong = ("locks", ("lock.acquire",), uses_a_real_lock)
    assert selftest.tried(wrong) == "lock.acquire was not under control"

    def deadlock():
        lock = threading.Lock()
        with lock, lock:
            pass

    assert selftest.tried(("locks", (), deadlock)).startswith("deadlock")


def test_locks_that_could_not_be_reached_are_listed():
    """In a process of its own, as the doctor looks for them: here there are many tests whose objects have locks."""
    text = """
from tracer import patch, real
from tracer.earlier.left import left_over
class Kept(real.RLockType): pass
kept = Kept()
patch.install()
print(left_over())
"""
    done = subprocess.run([sys.executable, "-c", text], cwd=ROOT, capture_output=True, text=True, check=True)
    assert "Kept" in done.stdout
