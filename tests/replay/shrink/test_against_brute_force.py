"""The minimum that shrinking certifies is that of all schedules, on small generated programs."""

from __future__ import annotations

import random
import sys
import types

import pytest

from replay.execution import Execution
from tests.replay.shrink.support import failing_seed, shrunk

pytestmark = [
    pytest.mark.one_version,
    pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning"),
]

#: Of the generated programs these fail on some schedule, and have no more schedules than `MOST`.
SEEDS = (11, 13, 82, 232)
MOST = 6000


#: Fails only when the two take turns three times.
TURNS = """
import threading, time
x = 0
def one():
    seen = []
    for _ in range(3):
        seen.append(x)
        time.sleep(0)
    assert seen != [0, 1, 2]
def two():
    global x
    x = 1
    time.sleep(0)
    x = 2
threads = [threading.Thread(target=target) for target in (one, two)]
for thread in threads: thread.start()
for thread in threads: thread.join()
"""


def generated(seed):
    """A program of two or three threads that nest locks, yield between reading and writing, and wait for each other."""
    draw = random.Random(seed)
    lines = [
        "import threading, time",
        "a, b, c = (threading.Lock() for _ in 'abc')",
        "event = threading.Event()",
        "x = 0",
    ]
    names = ["One", "Two", "Three"][: draw.choice([2, 2, 3])]
    for name in names:
        lines += [f"def {name}():", "    global x"]
        for _ in range(draw.randint(1, 2)):
            kind = draw.choice(["nest", "nest", "update", "check", "announce"])
            outer, inner = draw.sample("abc", 2)
            if kind == "nest":
                lines += [f"    with {outer}:", f"        with {inner}:", "            pass"]
            elif kind == "update":
                lines += ["    value = x", "    time.sleep(0)", "    x = value + 1"]
            elif kind == "check":
                lines += [
                    f"    with {outer}:",
                    "        value = x",
                    f"    with {inner}:",
                    "        assert x - value < 2",
                ]
            else:
                lines += ["    event.set()", "    event.clear()"]
    lines += [f"threads = [threading.Thread(target=one, name=one.__name__) for one in ({', '.join(names)})]"]
    lines += ["for thread in threads: thread.start()", "for thread in threads: thread.join()"]
    return "\n".join(lines) + "\n"


class Enumerated:
    """Makes the choices it is told, then always the first; counts preemptions and remembers what else there was."""

    def __init__(self, choices):
        self.choices = choices
        self.made = []
        self.alternatives = []
        self.preemptions = 0

    def choose(self, enabled, current):
        threads = list(enabled)
        number = self.choices[len(self.made)] if len(self.made) < len(self.choices) else 0
        self.made.append(number)
        self.alternatives.append(len(threads))
        chosen = threads[number]
        self.preemptions += current in enabled and chosen is not current
        return chosen


def every_execution(code):
    """All executions of a program: whether it failed, its preemptions, and the seed-like list of choices."""
    choices = []
    for _ in range(MOST):
        strategy = Enumerated(choices)
        module = sys.modules["__main__"] = types.ModuleType("__main__")
        execution = Execution(lambda module=module: exec(code, module.__dict__), strategy=strategy)
        execution.run()
        outcome = execution.outcome()
        execution.close()
        yield outcome, strategy
        while strategy.made and strategy.made[-1] + 1 == strategy.alternatives[len(strategy.made) - 1]:
            strategy.made.pop()
        if not strategy.made:
            return
        choices = [*strategy.made[:-1], strategy.made[-1] + 1]
    raise OverflowError


def which(kind, sites):
    """Tells the failures of a program apart, in whatever folder it is."""
    return kind, tuple(sorted(site.rpartition(":")[2] for site in sites))


def fewest_preemptions(text):
    """Each failure -> the fewest preemptions among all schedules that end in it."""
    code = compile(text, "program.py", "exec")
    fewest = {}
    before = sys.modules["__main__"]
    try:
        for outcome, strategy in every_execution(code):
            for failure in outcome.failures:
                key = which(failure.kind.value, failure.sites)
                fewest[key] = min(fewest.get(key, sys.maxsize), strategy.preemptions)
    finally:
        sys.modules["__main__"] = before
    return fewest


def programs():
    """Programs that fail on some schedule, with what the enumeration of all schedules finds."""
    for text in (TURNS, *map(generated, SEEDS)):
        fewest = fewest_preemptions(text)
        assert fewest
        yield text, fewest


def test_certified_minimum_is_the_minimum(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    seen = set()
    for number, (text, fewest) in enumerate(programs()):
        folder = tmp_path / str(number)
        folder.mkdir()
        path = folder / "program.py"
        path.write_text(text)
        result = shrunk(path, failing_seed(path))
        failure = result["failures"][0]
        assert result["minimal"]
        assert result["before"]["preemptions"] >= result["after"]["preemptions"]
        assert result["after"]["preemptions"] == fewest[which(failure["kind"], failure["sites"])], text
        seen.add(result["after"]["preemptions"])
    assert seen == {1, 3}
