"""Programs that use popular packages run under control as they do without it; see the README here.

Skipped as a whole unless THREADTRACE_PACKAGES is set: it takes minutes, and the packages of `requirements.txt`.
"""

from __future__ import annotations

import functools
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support import command, trace_lines

if not os.environ.get("THREADTRACE_PACKAGES"):
    pytest.skip("asked for with THREADTRACE_PACKAGES=1", allow_module_level=True)

PROGRAMS = sorted((Path(__file__).parent / "programs").glob("*.py"))

SEEDS = range(int(os.environ.get("THREADTRACE_SEEDS", "20")))
SEEDS_ANY = range(5)

#: Executed twice, and replayed.
COMPARED = range(3)


@functools.cache
def expected(path):
    """What the program prints without control."""
    done = subprocess.run([sys.executable, str(path)], capture_output=True, text=True, timeout=120, check=True)
    assert done.stdout.count("\n") == 1
    return done.stdout


def run(path, folder, *options):
    """Executes a program under control: it must do what it does without."""
    done = command("run", "--json", "--trace", "t.trace", *options, str(path), cwd=folder)
    assert done.out, done.err
    result = done.json
    assert (result["verdict"], result["failures"], done.status) == ("passed", [], 0), (result, done.err)
    assert result["warnings"] == [], result["warnings"]
    assert expected(path) in done.err  # where the output of the program goes beside JSON
    assert "Traceback" not in done.err, done.err
    return result


def comparable(path):
    """The events; who else could go on is not the program's alone to say where another process takes part."""
    events = trace_lines(path)[1:-1]
    if any(event["operation"].startswith("process.") for event in events):
        for event in events:
            event.pop("enabled", None)
    return events


@pytest.fixture(params=[pytest.param(path, id=path.stem) for path in PROGRAMS])
def program(request):
    return request.param


def test_random(program, tmp_path):
    for seed in SEEDS:
        run(program, tmp_path, "--strategy", "random", "--seed", str(seed))


def test_timeouts_at_will(program, tmp_path):
    for seed in SEEDS_ANY:
        run(program, tmp_path, "--strategy", "random", "--seed", str(seed), "--clock", "any")


@pytest.mark.parametrize(
    "options",
    [["--strategy", "round-robin"], ["--strategy", "no-preemption"], ["--strategy", "random", "--keep-going"]],
    ids=["round-robin", "no-preemption", "keep-going"],
)
def test_otherwise(program, tmp_path, options):
    run(program, tmp_path, *options)


def test_replays_and_repeats(program, tmp_path):
    for seed in COMPARED:
        result = run(program, tmp_path, "--strategy", "random", "--seed", str(seed), "--check")
        assert result["divergence"] is None
        recorded = comparable(tmp_path / "t.trace")
        done = command("replay", "--json", "--trace", "r.trace", "t.trace", cwd=tmp_path)
        assert done.status == 0, done.out
        assert comparable(tmp_path / "r.trace") == recorded
