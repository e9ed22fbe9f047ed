"""Rendering: which program does it, what is said when none can, and files that are whole or not there."""

import os
import stat
import sys
from xml.etree import ElementTree

import pytest

from tests.tracer.pictures.support import abba
from tracer.pictures import render
from tracer.pictures.render import RenderError, check_target, find_pure, format_of, rendered, write

pytestmark = pytest.mark.one_version


@pytest.fixture
def programs(tmp_path, monkeypatch):
    """Makes programs of shell, in a folder that is the whole path."""
    folder = tmp_path / "bin"
    folder.mkdir()
    monkeypatch.setenv("PATH", str(folder))

    def make(name, script):
        path = folder / name
        path.write_text(f"#!/bin/sh\n{script}\n")
        path.chmod(0o755)
        return str(path)

    return make


needs_shell = pytest.mark.skipif(sys.platform == "win32", reason="the programs are shell scripts")


def test_formats():
    for name in ("a.svg", "a.SVG", "x/y.z.png", "a.pdf", "a.dot"):
        assert format_of(name) == name.rpartition(".")[2].lower()
    for name in ("a.gif", "a", "", ".svg", "a.svg.gz", "a.py", "a.trace"):
        with pytest.raises(RenderError, match=r"\.svg, \.png, \.pdf, \.dot"):
            format_of(name)


def test_the_port_alone(monkeypatch):
    monkeypatch.setenv("PATH", "")
    assert find_pure() is not None
    picture = abba().wait_for()
    ElementTree.fromstring(rendered(picture, "svg"))
    assert rendered(picture, "png").startswith(b"\x89PNG")
    assert rendered(picture, "dot") == picture.source.encode()
    with pytest.raises(RenderError, match="install Graphviz; svg and png work without it"):
        rendered(picture, "pdf")


@needs_shell
def test_dot_comes_first(programs):
    programs("dot", 'while read -r line; do :; done; echo "<svg>$*</svg>"')
    assert rendered(abba().wait_for(), "svg") == b"<svg>-Kdot -Tsvg</svg>\n"


@needs_shell
def test_a_dot_that_fails(programs, monkeypatch):
    programs("dot", "echo 'Format: \"svg\" not recognized.' >&2; exit 1")
    ElementTree.fromstring(rendered(abba().wait_for(), "svg"))  # by the port
    monkeypatch.setattr(render, "find_pure", lambda: None)
    with pytest.raises(RenderError, match=r'^dot failed with status 1: Format: "svg" not recognized\.$'):
        rendered(abba().wait_for(), "svg")


@needs_shell
@pytest.mark.parametrize(
    ("script", "message"),
    [
        ("kill -9 $$", "graphviz-pure was killed by signal 9"),
        ("echo Warning: hm >&2; echo Error: no >&2; exit 3", "graphviz-pure failed with status 3: Error: no"),
        ("exit 0", "did not give a SVG file"),
        ("echo hello", "did not give a SVG file"),
    ],
)
def test_a_port_that_fails(programs, monkeypatch, script, message):
    path = programs("graphviz-pure", script)
    monkeypatch.setattr(render, "find_pure", lambda: path)
    with pytest.raises(RenderError, match=message) as caught:
        rendered(abba().wait_for(), "svg")
    assert "\n" not in str(caught.value)


def test_no_program_at_all(monkeypatch):
    monkeypatch.setenv("PATH", "")
    monkeypatch.setattr(render, "find_pure", lambda: None)
    picture = abba().wait_for()
    with pytest.raises(RenderError, match="install Graphviz"):
        rendered(picture, "svg")
    with pytest.raises(RenderError, match="is not on the path"):
        rendered(picture, "pdf")
    assert rendered(picture, "dot")


def test_a_program_that_cannot_be_run(tmp_path, monkeypatch):
    monkeypatch.setenv("PATH", "")
    monkeypatch.setattr(render, "find_pure", lambda: str(tmp_path / "gone"))
    with pytest.raises(RenderError, match="cannot be run"):
        rendered(abba().wait_for(), "svg")


def test_what_may_be_overwritten(tmp_path):
    picture = tmp_path / "a.svg"
    check_target(str(picture), "svg")
    assert not picture.exists()
    for content in (b"", b"<?xml version='1.0'?>", b"<svg/>"):
        picture.write_bytes(content)
        check_target(str(picture), "svg")
    source = tmp_path / "a.dot"
    source.write_bytes(abba().wait_for().source.encode())
    check_target(str(source), "dot")


def test_what_may_not_be_overwritten(tmp_path):
    for name, content in (
        ("a.svg", b'{"threadtrace":1}'),
        ("a.svg", b"import threading"),
        ("a.png", b"<svg/>"),
        ("a.dot", b"digraph {}"),
    ):
        (tmp_path / name).write_bytes(content)
        with pytest.raises(RenderError, match="so it is not overwritten"):
            check_target(str(tmp_path / name), name[2:])
    trace = tmp_path / "b.svg"
    trace.write_bytes(b"<svg/>")
    with pytest.raises(RenderError, match="is the trace itself"):
        check_target(str(trace), "svg", str(trace))
    with pytest.raises(RenderError, match="there is no folder"):
        check_target(str(tmp_path / "no" / "a.svg"), "svg")
    with pytest.raises(RenderError, match="not a regular file"):
        check_target(str(tmp_path), "svg")


@pytest.mark.skipif(sys.platform == "win32" or os.geteuid() == 0, reason="root may write everywhere")
def test_a_folder_that_is_not_writable(tmp_path):
    tmp_path.chmod(0o555)
    try:
        with pytest.raises(RenderError, match="cannot be written: Permission denied"):
            check_target(str(tmp_path / "a.svg"), "svg")
    finally:
        tmp_path.chmod(0o755)


def test_whole_or_not_at_all(tmp_path, monkeypatch):
    path = tmp_path / "a.svg"
    write(str(path), b"first")
    path.chmod(0o640)
    write(str(path), b"second")
    assert path.read_bytes() == b"second"
    if sys.platform != "win32":
        assert stat.S_IMODE(path.stat().st_mode) == 0o640

    def full(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "replace", full)
    with pytest.raises(RenderError, match=r"a\.svg: cannot be written: No space left on device"):
        write(str(path), b"third")
    assert path.read_bytes() == b"second"
    assert os.listdir(tmp_path) == ["a.svg"]


@pytest.mark.skipif(sys.platform == "win32", reason="links need rights there")
def test_a_link_stays_a_link(tmp_path):
    (tmp_path / "real.svg").write_bytes(b"<svg/>")
    link = tmp_path / "link.svg"
    link.symlink_to("real.svg")
    check_target(str(link), "svg")
    write(str(link), b"<svg></svg>")
    assert link.is_symlink()
    assert (tmp_path / "real.svg").read_bytes() == b"<svg></svg>"
