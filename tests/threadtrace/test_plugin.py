"""The pytest plugin, as it is used: in a pytest of its own."""

import json
import os
import re
import signal
import subprocess
import sys
import textwrap
import time

import pytest

from tests.support import ROOT

pytestmark = pytest.mark.one_version

HEAD = """
    import logging, queue, threading, unittest
    import pytest

    class Counter:
        def __init__(self):
            self.value = 0

        def add(self):
            self.value += 1

    def run(*functions):
        threads = [threading.Thread(target=one) for one in functions]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
"""

LOST_UPDATE = """
    @pytest.mark.threadtrace
    def test_counter():
        counter = Counter()
        print("printed by the test")
        run(counter.add, counter.add)
        assert counter.value == 2
"""


class Ran:
    """What a run of pytest came to: the outcome of each test by its name, and what was printed."""

    def __init__(self, done):
        self.status = done.returncode
        self.text = done.stdout + done.stderr
        found = re.findall(r"^(PASSED|FAILED|ERROR|SKIPPED|XFAIL) \S+?::([\w:\[\]-]+)", done.stdout, re.MULTILINE)
        self.outcomes = {name: outcome for outcome, name in found}
        summary = re.search(r"^threadtrace: .*executions$", done.stdout, re.MULTILINE)
        self.summary = summary[0] if summary else ""

    def section(self, name):
        """What is said of a test that failed."""
        found = re.search(rf"^_+ {re.escape(name)} _+$(.*?)(?=^_+ .* _+$|^=+ |^threadtrace: )", self.text, re.M | re.S)
        return found[1]


def run_pytest(folder, *options, source=None, env=None):
    if source is not None:
        (folder / "test_it.py").write_text(textwrap.dedent(HEAD) + textwrap.dedent(source))
    line = [sys.executable, "-m", "pytest", "-rA", "-p", "no:cacheprovider", "--color=no", *options]
    environment = {**os.environ, "COLUMNS": "200", **(env or {})}
    environment.pop("PYTEST_ADDOPTS", None)
    done = subprocess.run(line, cwd=folder, env=environment, capture_output=True, text=True, timeout=100, check=False)
    return Ran(done)


SOURCE = (
    LOST_UPDATE
    + """
    @pytest.mark.threadtrace
    def test_locked():
        counter, lock = Counter(), threading.Lock()
        def add():
            with lock:
                counter.add()
        run(add, add)
        assert counter.value == 2

    @pytest.mark.threadtrace
    def test_deadlock():
        a, b = threading.Lock(), threading.Lock()
        def one():
            with a, b:
                pass
        def two():
            with b, a:
                pass
        run(one, two)

    @pytest.mark.threadtrace
    def test_no_threads():
        pass

    def test_unmarked():
        counter = Counter()
        run(counter.add, counter.add)

    @pytest.mark.threadtrace
    def test_skipped():
        pytest.skip("not today")

    @pytest.mark.threadtrace
    def test_xfailed():
        pytest.xfail("one day")

    @pytest.mark.threadtrace
    @pytest.mark.xfail(strict=True)
    def test_expected_to_fail():
        counter = Counter()
        run(counter.add, counter.add)
        assert counter.value == 2

    made = []

    @pytest.fixture
    def worker(tmp_path, monkeypatch):
        monkeypatch.setenv("WORKER", "1")
        made.append(tmp_path)
        assert not list(tmp_path.iterdir())
        (tmp_path / "file").write_text("")
        jobs, done = queue.Queue(), []
        def work():
            for job in iter(jobs.get, None):
                done.append(job)
        thread = threading.Thread(target=work)
        thread.start()
        yield jobs, done
        jobs.put(None)
        thread.join()

    @pytest.mark.threadtrace(executions=30)
    @pytest.mark.parametrize("jobs", [1, 2])
    def test_fixtures(worker, capsys, jobs):
        print("captured")
        assert capsys.readouterr().out == "captured\\n"
        for number in range(jobs):
            worker[0].put(number)

    def test_fixtures_were_set_up_each_time():
        assert len(made) > 20
        assert not any((path / "file").exists() for path in made)

    @pytest.mark.threadtrace
    def test_raises():
        with pytest.raises(ZeroDivisionError):
            1 / 0
        run(lambda: None)

    @pytest.mark.threadtrace
    def test_raises_in_a_thread():
        def work():
            raise ValueError("in the thread")
        run(work)

    @pytest.mark.threadtrace
    class TestCase(unittest.TestCase):
        def setUp(self):
            self.counter = Counter()

        def test_method(self):
            run(self.counter.add, self.counter.add)
            self.assertEqual(self.counter.value, 2)

        def test_passes(self):
            run(self.counter.add)

        def tearDown(self):
            assert self.counter.value

    class TestClass:
        @pytest.mark.threadtrace(preempt="sync")
        def test_at_sync(self):
            counter = Counter()
            run(counter.add, counter.add)
            assert counter.value == 2

    @pytest.fixture(scope="module")
    def outside():
        jobs = queue.Queue()
        def work():
            for answer in iter(jobs.get, None):
                answer.put(1)
        thread = threading.Thread(target=work, name="Outsider")
        thread.start()
        yield jobs
        jobs.put(None)
        thread.join()

    @pytest.mark.threadtrace(executions=5)
    def test_with_a_thread_from_outside(outside):
        answer = queue.Queue()
        run(lambda: outside.put(answer))
        assert answer.get() == 1
    """
)


@pytest.fixture(scope="module")
def ran(tmp_path_factory):
    folder = tmp_path_factory.mktemp("plugin")
    return run_pytest(
        folder, "--junitxml=junit.xml", "--threadtrace-sarif=found.sarif", source=SOURCE, env={"GITHUB_ACTIONS": "true"}
    ), folder


def test_outcomes(ran):
    outcomes = ran[0].outcomes
    wrong = {name: outcome for name, outcome in outcomes.items() if outcome == "FAILED"}
    assert set(wrong) == {
        "test_counter", "test_deadlock", "test_no_threads", "test_raises_in_a_thread", "TestCase::test_method",
    }  # fmt: skip
    for name in ("test_locked", "test_unmarked", "test_fixtures[1]", "test_fixtures[2]", "test_raises"):
        assert outcomes[name] == "PASSED", ran[0].text
    assert outcomes["test_fixtures_were_set_up_each_time"] == "PASSED", ran[0].text
    assert outcomes["TestCase::test_passes"] == outcomes["TestClass::test_at_sync"] == "PASSED"
    assert outcomes["test_xfailed"] == outcomes["test_expected_to_fail"] == "XFAIL"
    assert "1 skipped" in ran[0].text


def test_a_lost_update_is_explained(ran):
    section = ran[0].section("test_counter")
    assert "assert counter.value == 2" in section
    assert "E       assert 1 == 2" in section  # as pytest says it
    assert "preempted" in section
    assert "does memory.read Counter.value" in section
    assert "printed by the test" in section
    assert section.count("printed by the test") == 2  # the source, and once in its output
    assert re.search(r"replay it: pytest 'test_it.py::test_counter' --threadtrace-replay \S+shrunk.trace", section)
    assert "replay/execution.py" not in section


def test_a_deadlock_says_who_waits_for_whom(ran):
    section = ran[0].section("test_deadlock")
    assert section.strip().startswith("deadlock: ")
    assert "holds a (acquired at test_it.py:" in section
    assert "1 preemption causes it" in section


def test_nothing_tested_is_no_pass(ran):
    assert "nothing was tested" in ran[0].section("test_no_threads")


def test_an_exception_of_a_thread(ran):
    assert "in the thread" in ran[0].section("test_raises_in_a_thread")


def test_what_was_not_controlled_is_said(ran):
    text = ran[0].text
    assert "ThreadtraceWarning: not controlled: " in text
    assert "Outsider" in text


def test_the_line_at_the_end(ran):
    assert re.fullmatch(
        r"threadtrace: 1\d tests, \d exhausted, \d+ sampled, 5 failed, 1 nothing-tested.*; \d+ executions",
        ran[0].summary,
    ), ran[0].text


def test_results_for_other_programs(ran):
    text, folder = ran[0].text, ran[1]
    junit = (folder / "junit.xml").read_text()
    assert '<property name="threadtrace.verdict" value="exhausted" />' in junit
    assert '<property name="threadtrace.executions"' in junit
    sarif = json.loads((folder / "found.sarif").read_text())
    results = sarif["runs"][0]["results"]
    assert {one["ruleId"] for one in results} == {"exception", "deadlock"}
    place = results[0]["locations"][0]["physicalLocation"]
    assert place["artifactLocation"]["uri"] == "test_it.py"
    assert place["region"]["startLine"] > 1
    assert re.search(r"^::error file=test_it.py,line=\d+,title=threadtrace deadlock::deadlock: ", text, re.MULTILINE)


def test_a_failure_is_tried_first_next_time_and_dropped_in_the_end(tmp_path):
    first = run_pytest(tmp_path, source=LOST_UPDATE)
    assert first.status == 1
    (kept,) = (tmp_path / ".threadtrace" / "corpus").glob("*.txt")
    assert "tt1:" in kept.read_text()
    again = run_pytest(tmp_path)
    assert "it fails as it did in an earlier run" in again.text
    assert "preempted" in again.text
    assert again.summary.endswith("; 1 executions")
    add = "lambda: (lock.acquire(), counter.add(), lock.release())"
    mended = LOST_UPDATE.replace("counter = Counter()", "counter, lock = Counter(), threading.Lock()")
    mended = mended.replace("run(counter.add, counter.add)", f"run({add}, {add})")
    for number in range(1, 6):
        ran = run_pytest(tmp_path, source=mended)
        assert ran.status == 0, ran.text
        assert kept.exists() == (number < 5)


def test_replaying(tmp_path):
    run_pytest(tmp_path, source=LOST_UPDATE)
    path = ".threadtrace/traces/test_it.py-test_counter.shrunk.trace"
    again = run_pytest(tmp_path, "--threadtrace-replay", path)
    assert again.outcomes == {"test_counter": "FAILED"}
    assert "E       assert 1 == 2" in again.text
    other = run_pytest(tmp_path, "--threadtrace-replay", path, source=LOST_UPDATE.replace("run(", "run(print, "))
    assert "could not be followed" in other.text


def test_options_go_before_marks(tmp_path):
    ran = run_pytest(
        tmp_path, "--threadtrace-preempt=sync", "--threadtrace-strategy=random", "--threadtrace-executions=7",
        source=LOST_UPDATE,
    )  # fmt: skip
    assert ran.outcomes == {"test_counter": "PASSED"}, ran.text
    assert ran.summary == "threadtrace: 1 test, 1 sampled; 7 executions"
    once = run_pytest(tmp_path, "--no-threadtrace")
    assert once.outcomes == {"test_counter": "PASSED"}
    assert not once.summary


def test_all_tests_of_a_run_with_a_budget(tmp_path):
    source = """
    def test_counter():
        counter = Counter()
        run(counter.add, counter.add)
        assert counter.value == 2

    def test_without_threads():
        pass

    def test_many():
        lock = threading.Lock()
        def work():
            for _ in range(20):
                with lock:
                    pass
        run(work, work, work)

    async def test_async():
        pass
    """
    ran = run_pytest(tmp_path, "--threadtrace", "--threadtrace-budget=2s", source=source)
    assert ran.outcomes["test_counter"] == "FAILED"
    assert ran.outcomes["test_without_threads"] == ran.outcomes["test_many"] == "PASSED"
    assert "1 sampled, 1 failed, 1 nothing-tested" in ran.summary


@pytest.mark.parametrize(
    ("options", "mark", "message"),
    [
        (["--threadtrace-budget=soon"], "", "--threadtrace-budget soon: is no time, such as 60s, 5m or 1h"),
        ([], "(speed=9)", "@pytest.mark.threadtrace knows no 'speed'; it knows clock, executions"),
        ([], "(1000)", "@pytest.mark.threadtrace takes keywords only, such as executions=1000"),
        ([], "(strategy='best')", "strategy: 'best' is none of portfolio, "),
        (["--threadtrace-replay=nosuch.trace"], "", "nosuch.trace"),
    ],
)
def test_bad_input(tmp_path, options, mark, message):
    ran = run_pytest(tmp_path, *options, source=LOST_UPDATE.replace("threadtrace\n", f"threadtrace{mark}\n", 1))
    assert ran.status in (1, 4)
    assert message in ran.text, ran.text
    assert "INTERNALERROR" not in ran.text


def test_nothing_is_imported_where_nothing_is_explored(tmp_path):
    source = """
    import sys

    def test_it():
        assert not {"replay", "tracer", "greenlet", "threadtrace.api"} & {*sys.modules}
    """
    assert run_pytest(tmp_path, source=source).outcomes == {"test_it": "PASSED"}


def test_the_example_of_the_readme(tmp_path):
    with open(os.path.join(ROOT, "README.md"), encoding="utf-8") as file:
        source = re.search(r"```python\n(import threading\nimport pytest\n.*?)```", file.read(), re.DOTALL)[1]
    (tmp_path / "test_racy.py").write_text(source)
    locked = source.replace("self.value = 0", "self.value, self.lock = 0, threading.Lock()")
    locked = locked.replace("self.value += 1", "with self.lock: self.value += 1")
    (tmp_path / "test_locked.py").write_text(locked)
    ran = run_pytest(tmp_path, "--durations=0")
    assert re.match(r"threadtrace: 2 tests, 1 exhausted, 1 failed; ", ran.summary)
    assert ran.outcomes["test_two_threads_count"] == "FAILED"
    assert "preempted ─" in ran.text
    assert float(re.search(r"([\d.]+)s call +test_racy.py", ran.text)[1]) < 1


def test_ctrl_c_ends_a_run_and_keeps_what_failed(tmp_path):
    endless = """
    @pytest.mark.threadtrace(strategy="random", executions=10**9, time_limit=60)
    def test_endless():
        lock = threading.Lock()
        def take():
            for _ in range(10):
                with lock: pass
        run(take, take, take)
    """
    (tmp_path / "test_it.py").write_text(textwrap.dedent(HEAD) + textwrap.dedent(LOST_UPDATE + endless))
    line = [sys.executable, "-m", "pytest", "-rA", "-p", "no:cacheprovider", "--color=no"]
    with subprocess.Popen(line, cwd=tmp_path, stdout=subprocess.PIPE, text=True) as process:
        while not (tmp_path / ".threadtrace" / "corpus").exists():
            time.sleep(0.1)
        time.sleep(2)
        process.send_signal(signal.SIGINT)
        rest = process.stdout.read()
    assert process.returncode == 2
    assert "KeyboardInterrupt" in rest
    assert "threadtrace: 1 test, 1 failed" in rest


def test_a_corpus_that_was_edited(tmp_path):
    run_pytest(tmp_path, source=LOST_UPDATE)
    (path,) = (tmp_path / ".threadtrace" / "corpus").iterdir()
    path.write_text(path.read_text().replace("tt1:", "tt1:AAAA") + "nonsense\n")
    assert run_pytest(tmp_path).outcomes["test_counter"] == "FAILED"


def test_without_fork(tmp_path):
    """As on Windows."""
    (tmp_path / "conftest.py").write_text("import os\ndel os.fork, os.forkpty, os.register_at_fork\n")
    ran = run_pytest(tmp_path, source=LOST_UPDATE)
    assert ran.outcomes["test_counter"] == "FAILED"
    assert "preempted ─" in ran.text
    assert "the GIL of this Python does not let it happen" in ran.text


def test_a_test_that_keeps_something_from_one_execution_to_the_next(tmp_path):
    """Of those that nobody marked it is no failure."""
    source = """
    kept = []

    MARK
    def test_all_are_kept():
        run(lambda: kept.append(1), lambda: kept.append(2))
        assert len(kept) == 2
    """
    marked = run_pytest(tmp_path, source=source.replace("MARK", "@pytest.mark.threadtrace"))
    assert marked.outcomes == {"test_all_are_kept": "FAILED"}
    assert "NotRepeatable: test_it.py::test_all_are_kept passes when it is executed first, and fails" in marked.text
    other = run_pytest(tmp_path, "--threadtrace", source=source.replace("MARK", ""))
    assert other.outcomes == {"test_all_are_kept": "PASSED"}
    assert "passes when it is executed first, and fails when it is executed once more" in other.text


def test_subtests(tmp_path):
    """Those of executions that are given up are nobody's."""
    source = """
    class Test(unittest.TestCase):
        @pytest.mark.threadtrace
        def test_counter(self):
            with self.subTest("racy"):
                counter = Counter()
                run(counter.add, counter.add)
                self.assertEqual(counter.value, 2)

        @pytest.mark.threadtrace
        def test_locked(self):
            lock, events = threading.Lock(), [threading.Event(), threading.Event()]
            def work(event):
                with lock: pass
                event.set()
            with self.subTest("safe"):
                threads = [threading.Thread(target=work, args=(one,)) for one in events]
                for one in threads: one.start()
                try:
                    for one in events: one.wait()
                finally:
                    self.assertTrue(all(one.is_set() for one in events))
                for one in threads: one.join()
    """
    ran = run_pytest(tmp_path, source=source)
    assert "SUBFAILED" not in ran.text
    assert ran.outcomes == {"Test::test_counter": "FAILED", "Test::test_locked": "PASSED"}
    assert " preempted ─" in ran.text


def test_a_test_that_never_comes_to_its_end(tmp_path):
    source = """
    def test_endless():
        lock = threading.Lock()
        def take():
            while True:
                with lock: pass
        run(take, take)
    """
    ran = run_pytest(tmp_path, "--threadtrace", source=source)
    assert ran.outcomes == {"test_endless": "FAILED"}
    assert "no execution came to its end in time" in ran.text


def test_where_warnings_are_errors(tmp_path):
    (tmp_path / "pytest.ini").write_text("[pytest]\nfilterwarnings = error\n")
    source = """
    @pytest.fixture(scope="module")
    def worker():
        stop = threading.Event()
        thread = threading.Thread(target=lambda: stop.wait())
        thread.start()
        yield
        stop.set()
        thread.join()

    @pytest.mark.threadtrace
    def test_beside(worker):
        lock = threading.Lock()
        def take():
            with lock: pass
        run(take, take)
    """
    ran = run_pytest(tmp_path, source=source)
    assert ran.outcomes == {"test_beside": "PASSED"}
    assert "ThreadtraceWarning: not controlled" in ran.text


def test_a_pool_of_the_session(tmp_path):
    """Its threads have run nothing of the user's before: who waits for them is served, and told so."""
    source = """
    from concurrent.futures import ThreadPoolExecutor

    @pytest.fixture(scope="session")
    def pool():
        with ThreadPoolExecutor(2) as made:
            list(made.map(str, range(5)))
            yield made

    @pytest.mark.threadtrace(executions=10)
    def test_pool(pool):
        lock, total = threading.Lock(), [0]
        def add():
            with lock: total[0] += 1
        for one in [pool.submit(add) for _ in range(3)]:
            one.result()
        assert total == [3]
    """
    ran = run_pytest(tmp_path, source=source)
    assert ran.outcomes == {"test_pool": "PASSED"}
    assert "not controlled: ThreadPoolExecutor-0_0, a thread that was started before" in ran.text
    assert "1 sampled" in ran.summary
