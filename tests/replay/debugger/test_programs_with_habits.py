"""Programs that fork, replace their output, or come from nowhere."""

from __future__ import annotations

import os
import re

from tests.replay.debugger.support import debug, record
from tests.replay.debugger.terminal import Terminal, events_of
from tests.support import EXAMPLES, command


def test_the_program_does_not_notice_that_it_is_copied(tmp_path):
    trace = record(
        tmp_path,
        """
        import logging, os, random, signal, sys, threading
        lock = threading.Lock()
        told = []
        os.register_at_fork(
            before=lambda: told.append(1), after_in_parent=lambda: told.append(2), after_in_child=lambda: told.append(3)
        )
        signal.signal(signal.SIGCHLD, lambda number, frame: told.append(4))
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        for _ in range(500):
            with lock:
                time_of_day = random.random()
        if time_of_day > 0:
            logging.warning("told %s, %s", told, signal.getsignal(signal.SIGTERM).name)
        threading.Thread(target=print, args=(random.random(),)).start()
        """,
    )
    first = command("replay", "--quiet", "--trace", "plain.trace", str(trace), cwd=tmp_path)
    with debug(tmp_path, trace, stop_at=990) as terminal:
        terminal.until()
        assert "event 900 " in terminal.tell("goto 900")
        assert "event 3 " in terminal.tell("goto 3")
        shown = terminal.tell("c") + terminal.tell("c")
        assert "told [], SIG_IGN" in shown
        assert first.out.split()[0] in shown  # the same random number
        terminal.send("c\n")
        assert terminal.end()[0] == 0
    assert events_of(tmp_path / "again.trace") == events_of(trace)


def test_a_program_that_forks(tmp_path):
    trace = record(
        tmp_path,
        """
        import os, threading
        lock = threading.Lock()
        for _ in range(300):
            with lock:
                pass
        child = os.fork()
        if not child:
            with lock:
                print("in the child", flush=True)
            os._exit(3)
        print("status", os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), flush=True)
        with lock:
            pass
        """,
    )
    with debug(tmp_path, trace, **{"break": ["program.py:9"]}, stop_at=590) as terminal:
        terminal.until()
        shown = terminal.tell("c")
        assert "in the child" in shown
        assert "status 3" in shown
        assert "event 500 " in terminal.tell("goto 500")
        assert "event 590 " in terminal.tell("c")
        assert "status 3" in terminal.tell("c")
        terminal.send("c\n")
        assert terminal.end()[0] in (0, 4)
    again, recorded = (
        [re.sub(rb',"enabled":[^}]*', b"", line) for line in events_of(path)]  # the child ends sooner, or later
        for path in (tmp_path / "again.trace", trace)
    )
    assert again == recorded


def test_a_program_that_replaces_its_output(tmp_path):
    trace = record(
        tmp_path,
        """
        import io, sys, threading
        lock = threading.Lock()
        sys.stdout = io.StringIO()
        sys.stdin = None
        with lock:
            print("swallowed")
        """,
    )
    with debug(tmp_path, trace, break_on="lock.release") as terminal:
        assert "lock.release" in terminal.until()
        assert terminal.tell("1 + 1") == "2\n"
        assert "event 1 " in terminal.tell("goto 1")
        assert "over" in terminal.tell("c") + terminal.tell("c")


def test_generated_code_and_modules(tmp_path):
    (tmp_path / "helper.py").write_text(
        "import threading\nlock = threading.Lock()\n\ndef use():\n    with lock:\n        x = 1\n"
    )
    trace = record(tmp_path, "import helper\nexec('helper.use()')\nhelper.use()\n")
    with debug(tmp_path, trace, **{"break": ["helper.py:6"]}) as terminal:
        assert "MainThread at helper.py:6" in terminal.until()
        assert "program.py(2)<module>()" in terminal.tell("w")
        assert "MainThread at helper.py:6" in terminal.tell("c")


def test_scripts_and_realign(tmp_path):
    program = os.path.join(EXAMPLES, "condition.py")
    script = tmp_path / "one.schedule"
    script.write_text("Consumer: condition.wait condition\nProducer: condition.notify condition\n")
    trace = record(tmp_path, "condition.py", name="condition")
    for arguments in (["--stop-at", "9", str(script), program], ["--stop-at", "9", "--realign", str(trace)]):
        with Terminal("replay", *arguments, cwd=tmp_path) as terminal:
            assert "event 9 " in terminal.until()
            assert "event 3 " in terminal.tell("goto 3")
            assert "event 9 " in terminal.tell("c")
