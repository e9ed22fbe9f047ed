"""SQLite between threads under control: who meets a locked database waits for it, on program time."""

import os
import sqlite3
import threading
import time

import pytest

from tests.support import execute, passes
from tracer import patch, real


@pytest.fixture(autouse=True)
def closed(monkeypatch):
    """Connections that nobody closes are closed at the end."""
    made = []
    connect = sqlite3.connect
    monkeypatch.setattr(sqlite3, "connect", lambda *args, **kwargs: made.append(connect(*args, **kwargs)) or made[-1])
    yield
    for connection in made:
        connection.close()


@pytest.fixture
def path(tmp_path):
    def make():
        name = str(tmp_path / f"{len(os.listdir(tmp_path))}.db")
        connection = sqlite3.connect(name)
        connection.executescript("CREATE TABLE t (x INTEGER); INSERT INTO t VALUES (0)")
        connection.close()
        return name

    return make


def run_all(*bodies):
    threads = [threading.Thread(target=body) for body in bodies]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def increment(name, times=2, **options):
    connection = sqlite3.connect(name, isolation_level="IMMEDIATE", **options)
    for _ in range(times):
        with connection:
            connection.execute("BEGIN IMMEDIATE")
            (x,) = connection.execute("SELECT x FROM t").fetchone()
            connection.execute("UPDATE t SET x = ?", (x + 1,))
    connection.close()


def test_transactions_wait_for_each_other(path):
    def main():
        name = path()
        run_all(*[lambda: increment(name)] * 3)
        assert sqlite3.connect(name).execute("SELECT x FROM t").fetchall() == [(6,)]

    begin = real.monotonic()
    waited = [passes(main, strategy="random", seed=seed).operations().count("database.wake") for seed in range(30)]
    assert any(waited) and real.monotonic() - begin < 20


def test_the_time_limit_is_program_time(path):
    def main():
        name = path()

        def hold():
            connection = sqlite3.connect(name)
            connection.execute("UPDATE t SET x = 1")
            locked.set()
            time.sleep(100)
            connection.commit()
            connection.close()

        def wait(timeout):
            connection = sqlite3.connect(name, timeout=timeout)
            locked.wait()
            begin = time.monotonic()
            try:
                connection.execute("UPDATE t SET x = 2")
                connection.commit()
                ends.append(("done", timeout))
            except sqlite3.OperationalError:
                assert timeout <= time.monotonic() - begin < timeout + 1
                ends.append(("locked", timeout))
            connection.close()

        locked = threading.Event()
        ends = []
        run_all(hold, lambda: wait(3), lambda: wait(200), lambda: wait(0))
        assert sorted(ends) == [("done", 200), ("locked", 0), ("locked", 3)]

    begin = real.monotonic()
    for seed in range(5):
        passes(main, strategy="random", seed=seed)
    assert real.monotonic() - begin < 10


def test_what_cannot_succeed_is_refused_at_once(path):
    """A transaction that has read cannot write while another one is about to end: SQLite does not wait there."""

    def main():
        name = path()
        reader = sqlite3.connect(name, isolation_level=None, timeout=1000)
        writer = sqlite3.connect(name, isolation_level=None, check_same_thread=False, timeout=1000)
        reader.execute("BEGIN")
        reader.execute("SELECT x FROM t").fetchall()
        writer.execute("BEGIN IMMEDIATE")
        writer.execute("UPDATE t SET x = 5")
        thread = threading.Thread(target=lambda: writer.execute("COMMIT"))
        thread.start()
        time.sleep(1)  # it waits for the reader
        begin = time.monotonic()
        with pytest.raises(sqlite3.OperationalError, match="locked"):
            reader.execute("UPDATE t SET x = 6")
        assert time.monotonic() - begin < 1
        reader.execute("ROLLBACK")
        thread.join()
        assert reader.execute("SELECT x FROM t").fetchall() == [(5,)]

    passes(main)


def test_scripts_and_many_items_go_on_where_they_were_refused(path):
    def main():
        name = path()

        def script():
            connection = sqlite3.connect(name, timeout=1000)
            connection.execute("INSERT INTO t VALUES (20)")
            connection.executescript(
                """
                INSERT INTO t VALUES (30); -- one; by itself
                BEGIN; INSERT INTO t VALUES (31); INSERT INTO t SELECT x + 2 FROM t WHERE x = 30; COMMIT;
                CREATE TRIGGER IF NOT EXISTS later AFTER DELETE ON t BEGIN SELECT 1; SELECT ';'; END;
                INSERT INTO t VALUES (33) RETURNING x
                """
            )
            assert not connection.in_transaction and connection.isolation_level == ""
            connection.close()

        def many():
            connection = sqlite3.connect(name, isolation_level=None, timeout=1000)
            connection.executemany("INSERT INTO t VALUES (?)", ((x,) for x in range(40, 45)))
            connection.close()

        def alone():
            connection = sqlite3.connect(name, timeout=1000)
            for _ in range(3):
                connection.execute("INSERT INTO t VALUES (1)")
                connection.commit()
            connection.close()

        run_all(script, many, alone)
        found = sqlite3.connect(name).execute("SELECT x FROM t ORDER BY x").fetchall()
        assert sorted(x for (x,) in found if x > 25) == [30, 31, 32, 33, 40, 41, 42, 43, 44], found

    for seed in range(20):
        passes(main, strategy="random", seed=seed)


@pytest.mark.filterwarnings("ignore:Passing more than 1 positional:DeprecationWarning")
def test_a_connection_belongs_to_its_thread(path):
    def main():
        name = path()
        mine = sqlite3.connect(name)
        shared = sqlite3.connect(name, check_same_thread=False)
        positional = sqlite3.connect(name, 5.0, 0, None, False)

        def other():
            for connection in (shared, positional):
                assert connection.execute("SELECT 1").fetchall() == [(1,)]
            for use in (mine.cursor, mine.commit, mine.rollback, mine.close, lambda: mine.execute("SELECT 1")):
                with pytest.raises(sqlite3.ProgrammingError, match="can only be used in that same thread"):
                    use()

        run_all(other)
        mine.close()
        with pytest.raises(sqlite3.ProgrammingError, match="closed"):
            mine.execute("PRAGMA busy_timeout = 5")

    passes(main)


def test_the_limit_can_be_read_and_set(path):
    def main():
        name = path()
        one, other = sqlite3.connect(name, timeout=7), sqlite3.connect(name)
        assert one.execute("PRAGMA busy_timeout").fetchall() == [(7000,)]
        one.execute("PRAGMA busy_timeout = 20000")
        assert one.execute("PRAGMA busy_timeout").fetchall() == [(20000,)]
        other.execute("UPDATE t SET x = 1")
        begin = time.monotonic()
        with pytest.raises(sqlite3.OperationalError):
            one.execute("UPDATE t SET x = 2")
        assert 20 <= time.monotonic() - begin < 21

    passes(main)


def test_backup_and_failed_transaction(path):
    def main():
        name = path()
        source, writer = sqlite3.connect(name), sqlite3.connect(name, check_same_thread=False)
        writer.execute("BEGIN EXCLUSIVE")
        threading.Timer(3, writer.commit).start()
        copy = sqlite3.connect(":memory:")
        steps = []
        source.backup(copy, progress=lambda *step: steps.append(step), sleep=1)
        assert copy.execute("SELECT x FROM t").fetchall() == [(0,)]
        assert len(steps) >= 2
        with pytest.raises(ZeroDivisionError), source:
            source.execute("UPDATE t SET x = 9")
            raise ZeroDivisionError
        assert source.execute("SELECT x FROM t").fetchall() == [(0,)]

    assert passes(main).outcome.virtual_time >= 3


def test_connections_go_on_without_control(path):
    """One that was made in an execution waits in real time after it, and all is as it was without the patch."""
    name = path()
    kept = []
    passes(lambda: kept.append(sqlite3.connect(name, timeout=0.1)))
    holder = sqlite3.connect(name)
    holder.execute("UPDATE t SET x = 1")
    begin = real.monotonic()
    with pytest.raises(sqlite3.OperationalError, match="locked"):
        kept[0].execute("UPDATE t SET x = 2")
    assert 0.05 < real.monotonic() - begin < 2
    holder.commit()
    kept[0].execute("UPDATE t SET x = 2")
    kept[0].close()
    holder.close()
    patch.uninstall()
    try:
        plain = sqlite3.connect(name)
        assert type(plain.execute).__name__ == "builtin_function_or_method"
        assert plain.execute("SELECT x FROM t").fetchall() == [(1,)]
        plain.close()
    finally:
        patch.install()


def test_two_executions_are_equal(path):
    def main():
        name = path()
        run_all(*[lambda: increment(name)] * 3)

    for seed in range(5):
        settings = {"strategy": "random", "seed": seed, "clock": "any"}
        assert execute(main, **settings).events == execute(main, **settings).events
