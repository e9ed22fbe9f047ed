"""Ways to lose an update (`patterns.txt`): each must be found, and none that is done under a lock, or cannot happen."""

import pathlib
import threading
from dataclasses import dataclass
from types import CodeType

import pytest

from tests.support import execute

pytestmark = pytest.mark.usefixtures("plain_hooks")

#: Of 200 patterns, none needed more than 20 seeds when this was written.
MOST_SEEDS = 100

#: What must never fail is tried 30 times: in one execution it is cheaper than in many.
ROUNDS = 15
SEEDS = 2

MARK = ", one step with the GIL"


@dataclass
class Pattern:
    """A small program, and whether nothing between its reading and its writing lets CPython switch threads."""

    code: CodeType
    is_one_step: bool

    def main(self, *, locked=False, rounds=1):
        """What is to be executed; each round begins anew."""

        def main():
            for _ in range(rounds):
                once(self.code, locked)

        return main


def once(code, locked):
    """Two threads do the work of a pattern, and then it is checked."""
    namespace = {"__name__": "program"}
    exec(code, namespace)
    lock = threading.Lock()
    work = namespace["work"]

    def work_alone(number):
        with lock:
            work(number)

    threads = [threading.Thread(target=work_alone if locked else work, args=(n,), name="ab"[n]) for n in (0, 1)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    namespace["check"]()


def patterns():
    _, *texts = (pathlib.Path(__file__).parent / "patterns.txt").read_text().split("\n=== ")
    for text in texts:
        title, _, source = text.partition("\n")
        name = title.removesuffix(MARK)
        code = compile(source, f"{name.replace(' ', '_')}.py", "exec")
        yield pytest.param(Pattern(code, title.endswith(MARK)), id=name)


PATTERNS = list(patterns())


@pytest.fixture(autouse=True)
def no_reports(monkeypatch):
    """Threads are meant to fail here."""
    monkeypatch.setattr(threading, "excepthook", lambda _: None)
    monkeypatch.setattr("sys.excepthook", lambda *_: None)


def failures(main, seed, preempt="any"):
    return execute(main, strategy="random", seed=seed, preempt=preempt).outcome.failures


@pytest.mark.parametrize("pattern", PATTERNS)
def test_a_lost_update_is_found(pattern):
    main = pattern.main()
    assert any(failures(main, seed) for seed in range(MOST_SEEDS))


@pytest.mark.parametrize("pattern", PATTERNS)
def test_none_is_found_under_a_lock(pattern):
    main = pattern.main(locked=True, rounds=ROUNDS)
    for seed in range(SEEDS):
        assert not failures(main, seed), seed


@pytest.mark.parametrize("pattern", [one for one in PATTERNS if one.values[0].is_one_step])
def test_none_is_found_where_the_gil_prevents_it(pattern):
    main = pattern.main(rounds=ROUNDS)
    for seed in range(SEEDS):
        assert not failures(main, seed, "gil"), seed


@pytest.mark.parametrize("pattern", PATTERNS[::8])
def test_a_seed_gives_the_same_events(pattern):
    main = pattern.main()
    execute(main, preempt="any")  # what the standard library makes once is made here
    first, second = (execute(main, strategy="random", seed=5, preempt="any").events for _ in range(2))
    assert first == second
