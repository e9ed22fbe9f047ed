"""An interleaving in columns by thread: of examples, of traces written by hand, and of what is odd."""

import io
import re
import subprocess
import sys

import click
import msgspec
import pytest

from replay.following.sources import digests
from tests.support import EXAMPLES, command
from tests.tracer.analysis.support import HEADER
from tests.tracer.pictures.support import Program
from threadtrace.columns import columns, print_columns
from threadtrace.columns.words import waits
from tracer.outcome import Ending, Failure, FailureKind, Holder, Outcome, Waiting
from tracer.trace import TraceError

WIDTHS = (40, 80, 120)

#: Of these some seed comes to the failure soon, at any level and on any version.
BY_CHANCE = ("lost_update", "deadlock_abba")

#: These are made to fail, or always do.
BY_SCRIPT = ("dining_philosophers", "condition_two_consumers", "condition")


def shown(path, width=100):
    return [click.unstyle(line) for line in columns(str(path), width)]


@pytest.fixture(scope="module")
def examples(tmp_path_factory):
    """The traces of examples that failed, by their names."""
    folder = tmp_path_factory.mktemp("traces")
    for name in BY_CHANCE:
        line = ("run", "--quiet", "--no-label", "--races", "off", "--preempt", "any", "--strategy", "random")
        for seed in range(40):
            done = command(*line, "--seed", str(seed), f"{EXAMPLES}/{name}.py", cwd=folder)
            if done.status:
                break
        assert done.status == 1, done
    for name in BY_SCRIPT:
        script = (f"{EXAMPLES}/{name}.schedule", f"{EXAMPLES}/{name}.py")
        assert command("replay", "--quiet", "--trace", f"{name}.trace", *script, cwd=folder).status == 1
    return {name: folder / f"{name}.trace" for name in BY_CHANCE + BY_SCRIPT}


def own(lines, words):
    """The lines that have the words in them."""
    return [line for line in lines if re.search(words, line)]


# Examples ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("width", WIDTHS)
def test_no_line_is_too_long(examples, width):
    for path in examples.values():
        lines = shown(path, width)
        assert lines
        assert all(len(line) <= width and line == line.rstrip() for line in lines), lines


def test_lost_update(examples):
    lines = shown(examples["lost_update"], 120)
    assert re.fullmatch(r"MainThread +Adder-1 +Adder-2", lines[0])
    first, second = lines[0].index("Adder-1"), lines[0].index("Adder-2")
    rows = own(lines, r"15  counter \+= 1")
    assert {line.index("15") for line in rows} == {first, second}
    assert sum(line.count("writes") for line in rows) == 4
    assert all(re.search(r"counter \+= 1 +(reads \d(, writes \d)?|writes \d)", line) for line in rows)
    assert own(lines, "preempted")
    assert re.fullmatch(r"    ✗ AssertionError: updates were lost: the counter is [23], not 4", lines[-1])
    assert lines[-2].startswith("24  assert counter == 4")
    # What no two threads share is left out.
    assert not own(lines, "for thread in threads")


def test_deadlock(examples):
    lines = shown(examples["deadlock_abba"])
    heads = lines[0]
    for thread, line, text in [
        ("Forwards", "11  with lock_b:", "■ waits for lock_b, held by Backwards"),
        ("Backwards", "17  with lock_a:", "■ waits for lock_a, held by Forwards"),
        ("MainThread", r"25  thread.join\(\)", "■ waits for Forwards to end"),
    ]:
        (end,) = own(lines, f"{text}$")
        source = lines[lines.index(end) - 1]
        assert re.search(line, source)
        assert source.index(line[:2]) == heads.index(thread)
    assert own(lines, "10  with lock_a: +acquires$")
    assert own(lines, "16  with lock_b: +acquires$")


def test_condition(examples):
    lines = shown(examples["condition"])
    assert own(lines, r"20  condition.notify\(\) +notifies (one|nobody)$")
    assert lines[-1].endswith("■ waits for condition: nobody is left who could notify it")


def test_an_exception_stands_where_it_was_raised(examples):
    lines = shown(examples["condition_two_consumers"])
    (end,) = own(lines, "✗ IndexError: pop from empty list")
    at = lines.index(end)
    assert "17  print(" in lines[at - 1]
    assert re.search("14  with condition: +releases", lines[at + 1])


def test_many_threads(examples):
    path = examples["dining_philosophers"]
    names = ["MainThread", "Aristotle", "Kant", "Spinoza", "Marx", "Russell"]
    assert shown(path, 120)[0].split() == names
    # Where the labels are longer than the columns are apart, each has a line.
    assert [line.split()[-1] for line in shown(path, 80)[:6]] == names
    # In one list the label stands in front; who only joins the others is left out.
    lines = shown(path, 40)
    assert own(lines, r"^Kant       12  with left:$")
    assert own(lines, r"^Russell    13  with right:$")
    assert lines[-2:] == ["not shown, as nothing here concerns", "them: MainThread"]


def test_printing(examples, monkeypatch):
    class Terminal(io.StringIO):
        encoding = "utf-8"

        def isatty(self):
            return True

    def printed(**environment):
        for name, value in environment.items():
            monkeypatch.setenv(name, value)
        monkeypatch.setattr(sys, "stdout", Terminal())
        print_columns(str(examples["lost_update"]))
        return sys.stdout.getvalue()

    monkeypatch.delenv("NO_COLOR", raising=False)
    coloured = printed(COLUMNS="60")
    assert "\x1b[" in coloured
    plain = printed(NO_COLOR="1")
    assert plain == click.unstyle(coloured)
    assert max(map(len, plain.splitlines())) <= 60
    assert plain.splitlines() == shown(examples["lost_update"], 60)


@pytest.mark.one_version
def test_a_terminal_without_lines_and_arrows(examples):
    code = "import sys; from threadtrace.columns import print_columns; print_columns(sys.argv[1], width=80)"
    code += "; assert not {'rich', 'graphviz'} & {*sys.modules}"
    line = [sys.executable, "-c", code, str(examples["lost_update"])]
    done = subprocess.run(line, env={"PYTHONIOENCODING": "ascii", "PYTHONPATH": "."}, capture_output=True, check=True)
    assert b"- preempted -" in done.stdout
    assert b"x AssertionError" in done.stdout


# Traces written by hand --------------------------------------------------------------------------------------

PROGRAM = """\
import threading

total = 0
lock = threading.Lock()

def add(amount):
    global total
    seen = total  # the first half
    total = seen + amount

def safe(amount):
    with lock:
        add(amount)

threading.Thread(target=add).start()
"""

GOLDEN = """\
MainThread                   A                            B
15  threading.Thread(target=add).start()   starts A, B
 └─ preempted ────────────────┐
                              8  seen = total            reads 0
                              └─ preempted ────────────────┐
                                                           8  seen = total            reads 0
                                                           9  total = seen + amount   writes 5, ends
                              9  total = seen + amount   writes 3, ends
17  joins A
18  ✗ AssertionError: lost
"""

GOLDEN_NARROW = """\
MainThread
│       A
│       │       B
15  threading.Thread(target=add).start()
      starts A, B
 └───────┐ preempted
         8  seen = total            reads 0
         └───────┐ preempted
                 8  seen = total   reads 0
                 9  total = seen + amount
                      writes 5, ends
         9  total = seen + amount   writes 3, ends
17  joins A
18  ✗ AssertionError: lost
"""


class Written(Program):
    """Events of `prog.py`; `enabled` of each are the threads in `can`, by their numbers."""

    def __init__(self):
        super().__init__()
        self.failures = []
        self.can = None

    def __call__(self, thread, operation, target=None, result=None, line=0, **more):
        place = more.pop("place", f"prog.py:{line}" if line else "")
        super().__call__(thread, operation, target, result, place or "none", enabled=self.can, **more)
        self.events[-1] = msgspec.structs.replace(self.events[-1], place=place)
        return self

    def start(self, *names, by="MainThread"):
        if not self.events:
            self(by, "thread.begin")
        for name in names:
            self(by, "thread.start", name, line=15)
        return self

    def fails(self, thread, line, message="ValueError: no", **more):
        """An exception ends a thread."""
        self.failures.append(
            Failure(FailureKind.EXCEPTION, "f", f"{thread}: {message}", [thread], [], [f"prog.py:{line}"], **more)
        )

    def write(self, folder, *, cut=False, source=PROGRAM, threads=()):
        """The trace, and the program as it was executed."""
        (folder / "prog.py").write_text(source)
        found = digests([str(folder / "prog.py")]).values()
        sources = {"prog.py": next(iter(found))}
        failures = self.failures
        if self.waiting:
            failures = [*failures, Failure(FailureKind.DEADLOCK, "d", "deadlock", waiting=self.waiting)]
        threads = threads or list(dict.fromkeys(one.thread for one in self.events))
        end = Outcome(Ending.COMPLETED, len(self.events), 1, [*threads], 1, failures=failures, sources=sources)
        path = folder / "x.trace"
        parts = [HEADER, *self.events, *([] if cut else [end])]
        path.write_bytes(b"".join(msgspec.json.encode(one) + b"\n" for one in parts))
        return path


@pytest.fixture
def here(tmp_path, monkeypatch):
    """A folder whose `prog.py` is the file of that name in traces."""
    monkeypatch.setattr("threadtrace.explaining.full_path", lambda shown: str(tmp_path / shown))
    monkeypatch.setattr("replay.following.sources.shown_path", lambda path: path.rpartition("/")[2])
    return tmp_path


def lost():
    made = Written()
    made.can = [0, 1, 2]
    made.start("A", "B")
    made("A", "thread.begin", line=6)
    made("A", "memory.read", "total", "0", 8)
    made("B", "thread.begin", line=6)
    made("B", "memory.read", "total", "0", 8)
    made("B", "memory.write", "total", "5", 9)
    made.can = [0, 1]
    made("B", "thread.end")
    made("A", "memory.write", "total", "3", 9)
    made("A", "thread.end")
    made.can = [0]
    made("MainThread", "thread.join", "A", True, 17)
    made.fails("MainThread", 18, "AssertionError: lost")
    made("MainThread", "program.exit")
    made("MainThread", "thread.end")
    return made


def test_golden(here):
    assert shown(lost().write(here), 100) == GOLDEN.splitlines()


def test_golden_narrow(here):
    assert shown(lost().write(here), 50) == GOLDEN_NARROW.splitlines()


def test_a_preemption_is_told_from_a_switch(here):
    made = Written()
    made.can = [0, 1]
    made.start("A")
    made("A", "lock.acquire", "lock", True, 12)
    made.can = [0]
    made("MainThread", "lock.acquire", "lock", False, 12)
    assert own(shown(made.write(here)), "does not get it")
    assert len(own(shown(made.write(here)), "preempted")) == 1
    # Where a trace only says how many threads could go on, nothing is claimed.
    made.events = [msgspec.structs.replace(one, enabled=100 if one.enabled else None) for one in made.events]
    assert not own(shown(made.write(here)), "preempted")


def test_rounds_are_folded(here):
    made = Written().start("A", "B")
    for number in range(1000):
        made("A", "lock.acquire", "lock", True, 12)
        made("A", "memory.write", "total", str(number), 9)
        made("A", "lock.release", "lock", None, 12)
    made("B", "memory.read", "total", "999", 8)
    made("B", "lock.acquire", "lock", False, 12)
    made.fails("B", 8)
    lines = shown(made.write(here))
    assert own(lines, "⋮  the same 3 rows, 998 times more")
    assert [line.split()[-1] for line in own(lines, "writes")] == ["0", "999"]
    assert len(lines) < 20


def test_a_line_that_spins_is_one_row(here):
    made = Written().start("A", "B")
    for _ in range(50):
        made("A", "memory.read", "total", "0", 8)
    made("B", "memory.write", "total", "1", 9)
    lines = shown(made.write(here))
    assert len(own(lines, "seen = total")) == 1


def busy(made, thread, rows, line=8):
    """Rows that are not alike."""
    for number in range(rows):
        made(thread, "memory.write", f"table[{number % 17}]", str(number), line + number % 2, part_of="table[*]")


def test_a_long_interleaving(here):
    made = Written()
    made.can = [0, 1, 2]
    made.start("A", "B")
    made("A", "lock.acquire", "lock", True, 12)
    busy(made, "A", 200)
    made("B", "memory.read", "table[*]", None, 8)
    busy(made, "A", 30_000)
    made("B", "memory.read", "table[*]", None, 8)
    made("B", "lock.acquire", "lock#2", True, 12)
    made("MainThread", "memory.read", "lock#2", True, 12)
    busy(made, "B", 30_000)
    made.waits("B", "lock.acquire", "lock", "prog.py:12")
    lines = shown(made.write(here))
    assert len(lines) < 110
    assert own(lines, r"12  with lock: +acquires$")  # that B waits for, whoever ran since
    assert own(lines, "writes table.* = 29999")
    assert len(own(lines, r"… [\d,]+ rows of (MainThread, )?(A|B|A and B|B and A) …")) in (2, 3, 4)
    assert len(own(lines, "preempted")) >= 2
    counted = sum(int(re.search(r"[\d,]+", line)[0].replace(",", "")) for line in own(lines, "… .* rows of"))
    assert 60_000 < counted + len(lines) < 60_400


def test_a_failure_long_before_the_end(here):
    made = Written().start("A", "B")
    busy(made, "A", 100)
    made("A", "memory.read", "table[*]", None, 8)
    made.fails("A", 8, "KeyError: 'x'")
    made("A", "thread.end")
    busy(made, "B", 30_000)
    lines = shown(made.write(here))
    (end,) = own(lines, "✗ KeyError: 'x'")
    assert 30 < lines.index(end) < 60
    assert "99" in lines[lines.index(end) - 2]
    assert len(lines) < 90


def test_only_threads_that_have_to_do_with_it(here):
    made = Written().start("A", "B", *(f"Other-{number}" for number in range(9)))
    for number in range(9):
        for line in (8, 9):
            made(f"Other-{number}", "lock.acquire", f"locks[{number}]", False, line)
            made("MainThread", "lock.acquire", f"locks[{number}]", False, line)
    made("A", "lock.acquire", "lock", True, 12)
    made("B", "memory.write", "total", "1", 8)
    made("A", "memory.write", "total", "1", 8)
    made.fails("A", 9)
    path = made.write(here, threads=["MainThread", "A", "B", *(f"Other-{number}" for number in range(9))])
    lines = shown(path, 80)
    assert lines[0].split() == ["A", "B"]
    assert "Other-0" in lines[-2] and lines[-1].endswith("and 2 more")
    assert "Other-8" in shown(path, 160)[0]


def test_what_the_library_does_inside_is_not_told(here):
    queue = {"makers": ["queue.Queue"]}
    made = Written().start("A", "B")
    made("A", "lock.acquire", "jobs.mutex", True, 8, **queue)
    made("A", "condition.notify", "jobs.not_empty", 0, 8, lock="jobs.mutex", **queue)
    made("A", "lock.release", "jobs.mutex", None, 8)
    made("B", "lock.acquire", "jobs.mutex", True, 9)
    made("B", "condition.wait", "jobs.not_empty", None, 9)
    made("A", "lock.acquire", "jobs.mutex", True, 8)
    made("B", "thread.end")
    lines = shown(made.write(here))
    assert own(lines, "seen = total$")
    assert own(lines, r"total = seen \+ amount   waits for jobs.not_empty")
    # What is not complete is told.
    assert own(lines, "seen = total   acquires jobs.mutex")


def test_packages_and_several_files(here):
    package = "/lib/site-packages/pool/pool.py:70"
    made = Written().start("A", "B")
    made("A", "lock.acquire", "Pool.lock", True, place=package, stack=[f"{package} in get", "prog.py:8 in add"])
    made("A", "lock.release", "Pool.lock", None, place=package, stack=[f"{package} in get", "prog.py:8 in add"])
    made("B", "lock.acquire", "Pool.lock", True, place=package)
    lines = shown(made.write(here))
    assert own(lines, "prog.py:8  seen = total")
    assert own(lines, "pool.py:70  acquires Pool.lock")


def test_an_exception_without_an_event_of_its_own(here):
    made = Written().start("A", "B")
    made("A", "lock.acquire", "lock", True, 12)
    made("A", "lock.release", "lock", None, 12)
    made("A", "thread.end")
    made("B", "lock.acquire", "lock", False, 12)
    made.fails("A", 13)
    made.fails("C", 13, "ValueError: of a thread without rows")
    lines = shown(made.write(here, threads=["MainThread", "A", "B", "C"]))
    assert own(lines, "with lock: +acquires")
    assert own(lines, "✗ ValueError: no")
    assert own(lines, "✗ ValueError: of a thread without rows")


def test_other_failures_are_told_below(here):
    made = lost()
    made.failures = [Failure(FailureKind.CRASH, "c", "the program was killed by SIGSEGV (signal 11)")]
    assert shown(made.write(here))[-1] == "the program was killed by SIGSEGV (signal 11)"


def test_what_the_program_prints_cannot_disturb(here):
    made = lost()
    made("A\x1b[31m", "memory.write", "total", "'\x1b[2J\u202e\t\n" + "x" * 500, 9)
    made.fails("A\x1b[31m", 9, "ValueError: \x1b[2J\x07 " + "y" * 5000)
    for width in (5, 40, 100):
        lines = shown(made.write(here), width)
        assert all(line.isprintable() for line in lines)
        assert own(lines, "writes") and len(lines) < 50


# Odd traces --------------------------------------------------------------------------------------------------


def test_source_that_is_not_what_was_executed(here):
    path = lost().write(here)
    (here / "prog.py").write_text(PROGRAM + "\n")
    lines = shown(path)
    assert own(lines, "8  reads total = 0")
    assert own(lines, "9  writes total = 3, ends")
    assert not own(lines, "seen")
    assert lines[-1] == "prog.py: not what was executed, so its lines are not shown"
    (here / "prog.py").unlink()
    assert shown(path) == lines


def test_where_a_thread_waits_is_known_without_the_source(here):
    made = Written().start("A", "B")
    made("A", "lock.acquire", "lock", True, 12)
    made("B", "lock.acquire", "other", True, 12)
    made.waits("A", "lock.acquire", "other", "prog.py:12", source="with lock:  # as it was", holders=[Holder("B")])
    made.waits("B", "event.wait", "done", "prog.py:99", timed=True)
    path = made.write(here)
    (here / "prog.py").write_text("something else")
    lines = shown(path)
    assert own(lines, "12  with lock:$")
    assert own(lines, "■ waits for other, held by B")
    assert own(lines, "99  ■ waits for done to be set")
    assert lines[-1].startswith("prog.py: not what was executed")


@pytest.mark.parametrize(
    ("operation", "more", "text"),
    [
        ("lock.acquire", {"holders": [Holder("A"), Holder("B")]}, "waits for it, held by A and B"),
        (
            "lock.acquire",
            {"holders": [Holder("X")], "note": "it waits for itself"},
            "waits for it: it waits for itself",
        ),
        ("thread.join", {"holders": [Holder("it")]}, "waits for it to end"),
        ("program.exit", {"holders": [Holder(f"T{n}") for n in range(5)]}, "waits for T0, T1, T2 and 2 more to end"),
        ("condition.reacquire", {}, "is notified, and waits for the lock of it"),
        ("semaphore.acquire", {}, "waits for a permit of it"),
        ("barrier.wait", {"note": "1 of 2 arrived"}, "waits at it: 1 of 2 arrived"),
        ("running", {}, "is running"),
        ("socket.recv", {}, "waits for it"),
    ],
)
def test_words_for_waiting(operation, more, text):
    assert waits(Waiting("X", operation, "it", "prog.py:1", **more)) == text


def test_cut_off(here, examples):
    lines = shown(lost().write(here, cut=True))
    assert own(lines, "9  writes total = 5, ends")
    assert lines[-1] == "the trace was cut off after 14 events: how it ended is not known"
    for path in examples.values():
        whole = path.read_bytes()
        for end in range(whole.index(b"\n") + 1, len(whole), 701):
            (here / "cut.trace").write_bytes(whole[:end] + b"\0" * 30)
            assert "cut off after" in " ".join(shown(here / "cut.trace"))


def test_nothing_to_show(here):
    made = Written()
    assert shown(made.write(here)) == ["nothing in this trace concerns more than one thread"]


def test_damaged(here):
    parts = lost().write(here).read_bytes().splitlines(keepends=True)
    (here / "x.trace").write_bytes(b"".join([*parts[:10], b"garbage\n", *parts[11:]]))
    lines = shown(here / "x.trace")
    assert own(lines, "reads 0")
    assert own(lines, "the trace is damaged")
    for number in range(1, len(parts) - 1):
        (here / "x.trace").write_bytes(b"".join([*parts[:number], *parts[number + 1 :]]))
        assert shown(here / "x.trace", 60)
    (here / "x.trace").write_bytes(b"hello\n")
    with pytest.raises(TraceError):
        columns(str(here / "x.trace"), 80)
    with pytest.raises(OSError):
        columns(str(here / "missing.trace"), 80)


@pytest.mark.parametrize("width", [1, 10, 20, 1000])
def test_any_width(here, width):
    assert own(shown(lost().write(here), width), "reads")
