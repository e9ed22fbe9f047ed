"""Short programs of two threads, and by hand what they do: see `tests.tracer.access.model`."""

from __future__ import annotations

import sys
from dataclasses import dataclass


@dataclass(frozen=True)
class Snippet:
    """A program, and its model.

    `setup` is done before the threads start, `one` and `two` are the bodies of their functions, without `two` both do
    the same; or `setup` defines the functions itself. `final` is evaluated in the end. `steps` are those of the first
    thread, `others` of the second, as far as they differ; `model` and `end` take the place of `setup` and `final` in
    the model, where its names are others.
    """

    name: str
    setup: str
    one: str
    steps: str
    final: str
    two: str = ""
    others: str = ""
    model: str = ""
    end: str = ""

    @property
    def program(self) -> str:
        """The text of the program, but for the threads themselves."""
        text = self.setup + "\n"
        for name, body in (("one", self.one), ("two", self.two or self.one)):
            if body:
                lines = "".join(f"    {line}\n" for line in body.splitlines())
                text += f"def {name}():\n{lines}"
        return text


SNIPPETS: list[Snippet] = []

#: Up to 3.11 the attribute is one of what the call of `super` gave.
_SUPER = "||" if sys.version_info < (3, 12) else "|"


def add(name: str, setup: str, one: str, steps: str, final: str, two: str = "", others: str = "", **more: str) -> None:
    SNIPPETS.append(Snippet(name, setup, one, steps, final, two, others, **more))


_OBJECT = "class C: pass\no = C()\no.x = 0\n"
_RESULT = "r = None\n"
_NAMESPACE = "from types import SimpleNamespace as C\no = C(x=0)\n"

# Variables ---------------------------------------------------------------------------------------------------

add("global +=", "x = 0", "global x; x += 1", "t = x | x = t + 1", "x")
add("global = global +", "x = 0", "global x; x = x + 1", "t = x | x = t + 1", "x")
add("global += twice", "x = 0", "global x; x += 1; x += 1", "t = x | x = t + 1 | t = x | x = t + 1", "x")
add(
    "swap of globals",
    "x, y = 1, 2",
    "global x, y; x, y = y, x",
    "a = y | b = x | x = a | y = b",
    "x, y",
)
add(
    "check, then set",
    "x = 0",
    "global x\nt = x\nif t >= 0: x = t + 1",
    "t = x | x = t + 1",
    "x",
)
add(
    "two reads of a global",
    "x, r = 0, None",
    "global r; r = x, x",
    "a = x | b = x | r = a, b",
    "r",
    "global x; x = 1",
    "x = 1",
)
add(
    "del of a global",
    "x, r = 0, None",
    "global r; r = x",
    "t = x | r = t",
    "r",
    "global x; del x",
    "del x",
)
add("del of a global twice", "x = 0", "global x; del x", "del x", "0")
add(
    "closure",
    "def make():\n    x = 0\n    def one():\n        nonlocal x\n        x += 1\n    def two():\n"
    "        nonlocal x\n        x += 1\n    return one, two, lambda: x\none, two, get = make()",
    "",
    "t = x | x = t + 1",
    "get()",
    model="x = 0",
    end="x",
)
add(
    "del of a closure's variable",
    "def make():\n    x = 0\n    def one():\n        global r\n        r = x\n    def two():\n        nonlocal x\n"
    "        del x\n    return one, two\none, two = make()\nr = None",
    "",
    "t = x | r = t",
    "r",
    others="del x",
    model="x, r = 0, None",
)

# Attributes --------------------------------------------------------------------------------------------------

add("attribute", _OBJECT, "o.x += 1", "t = o.x | o.x = t + 1", "o.x")
add("attribute of a namespace", _NAMESPACE, "o.x += 1", "t = o.x | o.x = t + 1", "o.x")
add(
    "slot",
    "class C: __slots__ = ('x',)\no = C()\no.x = 0",
    "o.x += 1",
    "t = o.x | o.x = t + 1",
    "o.x",
)
add("class attribute", "class C: x = 0", "C.x += 1", "t = C.x | C.x = t + 1", "C.x")
add(
    "default of the class",
    "class C: x = 0\no = C()",
    "o.x += 1",
    "t = o.x | o.x = t + 1",
    "o.x",
)
add(
    "class attribute by an object",
    "class C: x = 0\no = C()" + "\nr = None",
    "global r; r = o.x, o.x",
    "a = o.x | b = o.x | r = a, b",
    "r",
    "C.x = 1",
    "C.x = 1",
)
add(
    "inherited class attribute",
    "class B: x = 0\nclass C(B): pass\nr = None",
    "global r; r = C.x, C.x",
    "a = C.x | b = C.x | r = a, b",
    "r",
    "B.x = 1; C.x = 2",
    "B.x = 1 | C.x = 2",
)
add(
    "attribute of a module",
    "from types import ModuleType\nm = ModuleType('m')\nm.x = 0",
    "m.x += 1",
    "t = m.x | m.x = t + 1",
    "m.x",
)
add("del of an attribute", _OBJECT, "del o.x", "del o.x", "hasattr(o, 'x')")
add(
    "attribute of an attribute",
    "class C: pass\no, p, q = C(), C(), C()\no.p = p\np.x = q.x = 0",
    "o.p.x += 1",
    "a = o.p | t = a.x | a.x = t + 1",
    "p.x, q.x",
    "o.p = q",
    "o.p = q",
)
add(
    "getattr and setattr",
    _OBJECT,
    "setattr(o, 'x', getattr(o, 'x') + 1)",
    "t = o.x || o.x = t + 1",
    "o.x",
)
add(
    "attribute that only setattr writes",
    _OBJECT + _RESULT,
    "global r; r = o.x, o.x",
    "a = o.x | b = o.x | r = a, b",
    "r",
    "setattr(o, 'x', 1)",
    "o.x = 1",
)
add(
    "namespace of an object",
    _OBJECT,
    "o.__dict__['x'] += 1",
    "t = o.x | o.x = t + 1",
    "o.x",
)
add("vars", _OBJECT, "vars(o)['x'] += 1", "t = o.x | o.x = t + 1", "o.x")
add("globals", "x = 0", "globals()['x'] += 1", "t = x | x = t + 1", "x")
add(
    "property",
    "class C:\n    _x = 0\n    @property\n    def x(self): return self._x\n    @x.setter\n"
    "    def x(self, value): self._x = value\no = C()",
    "o.x += 1",
    "t = o._x || o._x = t + 1",
    "o.x",
    model="class C: _x = 0\no = C()",
    end="o._x",
)
add(
    "descriptor",
    "class D:\n    def __get__(self, o, kind): return o.value\n    def __set__(self, o, value): o.value = value\n"
    "class C: x = D()\no = C()\no.value = 0",
    "o.x += 1",
    "t = o.value || o.value = t + 1",
    "o.value",
    model="class C: pass\no = C()\no.value = 0",
)
add(
    "__getattr__ and __setattr__",
    "d = {'x': 0}\nclass C:\n    def __getattr__(self, name): return d[name]\n"
    "    def __setattr__(self, name, value): d[name] = value\no = C()",
    "o.x += 1",
    "t = d['x'] || d['x'] = t + 1",
    "d",
    model="d = {'x': 0}",
)
add(
    "operators written in Python",
    "x = 0\nclass N:\n    def __radd__(self, other): return other + 1\nn = N()",
    "global x; x = x + n",
    "t = x || x = t + 1",
    "x",
)
add(
    "in-place operator written in Python",
    "class N:\n    v = 0\n    def __iadd__(self, other):\n        self.v = self.v + other\n        return self\n"
    "x = N()",
    "global x; x += 1",
    "t = x || a = t.v | t.v = a + 1 | x = t",
    "x.v",
    model="class N: v = 0\nx = N()",
)

# Items of containers -----------------------------------------------------------------------------------------

for _name, _setup in [
    ("dict", "c = {0: 0}"),
    ("list", "c = [0]"),
    ("bytearray", "c = bytearray(1)"),
    ("array", "from array import array\nc = array('i', [0])"),
    ("deque", "from collections import deque\nc = deque([0])"),
    ("Counter", "from collections import Counter\nc = Counter({0: 0})"),
    ("OrderedDict", "from collections import OrderedDict\nc = OrderedDict({0: 0})"),
    ("list of a class of its own", "class L(list): pass\nc = L([0])"),
]:
    add(f"item of {_name}", _setup, "c[0] += 1", "t = c[0] | c[0] = t + 1", "c[0]")
add(
    "items counted from both ends",
    "c = [0, 0]",
    "c[-1] += 1",
    "t = c[1] | c[1] = t + 1",
    "c",
    "c[1] += 1",
)
add(
    "missing item of a Counter",
    "from collections import Counter\nc = Counter()",
    "c['k'] += 1",
    "t = c['k'] || c['k'] = t + 1",
    "c['k']",
)
add(
    "missing item of a defaultdict",
    "from collections import defaultdict\nc = defaultdict(int)",
    "c['k'] += 1",
    "t = c['k'] | c['k'] = t + 1",
    "c['k']",
)
add(
    "item of an item",
    "c = {'a': [0]}",
    "c['a'][0] += 1",
    "a = c['a'] | t = a[0] | a[0] = t + 1",
    "c",
    "c['a'] = [5]",
    "c['a'] = [5]",
)
add(
    "del of an item",
    "c = {'k': 1}",
    "if 'k' in c: del c['k']",
    "if 'k' not in c: stop() | del c['k']",
    "c",
)
add(
    "slices",
    "c = [0, 0]",
    "c[:] = [c[0] + 1, c[1] + 1]",
    "a = c[0] | b = c[1] | c[:] = [a + 1, b + 1]",
    "c",
)
add(
    "slice read",
    "c = [0, 0]\nr = None",
    "global r; r = c[:]",
    "t = c[:] | r = t",
    "r",
    "c[0] = 1; c[1] = 1",
    "c[0] = 1 | c[1] = 1",
)
add(
    "key whose hash is written in Python",
    "class K:\n    def __hash__(self): return 1\nk = K()\nc = {k: 0}",
    "c[k] += 1",
    "t = c[k] || c[k] = t + 1",
    "c[k]",
)

# All of a container ------------------------------------------------------------------------------------------

add(
    "membership",
    "c = []",
    "if 1 not in c: c.append(1)",
    "if 1 in c: stop() | c.append(1)",
    "c",
)
add(
    "truth",
    "c = [1]",
    "if c: c.pop()",
    "if not c: stop() | c.pop()",
    "c",
)
add(
    "len",
    "c = []",
    "c.append(len(c))",
    "t = len(c) || c.append(t)",
    "c",
)
add(
    "loop over a list",
    "c = [1, 2]\nx = 0",
    "global x\nfor v in c: x += v",
    "i = 0 | v = c[0] | t = x | x = t + v || v = c[1] | t = x | x = t + v || v = c[2:] | "
    "if not v: stop() | t = x | x = t + v[0]",
    "x",
    "c.append(3)",
    "c.append(3)",
)
add(
    "loop over a dict that grows",
    "c = {1: 1}\nr = 0",
    "global r\nfor v in c: r = v",
    "n = len(c) | if len(c) != n: raise RuntimeError | r = 1 || if len(c) != n: raise RuntimeError\nif n == 2: r = 2",
    "r",
    "c[2] = 2",
    "c[2] = 2",
)
add(
    "unpacking",
    "c = [1, 2]\nr = None",
    "global r\na, b = c\nr = a, b",
    "if len(c) != 2: raise ValueError | r = 1, 2",
    "r",
    "c.append(3)",
    "c.append(3)",
)
add(
    "comparison",
    "c, d, r = [1], [1], None",
    "global r; r = c == d",
    "t = c == d | r = t",
    "r",
    "c[0] = 2; d[0] = 2",
    "c[0] = 2 | d[0] = 2",
)
add(
    "concatenation",
    "c, d, r = [1], [2], None",
    "global r; r = c + d",
    "t = c + d | r = t",
    "r",
    "c.append(3); d.append(4)",
    "c.append(3) || d.append(4)",
)
add(
    "in-place operators of containers",
    "c = []",
    "global c; c += [1]",
    "t = c | t += [1] | c = t",
    "c",
    "global c; c = [5]",
    "c = [5]",
)
add(
    "displays",
    "c, r = [1], None",
    "global r; r = [*c, *c]",
    "a = list(c) | b = list(c) | r = a + b",
    "r",
    "c.append(2)",
    "c.append(2)",
)
add(
    "display of a dict",
    "c, r = {1: 1}, None",
    "global r; r = {**c, **c}",
    "a = dict(c) | a.update(c) | r = a",
    "r",
    "c[2] = 2",
    "c[2] = 2",
)
add(
    "formatting",
    "c, r = [1], None",
    "global r; r = f'{c}{c}'",
    "a = str(c) | b = str(c) | r = a + b",
    "r",
    "c.append(2)",
    "c.append(2)",
)
add(
    "spread arguments",
    "c, r = [1], None\ndef f(*a): return a",
    "global r; r = f(*c), f(*c)",
    "a = tuple(c) || b = tuple(c) || r = a, b",
    "r",
    "c.append(2)",
    "c.append(2)",
)
for _name, _call in [
    ("sum", "sum(c)"),
    ("sorted", "sorted(c)"),
    ("list", "list(c)"),
    ("tuple", "tuple(c)"),
    ("max", "max(c)"),
    ("str", "str(c)"),
    ("copy", "c.copy()"),
    ("enumerate", "list(enumerate(c))"),
    ("zip", "list(zip(c, c))"),
    ("map", "list(map(abs, c))"),
]:
    add(
        f"{_name} of a list",
        "c, r = [1], None",
        f"global r; r = {_call}, {_call}",
        f"a = {_call} || b = {_call} || r = a, b",
        "r",
        "c.append(2)",
        "c.append(2)",
    )

# Methods written in C ----------------------------------------------------------------------------------------

for _name, _setup, _one, _two in [
    ("append and pop", "c = [0]", "c.append(1)", "c.pop()"),
    ("append and clear", "c = [0]", "c.append(1)", "c.clear()"),
    ("insert and sort", "c = [2, 1]", "c.insert(0, 5)", "c.sort()"),
    ("extend and reverse", "c = [0]", "c.extend([1, 2])", "c.reverse()"),
    ("remove", "c = [0]", "c.remove(0)", "c.remove(0)"),
    ("setdefault and get", "c = {}", "c.setdefault('k', 1)", "c['r'] = c.get('k')"),
    ("update and pop", "c = {'k': 0}", "c.update(k=1)", "c.pop('k')"),
    ("popitem", "c = {'k': 0}", "c.popitem()", "c.popitem()"),
    ("add and discard", "c = {1}", "c.add(2)", "c.discard(2)"),
    ("append to both ends", "from collections import deque\nc = deque([0])", "c.append(1)", "c.appendleft(c.pop())"),
    ("append to bytes", "c = bytearray()", "c.append(1)", "c.extend(b'2')"),
]:
    _steps = {
        "c['r'] = c.get('k')": "t = c.get('k') || c['r'] = t",
        "c.appendleft(c.pop())": "t = c.pop() || c.appendleft(t)",
    }
    add(_name, _setup, _one, _one, "c", _two, _steps.get(_two, _two))
add(
    "get and set",
    "c = {'k': 0}",
    "c['k'] = c.get('k') + 1",
    "t = c.get('k') || c['k'] = t + 1",
    "c",
)
add(
    "setdefault of lists",
    "c = {}",
    "c.setdefault('k', []).append(1)",
    "t = c.setdefault('k', []) || t.append(1)",
    "c",
)
add(
    "methods kept in variables",
    "c = [0]\npush, size = c.append, c.__len__",
    "push(size())",
    "t = len(c) || c.append(t)",
    "c",
)
add(
    "methods of the class",
    "c = {'k': 0}",
    "dict.__setitem__(c, 'k', dict.get(c, 'k') + 1)",
    "t = c.get('k') || c['k'] = t + 1",
    "c",
)
add(
    "functions of the operator module",
    "import operator\nc = {'k': 0}",
    "operator.setitem(c, 'k', operator.getitem(c, 'k') + 1)",
    "t = c['k'] || c['k'] = t + 1",
    "c",
)
add(
    "heap",
    "from heapq import heappush, heappop\nc = [1]",
    "heappush(c, heappop(c) + 1)",
    "t = c.pop() || c.append(t + 1); c.sort()",
    "sorted(c)",
)

# Between reading and writing ---------------------------------------------------------------------------------

add("call of a function in C", "x = 0", "global x; x = x + int(1)", "t = x || x = t + 1", "x")
add("call of len", "x, e = 0, [1]", "global x; x = x + len(e)", "t = x || x = t + 1", "x")
add("call of a function in Python", "x = 0\ndef f(): return 1", "global x; x = x + f()", "t = x || x = t + 1", "x")
add("call of a lambda", "x = 0\nf = lambda: x", "global x; x = f() + 1", "t = x | x = t + 1", "x")
add("call before", "x = 0", "global x; x = int(1) + x", "t = x | x = t + 1", "x")
add("call with keywords", "x = 0", "global x; x = x + int('1', base=10)", "t = x || x = t + 1", "x")
add("call with spread arguments", "x = 0\na = (1,)", "global x; x = x + int(*a)", "t = x || x = t + 1", "x")
add("call of a class", "x = 0\nclass C: pass", "global x; t = x; C(); x = t + 1", "t = x || x = t + 1", "x")
add("loop between", "x = 0", "global x\nt = x\nfor i in range(1): pass\nx = t + 1", "t = x || x = t + 1", "x")
add(
    "while loop between",
    "x = 0",
    "global x\nt = x\ni = 0\nwhile i < 2: i += 1\nx = t + 1",
    "t = x || x = t + 1",
    "x",
)
add(
    "exception between",
    "x = 0",
    "global x\nt = x\ntry:\n    raise KeyError\nexcept KeyError:\n    x = t + 1",
    "t = x | x = t + 1",
    "x",
)
add("comprehension between", "x = 0", "global x; t = x; [i for i in (1,)]; x = t + 1", "t = x || x = t + 1", "x")
add(
    "generator between",
    "x = 0",
    "global x; t = x; u = next(i for i in (1,)); x = t + u",
    "t = x || x = t + 1",
    "x",
)
add(
    "generator that reads",
    "x = 0\ndef g():\n    yield x",
    "global x\nfor v in g(): x = v + 1",
    "t = x | x = t + 1",
    "x",
)
add(
    "yield from",
    "x = 0\ndef g():\n    yield x\ndef h():\n    yield from g()",
    "global x\nfor v in h(): x = v + 1",
    "t = x | x = t + 1",
    "x",
)
add(
    "exec",
    "x = 0",
    "exec('x = x + 1', globals())",
    "t = x | x = t + 1",
    "x",
)
add(
    "exec of a write, twice read",
    "x, r = 0, None",
    "global r; r = x, x",
    "a = x | b = x | r = a, b",
    "r",
    "exec('x = 1', globals())",
    "x = 1",
)
add("eval", "x = 0", "global x; x = eval('x') + 1", "t = x || x = t + 1", "x")
add(
    "with between",
    "x = 0\nfrom contextlib import nullcontext as n\nk = n()",
    "global x\nt = x\nwith k: x = t + 1",
    "t = x || x = t + 1",
    "x",
)

# Synchronisation ---------------------------------------------------------------------------------------------

_LOCK = "from threading import Lock\nm = Lock()\nx = 0"
_RLOCK = "from threading import RLock\nm = RLock()\nx = 0"
_HELD = "x, m = 0, 0"
for _name, _setup in [("lock", _LOCK), ("rlock", _RLOCK)]:
    add(
        f"with {_name} around",
        _setup,
        "global x\nwith m: x = x + int(1)",
        "when not m -> m = 1 | t = x || x = t + 1 | m = 0",
        "x",
        model=_HELD,
    )
    add(
        f"with {_name} between",
        _setup,
        "global x\nt = x\nwith m: x = t + 1",
        "t = x | when not m -> m = 1 | x = t + 1 | m = 0",
        "x",
        model=_HELD,
    )
    add(
        f"with {_name} around the read only",
        _setup,
        "global x\nwith m: t = x\nx = t + 1",
        "when not m -> m = 1 | t = x | m = 0 || x = t + 1",
        "x",
        model=_HELD,
    )
    add(
        f"acquire and release of {_name} between",
        _setup,
        "global x\nt = x\nm.acquire()\nx = t + 1\nm.release()",
        "t = x | when not m -> m = 1 || x = t + 1 | m = 0",
        "x",
        model=_HELD,
    )
add(
    "call before a lock",
    _LOCK + "\nr = None",
    "global x; x = 1; int(1); m.acquire()",
    "x = 1 || m = 1",
    "r",
    "global r; t = m.locked(); r = t, x",
    "t = bool(m) || a = x | r = t, a",
    model=_HELD + "\nr = None",
)
add(
    "taking a lock that was waited for",
    _LOCK + "\nr = None",
    "global x\nwith m: x = 2",
    "when not m -> m = 1 | x = 2 | m = 0",
    "r",
    "global x, r\nwith m:\n    x = 1\n    int(1)\nt = m.locked()\nr = t, x",
    "when not m -> m = 1 | x = 1 || m = 0 || t = bool(m) || a = x | r = t, a",
    model=_HELD + "\nr = None",
)
add(
    "two locks in two orders",
    "from threading import Lock\nm, n = Lock(), Lock()",
    "with m:\n    with n: pass",
    "when not m -> m = 1 | when not n -> n = 1 | n = 0 || m = 0",
    "0",
    "with n:\n    with m: pass",
    "when not n -> n = 1 | when not m -> m = 1 | m = 0 || n = 0",
    model="m, n = 0, 0",
)
add(
    "two locks in two orders, and a call",
    "from threading import Lock\nm, n = Lock(), Lock()",
    "with m:\n    int(1)\n    with n: pass",
    "when not m -> m = 1 || when not n -> n = 1 | n = 0 || m = 0",
    "0",
    "with n:\n    int(1)\n    with m: pass",
    "when not n -> n = 1 || when not m -> m = 1 | m = 0 || n = 0",
    model="m, n = 0, 0",
)
add(
    "event between",
    "from threading import Event\ne = Event()\nx = 0",
    "global x; t = x; e.set(); x = t + 1",
    "t = x || x = t + 1",
    "x",
)
add(
    "event waited for",
    "from threading import Event\ne = Event()\nx = 0\nr = None",
    "global r; e.wait(); r = x",
    "when e -> 0 || t = x | r = t",
    "r",
    "global x; x = 1; e.set(); x = 2",
    "x = 1 || e = 1 || x = 2",
    model="x, e, r = 0, 0, None",
)
add(
    "condition",
    "from threading import Condition\nc = Condition()\nx, r = 0, None",
    "global r\nwith c:\n    while not x: c.wait()\n    r = x",
    "when x -> r = x",
    "r",
    "global x\nwith c:\n    x = 1\n    c.notify()",
    "x = 1",
    model="x, r = 0, None",
)
add(
    "condition not looked at again",
    "from threading import Condition\nc = Condition()\nx = 0",
    "with c: c.wait()",
    "w = 1 || when s -> 0",
    "x",
    "with c: c.notify()",
    "if w: s = 1",
    model="w, s, x = 0, 0, 0",
)
add(
    "queue between",
    "from queue import Queue\nq = Queue()\nx = 0",
    "global x; t = x; q.put(1); x = t + 1",
    "t = x || x = t + 1",
    "x",
)
add(
    "queue with results",
    "from queue import Queue\nq = Queue()\nx, r = 0, None",
    "global r; q.get(); r = x",
    "when q -> 0 || t = x | r = t",
    "r",
    "global x; x = 1; q.put(1); x = 2",
    "x = 1 || q = 1 || x = 2",
    model="x, q, r = 0, 0, None",
)
add(
    "simple queue",
    "from queue import SimpleQueue\nq = SimpleQueue()\nx, r = 0, None",
    "global r; q.get(); r = x",
    "when q -> 0 || t = x | r = t",
    "r",
    "global x; x = 1; q.put(1); x = 2",
    "x = 1 | q = 1 || x = 2",
    model="x, q, r = 0, 0, None",
)
add(
    "barrier",
    "from threading import Barrier\nb = Barrier(2)\nx = y = r = s = 0",
    "global x, r; x = 1; b.wait(); r = y",
    "x = 1 || n = n + 1 || when n == 2 -> 0 || t = y | r = t",
    "r, s",
    "global y, s; y = 1; b.wait(); s = x",
    "y = 1 || n = n + 1 || when n == 2 -> 0 || t = x | s = t",
    model="n = x = y = r = s = 0",
)
add(
    "semaphore",
    "from threading import Semaphore\nm = Semaphore(1)\nx = 0",
    "global x\nwith m: x += 1",
    "when not m -> m = 1 || t = x | x = t + 1 || m = 0",
    "x",
    model=_HELD,
)
add(
    "semaphore of two",
    "from threading import Semaphore\nm = Semaphore(2)\nx = 0",
    "global x\nwith m: x += 1",
    "t = x | x = t + 1",
    "x",
)

# What is reached in other ways ------------------------------------------------------------------------------

for _name, _setup, _read in [
    ("attrgetter", "from operator import attrgetter\nf = attrgetter('x')", "f(o)"),
    ("partial of getattr", "from functools import partial\nf = partial(getattr, o, 'x')", "f()"),
    ("methodcaller", "from operator import methodcaller\nf = methodcaller('__getattribute__', 'x')", "f(o)"),
    ("map of getattr", "", "[*map(getattr, (o,), ('x',))][0]"),
    ("vars of an object", "", "vars(o)['x']"),
    ("get of a namespace", "", "o.__dict__.get('x')"),
    ("hasattr", "", "hasattr(o, 'x') and o.x"),
    ("object.__getattribute__", "", "object.__getattribute__(o, 'x')"),
]:
    add(
        f"{_name}, twice read",
        f"{_OBJECT}r = None\n{_setup}",
        f"global r; r = {_read}, {_read}",
        "a = o.x || b = o.x || r = a, b",
        "r",
        "o.x = 1",
        "o.x = 1",
    )
for _name, _write in [
    ("write to a namespace", "o.__dict__['x'] = 1"),
    ("update of a namespace", "o.__dict__.update(x=1)"),
    ("write by vars", "vars(o)['x'] = 1"),
    ("setattr of all objects", "object.__setattr__(o, 'x', 1)"),
    ("partial of setattr", "from functools import partial; partial(setattr, o)('x', 1)"),
]:
    add(
        f"{_name}, twice read",
        "class C: x = 0\no = C()\nr = None",
        "global r; r = o.x, o.x",
        "a = o.x | b = o.x | r = a, b",
        "r",
        _write,
        "o.x = 1",
    )
add(
    "write to globals, twice read",
    "x, r = 0, None",
    "global r; r = x, x",
    "a = x | b = x | r = a, b",
    "r",
    "globals()['x'] = 1",
    "x = 1",
)
add(
    "attribute of an exception",
    "class E(Exception): pass\no = E()\no.x = 0",
    "o.x += 1",
    "t = o.x | o.x = t + 1",
    "o.x",
)
add(
    "attribute of a data class",
    "from dataclasses import dataclass\n@dataclass\nclass C:\n    x: int = 0\no = C()",
    "o.x += 1",
    "t = o.x | o.x = t + 1",
    "o.x",
)
add(
    "attribute of a function",
    "def f(): pass\nf.x = 0",
    "f.x += 1",
    "t = f.x | f.x = t + 1",
    "f.x",
)
add(
    "items of a memoryview",
    "v = memoryview(bytearray(1))",
    "v[0] += 1",
    "t = v[0] | v[0] = t + 1",
    "v[0]",
)
add(
    "value of a C integer",
    "from ctypes import c_int\nv = c_int(0)",
    "v.value += 1",
    "t = v.value | v.value = t + 1",
    "v.value",
)
add(
    "items of a C array",
    "from ctypes import c_int\nv = (c_int * 1)(0)",
    "v[0] += 1",
    "t = v[0] | v[0] = t + 1",
    "v[0]",
)
add(
    "items of a class of the standard library",
    "from collections import UserDict\nd = UserDict(k=0)",
    "d['k'] += 1",
    "t = d['k'] || d['k'] = t + 1",
    "d['k']",
    model="d = {'k': 0}",
)
add(
    "counter that is shared",
    "from itertools import count\nc = count()\nr = s = None",
    "global r; r = next(c), next(c)",
    "a = next(c) || b = next(c) || r = a, b",
    "r, s",
    "global s; s = next(c)",
    "a = next(c) || s = a",
)
add(
    "iterator that is shared",
    "c = iter([1, 2, 3])\nr = s = None",
    "global r; r = next(c), next(c)",
    "a = next(c) || b = next(c) || r = a, b",
    "r, s",
    "global s; s = next(c)",
    "a = next(c) || s = a",
)
add(
    "loop over an iterator that is shared",
    "c = iter([1, 2])\nx = []",
    "for v in c: x.append((1, v))",
    "v = next(c, 0) | if not v: stop() | x.append((1, v)) || v = next(c, 0) | if not v: stop()\nx.append((1, v))",
    "x",
    "for v in c: x.append((2, v)); break",
    "v = next(c, 0) | if not v: stop() | x.append((2, v))",
)
add(
    "generator that is shared",
    "def g():\n    yield 1\n    yield 2\nc = g()",
    "next(c)",
    "if busy: raise ValueError\nbusy = 1 || busy = 0",
    "0",
    model="busy = 0",
)
add(
    "generator that is shared, and reads",
    "x = 0\ndef g():\n    global x\n    x += 1\n    yield\n    x += 1\n    yield\nc = g()",
    "next(c)",
    "if busy: raise ValueError\nbusy = 1 || t = x | x = t + 1 | busy = 0",
    "x",
    model="busy = x = 0",
)
add(
    "sort with a key that looks",
    "c, r = [2, 1], None\nx = 0\ndef key(v):\n    global x\n    x = v\n    return v",
    "c.sort(key=key)",
    "d = c; d = c.copy(); c.clear() || x = 2 || x = 1 | c.extend(sorted(d))",
    "c, r",
    "global r; r = len(c)",
    "t = len(c) || r = t",
)
add(
    "sort with a key",
    "c, r = [2, 1], None",
    "c.sort(key=lambda v: v)",
    "d = c.copy(); c.clear() || 0 || c.extend(sorted(d))",
    "c, r",
    "global r; r = len(c)",
    "t = len(c) || r = t",
)
add(
    "missing item with a function in Python",
    "from collections import defaultdict\nc = defaultdict(lambda: 0)",
    "c['k']",
    "if 'k' in c: stop() || c['k'] = 0",
    "c['k']",
    "c['k'] = 5",
    "c['k'] = 5",
    model="c = {}",
)
add(
    "call of what calls back",
    "x = 0\nf = lambda v: x",
    "global x; x = next(map(f, (0,))) + 1",
    "t = x || x = t + 1",
    "x",
)
add(
    "sum of what is read",
    "x = 0\ndef g():\n    yield x",
    "global x; x = sum(g()) + 1",
    "t = x || x = t + 1",
    "x",
)
add(
    "comprehension that reads",
    "x = 0",
    "global x; x = [x for i in (1,)][0] + 1",
    "t = x || x = t + 1",
    "x",
)
add(
    "comprehension that calls",
    "c, x = [], 0",
    "global x; [c.append(x) for i in (1,)]; x = 1",
    "t = x | c.append(t) || x = 1",
    "c",
)
add(
    "result that is kept",
    "from functools import lru_cache\nn = 0\n@lru_cache\ndef f():\n    global n\n    n += 1",
    "f()",
    "if kept: stop() || t = n | n = t + 1 | kept = 1",
    "n",
    model="n = kept = 0",
)
add(
    "key compared in Python",
    "class K:\n    def __init__(self, v): self.v = v\n    def __hash__(self): return 1\n"
    "    def __eq__(self, other): return True\nj, k = K(1), K(2)\nc = {j: 0}",
    "c[k] += 1",
    "t = c[j] || c[j] = t + 1",
    "list(c.values())",
    "c[k] = 5",
    "0 || c[j] = 5",
    model="j, c = 1, {1: 0}",
)
add(
    "write of a key whose hash is written in Python",
    "class K:\n    def __hash__(self): return 1\nk = K()\nc = {k: 0}\nx, r = 0, None",
    "global x; x = 1; c[k] = 1",
    "x = 1 || c[1] = 1",
    "r",
    "global r; t = x; r = t, c[k]",
    "t = x || a = c[1] | r = t, a",
    model="c = {1: 0}\nx, r = 0, None",
)
add(
    "loop that begins after a read",
    "c, x, r = {1: 1}, 0, None",
    "global r\nt = x\nn = 0\nfor v in c: n += 1\nr = t, n",
    "t = x | n = len(c) | if len(c) != n: raise RuntimeError || if len(c) != n: raise RuntimeError || "
    "if len(c) != n: raise RuntimeError | r = t, n",
    "r",
    "global x; x = 1; c[2] = 2",
    "x = 1 | c[2] = 2",
)
add(
    "dict views",
    "c, r = {1: 1}, None",
    "global r\nn = 0\nfor k, v in c.items(): n += v\nr = n",
    "0 || n = len(c) | if len(c) != n: raise RuntimeError || if len(c) != n: raise RuntimeError || "
    "if len(c) != n: raise RuntimeError | r = n",
    "r",
    "c[2] = 1",
    "c[2] = 1",
)
add(
    "deque that changes in a loop",
    "from collections import deque\nc = deque([1])",
    "for v in c: pass",
    "n = len(c) | if len(c) != n: raise RuntimeError || if len(c) != n: raise RuntimeError",
    "0",
    "c.append(2)",
    "c.append(2)",
)
add(
    "sets",
    "c, d, r = {1}, {1, 2}, None",
    "global r; r = c & d, c <= d",
    "a = c & d | b = c <= d | r = a, b",
    "r",
    "c.add(2); c.add(3)",
    "c.add(2) || c.add(3)",
)
add(
    "in-place operators of sets and dicts",
    "c, d = {1}, {1: 1}",
    "global c, d; c |= {2}; d |= {2: 2}",
    "t = c | t |= {2} | c = t | u = d | u |= {2: 2} | d = u",
    "c, d",
    "global c, d; c = {5}; d = {6: 6}",
    "c = {5} | d = {6: 6}",
)
add(
    "patterns",
    "c, r = [1], None",
    "global r\nmatch c:\n    case [a]: r = a\n    case [a, b]: r = b",
    "n = len(c) | if n == 1 and len(c) != 1: raise ValueError | if n == 1: r = 1; stop() | "
    "n = len(c) | if len(c) != n: raise ValueError | if n == 2: r = 2",
    "r",
    "c.append(2)",
    "c.append(2)",
)
add(
    "lock that is tried",
    _LOCK + "\nr = s = None",
    "global r; r = m.acquire(False)",
    "t = not m; m = 1 || r = t",
    "r, s",
    "global s; s = m.acquire(False)",
    "t = not m; m = 1 || s = t",
    model=_HELD + "\nr = s = None",
)
add(
    "call before a lock that is tried",
    _LOCK + "\nr = None",
    "global x; x = 1; int(1); m.acquire()",
    "x = 1 || m = 1",
    "r",
    "global r; r = x, m.locked()",
    "a = x | b = bool(m) || r = a, b",
    model=_HELD + "\nr = None",
)
add(
    "lock acquired by a function",
    _LOCK + "\nr = None\ndef take(): m.acquire()",
    "global x; take(); x = 1",
    "0 || m = 1 || x = 1",
    "r",
    "global r; t = m.locked(); r = t, x",
    "t = bool(m) || a = x | r = t, a",
    model=_HELD + "\nr = None",
)
add(
    "condition around",
    "from threading import Condition\nm = Condition()\nx = 0",
    "global x\nt = x\nwith m: x = t + 1",
    "t = x || when not m -> m = 1 || x = t + 1 || m = 0",
    "x",
    model=_HELD,
)
add(
    "same code, first with a list of its own",
    "c = [0]\ndef f(c): c[0] += 1",
    "f([0]); f(c)",
    "0 || t = c[0] | c[0] = t + 1",
    "c",
)
add(
    "same code, first with a tuple",
    "c, r = [0], []\ndef f(c): return c[0]",
    "f((0,)); r.append((f(c), f(c)))",
    "0 || a = c[0] || b = c[0] | r.append((a, b))",
    "r",
    "c[0] = 1",
    "c[0] = 1",
)
add(
    "reads after a lock that is not held",
    _LOCK + "\nr = None",
    "global r; m.acquire(); r = x, x",
    "m = 1 || a = x | b = x | r = a, b",
    "r",
    "global x; x = 1; x = 2",
    "x = 1 | x = 2",
    model=_HELD + "\nr = None",
)
add(
    "reads after asking a lock",
    _LOCK + "\nr = None",
    "global r; m.locked(); r = x, x",
    "0 || a = x | b = x | r = a, b",
    "r",
    "global x; x = 1; x = 2",
    "x = 1 | x = 2",
    model=_HELD + "\nr = None",
)
add(
    "emptied by two",
    "c = [1, 2]",
    "while c: c.pop()",
    "if not c: stop() | c.pop() || if not c: stop() | c.pop() || if not c: stop() | c.pop()",
    "c",
    "c.pop()",
    "c.pop()",
)
add(
    "keys that are deleted one by one",
    "c = {1: 1, 2: 2}",
    "for k in list(c): del c[k]",
    "k = list(c) || if k: del c[k[0]]\nelse: stop() || if k[1:]: del c[k[1]]",
    "c",
    "c.pop(2, None)",
    "c.pop(2, None)",
)
add(
    "missing key that is caught",
    "c = {}",
    "try:\n    c['k'] += 1\nexcept KeyError:\n    c['k'] = 1",
    "t = c.get('k', 0) | c['k'] = t + 1",
    "c",
)
add(
    "body of a class",
    "x, r = 0, None",
    "global r\nclass C: a, b = x, x\nr = C.a, C.b",
    "a = x | b = x || r = a, b",
    "r",
    "global x; x = 1",
    "x = 1",
)
add(
    "attribute by super",
    "class B: n = 0\nclass C(B):\n    def f(self): return super().n, super().n\no = C()\nr = None",
    "global r; r = o.f()",
    f"a = B.n {_SUPER} b = B.n | r = a, b",
    "r",
    "B.n = 1",
    "B.n = 1",
)
add(
    "variables that are imported",
    "import sys, types\nm = sys.modules['shared'] = types.ModuleType('shared')\nm.x, r = 0, None",
    "global r\nfrom shared import x as a\nfrom shared import x as b\nr = a, b",
    "a = m.x | b = m.x | r = a, b",
    "r",
    "m.x = 1",
    "m.x = 1",
)
add(
    "views of a dict",
    "c, r = {1: 1}, None",
    "global r; r = c.keys() - {3}, c.keys() - {3}",
    "0 || a = c.keys() - {3} || b = c.keys() - {3} | r = a, b",
    "r",
    "c[2] = 2",
    "c[2] = 2",
)
add(
    "membership in a view",
    "c, r = {1: 1}, None",
    "global r; r = 2 in c.keys(), 2 in c.keys()",
    "0 || a = 2 in c || b = 2 in c | r = a, b",
    "r",
    "c[2] = 2",
    "c[2] = 2",
)
add(
    "unpacking with a rest",
    "c, r = [1], None",
    "global r\na, *b = c\nd, *e = c\nr = b, e",
    "b = c[1:] | e = c[1:] | r = b, e",
    "r",
    "c.append(2)",
    "c.append(2)",
)
add(
    "named arguments that are spread",
    "c, r = {'a': 1}, None\ndef f(**k): return k",
    "global r; r = f(**c), f(**c)",
    "a = dict(c) || b = dict(c) || r = a, b",
    "r",
    "c['b'] = 2",
    "c['b'] = 2",
)
add(
    "text in memory",
    "from io import StringIO\nf = StringIO()",
    "f.write('a'); f.write('b')",
    "t = t + 'a' || t = t + 'b'",
    "f.getvalue()",
    "f.write('c')",
    "t = t + 'c'",
    model="t = ''",
    end="t",
)
add(
    "class with items of its own",
    "class C:\n    def __init__(self): self.x = 0\n    def __getitem__(self, key): return self.x\n"
    "    def __setitem__(self, key, value): self.x = value\no = C()",
    "o[0] += 1",
    "t = o.x || o.x = t + 1",
    "o.x",
)
add(
    "methods of a class of the standard library",
    "from collections import UserDict\nd = UserDict(k=0)",
    "d.update(k=d.get('k') + 1)",
    "t = d['k'] || d['k'] = t + 1",
    "d['k']",
    model="d = {'k': 0}",
)
