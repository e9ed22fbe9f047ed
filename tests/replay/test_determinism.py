"""The same seed, the same trace: in this process, in another one, with another environment."""

import pytest

from tests.support import EXAMPLES, command, execute, trace_lines


@pytest.mark.parametrize("strategy", ["round-robin", "random"])
@pytest.mark.parametrize("name", ["condition", "semaphore", "barrier", "event", "dining_philosophers"])
def test_traces_are_byte_identical(tmp_path, name, strategy):
    texts = []
    for number, environment in enumerate(({}, {"PYTHONHASHSEED": "77", "LANG": "C", "SOMETHING": "else"})):
        path = tmp_path / f"{number}.trace"
        command(
            "run", "--strategy", strategy, "--seed", "5", "--quiet", "--trace", str(path), f"{EXAMPLES}/{name}.py",
            cwd=tmp_path, env=environment,
        )  # fmt: skip
        texts.append(path.read_bytes().splitlines())
    first, second = texts
    assert first[1:-1] == second[1:-1]
    assert trace_lines(tmp_path / "0.trace") == trace_lines(tmp_path / "1.trace")


def test_the_program_sees_its_own_hash_seed(tmp_path):
    (tmp_path / "program.py").write_text("import os; print(os.environ.get('PYTHONHASHSEED'))")
    assert command("run", "--quiet", "program.py", cwd=tmp_path, env={"PYTHONHASHSEED": "7"}).out.startswith("7\n")


def test_thread_names_begin_anew_in_each_execution():
    import threading

    def main():
        thread = threading.Thread(target=len, args=((),))
        thread.start()
        thread.join()

    assert execute(main).outcome.threads == execute(main).outcome.threads == ["MainThread", "Thread-1 (len)"]


def test_the_programs_random_numbers_are_those_of_the_seed():
    import random

    drawn = []
    for seed in (1, 1, 2):
        execute(lambda: drawn.append(random.random()), seed=seed)
    assert drawn[0] == drawn[1] != drawn[2]
