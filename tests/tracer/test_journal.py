"""The trace file while it is written."""

import json

import pytest

from replay.execution import Execution
from tracer.journal import Journal
from tracer.labels import Labels
from tracer.trace import FORMAT, Header, TraceReader

HEADER = Header(
    threadtrace=FORMAT, version="", python="", program="", arguments=[], module=False, seed=0, strategy="", preempt="",
    clock="", hash_seed=0,
)  # fmt: skip


def events(path):
    with TraceReader(str(path)) as reader:
        return list(reader)


def write(path, main):
    labels = Labels()
    journal = Journal(str(path), HEADER, labels)
    execution = Execution(main, recorder=journal, labels=labels)
    execution.run()
    return execution, journal


def test_every_event_is_in_the_file_at_once(tmp_path):
    import threading

    path = tmp_path / "x.trace"
    seen = []

    def main():
        lock = threading.Lock()
        for _ in range(3):
            with lock:
                seen.append(len(events(path)))

    execution, journal = write(path, main)
    assert seen == [2, 4, 6]
    journal.close(execution.outcome())
    execution.close()


def test_grows_beyond_its_first_chunk(tmp_path):
    import threading

    path, lock = tmp_path / "x.trace", threading.Lock()

    def main():
        for _ in range(20_000):
            with lock:
                pass

    execution, journal = write(path, main)
    journal.close(execution.outcome())
    with TraceReader(str(path)) as reader:
        numbers = [event.number for event in reader]
        position = reader.position
    assert numbers == list(range(1, 40_004))
    assert reader.outcome is not None and reader.outcome.events == len(numbers)
    assert path.stat().st_size == position
    assert b"\0" not in path.read_bytes()


def test_an_amended_result(tmp_path):
    import threading

    path, lock = tmp_path / "x.trace", threading.Lock()

    def main():
        with pytest.raises(RuntimeError):
            lock.release()

    execution, journal = write(path, main)
    journal.close(execution.outcome())
    lines = [json.loads(line) for line in path.read_text().splitlines()]
    assert [line["result"] for line in lines if line.get("operation") == "lock.release"] == ["RuntimeError"]
    assert [line["number"] for line in lines[1:-1]] == list(range(1, len(lines) - 1))


def test_any_text_is_written_as_json(tmp_path):
    import threading

    path = tmp_path / "x.trace"
    name = 'quote " newline \n null \0 emoji 🧵 backslash \\ surrogate'

    def main():
        threading.Thread(target=print, name=name).start()

    execution, journal = write(path, main)
    journal.close(execution.outcome())
    assert name in {event.thread for event in events(path)}


def test_text_that_cannot_be_encoded_is_escaped(tmp_path):
    import threading

    path = tmp_path / "x.trace"
    execution, journal = write(path, lambda: threading.Thread(target=print, name="lone \ud800").start())
    journal.close(execution.outcome())
    assert "lone \\ud800" in {event.thread for event in events(path)}


def test_what_would_not_have_waited_for_ever(tmp_path):
    import threading

    path = tmp_path / "x.trace"
    lock, rlock, semaphore, event = threading.Lock(), threading.RLock(), threading.Semaphore(), threading.Event()
    kept = []

    def main():
        for one in (lock, rlock, semaphore):
            kept.extend([one.acquire(), one.release(), one.acquire(timeout=1), one.release(), one.acquire(False)])
        kept.extend([lock.acquire(timeout=1), event.wait(1)])
        event.set()
        kept.extend([event.wait(), event.wait(1)])
        for limit in (None, 1):
            thread = threading.Thread()
            thread.start()
            thread.join(limit)

    execution, journal = write(path, main)
    journal.close(execution.outcome())
    execution.close()
    seen = [(event.operation, event.result) for event in events(path) if event.limited]
    assert seen == [
        *[(f"{kind}.acquire", True) for kind in ("lock", "rlock", "semaphore") for _ in range(2)],
        ("event.wait", False),
        ("event.wait", True),
        ("thread.join", True),
    ]
    assert [one for one in kept if one is not None and not isinstance(one, bool)] == []
    assert all(event.result in (True, False) for event in events(path) if event.operation.endswith(".acquire"))
