"""The language of scripts: what is understood, and what is said of the rest."""

import pytest

from replay.following.script import ScriptError, Step, parse_script, read_script
from tracer.operations import OPERATIONS

pytestmark = pytest.mark.one_version


def step(line):
    (found,) = parse_script(line, "a.schedule").steps
    return found


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("A: lock.acquire", {"thread": "A", "operation": "lock.acquire"}),
        ("A: lock.acquire lock_a", {"operation": "lock.acquire", "target": "lock_a"}),
        ("  A :  lock.acquire   lock_a  ", {"thread": "A", "operation": "lock.acquire", "target": "lock_a"}),
        ("A: lock.acquire forks[2]", {"target": "forks[2]"}),
        ("A: lock.acquire lock#2", {"target": "lock#2", "nth": 0}),
        ("A: lock.acquire Lock@a b.py:3", {"target": "Lock@a b.py:3"}),
        ('A: lock.acquire "lock #2"', {"target": "lock #2", "nth": 0}),
        ("A: lock.acquire lock x3", {"target": "lock", "times": 3}),
        ("A: lock.acquire x3", {"target": None, "times": 3}),
        ("A: lock.acquire lock #2", {"target": "lock", "nth": 2}),
        ("A: thread.start B", {"operation": "thread.start", "target": "B"}),
        ("Thread-1 (work): thread.end", {"thread": "Thread-1 (work)"}),
        ('"a: b": thread.end', {"thread": "a: b"}),
        ('" a ": thread.end', {"thread": " a "}),
        ("Grüße 你好: thread.end", {"thread": "Grüße 你好"}),
        ("A: line 14", {"line": 14, "operation": "", "file": ""}),
        ("A: line a.py:14", {"line": 14, "file": "a.py"}),
        ("A: line C:\\a b.py:14 x2", {"line": 14, "file": "C:\\a b.py", "times": 2}),
        ("a:b: thread.end", None),
    ],
)
def test_steps(line, expected):
    if expected is None:
        with pytest.raises(ScriptError, match=r"^a\.schedule:1: "):
            step(line)
        return
    found = step(line)
    assert {name: getattr(found, name) for name in expected} == expected
    assert found.where == "a.schedule:1"


def test_every_operation_can_be_written():
    for operation in OPERATIONS:
        assert step(f"A: {operation}").operation == operation


def test_comments_and_empty_lines():
    script = parse_script("# A: nonsense\n\n  # more\nA: lock.acquire\r\nB: lock.acquire\n\n", "s")
    assert [(one.where, one.thread) for one in script.steps] == [("s:4", "A"), ("s:5", "B")]


def test_before():
    script = parse_script("A: lock.release l #2 before B: lock.acquire l\nC: thread.end", "s")
    ((first, second),) = script.orders
    assert (first.thread, first.nth, second.thread, second.nth) == ("A", 2, "B", 0)
    assert [one.thread for one in script.steps] == ["C"]


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("A lock.acquire", "s:1: 'A lock.acquire' is not understood: write"),
        ("\n\nA:lock.acquire", "s:3: .* is not understood"),
        (": lock.acquire", "s:1: .* is not understood"),
        ("A:", "s:1: .* is not understood"),
        ("A: lock.aquire", "s:1: 'lock.aquire' is no operation; there are lock.acquire, lock.locked"),
        ("A: frobnicate", "s:1: 'frobnicate' is no operation; an operation is a word such as"),
        ("A: lock.acquire x0", "s:1: x0 is not a count"),
        ("A: lock.acquire #0", "s:1: #0 is not a count"),
        ("A: lock.acquire x2 before B: lock.acquire", "s:1: with `before`, say which one with #2"),
        ("A: lock.acquire before B", "s:1: 'B' is not understood"),
        ("A: lock.acquire\0", "s:1: is not a line of a script"),
        ("A: lock.acquire \x1b[31m", "s:1: is not a line of a script"),
        ("", "s: is empty: write"),
        ("# only a comment", "s: is empty"),
        ("A" * 1000, "s:1: 'AAA.*…' is not understood"),
    ],
)
def test_mistakes(text, why):
    with pytest.raises(ScriptError, match=why) as caught:
        parse_script(text, "s")
    assert "\n" not in str(caught.value)
    assert len(str(caught.value)) < 300


def test_files(tmp_path):
    path = tmp_path / "a.schedule"
    path.write_bytes(b"A: lock.acquire\n" * 100_000)
    with pytest.raises(ScriptError, match="too long for a script"):
        read_script(str(path))
    path.write_bytes(b"A: \xff\xfe")
    with pytest.raises(ScriptError, match="it is no text"):
        read_script(str(path))
    with pytest.raises(FileNotFoundError):
        read_script(str(tmp_path / "none"))
    path.write_text("A: nonsense")
    with pytest.raises(ScriptError, match=r"^here:1: "):
        read_script(str(path), "here")


def test_what_a_step_matches():
    at = ("a/b.py", 14)
    assert step("A: lock.acquire").matches("A", "lock.acquire", "lock", *at)
    assert step("A: lock.acquire").matches("A", "rlock.acquire", "lock", *at), "nobody knows that it is re-entrant"
    assert not step("A: rlock.acquire").matches("A", "lock.acquire", "lock", *at)
    assert not step("A: lock.acquire").matches("B", "lock.acquire", "lock", *at)
    assert not step("A: lock.acquire other").matches("A", "lock.acquire", "lock", *at)
    assert not step("A: lock.release").matches("A", "lock.acquire", "lock", *at)
    for line in ("A: line 14", "A: line b.py:14", "A: line a/b.py:14"):
        assert step(line).matches("A", "lock.acquire", "lock", *at)
    for line in ("A: line 15", "A: line bb.py:14", "A: line c/b.py:14", "B: line 14"):
        assert not step(line).matches("A", "lock.acquire", "lock", *at)


def test_a_step_is_a_value():
    assert step("A: lock.acquire x2") == step("A: lock.acquire x2")
    assert isinstance(step("A: thread.end"), Step)
