"""What the prompt shows."""

from __future__ import annotations

from tests.replay.debugger.support import debug, record


def test_threads_holds_waits_where(tmp_path, deadlock):
    with debug(tmp_path, deadlock, break_on="lock.release", stop_at=2) as terminal:
        assert "event 2 " in terminal.until()
        assert "not begun" in terminal.tell("where Forwards") or "begun" in terminal.tell("thread Forwards")
        assert "Backwards" not in terminal.tell("threads")
        assert terminal.tell("holds") == "no lock is held\n"
        assert terminal.tell("waits") == "no thread is blocked\n"
        assert "the execution is over: deadlock" in terminal.tell("c")
        threads = terminal.tell("threads")
        assert threads.count("blocked") == 3
        assert "lock.acquire lock_b" in threads
        holds = terminal.tell("holds")
        assert "Forwards holds lock_a, acquired at program.py:7" in holds
        assert "Backwards holds lock_b, acquired at program.py:7" in holds
        waits = terminal.tell("waits")
        assert "Forwards: lock.acquire lock_b at program.py:9" in waits
        assert "waits for Backwards, acquired at program.py:7" in waits
        where = terminal.tell("where Forw")
        assert "program.py:9 in work" in where
        assert "with second:" in where


def test_events_and_the_last_of_them_is_the_event_itself(tmp_path, condition):
    with debug(tmp_path, condition, stop_at=12) as terminal:
        terminal.until()
        assert [line.split()[0] for line in terminal.tell("events").splitlines()] == [str(n) for n in range(3, 13)]
        assert [line.split()[0] for line in terminal.tell("events 3").splitlines()] == ["10", "11", "12"]
        assert "a number from 1 on is needed" in terminal.tell("events x")


def test_commands_of_pdb(tmp_path, condition):
    with debug(tmp_path, condition, stop_at=9) as terminal:
        terminal.until()
        assert terminal.tell("p items") == "[0]\n"
        assert terminal.tell("pp items") == "[0]\n"
        assert "self = <Producer(Producer, started" in terminal.tell("args")
        assert "20  ->" in terminal.tell("l")
        assert "def run(self):" in terminal.tell("ll")
        assert "condition.py(20)run()" in terminal.tell("w")
        assert "replay" not in terminal.tell("w")
        assert "Oldest frame" in terminal.tell("u")
        assert "Newest frame" in terminal.tell("d")
        assert "list" in terminal.tell("whatis items")
        assert "class Producer" in terminal.tell("source Producer")
        assert "display number" in terminal.tell("display number")
        assert "threads" in terminal.tell("help")
        assert "jump" not in terminal.tell("help")
        assert "Go back N events" in terminal.tell("help back")
        assert "not possible in a replay" in terminal.tell("jump 3")
        assert terminal.tell("!mine = number + 40") == ""
        assert terminal.tell("mine + 2") == "42\n"
        assert "NameError" in terminal.tell("nonsense")
        terminal.send("interact\n")
        terminal.until(">>> ")
        terminal.send("number + 1000\n")
        assert "1000" in terminal.until(">>> ")
        terminal.send("\x04")
        terminal.until()
        assert "event 14" in terminal.tell("goto 14")
        assert "display number: 1" in terminal.tell("until Producer") + terminal.tell("goto 18")
        terminal.send("q\n")
        assert terminal.end()[0] == 130


def test_locals_can_be_changed(tmp_path):
    trace = record(
        tmp_path,
        """
        import threading
        def work(number):
            with lock:
                pass
            print("number", number)
        lock = threading.Lock()
        thread = threading.Thread(target=work, args=(1,))
        thread.start()
        thread.join()
        """,
    )
    with debug(tmp_path, trace, break_on="lock.acquire") as terminal:
        terminal.until()
        terminal.tell("number = 77")
        assert "number 77" in terminal.tell("c")


def test_words_of_the_program_are_no_commands(tmp_path, condition):
    with debug(tmp_path, condition, stop_at=9) as terminal:
        terminal.until()
        assert "condition._lock" in terminal.tell("condition._lock.locked(), 'condition._lock'")
        terminal.tell("threads = [5]")
        assert terminal.tell("threads[0]") == "5\n"
        assert "MainThread" in terminal.tell("threads")


def test_unknown_threads(tmp_path, deadlock):
    with debug(tmp_path, deadlock, stop_at=5) as terminal:
        terminal.until()
        for order in ("thread Nobody", "where Nobody", "until Nobody"):
            answer = terminal.tell(order)
            assert "there is no thread Nobody; there are: MainThread, Forwards, Backwards" in answer


def test_thread_turns_to_another_one(tmp_path, deadlock):
    with debug(tmp_path, deadlock, stop_at=8) as terminal:
        terminal.until()
        assert "program.py" in terminal.tell("thread Main")
        assert terminal.tell("p thread.name") == "'Forwards'\n"
        assert terminal.tell("threading.current_thread().name") == "'MainThread'\n"
        terminal.tell("thread Forwards")
        assert terminal.tell("p first is lock_a") == "True\n"
        assert terminal.tell("threading.current_thread().name") == "'Forwards'\n"
