"""Programs that fail in some schedule by an access that the code does not show: the search must not miss it."""

import dataclasses
import functools
import sys
import threading

import pytest

from replay.exploring.functions import explore
from replay.exploring.job import Budget
from replay.exploring.specs import Setting
from tests.support import passes

pytestmark = pytest.mark.usefixtures("plain_hooks")


def search(main):
    """What the search finds that executes every class of schedules."""
    return explore(main, strategy="dpor", budget=Budget(executions=3000), setting=Setting(preempt="any"))


def fails(main):
    """Whether it finds a failure."""
    return bool(search(main).failures)


def both(one, two):
    """Executes both in threads, and raises what they raise."""
    errors = []

    def call(function):
        try:
            function()
        except Exception as error:
            errors.append(error)

    threads = [threading.Thread(target=call, args=(function,)) for function in (one, two)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if errors:
        raise errors[0]


# Objects that others have while they are made ----------------------------------------------------------------


def starts_a_thread():
    class Worker:
        def __init__(self):
            self.error = None
            self.thread = threading.Thread(target=self.run)
            self.thread.start()
            self.ready = True

        def run(self):
            try:
                self.ready
            except AttributeError as error:
                self.error = error

    worker = Worker()
    worker.thread.join()
    assert worker.error is None


def is_registered():
    registry = []

    class Node:
        def __init__(self):
            registry.append(self)
            self.x = 1

    both(Node, lambda: [node.x for node in registry])


def is_registered_by_its_base():
    registry = {}

    class Base:
        def __init__(self, name, *others):
            registry[name] = self

    class Node(Base):
        def __init__(self, name, *others, **more):
            super().__init__(name, *others, **more)
            self.x = 1

    both(lambda: Node("x"), lambda: "x" in registry and registry["x"].x)


def is_registered_weakly():
    import weakref

    registry = []

    class Node:
        def __init__(self):
            registry.append(weakref.ref(self))
            self.x = 1

    def use():
        node = registry[0]() if registry else None
        if node is not None:
            node.x

    kept = []
    both(lambda: kept.append(Node()), use)


def is_in_a_closure():
    functions = []

    class Node:
        def __init__(self):
            functions.append(lambda: self.x)
            self.x = 1

    both(Node, lambda: [function() for function in functions])


def is_another_one():
    registry = []

    class Node:
        def __init__(self, other=None):
            if other is not None:
                self = other
            self.x = 1
            self.y = 1

    node = Node.__new__(Node)
    registry.append(node)

    def use():
        if hasattr(node, "x"):
            node.y

    both(lambda: Node(node), use)


def registers_itself_afterwards():
    registry = {}

    @dataclasses.dataclass
    class Node:
        name: str
        ready: bool = False

        def __post_init__(self):
            registry[self.name] = self
            self.ready = True

    def use():
        node = registry.get("x")
        assert node is None or node.ready

    both(lambda: Node("x"), use)


class Resettable:
    """Its `__init__` is called again."""

    def __init__(self):
        self.n = 0
        self.items = []


def is_made_again():
    one = Resettable()
    same = []

    def use():
        first = one.items
        second = one.items
        same.append(first is second)

    both(lambda: one.__init__(), use)
    assert all(same)


def is_made_again_by_somebody_else():
    one = Resettable()
    same = []

    def use():
        first = one.items
        second = one.items
        same.append(first is second)

    both(one.__init__, use)
    assert all(same)


def is_made_again_with_options():
    class Node:
        def __init__(self, **options):
            self.items = []
            self.options = options

        def reset(self, *arguments, **options):
            self.__init__(*arguments, **options)

    one = Node()
    same = []

    def use():
        first = one.items
        second = one.items
        same.append(first is second)

    both(one.reset, use)
    assert all(same)


# Classes -----------------------------------------------------------------------------------------------------


def singleton():
    class Single:
        instance = None

        def __new__(cls):
            if cls.instance is None:
                cls.instance = super().__new__(cls)
            return cls.instance

    got = []
    both(lambda: got.append(Single()), lambda: got.append(Single()))
    assert got[0] is got[1]


def singleton_of_a_class_method():
    class Single:
        instance = None

        @classmethod
        def get(cls):
            if cls.instance is None:
                cls.instance = cls()
            return cls.instance

    got = []
    both(lambda: got.append(Single.get()), lambda: got.append(Single.get()))
    assert got[0] is got[1]


def metaclass():
    class Registered(type):
        last = None

        def __init__(cls, *arguments):
            Registered.last = cls
            cls.ready = True

    both(lambda: Registered("A", (), {}), lambda: Registered.last is not None and Registered.last.ready)


def subclass():
    class Base:
        last = None

        def __init_subclass__(cls):
            Base.last = cls
            cls.ready = True

    both(lambda: type("A", (Base,), {}), lambda: Base.last is not None and Base.last.ready)


# Closures ----------------------------------------------------------------------------------------------------


def assigned_after_the_start():
    errors = []

    def work():
        try:
            x
        except NameError as error:
            errors.append(error)

    thread = threading.Thread(target=work)
    thread.start()
    x = 5
    thread.join()
    assert not errors


def argument_assigned_after_the_start(*values):
    seen = []

    def work():
        seen.append(values)

    thread = threading.Thread(target=work)
    thread.start()
    values = (1,)
    thread.join()
    assert seen == [(1,)]


def function_assigned_after_the_start():
    errors = []

    def work():
        try:
            later()
        except NameError as error:
            errors.append(error)

    thread = threading.Thread(target=work)
    thread.start()

    def later():
        return work

    thread.join()
    assert not errors


# Descriptors -------------------------------------------------------------------------------------------------


class Package:
    """Stands for code that is not watched."""

    source = """
class once:
    def __init__(self, function):
        self.function = function

    def __set_name__(self, owner, name):
        self.name = name

    def __get__(self, instance, owner):
        value = self.function(instance)
        setattr(instance, self.name, value)
        return value
"""

    def __init__(self):
        self.once = None

    def load(self):
        if self.once is None:
            namespace = {"__name__": "package"}
            exec(compile(self.source, "/somewhere/site-packages/package.py", "exec"), namespace)
            self.once = namespace["once"]
        return self.once


package = Package()


def cached_property():
    class Lazy:
        @functools.cached_property
        def value(self):
            return object()

    lazy, got = Lazy(), []
    both(lambda: got.append(lazy.value), lambda: got.append(lazy.value))
    assert got[0] is got[1]


def cached_property_that_is_taken_back():
    class Lazy:
        @functools.cached_property
        def value(self):
            return object()

    lazy, got = Lazy(), []

    def take_back():
        del lazy.value
        got.append("value" in lazy.__dict__)

    lazy.value
    both(lambda: lazy.value, take_back)
    assert got == [False]


def lazy_attribute_of_a_package():
    class Lazy:
        @package.load()
        def value(self):
            return object()

    lazy, got = Lazy(), []
    both(lambda: got.append(lazy.value), lambda: got.append(lazy.value))
    assert got[0] is got[1]


#: Up to 3.11 it has a lock.
IS_LOCKED = sys.version_info < (3, 12)

FAILING = [
    starts_a_thread,
    is_registered,
    is_registered_by_its_base,
    is_registered_weakly,
    is_in_a_closure,
    is_another_one,
    registers_itself_afterwards,
    is_made_again,
    is_made_again_by_somebody_else,
    is_made_again_with_options,
    singleton,
    singleton_of_a_class_method,
    metaclass,
    subclass,
    assigned_after_the_start,
    argument_assigned_after_the_start,
    function_assigned_after_the_start,
    lazy_attribute_of_a_package,
    *([] if IS_LOCKED else [cached_property, cached_property_that_is_taken_back]),
]


@pytest.mark.parametrize("main", FAILING, ids=lambda main: main.__name__)
def test_is_found(main):
    assert fails(main)


@pytest.mark.skipif(not IS_LOCKED, reason="it has no lock any more")
def test_a_cached_property_is_computed_once():
    found = search(cached_property)
    assert found.is_exhausted
    assert not found.failures


# What is nobody else's costs nothing -------------------------------------------------------------------------


class Base:
    def __init__(self, *arguments, **options):
        self.of_base = arguments


class Plain(Base):
    def __init__(self, *arguments, **options):
        self.before = options
        super().__init__(*arguments, **options)
        self.after = 1


class InAnotherWay(Base):
    def __init__(self, first=0, *, second=0):
        Base.__init__(self, first)
        self.values = [self.of_base for _ in range(2)]
        self.after = second


@dataclasses.dataclass
class Data:
    first: int
    second: int = 0

    def __post_init__(self):
        self.sum = self.first + self.second


def make_all():
    return [
        Plain(),
        Plain(1, 2),
        Plain(1, key=2),
        Plain(*[1], **{"key": 2}),
        InAnotherWay(),
        InAnotherWay(second=2),
        Data(1),
        Data(first=1, second=2),
        Data(**{"first": 1}),
    ]


def test_what_only_its_maker_has_is_never_written():
    def main():
        def work():
            for one in made:
                one.after if not isinstance(one, Data) else one.sum

        made = make_all()
        thread = threading.Thread(target=work)
        thread.start()
        make_all()
        thread.join()

    read = [event[2] for event in passes(main, preempt="any").events if event[1] == "memory.read"]
    assert not [name for name in read if name.endswith((".after", ".sum", ".of_base", ".first"))]


def test_a_function_that_calls_itself_is_read_by_nobody():
    def main():
        def fall(n):
            return fall(n - 1) if n else rise(0)

        def rise(n):
            return rise(n + 1) if n < 2 else n

        thread = threading.Thread(target=fall, args=(3,))
        thread.start()
        thread.join()

    assert not [event for event in passes(main, preempt="any").events if event[1].startswith("memory.")]
