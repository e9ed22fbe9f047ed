"""Programs that fork while they are traced."""

from __future__ import annotations

import os

import pytest

from tests.support import command, trace_lines

pytestmark = [
    pytest.mark.one_version,
    pytest.mark.skipif(not hasattr(os, "fork"), reason="there is no fork here"),
]

FORKS = """
import logging, os, threading
lock = threading.Lock()
def work():
    for _ in range(5):
        with lock:
            child = os.fork()
            if not child:
                logging.warning("in the child")
                with threading.Lock():
                    os._exit(0)
            os.waitpid(child, 0)
threads = [threading.Thread(target=work) for _ in range(3)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
"""


def test_children_do_not_write_the_parents_trace(tmp_path):
    (tmp_path / "program.py").write_text(FORKS)
    done = command(
        "run", "--quiet", "--strategy", "random", "program.py", cwd=tmp_path, env={"PYTHONWARNINGS": "ignore"}
    )
    assert done.status == 0, done.err
    lines = trace_lines(tmp_path / "program.trace")
    assert [line["number"] for line in lines[1:-1]] == [*range(1, lines[-1]["events"] + 1)]
    assert sum(line["operation"] == "lock.acquire" and line["object"] == "lock" for line in lines[1:-1]) == 15
    assert command("replay", "--quiet", "program.trace", cwd=tmp_path, env={"PYTHONWARNINGS": "ignore"}).status == 0


def test_a_child_that_lives_longer_does_not_hold_up_shrinking(tmp_path):
    (tmp_path / "program.py").write_text(
        """
import os, threading
import ctypes
if not os.fork():
    os.closerange(0, 3)
    ctypes.CDLL(None).sleep(6)
    os._exit(0)
lock = threading.Lock()
def work():
    lock.acquire()
for _ in range(2):
    threading.Thread(target=work).start()
"""
    )
    assert command("run", "--quiet", "program.py", cwd=tmp_path, env={"PYTHONWARNINGS": "ignore"}).status == 1
    done = command("shrink", "--json", "program.trace", cwd=tmp_path)
    assert done.status == 1
    assert done.json["minimal"] and done.json["elapsed_s"] < 5
