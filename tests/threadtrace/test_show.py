"""`threadtrace show`: filters, and traces that are damaged or none."""

import json

import pytest

from tests.support import EXAMPLES, command

pytestmark = pytest.mark.one_version


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("traces")
    command("run", "--quiet", f"{EXAMPLES}/condition.py", cwd=folder)
    return folder


def show(folder, *arguments):
    return command("show", *arguments, cwd=folder)


def events(folder, *arguments):
    done = show(folder, "condition.trace", "--json", *arguments)
    assert done.status == 0
    return [json.loads(line) for line in done.out.splitlines()]


def test_all(folder):
    done = show(folder, "condition.trace")
    assert done.status == 0
    assert "condition.reacquire" in done.out
    assert "nobody is left who could notify it" in done.out


def test_filters(folder):
    everything = events(folder)
    assert [event["number"] for event in everything] == list(range(1, len(everything) + 1))
    assert {event["thread"] for event in events(folder, "--thread", "Producer")} == {"Producer"}
    assert {event["object"] for event in events(folder, "--object", "condition")} == {"condition"}
    assert {event["operation"] for event in events(folder, "--kind", "time")} == {"time.sleep", "time.wake"}
    assert {event["operation"] for event in events(folder, "--kind", "condition.notify")} == {"condition.notify"}
    assert [event["number"] for event in events(folder, "--range", "5-7")] == [5, 6, 7]
    assert [event["number"] for event in events(folder, "--range", "5")] == [5]
    assert len(events(folder, "--range", "-5")) == 5
    both = events(folder, "--thread", "Producer", "--kind", "condition")
    assert {event["operation"] for event in both} == {"condition.notify"}


def test_unknown_thread(folder):
    (folder / "cut.trace").write_bytes((folder / "condition.trace").read_bytes().rpartition(b'{"ending"')[0])
    for trace in ("condition.trace", "cut.trace"):
        for more in [(), ("--json",)]:
            done = show(folder, trace, "--thread", "Konsumer", *more)
            assert (done.status, done.out) == (2, "")
            (line,) = done.err.splitlines()
            assert f"{trace}: there is no thread 'Konsumer'; there are MainThread, " in line
            assert "Consumer" in line


def test_bad_range(folder):
    done = show(folder, "condition.trace", "--range", "a-b")
    assert done.status == 2
    assert "10-20" in done.err


def refused(folder, content):
    (folder / "bad.trace").write_bytes(content)
    done = show(folder, "bad.trace")
    assert done.status == 2, done
    (line,) = done.err.splitlines()
    assert line.startswith("threadtrace: bad.trace")
    return line


def test_no_trace_at_all(folder):
    assert "cannot be read" in show(folder, "missing.trace").err
    assert "is empty" in refused(folder, b"")
    for foreign in (b"hello\n", b"{}\n", b"\x89PNG\r\n\x1a\n", b"[1,2]\n", b"no line end", b"\0" * 5000):
        assert "is not a threadtrace trace" in refused(folder, foreign)
    assert "has no end" in refused(folder, b"x" * (1 << 25))


def test_another_format(folder):
    first = (folder / "condition.trace").read_bytes().splitlines()[0]
    assert "has format 99" in refused(folder, first.replace(b'"threadtrace":1', b'"threadtrace":99') + b"\n")


def test_cut_off_anywhere(folder):
    whole = (folder / "condition.trace").read_bytes()
    header = whole.index(b"\n") + 1
    last = whole.rindex(b"\n", 0, len(whole) - 1) + 1
    for end in range(header, last, 397):
        for tail in (b"", b"\0" * 3000):
            (folder / "cut.trace").write_bytes(whole[:end] + tail)
            done = show(folder, "cut.trace")
            complete = whole[:end].count(b"\n") - 1
            assert done.status == 0
            assert f"cut off after {complete} events" in done.out


def test_damaged_in_the_middle(folder):
    lines = (folder / "condition.trace").read_bytes().splitlines(keepends=True)
    for damage in (b'{"number": "x"}\n', b"garbage\n", lines[0]):
        line = refused(folder, b"".join([*lines[:10], damage, *lines[11:]]))
        assert line.startswith("threadtrace: bad.trace:11: the trace is damaged")
    assert "after the end" in refused(folder, b"".join([*lines, lines[5]]))


def test_reading_runs_nothing(folder):
    lines = (folder / "condition.trace").read_bytes().splitlines(keepends=True)
    evil = lines[0].replace(b"condition.py", b"__import__('os').system('touch pwned')")
    (folder / "evil.trace").write_bytes(evil + b"".join(lines[1:]))
    assert show(folder, "evil.trace").status == 0
    assert not (folder / "pwned").exists()


def test_a_closed_pipe_is_no_error(folder):
    import subprocess
    import sys

    from tests.support import ROOT

    line = f"{sys.executable} -m threadtrace show condition.trace | head -1"
    done = subprocess.run(line, shell=True, cwd=folder, env={"PYTHONPATH": ROOT}, capture_output=True, text=True)
    assert "Traceback" not in done.stderr
