"""`threadtrace replay`, as it is typed."""

import itertools
import os
import signal

import msgspec
import pytest

from tests.support import EXAMPLES, command, trace_lines

pytestmark = pytest.mark.one_version

WORKERS = """\
import sys, threading
print(sys.argv[1:])
lock, permits = threading.Lock(), threading.Semaphore(1)
def work():
    for _ in range(3):
        with lock:
            permits.acquire()
        permits.release()
threads = [threading.Thread(target=work, name=f"Worker-{number}") for number in range(3)]
for thread in threads: thread.start()
for thread in threads: thread.join()
"""


def recorded(tmp_path, text=WORKERS, *arguments, options=(), name="program"):
    """Records a program with a random schedule."""
    (tmp_path / f"{name}.py").write_text(text)
    options = ("--strategy", "random", "--seed", "5", *options)
    return command("run", "--json", *options, f"{name}.py", *arguments, cwd=tmp_path)


def events(path):
    return path.read_bytes().splitlines()[1:-1]


def refused(done, *words):
    """Whether it ended with one line."""
    assert done.status == 2, done
    assert done.err.count("\n") == 1, done.err
    assert "Traceback" not in done.err
    assert all(word in done.err for word in words), done.err
    return True


# Programs ----------------------------------------------------------------------------------------------------


def test_the_trace_knows_the_program_and_its_arguments(tmp_path):
    recorded(tmp_path, WORKERS, "--seed", "a b", "ü")
    done = command("replay", "--quiet", "program.trace", cwd=tmp_path)
    assert done.status == 0
    assert "['--seed', 'a b', 'ü']" in done.out
    assert "replayed: all" in done.out
    assert events(tmp_path / "program.replay.trace") == events(tmp_path / "program.trace")
    again = command("replay", "--quiet", "program.replay.trace", cwd=tmp_path)
    assert "trace: program.replay-2.trace" in again.out, "a recording was overwritten by its replay"


def test_modules(tmp_path):
    (tmp_path / "package").mkdir()
    (tmp_path / "package" / "__main__.py").write_text(WORKERS)
    command("run", "--quiet", "-m", "package", "x", cwd=tmp_path)
    done = command("replay", "--quiet", "package.trace", cwd=tmp_path)
    assert done.status == 0
    assert "['x']" in done.out
    schedule = trace_lines(tmp_path / "package.trace")[-1]["schedule"]
    assert "replayed: all" in command("replay", "--quiet", "-m", schedule, "package", "x", cwd=tmp_path).out


def test_from_another_folder(tmp_path):
    recorded(tmp_path)
    (tmp_path / "elsewhere").mkdir()
    done = command("replay", "../program.trace", cwd=tmp_path / "elsewhere")
    assert refused(done, "program.py: no such program", "name it after the trace")
    done = command("replay", "--quiet", "../program.trace", "../program.py", cwd=tmp_path / "elsewhere")
    assert "replayed: all" in done.out


def test_a_program_that_goes_to_another_folder(tmp_path):
    """What was recorded, and what has changed, is found from there too."""
    text = "import os, tempfile\nos.chdir(tempfile.gettempdir())\n" + WORKERS
    recorded(tmp_path, text)
    (tmp_path / "program.py").write_text(text.replace("    permits.acquire()", "    permits.acquire(timeout=1)"))
    assert command("replay", "--quiet", "program.trace", cwd=tmp_path).status == 0
    (tmp_path / "program.py").write_text(text.replace("        permits.release()", "        pass"))
    found = command("replay", "--json", "program.trace", cwd=tmp_path).json["divergence"]
    assert "semaphore.release permits" in found["expected"]
    assert found["causes"][0] == "the source has changed since the recording: program.py"


def test_many_threads_of_strange_names_that_print_much(tmp_path):
    text = """\
import threading
lock = threading.Lock()
def work():
    with lock: pass
names = ["a:b", "a: b", " ", "", "Grüße", "x" * 500, "twin", "twin", "twin#2", "MainThread", "\\udc80", "line\\nbreak"]
threads = [threading.Thread(target=work, name=name) for name in names + [f"T-{number}" for number in range(1000)]]
for thread in threads: thread.start()
for thread in threads: thread.join()
for _ in range(5000): print("x" * 200)
"""
    first = recorded(tmp_path, text)
    again = command("replay", "--json", "program.trace", cwd=tmp_path)
    assert again.json["divergence"] is None
    assert again.json["threads"] == first.json["threads"]
    assert len(again.json["threads"]) == 1013
    assert again.err.count("x" * 200) == 5000
    (tmp_path / "schedule").write_text(first.json["schedule"])
    assert command("replay", "--json", "schedule", "program.py", cwd=tmp_path).json["divergence"] is None


# Divergence --------------------------------------------------------------------------------------------------


def test_a_removed_operation(tmp_path):
    recorded(tmp_path)
    (tmp_path / "program.py").write_text(WORKERS.replace("        permits.release()", "        pass"))
    done = command("replay", "--quiet", "program.trace", cwd=tmp_path)
    assert done.status == 3
    lines = [line.strip() for line in done.out.splitlines() if line.strip()]
    begin = lines.index(next(line for line in lines if line.startswith("diverged at event ")))
    number = int(lines[begin].rpartition(" ")[2])
    expected = trace_lines(tmp_path / "program.trace")[number]
    last = trace_lines(tmp_path / "program.trace")[number - 1]
    assert lines[begin + 1].startswith(f"expected  {expected['thread']}: semaphore.release permits")
    assert lines[begin + 2].startswith(f"actual    {expected['thread']}: lock.acquire lock")
    assert lines[begin + 3].startswith(f"the last event that was the same: {last['thread']}: {last['operation']}")
    assert lines[begin + 4].startswith("could go on in the recording: ")
    assert expected["thread"] in lines[begin + 4]
    assert lines[begin + 5].startswith("could go on now: ")
    assert lines[begin + 6] == "likely cause: the source has changed since the recording: program.py"
    written = trace_lines(tmp_path / "program.replay.trace")[-1]
    assert (written["ending"], written["divergence"]["number"]) == ("diverged", number)
    assert command("replay", "--quiet", "--realign", "program.trace", cwd=tmp_path).status == 1, "a deadlock by now"


def test_check(tmp_path):
    done = command("run", "--check", "--quiet", f"{EXAMPLES}/semaphore.py", cwd=tmp_path)
    assert done.status == 0
    assert "checked: a second execution was the same, event by event" in done.out
    for value in ("os.getpid()", "os.urandom(7)[0] + time.perf_counter_ns()", "id(object()) + os.getpid()"):
        (tmp_path / "program.py").write_text(
            f"import os, threading, time\nthreading.Thread(target=time.sleep, args=({value},)).start()\n"
        )
        done = command("run", "--check", "--json", "--clock", "virtual", "program.py", cwd=tmp_path)
        if "perf_counter" in value:
            continue
        assert (done.status, done.json["verdict"]) == (3, "diverged")
        assert "time.sleep" in done.json["divergence"]["actual"]
        assert "not under control" in done.json["divergence"]["causes"][0]


def test_pools_are_the_same_in_every_process(tmp_path):
    """`as_completed` iterates over a set of futures, and sets of threads are as common."""
    text = """\
import concurrent.futures, threading
lock = threading.Lock()
def work(number):
    with lock: return number
with concurrent.futures.ThreadPoolExecutor(4) as pool:
    for done in concurrent.futures.as_completed([pool.submit(work, number) for number in range(40)]):
        with lock: print(done.result())
threads = {threading.Thread(target=work, args=(number,)) for number in range(40)}
for thread in threads: thread.start()
for thread in threads: thread.join()
"""
    recorded(tmp_path, text)
    for _ in range(3):
        done = command("replay", "--quiet", "program.trace", cwd=tmp_path)
        assert done.status == 0, done.out[-500:]


# What comes after --------------------------------------------------------------------------------------------


def test_then(tmp_path):
    recorded(tmp_path)
    orders = set()
    for seed in range(6):
        options = ("--first", "12", "--then", "random", "--seed", str(seed))
        done = command("replay", "--json", *options, "program.trace", cwd=tmp_path)
        assert (done.status, done.json["divergence"]) == (0, None)
        assert done.json["notes"] == ["replayed: 12 events happened as recorded, then random chose"]
        assert events(tmp_path / "program.replay.trace")[:12] == events(tmp_path / "program.trace")[:12]
        orders.add(done.json["schedule"])
    assert len(orders) > 3
    whole = command("replay", "--json", "--then", "round-robin", "program.trace", cwd=tmp_path)
    assert whole.json["divergence"] is None


def test_a_schedule_that_ends_early_goes_on_only_with_then(tmp_path):
    first = recorded(tmp_path)
    text = (tmp_path / "program.trace").read_bytes().splitlines(keepends=True)
    (tmp_path / "cut.trace").write_bytes(b"".join(text[:20]))
    done = command("replay", "--json", "cut.trace", cwd=tmp_path)
    assert (done.status, done.json["ending"], done.json["events"]) == (0, "trace-ended", 19)
    assert done.json["notes"][0].startswith("the recording ends here: the program was killed, or the file was cut off")
    done = command("replay", "--json", "--then", "no-preemption", "cut.trace", cwd=tmp_path)
    assert (done.json["ending"], done.json["events"]) == ("completed", first.json["events"])


# Programs that do not come to an end --------------------------------------------------------------------------

ENDS = """\
import ctypes, os, signal, sys, threading, time
lock = threading.Lock()
def work(number):
    for _ in range(5):
        with lock: pass
    if number == 1:
        with lock:
            HOW
    for _ in range(5):
        with lock: pass
threads = [threading.Thread(target=work, args=(number,)) for number in range(3)]
for thread in threads: thread.start()
for thread in threads: thread.join()
"""


@pytest.mark.parametrize(
    ("how", "status", "message"),
    [
        ("os.kill(os.getpid(), signal.SIGKILL)", 1, "killed by SIGKILL"),
        ("ctypes.string_at(0)", 1, "killed by SIGSEGV"),
        ("os._exit(7)", 0, ""),
        ("ctypes.CDLL(None).kill(os.getpid(), signal.SIGINT)", 130, "interrupted"),
        ("while True: time.sleep(0)", 1, "scheduling points"),
        ("sys.exit(3)", 0, ""),
        ("os.fork() or os._exit(0)", 0, ""),
    ],
)
@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_ends_again_as_it_ended(tmp_path, how, status, message):
    recorded(tmp_path, ENDS.replace("HOW", how), options=["--max-points", "2000"])
    first = trace_lines(tmp_path / "program.trace")
    done = command("replay", "--quiet", "program.trace", cwd=tmp_path)
    assert done.status == status, done
    assert message in done.out
    assert f"replayed: all {len(first) - 2:,} events happened as recorded" in done.out
    again = trace_lines(tmp_path / "program.replay.trace")
    assert again[1:-1] == first[1:-1]
    assert (again[-1]["ending"], again[-1]["failures"]) == (first[-1]["ending"], first[-1]["failures"])


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGINT])
def test_a_program_that_was_ended_from_outside(tmp_path, number):
    """The replay comes to the last event, stops there, and says why."""
    text = f"""\
import ctypes, os, threading
lock = threading.Lock()
def work():
    count = 0
    while True:
        with lock: count += 1
        if count == 300 and os.path.exists("end"): ctypes.CDLL(None).kill(os.getpid(), {int(number)})
threads = [threading.Thread(target=work) for _ in range(2)]
for thread in threads: thread.start()
"""
    (tmp_path / "end").touch()
    recorded(tmp_path, text)
    (tmp_path / "end").unlink()
    done = command("replay", "--json", "program.trace", cwd=tmp_path)
    assert done.json["ending"] == "trace-ended"
    assert done.json["divergence"] is None
    assert events(tmp_path / "program.replay.trace") == events(tmp_path / "program.trace")
    assert done.json["notes"][0].startswith("the recording ends here: ")
    assert "passed" not in command("replay", "--quiet", "program.trace", cwd=tmp_path).out


# What cannot be replayed -------------------------------------------------------------------------------------


def test_wrong_usage(tmp_path):
    recorded(tmp_path)
    assert refused(command("replay", cwd=tmp_path), "TRACE|tt1:…|SCRIPT")
    assert refused(command("replay", "none.trace", cwd=tmp_path), "none.trace: cannot be read: No such file")
    assert refused(command("replay", "--first", "3", "program.trace", cwd=tmp_path), "--first needs --then")
    assert refused(command("replay", "--seed", "3", "program.trace", cwd=tmp_path), "--seed needs --then")
    assert refused(command("replay", "-m", "program.trace", cwd=tmp_path), "-m says that PROGRAM is a module")
    assert refused(command("replay", "--realign", "--then", "random", "x", cwd=tmp_path), "leave out --then")
    assert refused(command("replay", "program.trace", "--no-such", cwd=tmp_path), "--no-such")
    assert refused(command("replay", "--seed", "9" * 30, "program.trace", cwd=tmp_path), "--seed")
    assert refused(command("replay", "tt1:AAAA", "program.py", cwd=tmp_path), "the schedule: is damaged")
    assert refused(command("replay", "tt1:" + "A" * 120_000, "program.py", cwd=tmp_path), "put it into a file")
    schedule = trace_lines(tmp_path / "program.trace")[-1]["schedule"]
    assert refused(command("replay", schedule, cwd=tmp_path), "name the PROGRAM")
    done = command("replay", "--trace", "program.trace", "program.trace", cwd=tmp_path)
    assert refused(done, "program.trace: is the recording itself")


def test_options_may_stand_after_the_recording_but_not_after_the_program(tmp_path):
    recorded(tmp_path)
    done = command("replay", "program.trace", "--quiet", "--trace", "x.trace", "--json", cwd=tmp_path)
    assert done.status == 0 and done.json["trace"] == "x.trace"
    done = command("replay", "program.trace", "--json", "program.py", "--quiet", cwd=tmp_path)
    assert trace_lines(tmp_path / "program.replay.trace")[0]["arguments"] == ["--quiet"]
    assert done.json["verdict"] == "passed"


def test_hostile_programs_in_headers(tmp_path):
    recorded(tmp_path)
    header, *rest = (tmp_path / "program.trace").read_bytes().splitlines(keepends=True)
    known = msgspec.json.decode(header)
    os.mkfifo(tmp_path / "pipe")
    numbers = itertools.count()
    before = set(os.listdir("/tmp"))
    for changes, words in [
        ({"program": "/dev/zero"}, "is not a regular file"),
        ({"program": str(tmp_path / "pipe")}, "is not a regular file"),
        ({"program": "/"}, "is a folder"),
        ({"program": "a\0b"}, "is no name of a file"),
        ({"program": ""}, "name the PROGRAM"),
        ({"program": "x./tmp/threadtrace-evil", "module": True}, "cannot be found"),
        ({"program": ".x", "module": True}, "is no name of a module"),
        ({"program": "a\0b", "module": True}, "is no name of a module"),
    ]:
        path = tmp_path / f"hostile-{next(numbers)}.trace"
        path.write_bytes(b"".join([msgspec.json.encode(known | changes) + b"\n", *rest]))
        assert refused(command("replay", path.name, cwd=tmp_path), words)
    assert not {name for name in set(os.listdir("/tmp")) - before if "threadtrace-evil" in name}


def test_foreign_settings(tmp_path):
    recorded(tmp_path)
    lines = (tmp_path / "program.trace").read_bytes().splitlines()[:-1]
    for changes in ({"clock": "sundial"}, {"preempt": "bytecode"}, {"hash_seed": -1}, {"hash_seed": 1 << 40}):
        header = msgspec.json.encode(msgspec.json.decode(lines[0]) | changes)
        (tmp_path / "foreign.trace").write_bytes(b"\n".join([header, *lines[1:]]) + b"\n")
        assert refused(command("replay", "foreign.trace", cwd=tmp_path), "settings that this version does not have")


def test_a_trace_whose_events_are_damaged_says_so(tmp_path):
    recorded(tmp_path)
    data = (tmp_path / "program.trace").read_bytes()
    (tmp_path / "damaged.trace").write_bytes(data.replace(b'"number":6,', b'"number":\xff,'))
    done = command("replay", "--json", "damaged.trace", cwd=tmp_path)
    assert done.status == 3
    assert done.json["divergence"]["causes"][0].startswith("the trace is damaged")


def test_files_without_permission(tmp_path):
    if os.geteuid() == 0:
        pytest.skip("nothing is forbidden to root")
    (tmp_path / "a.schedule").write_text("A: lock.acquire")
    (tmp_path / "a.schedule").chmod(0)
    assert refused(command("replay", "a.schedule", "program.py", cwd=tmp_path), "cannot be read: Permission denied")
