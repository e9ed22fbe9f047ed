"""Real threads of plain CPython lose updates only where exploring at `gil` finds that they can.

The table is that of the places where CPython 3.11 to 3.13 look for another thread. Real threads show a lost update
within a moment where one is possible, which is as much as can be asked: that they show none is no proof, so that it is
the table which says where none may be found.

Calls of `len`, `isinstance`, `type` and `list.append` have no such place once they are specialised. But each of them is
executed in its general form at first, and that has one. Code that runs once or twice, as that of most tests, does lose
updates there: so at `gil` others can go first after these calls like after all others.
"""

import json
import subprocess
import sys

import pytest

from tests.tracer.access.snippets import Snippet
from tests.tracer.access.support import reached

_RLOCK = "from threading import RLock\nm = RLock()\nx = 0"
_LOCK = "from threading import Lock\nm = Lock()\nx = 0"
_PROPERTY = (
    "class C:\n    _x = 0\n    @property\n    def x(self): return self._x\n    @x.setter\n"
    "    def x(self, value): self._x = value\no = C()"
)
_ADDITION = "x = 0\nclass N:\n    def __radd__(self, other): return other + 1\nn = N()"

#: What is done before, the update, its value in the end, and whether CPython can lose one under the GIL.
TABLE = {
    "global +=": ("x = 0", "global x; x += 1", "x", False),
    "global = global +": ("x = 0", "global x; x = x + 1", "x", False),
    "attribute": ("class C: x = 0\no = C()", "o.x += 1", "o.x", False),
    "item of a dict": ("d = {'k': 0}", "d['k'] += 1", "d['k']", False),
    "item of a list": ("c = [0]", "c[0] += 1", "c[0]", False),
    "check, then set": ("x = 0", "global x\nt = x\nif t >= 0: x = t + 1", "x", False),
    "function in C": ("x = 0", "global x; x = x + int(1)", "x", True),
    "function in Python": ("x = 0\ndef f(): return 1", "global x; x = x + f()", "x", True),
    "get": ("d = {'k': 0}", "d['k'] = d.get('k') + 1", "d['k']", True),
    "property": (_PROPERTY, "o.x += 1", "o.x", True),
    "operator in Python": (_ADDITION, "global x; x = x + n", "x", True),
    "loop": ("x = 0", "global x\nt = x\nfor i in range(2): pass\nx = t + 1", "x", True),
    "with rlock between": (_RLOCK, "global x\nt = x\nwith m: x = t + 1", "x", False),
    "with lock around": (_LOCK, "global x\nwith m: x = x + int(1)", "x", False),
}

#: Calls that lose their place to switch when they are specialised.
COLD = {
    "len": ("x, e = 0, [1]", "global x; x = x + len(e)", "x", True),
    "isinstance": ("x, e = 0, [1]", "global x; x = x + isinstance(e, list)", "x", True),
    "type": ("x, e = 0, [1]", "global x; x = x + (type(e) is list)", "x", True),
    "append": ("x, e = 0, []", "global x; t = x; e.append(1); x = t + 1", "x", True),
}

#: How long real threads may try, in seconds, and how many updates they do at a time; how often cold code is repeated in
#: one function.
MOMENT, AT_A_TIME, COPIES = 0.25, 2000, 500

#: Has two real threads do each update, and prints whether one was lost. Cold code is written out, and executed once.
PROVOKE = """
import json, sys, threading, time
sys.setswitchinterval(1e-6)
moment, at_a_time, copies, table, cold = json.loads(sys.stdin.read())

def both(work):
    barrier = threading.Barrier(2)
    def body():
        barrier.wait()
        work()
    threads = [threading.Thread(target=body) for _ in range(2)]
    for thread in threads: thread.start()
    for thread in threads: thread.join()

def is_lost(setup, update, final, is_cold):
    end = time.monotonic() + moment
    while time.monotonic() < end:
        if is_cold:
            declared, _, statement = update.partition("; ")
            lines = [declared, *[statement] * copies]
        else:
            lines = ["for _ in range(%d): step()" % at_a_time]
        text = setup + "\\ndef step():\\n" + "".join("    %s\\n" % line for line in update.splitlines())
        text += "def work():\\n" + "".join("    %s\\n" % line for line in lines)
        namespace = {}
        exec(text, namespace)
        both(namespace["work"])
        if eval(final, namespace) != 2 * (copies if is_cold else at_a_time):
            return True
    return False

found = {name: is_lost(setup, update, final, False) for name, (setup, update, final, _) in table.items()}
found |= {name: is_lost(setup, update, final, True) for name, (setup, update, final, _) in cold.items()}
print(json.dumps(found))
"""


@pytest.fixture(scope="module")
def lost():
    """What real threads lose: by the name of the update."""
    work = json.dumps([MOMENT, AT_A_TIME, COPIES, TABLE, COLD])
    done = subprocess.run(
        [sys.executable, "-I", "-c", PROVOKE],
        input=work,
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    return json.loads(done.stdout)


@pytest.mark.parametrize("name", [*TABLE, *COLD])
def test_what_real_threads_lose_can_be_found(name, lost):
    setup, update, final, can_be_lost = (TABLE | COLD)[name]
    states, _ = reached(Snippet(name, setup, update, "", final), "gil")
    assert states == ({("1", ()), ("2", ())} if can_be_lost else {("2", ())})
    assert can_be_lost or not lost[name]


@pytest.mark.parametrize("name", [*TABLE, *COLD])
def test_without_the_gil_an_update_that_nothing_guards_is_lost(name):
    setup, update, final, _ = (TABLE | COLD)[name]
    states, _ = reached(Snippet(name, setup, update, "", final), "any")
    assert (("1", ()) in states) == (name != "with lock around")
