"""Data races on the command line: `analyze` of traces written by hand, and what `run` and `replay` print of them."""

import json

import msgspec
import pytest
from click.testing import CliRunner

from replay.following.sources import digests
from tests.support import command
from tests.tracer.analysis.support import HEADER
from tests.tracer.pictures.support import Program
from threadtrace import executing, racing
from threadtrace.commands.run import run as run_command
from threadtrace.foresight import Foresight
from tracer.outcome import Ending, Failure, FailureKind, Outcome

PROGRAM = """\
import threading

balance = 0


def add():
    global balance
    with_fee = balance + 1
    balance = with_fee
"""


def racy(benign=False):
    made = Program()
    made("MainThread", "thread.begin")
    made.start("Adder-1", "Adder-2")
    made("Adder-1", "lock.acquire", "lock_a", True, "prog.py:7")
    if benign:
        for name in ("Adder-1", "Adder-2"):
            made(name, "memory.write", "items", None, "prog.py:9", atomic=True)
        return made
    for name in ("Adder-1", "Adder-2"):
        made(name, "memory.read", "balance#2", "0", "prog.py:8", stack=["prog.py:20 in work", "prog.py:30 in main"])
    for name in ("Adder-1", "Adder-2"):
        made(name, "memory.write", "balance#2", "1", "prog.py:9")
    return made


def outcome(made, folder, **more):
    path = folder / "prog.py"
    path.write_text(PROGRAM)
    found = digests([str(path)])
    sources = {"prog.py": next(iter(found.values()))}
    return Outcome(
        Ending.COMPLETED, len(made.events), 5, ["MainThread", "Adder-1", "Adder-2"], 0, sources=sources, **more
    )


def write(folder, made, preempt="any", **more):
    header = msgspec.structs.replace(HEADER, preempt=preempt, program="prog.py")
    lines = [header, *made.events, outcome(made, folder, **more)]
    (folder / "x.trace").write_bytes(b"".join(msgspec.json.encode(one) + b"\n" for one in lines))
    return "x.trace"


def test_analyze(tmp_path):
    done = command("analyze", write(tmp_path, racy()), cwd=tmp_path)
    assert done.status == 0
    lines = done.out.splitlines()
    assert (
        "1. data-race: data race on balance#2: Adder-1 reads at prog.py:8, Adder-2 writes at prog.py:9" in lines
        or "1. data-race: data race on balance#2: Adder-2 reads at prog.py:8, Adder-1 writes at prog.py:9" in lines
    )
    assert "         with_fee = balance + 1" in lines
    assert "         called at prog.py:20 in work" in lines
    assert "         holds lock_a" in lines
    assert "         holds no lock" in lines
    assert any(line.startswith("   why: ") and "Adder-2 holds no lock" in line for line in lines)
    assert any(line.startswith("   try: hold lock_a at prog.py:") for line in lines)


def test_analyze_as_json(tmp_path):
    done = command("analyze", write(tmp_path, racy()), "--json", cwd=tmp_path)
    first = done.json["findings"][0]
    assert (first["kind"], first["failure"], first["benign"]) == ("data-race", False, False)
    assert [step["role"] for step in first["steps"]] == ["first", "second"]
    assert {tuple(step["holding"]) for step in first["steps"]} == {("lock_a",), ()}
    assert first["reason"].startswith("Adder-2 holds no lock, Adder-1 holds lock_a; ")
    assert [step["source"] for step in first["steps"]] == ["with_fee = balance + 1", "balance = with_fee"]


def test_analyze_says_what_is_benign(tmp_path):
    done = command("analyze", write(tmp_path, racy(benign=True)), cwd=tmp_path)
    assert "benign under the GIL" in done.out
    assert done.status == 0


def test_a_trace_without_events_of_memory_is_not_looked_at(tmp_path):
    assert "data race" not in command("analyze", write(tmp_path, racy(), preempt="sync"), cwd=tmp_path).out


@pytest.fixture
def run(tmp_path, monkeypatch):
    """Runs a command whose program has the events that it is given."""

    def run(made, *arguments, preempt="any", **more):
        def host(job, show, meanwhile=None):
            write(tmp_path, made, preempt)
            monkeypatch.chdir(tmp_path)
            meanwhile()
            job_trace = tmp_path / "x.trace"
            assert job.trace == str(job_trace)
            for event in made.events:
                show(event)
            return outcome(made, tmp_path, **more)

        monkeypatch.setattr(executing, "run_host", host)
        monkeypatch.setattr("threadtrace.explaining.full_path", lambda shown: str(tmp_path / shown))
        (tmp_path / "prog.py").write_text(PROGRAM)
        monkeypatch.chdir(tmp_path)
        done = CliRunner().invoke(run_command, ["--quiet", "--trace", "x.trace", *arguments, "prog.py"])
        assert done.exception is None or isinstance(done.exception, SystemExit), done.exception
        return done

    return run


def test_a_warning(run):
    done = run(racy())
    assert done.exit_code == 0
    lines = done.stdout.splitlines()
    (first,) = [n for n, line in enumerate(lines) if line.startswith("warning: ") and "Adder-1 writes" in line][:1]
    assert lines[first] == "warning: data race on balance#2: Adder-2 reads at prog.py:8, Adder-1 writes at prog.py:9"
    why = (
        "Adder-2 holds no lock, Adder-1 holds lock_a; Adder-2 was started at app/prog.py:900, "
        "Adder-1 at app/prog.py:900, and nothing makes Adder-1 wait for what Adder-2 did there"
    )
    assert lines[first + 1 : first + 11] == [
        "  Adder-2: memory.read balance#2 at prog.py:8",
        "      with_fee = balance + 1",
        "      called at prog.py:20 in work",
        "      called at prog.py:30 in main",
        "      holds no lock",
        "  Adder-1: memory.write balance#2 at prog.py:9",
        "      balance = with_fee",
        "      holds lock_a",
        f"      why: {why}",
        "      try: hold lock_a at prog.py:8 too, as Adder-1 does at prog.py:9",
    ]
    assert "passed: nothing failed in this execution; other interleavings may" in lines


def test_a_failure(run):
    done = run(racy(), "--races", "fail")
    assert done.exit_code == 1
    assert "warning" not in done.stdout
    assert "passed" not in done.stdout
    assert "  Adder-1: memory.write balance#2 at prog.py:9\n      balance = with_fee\n" in done.stdout


def test_off(run):
    done = run(racy(), "--races", "off")
    assert done.exit_code == 0
    assert "data race" not in done.stdout


def test_json(run):
    warned = json.loads(run(racy(), "--json").stdout)
    assert warned["verdict"] == "passed"
    assert warned["failures"] == []
    messages = [one["message"] for one in warned["findings"]]
    assert warned["warnings"] == messages
    assert all(message.startswith("data race on balance#2: ") for message in messages)
    failed = json.loads(run(racy(), "--json", "--races", "fail").stdout)
    assert failed["verdict"] == "failed"
    assert failed["warnings"] == []
    assert [one["message"] for one in failed["failures"]] == messages
    for one in failed["failures"]:
        assert one["kind"] == "data-race"
        assert one["objects"] == ["balance#2"]
        assert sorted(one["threads"]) == ["Adder-1", "Adder-2"]
        assert one["gil"] is None
    sites = {tuple(sorted(one["sites"])) for one in failed["failures"]}
    assert len({one["fingerprint"] for one in failed["failures"]}) == len(sites)


def test_one_that_is_benign_is_never_a_failure(run):
    done = run(racy(benign=True), "--races", "fail")
    assert done.exit_code == 0
    assert (
        "warning: data race on items: Adder-1 writes at prog.py:9, Adder-2 writes at prog.py:9 (benign" in done.stdout
    )
    assert "passed" in done.stdout


def test_beside_another_failure(run):
    """The race may be why."""
    failure = Failure(FailureKind.EXCEPTION, "f", "Adder-1: AssertionError")
    done = run(racy(), failures=[failure])
    assert done.exit_code == 1
    assert "Adder-1: AssertionError" in done.stdout
    assert "warning: data race on balance#2" in done.stdout


def test_where_no_events_of_memory_can_come_nothing_is_looked_at(run):
    assert "data race" not in run(racy(), preempt="sync").stdout


def test_more_than_are_printed(run):
    made = Program()
    made("MainThread", "thread.begin")
    made.start("A", "B")
    for number in range(9):
        for name in ("A", "B"):
            made(name, "memory.write", f"x{number}", None, f"prog.py:{number}")
            made(name, "memory.write", f"items{number}", None, f"prog.py:{number}", atomic=True)
    out = run(made).stdout
    assert out.count("warning: data race on x") == 5
    assert "warning: 4 more data races; --json has all" in out
    assert out.count("benign under the GIL") == 3
    assert "warning: 6 more benign data races; --json has all" in out


def test_too_many_events(monkeypatch):
    monkeypatch.setattr(racing, "MOST_EVENTS", 9)
    made = racy()
    for count, found in ((8, 0), (9, 1), (10, 1)):
        seen = Foresight()
        seen.prepare()
        watch = seen.watch(lambda event: None)
        for event in made.events[:count]:
            watch(event)
        seen.look(Outcome(Ending.COMPLETED, count, 1, []), "x.trace")
        assert len(seen.racing.findings) == found, count
        assert any("threadtrace analyze x.trace looks at all" in note for note in seen.notes) == (count >= 9)


def test_events_of_memory_do_not_count_for_the_order_of_locks(monkeypatch):
    monkeypatch.setattr("threadtrace.foresight.MOST_EVENTS", 12)
    made = Program()
    for name, locks in (("A", "ab"), ("B", "ba")):
        for lock in locks:
            made(name, "lock.acquire", lock, True)
            for _ in range(20):
                made(name, "memory.read", "x")
        for lock in locks:
            made(name, "lock.release", lock)
    seen = Foresight("off")
    seen.prepare()
    watch = seen.watch(lambda event: None)
    for event in made.events:
        watch(event)
    seen.look(Outcome(Ending.COMPLETED, len(made.events), 1, []), "x.trace")
    assert [one.kind.value for one in seen.all_findings] == ["lock-order"]


ENDLESS = """
import os, threading, time
total = 0
def work():
    global total
    total += 1
    while True: time.sleep(1)
for _ in range(2): threading.Thread(target=work).start()
HOW
"""


@pytest.mark.parametrize(
    ("how", "kind"),
    [("", "livelock"), ("time.sleep(5); os.kill(os.getpid(), 9)", "crash"), ("time.sleep(5); os._exit(0)", None)],
)
def test_races_are_found_while_the_program_runs(tmp_path, how, kind):
    """They are there however it ends, and also where it does not."""
    (tmp_path / "program.py").write_text(ENDLESS.replace("HOW", how or "pass"))
    limits = ("--time-limit", "2", "--max-points", "1000000000")
    done = command(
        "run", "--json", "--preempt", "any", "--strategy", "random", *limits, "program.py", cwd=tmp_path
    ).json
    assert [failure["kind"] for failure in done["failures"]] == ([kind] if kind else [])
    (race,) = done["findings"]
    assert race["kind"] == "data-race"
    assert race["objects"] == ["total"]


def test_replay_has_the_option(tmp_path):
    done = command("replay", "--races", "perhaps", "x.trace", cwd=tmp_path)
    assert done.status == 2
    assert "'off', 'warn', 'fail'" in done.err
