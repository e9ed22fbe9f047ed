"""Functions that use the language in many ways: each gives the same whoever runs it, and whoever else does.

They are executed by several threads while every access is a scheduling point, so that each kind of instruction is looked
at while its operands are on the stack. Functions whose names begin with `_` are only helpers.
"""

# The language is used in clumsy ways, too.
# ruff: noqa: C400, C416, E501, F841, PLC3002, PYI024, RUF021, UP031, UP032

from __future__ import annotations

import asyncio
import contextlib
import functools
import itertools
import operator
from collections import ChainMap, Counter, OrderedDict, UserDict, defaultdict, deque, namedtuple
from dataclasses import dataclass, field

numbers = list(range(10))
words = {"a": 1, "b": [2, 3], "c": {"d": (4, 5)}}
Point = namedtuple("Point", "x y")


@dataclass
class Node:
    value: int = 0
    children: list = field(default_factory=list)

    def total(self):
        return self.value + sum(child.total() for child in self.children)

    def __add__(self, other):
        return Node(self.value + other.value, self.children + other.children)

    __radd__ = __add__

    def __iadd__(self, other):
        self.value += other
        return self

    def __lt__(self, other):
        return self.value < other.value

    def __getitem__(self, index):
        return self.children[index]

    def __setitem__(self, index, child):
        self.children[index] = child

    def __delitem__(self, index):
        del self.children[index]

    def __contains__(self, value):
        return any(child.value == value for child in self.children)

    def __call__(self, *args, **options):
        return args, options

    def __bool__(self):
        return bool(self.value)

    def __len__(self):
        return len(self.children)

    def __iter__(self):
        yield from self.children

    def __enter__(self):
        self.value += 1
        return self

    def __exit__(self, kind, error, traceback):
        self.value -= 1
        return kind is ValueError

    def __format__(self, spec):
        return f"<{self.value:{spec or 'd'}}>"


tree = Node(1, [Node(2), Node(3, [Node(4)])])


def _count(to):
    i = 0
    while i < to:
        sent = yield i
        i += sent or 1


def _outer():
    got = yield from _count(3)
    try:
        yield got
    finally:
        yield "end"


def _counted(function):
    @functools.wraps(function)
    def call(*args, **options):
        call.calls.append(1)
        return function(*args, **options)

    call.calls = []
    return call


def comprehensions():
    return (
        [x * y for x in numbers for y in numbers if x < y < 3],
        {x: y for x, y in zip(numbers, reversed(numbers), strict=True)},
        {x % 3 for x in numbers},
        [[y for y in range(x)] for x in numbers[:3]],
        list(x for x in (y + 1 for y in numbers)),
        [(lambda: x)() for x in numbers],
        [z := x for x in numbers if (z := x) > 7],
    )


def generators():
    made = _count(10)
    found = [next(made), made.send(2), made.send(3)]
    made.close()
    return found, list(_outer()), list(itertools.chain(_count(2), _count(3))), sum(_count(5))


def generator_that_is_thrown_into():
    def catching():
        while True:
            try:
                yield 1
            except ValueError as error:
                yield error.args[0]

    made = catching()
    return next(made), made.throw(ValueError("x")), next(made), made.throw(ValueError("y"))


def coroutines():
    async def get(value):
        await asyncio.sleep(0)
        return value

    async def numbers_later():
        for i in range(3):
            yield await get(i)

    class Manager:
        async def __aenter__(self):
            return await get("in")

        async def __aexit__(self, *error):
            await get(None)

    async def main():
        found = [x async for x in numbers_later() if await get(True)]
        async with Manager() as entered:
            found.append(entered)
        found += await asyncio.gather(get(1), get(2))
        async for x in numbers_later():
            found.append(x)
        return found

    return asyncio.run(main())


def matches():
    def kind(value):
        match value:
            case {"d": (first, *rest), **others}:
                return "mapping", first, rest, others
            case [1, 2, *_] | (1, 2):
                return "sequence"
            case Node(value=v, children=[Node(value=w), *more]) if v < w:
                return "node", v, w, len(more)
            case Point(x, 0):
                return "point", x
            case str() as text:
                return text
            case None | True | 5:
                return "one"
            case _:
                return "other"

    cases = ({"d": (4, 5), "e": 6}, words["c"], [1, 2, 3], tree, Point(1, 0), Point(1, 2), "text", None, 5, 3.0)
    return [kind(value) for value in cases]


def exceptions():
    found = []
    for action in (
        lambda: 1 / 0,
        lambda: numbers[99],
        lambda: words["z"],
        lambda: tree.nothing,
        lambda: next(iter(())),
    ):
        try:
            try:
                found.append(action())
            except (ZeroDivisionError, IndexError) as error:
                raise RuntimeError("again") from error
            else:
                found.append("else")
            finally:
                found.append("finally")
        except RuntimeError as error:
            found.append(repr(error.__cause__))
        except Exception as error:
            found.append(type(error).__name__)
    return found


def exception_groups():
    found = []
    try:
        raise ExceptionGroup("g", [ValueError(1), TypeError(2), ExceptionGroup("h", [ValueError(3), KeyError(4)])])
    except* ValueError as group:
        found.append(repr(group))
    except* (TypeError, KeyError) as group:
        found.append(repr(group.exceptions))
    return found


def finally_and_loops():
    found = []
    for i in range(5):
        try:
            if i == 1:
                continue
            if i == 3:
                break
            found.append(i)
        finally:
            found.append(-i)
    else:
        found.append("else")
    while True:
        try:
            return found
        finally:
            found.append("end")


def with_statements():
    found = []
    with Node(1) as a, Node(2) as b, contextlib.suppress(KeyError):
        found += [a.value, b.value]
        words["nothing"]
    with Node(5) as c:
        raise ValueError
    with contextlib.ExitStack() as stack:
        nodes = [stack.enter_context(Node(i)) for i in range(3)]
        found += [node.value for node in nodes]
    return found, a.value, c.value


def class_bodies():
    made = []

    class Base:
        kinds = {}
        for i in range(3):
            made.append(i)

        def __init_subclass__(cls, kind=None, **more):
            super().__init_subclass__(**more)
            cls.kinds[kind] = cls.__name__

        @property
        def double(self):
            return self.value * 2

        @double.setter
        def double(self, value):
            self.value = value // 2

        @staticmethod
        def plain(x):
            return x

        @classmethod
        def named(cls):
            return cls.__name__

    class Derived(Base, kind="x"):
        value = 3
        squares = [x * x for x in range(3)]

        def named_by_super(self):
            return super().named(), __class__.__name__

    one = Derived()
    before = one.double
    one.double += 4
    return made, Base.kinds, before, one.double, one.value, one.plain(1), one.named_by_super(), Derived.squares


def star_arguments():
    def take(a, /, b, *args, c=3, d, **more):
        return a, b, args, c, d, more

    args = [1, 2, 3]
    options = {"d": 4, "e": 5}
    return (
        take(*args, **options),
        take(1, *numbers[2:4], 5, *(6,), d=7, **{"z": 8}),
        take(*args, **{**options, "c": 0}),
        Node()(*numbers, **options),
        [*args, *numbers[:2]],
        (*args, *words),
        {*args, *words},
        {**options, **{"d": 9}},
        print(*(), end="", sep=""),
        max(*args, key=lambda x: -x),
    )


def texts():
    name, width = "x", 7
    return (
        f"{name!r:>{width}}|{tree}|{tree:05d}|{numbers[0]}{numbers!s:.5}{{}}",
        f"{words['b'][0]:>3}{f'{name}{width}'}{name=}",
        "%s %d %r" % (name, width, numbers),
        "{0[b]} {1.value} {n:>4}".format(words, tree, n=name),
        " ".join(str(x) for x in numbers).split(" ")[2:4],
        b"ab" + bytearray(b"cd") + bytes([101]),
    )


def slices_and_items():
    found = list(numbers)
    found[2:5] = [0] * 5
    found[::2] = [9] * len(found[::2])
    del found[1], found[3:5], found[::4]
    found[-1] += 1
    found[0], found[1] = found[1], found[0]
    matrix = {(i, j): i * j for i in range(3) for j in range(3)}
    matrix[1, 2] += 5
    matrix[1, ...] = 3
    node = Node(0, [Node(1), Node(2), Node(3)])
    node[0] = node[1] + node[2]
    del node[1]
    del matrix[0, 0], found[0]
    return found, matrix, node, found[1:], found[:-1], found[:], "abc"[1], (1, 2, 3)[::-1], 5 in node, 7 in node


def deletions():
    a, b = 1, [2]
    del a
    holder = Node()
    holder.extra = 1
    del holder.extra, b[0]
    try:
        a  # noqa: F821
    except UnboundLocalError:
        return b, hasattr(holder, "extra")


def unpacking():
    first, *rest = numbers
    (a, b), [c, *d] = "xy", [3]
    *init, last = range(4)
    for i, (j, k) in enumerate(zip("ab", "cd", strict=True)):
        a += j + k + str(i)
    x = y = z = first
    return rest, a, b, c, d, init, last, x, y, z


def walrus():
    found = []
    while (n := len(found)) < 5:
        found.append(n)
    return found, (m := 3) + m, [y := 1, y**2], any((hit := w) == "b" for w in words), hit


def closures():
    def make():
        count = 0

        def add(by=1):
            nonlocal count
            count += by
            return count

        def reset():
            nonlocal count
            del count
            count = 0

        return add, reset

    add, reset = make()
    found = [add(), add(5), reset(), add()]
    late = [lambda: i for i in range(3)]
    bound = [lambda i=i: i for i in range(3)]
    return found, [f() for f in late], [f() for f in bound]


def recursion():
    def ackermann(m, n):
        return n + 1 if m == 0 else ackermann(m - 1, 1 if n == 0 else ackermann(m, n - 1))

    def depth(n):
        return 0 if n == 0 else 1 + depth(n - 1)

    @functools.lru_cache(None)
    def fib(n):
        return n if n < 2 else fib(n - 1) + fib(n - 2)

    return ackermann(2, 2), depth(150), fib(30), tree.total()


def large_stacks():
    a = 1
    many = [
        a,
        a,
        a,
        a,
        a,
        a,
        a,
        a,
        a,
        a,
        a,
        a,
        a,
        a,
        a,
        a,
        a,
        a,
        a,
        a,
        a,
        a,
        a,
        a,
        numbers[1],
        a,
        tree.value,
        len(words),
    ]
    nested = ((((((((((((a + numbers[1]) + a) + a) + a) + a) + a) + a) + a) + a) + a) + a) + a) + numbers[2]
    called = max(a, max(a, max(a, max(a, max(a, max(a, max(numbers[3], a, *numbers), a), a), a), a), a), a)
    return many, nested, called, {"a": {"b": {"c": {"d": [numbers[1], (numbers[2], {numbers[3]})]}}}}


def many_variables():
    namespace = {}
    lines = [f"    v{i} = v{i - 1} + numbers[{i % 10}]" for i in range(1, 300)]
    source = "\n".join(["def f():", "    v0 = 0", *lines, "    return v299, [v0 for v0 in numbers], v1"])
    exec(source, {"numbers": numbers}, namespace)
    return namespace["f"]()


def many_constants():
    source = "[" + ",".join(f"words.get('k{i}', {i})" for i in range(400)) + "]"
    return sum(eval(source, {"words": words}))


def exec_and_eval():
    namespace = {"numbers": numbers, "x": 1}
    exec("x += len(numbers)\nfor i in numbers:\n    x += i\nclass A:\n    y = x\ndef f(): return x + A.y", namespace)
    local = {}
    exec("a = numbers[1]; b = a + 1; del a", {"numbers": numbers}, local)
    return namespace["x"], namespace["f"](), local, eval("[n + k for n in numbers]", {"k": 2}, {"numbers": numbers})


def globals_of_a_module_of_its_own():
    namespace = {}
    exec(
        "count = 0\nitems = []\ndef add(n):\n    global count\n    count += n\n    items.append(count)\n    return count\n"
        "def drop():\n    global items\n    del items",
        namespace,
    )
    return [namespace["add"](i) for i in range(4)], namespace["drop"](), "items" in namespace, namespace["count"]


def operators():
    a = Node(1, [Node(9)])
    b = a
    a += 5
    c = a + Node(2)
    number = 7
    for operation in (operator.iadd, operator.imul, operator.isub, operator.ior, operator.ilshift):
        number = operation(number, 3)
    items = [1]
    items += (2, 3)
    items *= 2
    s = {1, 2}
    s |= {3}
    s &= {2, 3}
    s ^= {3, 4}
    d = {"a": 1}
    d |= {"b": 2}
    return (
        b.value,
        c.total(),
        sorted([Node(3), Node(1)])[0].value,
        number,
        items,
        s,
        d,
        not a,
        -number,
        ~number,
        2 @ _At(),
    )


class _At:
    def __rmatmul__(self, other):
        return "at", other


def comparisons():
    return (
        1 < len(numbers) < 20,
        numbers == list(numbers),
        numbers != [],
        words is words,
        3 in numbers,
        99 not in numbers,
    )


def conditions():
    a = numbers and words or tree
    b = None or [] or numbers[3:4]
    c = tree and numbers[0] or "last"
    d = "yes" if tree else "no"
    assert tree, "never"
    return a == words, b, c, d, not numbers, all([tree, numbers]), any([[], {}, 0])


def decorators():
    @_counted
    @functools.lru_cache
    def square(x):
        return x * x

    class Pipe:
        @functools.cached_property
        def made(self):
            return [1]

        @functools.singledispatchmethod
        def show(self, value):
            return "object"

        @show.register
        def _(self, value: int):
            return "int"

    pipe = Pipe()
    return [square(i % 2) for i in range(4)], len(square.calls), pipe.made is pipe.made, pipe.show(1), pipe.show("x")


def collections():
    count = Counter("abracadabra")
    count.update("aa")
    groups = defaultdict(list)
    for i in numbers:
        groups[i % 3].append(i)
    ordered = OrderedDict(a=1, b=2)
    ordered.move_to_end("a")
    queue = deque(numbers, maxlen=4)
    queue.rotate(1)
    queue.appendleft(queue.pop())
    user = UserDict(a=1)
    user["b"] = user["a"] + 1
    chain = ChainMap({}, user)
    chain["c"] = chain["b"] * 2
    point = Point(1, 2)._replace(x=5)
    return count.most_common(2), dict(groups), list(ordered), list(queue), dict(user), dict(chain), point, point.x


def iterators():
    class Steps:
        def __init__(self, to):
            self.to, self.at = to, 0

        def __iter__(self):
            return self

        def __next__(self):
            if self.at >= self.to:
                raise StopIteration
            self.at += 1
            return self.at

    found = {1: 2}
    shared = iter(dict(found).items())
    return (
        list(Steps(4)),
        [*map(sum, zip(Steps(3), Steps(3), strict=True))],
        next(shared),
        next(shared, "none"),
        dict(enumerate(reversed(numbers))),
    )


def attributes():
    node = Node()
    node.child = Node()
    node.child.child = node
    node.child.value += 1
    node.child.child.child.value += 2
    setattr(node, "x" + "y", 3)
    vars(node)["z"] = getattr(node, "xy") + getattr(node, "nothing", 1)
    object.__setattr__(node, "w", 1)
    delattr(node, "xy")
    return node.child.value, node.z, node.w, sorted(vars(node)), Node.__name__, node.__class__ is Node


def weak_memory():
    view = memoryview(bytearray(b"abcd"))
    view[0] = view[1]
    view[1:3] = b"xy"
    return bytes(view), view[-1], view[1:].tolist()


def imports():
    import json
    from os import path as p
    from os.path import join

    return json.loads("[1]"), p.basename("/a/b"), join("a", "b")


def annotations():
    x: int = 1
    y: "list[int]"  # noqa: F842, UP037

    class Typed:
        z: int = x
        w: str

    return x, Typed.__annotations__, Typed.z


def nested_functions_with_arguments_in_cells():
    def outer(a, b=2, *args, c=3, **options):
        def inner():
            nonlocal a
            a += b + c + len(args) + len(options)
            return a

        return inner() + inner()

    return outer(1), outer(1, 2, 3, 4, c=5, d=6)


def class_whose_order_is_being_found():
    class Meta(type):
        def mro(cls):
            cls.seen = getattr(cls, "kind", None)
            return super().mro()

    class Made(metaclass=Meta):
        kind = 1

    return Made.seen, Made.kind


def recursion_without_end():
    def fall(node, depth):
        node.value = depth
        return fall(node, depth + 1)

    try:
        fall(Node(), 0)
    except RecursionError:
        return "caught"
