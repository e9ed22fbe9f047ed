"""Without a terminal, and used wrongly."""

from __future__ import annotations

import os

import pytest

from tests.replay.debugger.terminal import PROMPT, Terminal
from tests.support import command

pytestmark = pytest.mark.one_version


def test_commands_from_a_pipe(tmp_path, condition):
    done = command(
        *("replay", "--stop-at", "9", "--trace", "again.trace", str(condition)),
        cwd=tmp_path,
        input="p items\nback 2\nevents 1\nback\nc\nc\n",
    )
    assert f"{PROMPT}p items\n[0]\n" in done.out
    assert "event 7 " in done.out
    assert "event 6 " in done.out
    assert "the execution is over" in done.out
    assert done.status == 1, done.err


def test_an_empty_pipe_is_the_end(tmp_path, condition):
    done = command("replay", "--stop-at", "9", "--trace", "again.trace", str(condition), cwd=tmp_path, input="p items")
    assert "[0]" in done.out
    assert done.status == 130


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--break", "nowhere.py:3"], "nowhere.py:3: there is no file nowhere.py"),
        (["--break", "condition.py"], "'condition.py' is no breakpoint: write FILE:LINE"),
        (["--break", "condition.py:x"], "write FILE:LINE"),
        (["--break", "condition.py:2"], "no code on this line, so nothing would stop there; the next line with code"),
        (["--break", "condition.py:9999"], "the last line with code is 40"),
        (["--break-on", "lock.steal"], "'lock.steal' is no operation; there are lock.acquire"),
        (["--break-on", ""], "is no operation"),
        (["--stop-at", "0"], "--stop-at"),
        (["--stop-at", "3", "--json"], "leave out --stop-at"),
    ],
)
def test_wrong_usage_is_one_line(tmp_path, condition, arguments, message):
    done = command("replay", *arguments, "--trace", "again.trace", str(condition), cwd=tmp_path, input="")
    assert done.status == 2
    assert message in done.err
    assert done.err.count("\n") == 1
    assert not (tmp_path / "again.trace").exists()


def test_without_fork_going_back_says_so(tmp_path, condition):
    site = tmp_path / "site"
    site.mkdir()
    (site / "sitecustomize.py").write_text("import os\ndel os.fork\n")
    from tests.support import ROOT

    with Terminal(
        *("replay", "--stop-at", "9", "--trace", "again.trace", str(condition)),
        cwd=tmp_path,
        env={"PYTHONPATH": f"{site}{os.pathsep}{ROOT}"},
    ) as terminal:
        terminal.until()
        assert "going back is not possible here" in terminal.tell("back")
        assert "event 12 " in terminal.tell("goto 12")
        terminal.send("q\n")
        assert terminal.end()[0] == 130
