"""Debuggers, coverage and the like inside the program: they miss nothing, and see only what they are to see."""

import sys

import pytest

from tests.support import command, trace_lines

LEVELS = ("sync", "any") if sys.version_info >= (3, 12) else ("sync",)

WORK = """
import threading
shared = 0
def work():
    global shared
    seen = shared
    with lock:
        shared = seen + 1
    return seen
lock = threading.Lock()
def everybody():
    threads = [threading.Thread(target=work, name=f"T{number}") for number in (1, 2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return shared
"""

#: Each thread has a function of its own, as with coverage, and the lines of `work` and `everybody` are kept by it.
TRACED = """
import sys
seen_by = {}
def tracer_of(owner):
    def trace(frame, event, argument):
        if frame.f_code.co_name not in ("work", "everybody"):
            return None
        if event == "line":
            begin = frame.f_code.co_firstlineno
            seen_by.setdefault((owner, frame.f_code.co_name), set()).add(frame.f_lineno - begin)
        return trace
    return trace
def begin(frame, event, argument):
    own = tracer_of(threading.current_thread().name)
    sys.settrace(own)
    return own(frame, event, argument)
"""

#: A tool whose callbacks synchronise, as those of coverage do.
MONITORED = """
import sys
m = sys.monitoring
m.use_tool_id(m.COVERAGE_ID, "lines")
tools_lock, lines = threading.Lock(), []
def line(code, number):
    with tools_lock:
        lines.append(number - code.co_firstlineno)
m.register_callback(m.COVERAGE_ID, m.events.LINE, line)
for function in (work, everybody):
    m.set_local_events(m.COVERAGE_ID, function.__code__, m.events.LINE)
everybody()
m.free_tool_id(m.COVERAGE_ID)
lines.sort()
print(lines)
"""


def run(tmp_path, source, *options, strategy="round-robin", **more):
    (tmp_path / "program.py").write_text(source)
    return command("run", "--no-label", "--strategy", strategy, *options, "program.py", cwd=tmp_path, **more)


@pytest.mark.parametrize("level", LEVELS)
@pytest.mark.parametrize("strategy", ["round-robin", "random", "no-preemption"])
def test_each_thread_has_its_own_trace_function(tmp_path, level, strategy):
    source = WORK + TRACED + "threading.settrace(begin)\nsys.settrace(tracer_of('main'))\neverybody()\n"
    source += "sys.settrace(None)\nthreading.settrace(None)\nfor key in sorted(seen_by):\n"
    source += "    print(*key, sorted(seen_by[key]))\n"
    ran = run(tmp_path, source, "--preempt", level, strategy=strategy)
    printed = [line for line in ran.out.splitlines() if line.startswith(("T", "main"))]
    assert printed == ["T1 work [2, 3, 4, 5]", "T2 work [2, 3, 4, 5]", "main everybody [1, 2, 3, 4, 5, 6]"], ran


def test_a_profile_function_stays_with_its_thread(tmp_path):
    source = WORK + "import sys\nnames = set()\ndef profile(frame, event, argument):\n"
    source += "    if event == 'call':\n        names.add(frame.f_code.co_name)\n"
    source += "sys.setprofile(profile)\neverybody()\nhas = sys.getprofile()\nsys.setprofile(None)\n"
    source += "print('names', 'everybody' in names, 'work' in names, has is profile)\n"
    assert "names True False True" in run(tmp_path, source).out


@pytest.mark.skipif(sys.version_info < (3, 12), reason="sys.monitoring came with 3.12")
@pytest.mark.parametrize("level", LEVELS)
@pytest.mark.parametrize("seed", range(3))
def test_a_tool_that_synchronises_misses_no_line(tmp_path, level, seed):
    ran = run(tmp_path, WORK + MONITORED, "--preempt", level, "--seed", str(seed), strategy="random")
    (printed,) = [line for line in ran.out.splitlines() if line.startswith("[")]
    lines = [int(number) for number in printed.strip("[]").split(",")]
    work, everybody = 2, 1
    assert {*range(1, 7)} == set(lines), ran
    assert lines.count(5) >= work + everybody, ran


@pytest.mark.skipif(sys.version_info < (3, 12), reason="sys.monitoring came with 3.12")
def test_no_access_is_missed_beside_a_tool_that_synchronises(tmp_path):
    for seed in range(6):
        run(tmp_path, WORK + MONITORED, "--preempt", "any", "--seed", str(seed), strategy="random")
        events = [event for event in trace_lines(tmp_path / "program.trace") if event.get("object") == "shared"]
        for thread in ("T1", "T2"):
            operations = [event["operation"] for event in events if event["thread"] == thread]
            assert operations == ["memory.read", "memory.write"], (seed, events)


@pytest.mark.parametrize("level", ["sync", "any"])
def test_pdb_in_a_thread(tmp_path, level):
    source = WORK.replace(
        "    seen = shared\n", "    if threading.current_thread().name == 'T1': breakpoint()\n    seen = shared\n"
    )
    ran = run(tmp_path, source + "everybody()\n", "--preempt", level, input="next\nnext\np 'seen is', seen\ncontinue\n")
    assert ran.status == 0, ran
    assert "('seen is', " in ran.out
