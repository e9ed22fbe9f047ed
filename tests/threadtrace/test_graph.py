"""`threadtrace graph`: a picture of a trace, or one line that says why not."""

import contextlib
import io
import os
import stat
import sys
from xml.etree import ElementTree

import pytest

from tests.support import EXAMPLES, Finished, command
from threadtrace.cli import main

pytestmark = pytest.mark.one_version

#: What the tests run must not depend on what is installed.
NO_DOT = {"PATH": "/nonexistent"}


LOST = """import threading
condition = threading.Condition()
with condition:
    condition.notify()
with condition:
    condition.wait()
"""


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("traces")
    command("run", "--quiet", f"{EXAMPLES}/condition.py", cwd=folder)
    arguments = ("--quiet", f"{EXAMPLES}/deadlock_abba.schedule", f"{EXAMPLES}/deadlock_abba.py")
    command("replay", "--trace", "abba.trace", *arguments, cwd=folder)
    return folder


def graph(folder, *arguments, **options):
    options.setdefault("env", NO_DOT)
    return command("graph", *arguments, cwd=folder, **options)


def here(folder, *arguments):
    """The same in this process, which is faster."""
    out, err = io.StringIO(), io.StringIO()
    with pytest.MonkeyPatch.context() as patch, contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        patch.chdir(folder)
        patch.setenv("PATH", NO_DOT["PATH"])
        patch.setattr(sys, "argv", ["threadtrace", "graph", *arguments])
        try:
            main()
            status = 0
        except SystemExit as error:
            status = error.code
    return Finished(status, out.getvalue(), err.getvalue())


def refused(folder, *arguments, **options):
    """The one line of a refusal, which leaves nothing behind."""
    before = sorted(os.listdir(folder))
    done = graph(folder, *arguments, **options) if options else here(folder, *arguments)
    assert done.status == 2, done
    assert done.out == ""
    assert sorted(os.listdir(folder)) == before
    (line,) = done.err.splitlines()
    return line


def test_svg(folder):
    done = graph(folder, "abba.trace")
    assert done.status == 0
    assert done.out == (
        "abba.svg: deadlock: MainThread, Forwards and Backwards can never go on "
        "(wait-for after event 7, the last one; 3 threads and 2 objects)\n"
    )
    assert done.err == ""
    root = ElementTree.parse(folder / "abba.svg").getroot()
    said = ["".join(one.itertext()) for one in root.iter("{http://www.w3.org/2000/svg}text")]
    assert {"Forwards", "Backwards", "lock_a", "lock_b", "deadlock_abba.py:11"} <= set(said)
    assert sum(text == "waits at" for text in said) == 2


def test_png_and_dot(folder):
    assert graph(folder, "condition.trace", "-o", "x.png").status == 0
    assert (folder / "x.png").read_bytes().startswith(b"\x89PNG")
    assert graph(folder, "condition.trace", "-o", "x.dot").status == 0
    assert (folder / "x.dot").read_text().startswith("// threadtrace graph --kind wait-for\ndigraph")


@pytest.mark.skipif(sys.platform == "win32", reason="the program is a shell script")
def test_pdf_is_drawn_by_dot(folder, tmp_path):
    line = refused(folder, "abba.trace", "-o", "x.pdf")
    assert "install Graphviz; svg and png work without it" in line
    dot = tmp_path / "dot"
    dot.write_text("#!/bin/sh\nwhile read -r line; do :; done; echo '%PDF-1.5'\n")
    dot.chmod(0o755)
    done = graph(folder, "abba.trace", "-o", "x.pdf", env={"PATH": str(tmp_path)})
    assert done.status == 0, done
    assert (folder / "x.pdf").read_bytes() == b"%PDF-1.5\n"


def test_same_bytes_each_time(folder):
    drawn = []
    for seed in ("1", "77"):
        for kind in ("wait-for", "threads", "happens-before", "lock-order"):
            names = ("same.svg", "same.png") if kind == "wait-for" else ("same.svg",)
            for name in names:
                done = graph(
                    folder, "condition.trace", "--kind", kind, "-o", name, env=NO_DOT | {"PYTHONHASHSEED": seed}
                )
                assert done.status == 0
                drawn.append((kind, name, (folder / name).read_bytes()))
    assert len(set(drawn)) == 5


def test_happens_before(folder):
    done = here(folder, "condition.trace", "--kind", "happens-before", "-o", "hb.svg")
    assert done.status == 0, done
    assert "events 1 to 56, and what happened before what" in done.out
    assert "3 threads and 10 arrows" in done.out
    done = here(folder, "condition.trace", "--kind", "happens-before", "--at", "9", "-o", "hb.svg")
    assert "events 1 to 9, " in done.out


def test_lock_order(folder):
    done = here(folder, "abba.trace", "--kind", "lock-order", "-o", "lo.svg")
    assert done.status == 0, done
    assert "lock_a and lock_b are taken in opposite orders" in done.out
    assert "wanted by Backwards" in (folder / "lo.svg").read_text()
    done = here(folder, "abba.trace", "--kind", "lock-order", "--at", "3", "-o", "lo.svg")
    assert "no lock was taken while another one was held" in done.out


def test_any_moment(folder):
    done = graph(folder, "condition.trace", "--at", "20", "-o", "at.svg")
    assert "wait-for after event 20;" in done.out
    assert "not involved" in done.out
    assert "after event 20 of 56" in (folder / "at.svg").read_text()


def test_the_title_says_why_nobody_can_move(folder):
    (folder / "lost.py").write_text(LOST)
    command("run", "--quiet", "lost.py", cwd=folder)
    here(folder, "lost.trace", "-o", "lost.dot")
    text = " ".join((folder / "lost.dot").read_text().split())
    assert "notify #1 of condition at lost.py:4" in text


def test_nobody_waits(folder):
    command("run", "--quiet", f"{EXAMPLES}/barrier.py", cwd=folder)
    done = graph(folder, "barrier.trace")
    assert done.status == 0
    assert "the program has ended" in done.out
    assert "of which none waits" in done.out
    assert "nobody waits" in (folder / "barrier.svg").read_text()


def test_json(folder):
    done = graph(folder, "condition.trace", "-o", "j.svg", "--json")
    assert done.json["picture"] == "j.svg"
    assert done.json["event"] == 56
    assert done.json["verdict"] == "deadlock: MainThread and Consumer can never go on"
    assert done.json["notes"] == ["1 thread that is not involved is not shown: 1 ended"]


def test_standard_output(folder):
    done = graph(folder, "condition.trace", "-o", "-")
    ElementTree.fromstring(done.out)
    assert done.err.startswith("standard output: deadlock")
    for option in ("--open", "--json"):
        assert f"does not go with {option}" in refused(folder, "condition.trace", "-o", "-", option)


def test_cut_off(folder):
    lines = (folder / "condition.trace").read_bytes().splitlines(keepends=True)
    (folder / "cut.trace").write_bytes(b"".join(lines[:30]) + lines[30][:10])
    done = graph(folder, "cut.trace")
    assert done.status == 0
    assert "the trace was cut off" in done.out
    assert "the trace was cut off" in (folder / "cut.svg").read_text()


def test_no_trace(folder):
    assert "missing.trace: cannot be read" in refused(folder, "missing.trace")
    assert "cannot be read" in refused(folder, "no/folder/missing.trace")
    lines = (folder / "condition.trace").read_bytes().splitlines(keepends=True)
    for content, words in (
        (b"", "is empty"),
        (b"hello\n", "is not a threadtrace trace"),
        (lines[0], "has no events"),
        (b"".join([*lines[:10], b"garbage\n", *lines[10:]]), "bad.trace:11: the trace is damaged"),
        (b"".join(line.replace(b'"object":"Consumer"', b'"object":null') for line in lines), "do not fit each other"),
    ):
        (folder / "bad.trace").write_bytes(content)
        assert words in refused(folder, "bad.trace")


def test_bad_output(folder):
    for name in ("x.gif", "x", "x.py", "x.trace"):
        assert ".svg, .png, .pdf, .dot" in refused(folder, "abba.trace", "-o", name)
    assert "there is no folder" in refused(folder, "abba.trace", "-o", "no/x.svg")
    (folder / "trace.svg").write_bytes((folder / "abba.trace").read_bytes())
    assert "is a trace, so it is not overwritten" in refused(folder, "abba.trace", "-o", "trace.svg")
    assert "is the trace itself" in refused(folder, "trace.svg")
    (folder / "mine.dot").write_text("digraph { mine }")
    assert "is not a .dot file that threadtrace made" in refused(folder, "abba.trace", "-o", "mine.dot")
    assert (folder / "mine.dot").read_text() == "digraph { mine }"


def test_bad_moment(folder):
    assert "there is no event 57: the last event of condition.trace is 56" in refused(
        folder, "condition.trace", "--at", "57"
    )
    for bad in ("0", "-3", "x", "1.5"):
        assert "--at" in refused(folder, "condition.trace", "--at", bad)
    assert "--kind" in refused(folder, "condition.trace", "--kind", "nonsense")


@pytest.mark.skipif(sys.platform == "win32", reason="limits are those of POSIX")
def test_a_full_disk_leaves_nothing(folder):
    import resource
    import signal

    def limit():
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (2000, 2000))

    (folder / "old.svg").write_bytes(b"<svg/>")
    line = refused(folder, "abba.trace", "-o", "old.svg", preexec_fn=limit)
    assert "old.svg: cannot be written: File too large" in line
    assert (folder / "old.svg").read_bytes() == b"<svg/>"


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="the viewer is that of Linux desktops")
def test_open(folder, tmp_path):
    done = graph(folder, "abba.trace", "--open")
    assert done.status == 2
    assert "abba.svg: was drawn, but there is no viewer" in done.err
    viewer = tmp_path / "xdg-open"
    viewer.write_text(f"#!{sys.executable}\nimport sys; open({str(tmp_path / 'seen')!r}, 'w').write(sys.argv[1])\n")
    viewer.chmod(stat.S_IRWXU)
    assert graph(folder, "abba.trace", "--open", env={"PATH": str(tmp_path)}).status == 0
    for _ in range(500):
        if (tmp_path / "seen").exists() and (tmp_path / "seen").read_text():
            break
        __import__("time").sleep(0.01)
    assert (tmp_path / "seen").read_text() == str(folder / "abba.svg")


def test_help(folder):
    done = graph(folder, "--help")
    assert done.status == 0
    for word in ("--kind", "--at", "--open", "--json", "threadtrace graph condition.trace -o wait.svg"):
        assert word in done.out
    assert "graph" in command("--help", cwd=folder).out
