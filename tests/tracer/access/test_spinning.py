"""Threads that look at a variable again and again let those go on that they wait for."""

import threading

import pytest

from replay.strategies import STRATEGIES
from tests.support import command, passes

#: More than the patience with a thread that is preferred, and less than a livelock.
MOST = 200_000

#: What is done before, what one thread does until the other has done its part, and that.
SPINNING = {
    "global": ("flag = False", "while not flag: pass", "global flag; flag = True"),
    "attribute": ("class C: flag = False\no = C()", "while True:\n        if o.flag: break", "o.flag = True"),
    "list": ("c = []", "while not c: pass", "c.append(1)"),
    "length": ("c = []", "while len(c) == 0: pass", "c.append(1)"),
    "item": ("d = {'k': 0}", "while d['k'] == 0: pass", "d['k'] = 1"),
    "lock": (
        "from threading import Lock\nm = Lock()\nflag = False",
        "while True:\n        with m:\n            if flag: break",
        "global flag\n    with m: flag = True",
    ),
    "event": ("from threading import Event\ne = Event()", "while not e.is_set(): pass", "e.set()"),
    "sleep": ("import time\nflag = False", "while not flag: time.sleep(0)", "global flag; flag = True"),
}


@pytest.mark.parametrize("strategy", STRATEGIES)
@pytest.mark.parametrize("preempt", ["gil", "any"])
@pytest.mark.parametrize("name", SPINNING)
def test_spinning_ends(name, preempt, strategy):
    setup, spins, ends = SPINNING[name]
    code = compile(f"{setup}\ndef one():\n    {spins}\ndef two():\n    {ends}\n", "snippet.py", "exec")

    for order in (("one", "two"), ("two", "one"), ("two",)):

        def main(order=order):
            namespace = {"__name__": "snippet"}
            exec(code, namespace)
            threads = [threading.Thread(target=namespace[name]) for name in order]
            for thread in threads:
                thread.start()
            if "one" not in order:
                namespace["one"]()
            for thread in threads:
                thread.join()

        run = passes(main, preempt=preempt, strategy=strategy, seed=1, max_points=MOST)
        assert run.outcome.points < MOST / 10


COMPUTING = """
import threading
done = []
def compute():
    n = 0
    while not done:
        n += sum(range(1000))
def finish():
    done.append(1)
threads = [threading.Thread(target=f) for f in (compute, finish)]
for t in threads: t.start()
for t in threads: t.join()
print("done")
"""


@pytest.mark.parametrize("preempt", ["sync", "gil", "any"])
def test_a_thread_that_computes_for_long_stops_nobody(preempt, tmp_path):
    if "--preempt" not in command("run", "--help", cwd=tmp_path).out:
        pytest.skip("the command line has no option for it")
    (tmp_path / "program.py").write_text(COMPUTING)
    done = command("run", "--preempt", preempt, "--strategy", "no-preemption", "program.py", cwd=tmp_path)
    assert done.status == 0, done.err
    assert "done" in done.out
