"""Objects whose class has code that is not watched: what threads do by them is found, or said to be unknown."""

import collections
import contextlib
import copy
import io
import os
import pathlib
import random
import re
import sys
import threading
import types
import weakref

import pytest

from replay.execution import Execution
from replay.exploring.functions import explore
from replay.exploring.job import Budget
from replay.exploring.specs import Setting
from tests.support import passes
from tests.tracer.access.enumerated import Enumerated
from tracer.access.opaque import Opaque
from tracer.access.scope import Scope

pytestmark = pytest.mark.usefixtures("plain_hooks")

MOST = 3000


def package(source):
    """A module of a package that is installed, and so not watched."""
    made = types.ModuleType("installed")
    made.__file__ = "/usr/lib/site-packages/installed/__init__.py"
    sys.modules["installed"] = made
    exec(compile(source, made.__file__, "exec"), vars(made))
    return made


INSTALLED = package("""
class Model:
    def __setattr__(self, name, value):
        object.__setattr__(self, name, value)

class Field:
    def __set_name__(self, owner, name):
        self.name = name
    def __get__(self, target, owner=None):
        return target.__dict__[self.name]
    def __set__(self, target, value):
        target.__dict__[self.name] = value

class Box:
    def __init__(self):
        self.values = []
        self.size = 0
    def add(self, value):
        self.values.append(value)
        self.size = len(self.values)
    def empty(self):
        return not self.values
    def __len__(self):
        return len(self.values)
    def __contains__(self, value):
        return value in self.values
    def __call__(self, value):
        self.add(value)
    @property
    def first(self):
        return self.values[0] if self.values else None

class Computed:
    @property
    def n(self):
        return self._n
    @n.setter
    def n(self, value):
        self._n = value

def put(box, value):
    box.add(value)
""")


def both(*functions):
    errors = []

    def call(function):
        try:
            function()
        except Exception as error:
            errors.append(error)

    threads = [threading.Thread(target=call, args=(function,)) for function in functions]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if errors:
        raise errors[0]


def search(main):
    return explore(main, strategy="dpor", budget=Budget(executions=MOST), setting=Setting(preempt="any"))


def claims(is_free, take):
    """Two threads that each look and then act; only one should win."""

    def main():
        wins = []

        def claim():
            if is_free():
                take()
                wins.append(1)

        both(claim, claim)
        assert len(wins) == 1

    return main


# Dicts that make what is missing -----------------------------------------------------------------------------


def missing_is_inserted():
    counts = collections.defaultdict(list)
    counts["a"]

    def look():
        for _ in counts:
            pass

    both(look, lambda: counts["b"])


def missing_is_made_twice():
    made = collections.defaultdict(lambda: object())
    got = []
    both(*[lambda: got.append(made["n"])] * 2)
    assert got[0] is got[1]


def missing_is_made_twice_by_a_method():
    made = collections.defaultdict(lambda: object())
    got = []
    both(*[lambda: got.append(made.__getitem__("n"))] * 2)
    assert got[0] is got[1]


def missing_is_made_by_code():
    class Cache(dict):
        def __missing__(self, key):
            self[key] = made = object()
            return made

    cache, got = Cache(), []
    both(*[lambda: got.append(cache["n"])] * 2)
    assert got[0] is got[1]


def missing_is_numbered():
    numbers = collections.defaultdict(iter(range(9)).__next__)
    both(lambda: numbers["a"], lambda: numbers["b"])
    assert numbers["a"] == 0


# Attributes by code that is not watched ----------------------------------------------------------------------


def add(target):
    def main():
        target.n = target.n + 1

    return main


def set_by_a_method():
    class Mine(INSTALLED.Model):
        def __init__(self):
            self.n = 0

    mine = Mine()
    both(*[add(mine)] * 2)
    assert mine.n == 2


def set_by_a_method_by_name():
    class Mine(INSTALLED.Model):
        pass

    mine = Mine()
    mine.n = 0
    both(*[lambda: setattr(mine, "n", getattr(mine, "n") + 1)] * 2)
    assert mine.n == 2


def set_by_a_descriptor():
    class Mine:
        n = INSTALLED.Field()

        def __init__(self):
            self.n = 0

    mine = Mine()
    both(*[add(mine)] * 2)
    assert mine.n == 2


def set_by_a_property():
    mine = INSTALLED.Computed()
    mine.n = 0
    both(*[add(mine)] * 2)
    assert mine.n == 2


def set_by_a_method_and_a_method_of_mine():
    class Mine(INSTALLED.Model):
        def __setattr__(self, name, value):
            super().__setattr__(name, value)

    mine = Mine()
    mine.n = 0
    both(*[add(mine)] * 2)
    assert mine.n == 2


# Namespaces --------------------------------------------------------------------------------------------------


class Plain:
    pass


def plain():
    made = Plain()
    made.n = 0
    return made


def by_vars():
    one = plain()

    def by_key():
        vars(one)["n"] = vars(one)["n"] + 1

    both(by_key, add(one))
    assert one.n == 2


def by_dict():
    one = plain()

    def by_key():
        one.__dict__["n"] = one.__dict__["n"] + 1

    both(by_key, add(one))
    assert one.n == 2


def by_a_name_of_the_namespace():
    one = plain()
    namespace = one.__dict__

    def by_key():
        namespace["n"] = namespace["n"] + 1

    both(add(one), by_key)
    assert one.n == 2


def by_update():
    one = plain()

    def all_at_once():
        n = one.n
        vars(one).update({"n": n + 1})

    both(all_at_once, add(one))
    assert one.n == 2


def by_one_namespace_of_two():
    shared = {"n": 0}

    class Borg:
        def __init__(self):
            self.__dict__ = shared

    one, two = Borg(), Borg()
    both(add(one), add(two))
    assert one.n == 2


def by_a_namespace_that_is_the_object():
    class Both(dict):
        def __init__(self):
            self.__dict__ = self

    one = Both()
    one.n = 0

    def by_key():
        one["n"] = one["n"] + 1

    both(add(one), by_key)
    assert one.n == 2


def by_the_namespace_of_a_class():
    class Made:
        @classmethod
        def get(cls):
            try:
                return cls.__dict__["_made"]
            except KeyError:
                cls._made = object.__new__(cls)
                return cls._made

    got = []
    both(*[lambda: got.append(Made.get())] * 2)
    assert got[0] is got[1]


def by_membership_in_the_namespace_of_a_class():
    class Made:
        pass

    def claim():
        Made.taken = True

    claims(lambda: "taken" not in vars(Made), claim)()


def by_globals():
    namespace = {"__name__": "made"}
    exec(
        "n = 0\ndef by_key(): globals()['n'] = globals()['n'] + 1\ndef by_name():\n global n\n n = n + 1\n",
        namespace,
    )
    both(namespace["by_key"], namespace["by_name"])
    assert namespace["n"] == 2


def by_a_proxy():
    counts = {"n": 0}
    shown = types.MappingProxyType(counts)

    def by_key():
        counts["n"] = shown["n"] + 1

    both(by_key, by_key)
    assert counts["n"] == 2


def by_a_proxys_method():
    counts = {"n": 0}
    shown = types.MappingProxyType(counts)

    def by_key():
        counts["n"] = shown.get("n") + 1

    both(by_key, by_key)
    assert counts["n"] == 2


# Objects of classes that are not watched ---------------------------------------------------------------------


def weak_set():
    class Kept:
        pass

    kept, seen = Kept(), weakref.WeakSet()
    claims(lambda: len(seen) == 0, lambda: seen.add(kept))()


def stack():
    order = []
    made = contextlib.ExitStack()
    both(lambda: made.callback(order.append, "a"), lambda: made.callback(order.append, "b"))
    made.close()
    assert order == ["b", "a"]


def box_by_methods():
    box = INSTALLED.Box()
    claims(box.empty, lambda: box.add(1))()


def box_by_length():
    box = INSTALLED.Box()
    claims(lambda: len(box) == 0, lambda: box.add(1))()


def box_by_truth():
    box = INSTALLED.Box()
    claims(lambda: not box, lambda: box.add(1))()


def box_by_membership():
    box = INSTALLED.Box()
    claims(lambda: 1 not in box, lambda: box.add(1))()


def box_by_call():
    box = INSTALLED.Box()
    claims(lambda: not box, lambda: box(1))()


def box_by_function():
    box = INSTALLED.Box()
    claims(lambda: not box, lambda: INSTALLED.put(box, 1))()


def box_by_attribute():
    box = INSTALLED.Box()
    claims(lambda: box.size == 0, lambda: box.add(1))()


def box_by_property():
    box = INSTALLED.Box()
    claims(lambda: box.first is None, lambda: box.add(1))()


def box_of_mine():
    class Mine(INSTALLED.Box):
        pass

    box = Mine()
    claims(box.empty, lambda: box.add(1))()


def list_of_the_library():
    items = collections.UserList()
    claims(lambda: len(items) == 0, lambda: items.append(1))()


def environment():
    os.environ.pop("THREADTRACE_TEST", None)
    claims(lambda: os.getenv("THREADTRACE_TEST") is None, lambda: os.environ.update(THREADTRACE_TEST="1"))()


def numbers_by_chance():
    generator, got = random.Random(1), {}

    def draw(name):
        got[name] = generator.random()

    both(lambda: draw("a"), lambda: draw("b"))
    assert got["a"] == random.Random(1).random()


def text():
    out = io.StringIO()

    def say(word):
        out.write(word)
        out.write("\n")

    both(lambda: say("a"), lambda: say("b"))
    assert sorted(out.getvalue().split()) == ["a", "b"]


def data():
    out = io.BytesIO()

    def put(part):
        out.seek(out.tell())
        out.write(part)

    def put_there(part):
        where = out.tell()
        out.seek(where)
        out.write(part)

    both(lambda: put_there(b"a"), lambda: put_there(b"b"))
    assert sorted(out.getvalue()) == sorted(b"ab")


def printed():
    out = io.StringIO()

    def say(word):
        print(word, end="", file=out)
        print("!", file=out)

    both(lambda: say("a"), lambda: say("b"))
    assert sorted(out.getvalue().split()) == ["a!", "b!"]


def generator_that_is_sent_to():
    def values():
        while True:
            yield

    made = values()
    next(made)
    got = []

    def send(value):
        got.append(value)
        made.send(value)

    both(lambda: send(1), lambda: send(2))
    assert got == [1, 2]


FAILING = [
    *(missing_is_inserted, missing_is_made_twice, missing_is_made_twice_by_a_method, missing_is_made_by_code),
    *(missing_is_numbered, set_by_a_method, set_by_a_method_by_name, set_by_a_descriptor, set_by_a_property),
    *(set_by_a_method_and_a_method_of_mine, by_vars, by_dict, by_a_name_of_the_namespace, by_update),
    *(by_one_namespace_of_two, by_a_namespace_that_is_the_object, by_the_namespace_of_a_class),
    *(by_membership_in_the_namespace_of_a_class, by_globals, by_a_proxy, by_a_proxys_method, weak_set, stack),
    *(box_by_methods, box_by_length, box_by_truth, box_by_membership, box_by_call, box_by_function, box_by_attribute),
    *(box_by_property, box_of_mine, list_of_the_library, environment, numbers_by_chance, text, data, printed),
    *(generator_that_is_sent_to,),
]


@pytest.mark.parametrize("main", [pytest.param(one, id=one.__name__) for one in FAILING])
def test_the_failure_is_found(main):
    assert search(main).failures


# Under a lock ------------------------------------------------------------------------------------------------


def executions_under_a_lock(make):
    """How many executions a search makes of two threads that do what `make` gives under a lock."""

    def main():
        work = make()
        lock = threading.Lock()

        def locked():
            with lock:
                work()

        both(locked, locked)

    found = search(main)
    assert not found.failures
    return found.schedules


def box_twice():
    box = INSTALLED.Box()

    def work():
        if box.empty():
            box.add(1)
        assert len(box) == 1

    return work


def text_twice():
    out = io.StringIO()

    def work():
        before = out.getvalue()
        out.write("a")
        assert out.getvalue() == before + "a"

    return work


@pytest.mark.parametrize("make", [box_twice, text_twice])
def test_nothing_is_found_under_a_lock(make):
    assert executions_under_a_lock(make) == 2


def local_text():
    def work():
        out = io.StringIO()
        out.write("a")
        print("b", file=out)
        box = INSTALLED.Box()
        box.add(out.getvalue())
        setattr(box, "size", 5)
        assert sorted(one for one in box.values) == ["ab\n"]
        return box

    both(work, work)


def test_what_one_thread_has_alone_gives_no_choices():
    found = search(local_text)
    assert not found.failures
    assert found.schedules == 1


def test_objects_of_the_library_that_synchronise_themselves_give_no_choices():
    import concurrent.futures
    import logging

    logger = logging.getLogger("nobody listens")
    logger.propagate = False

    def main():
        with concurrent.futures.ThreadPoolExecutor(1) as executor:
            future = executor.submit(lambda: pathlib.Path("a") / "b")
            logger.debug("%s", future)
            assert future.result() == pathlib.Path("a/b")

    assert not [
        event for event in accesses_of(main) if "ThreadPoolExecutor" in event or "Logger" in event or "Path" in event
    ]


@pytest.mark.parametrize("kind", [io.StringIO, random.Random, weakref.WeakSet, INSTALLED.Box])
def test_what_is_included_is_watched_where_it_is_written_in_python(kind):
    assert Opaque(Scope()).is_opaque(kind)
    included = Opaque(Scope(["stdlib", "installed"])).is_opaque(kind)
    assert included == (kind in (io.StringIO, random.Random))


@pytest.mark.parametrize("kind", [Plain, str, tuple, threading.Thread, type, ValueError, pathlib.Path, re.Pattern])
def test_other_classes_are_known(kind):
    assert not Opaque(Scope()).is_opaque(kind)


# What nobody looks at ----------------------------------------------------------------------------------------


def accesses_of(main):
    return [f"{event[1]} {event[2]}" for event in passes(main, preempt="any").events if event[1].startswith("memory.")]


def unseen(main):
    """What the watch says in all schedules."""
    found = set()
    choices = []
    learned = set()
    for _ in range(MOST):
        strategy = Enumerated(choices)
        execution = Execution(main, strategy=strategy, preempt="any", learned=learned)
        execution.run()
        found |= {*execution.kernel.watch.unseen}
        execution.close()
        del choices[len(strategy.alternatives) :]
        while choices and choices[-1] + 1 == strategy.alternatives[len(choices) - 1]:
            choices.pop()
        if not choices:
            return found
        choices[-1] += 1
    raise OverflowError


def test_what_happens_meanwhile_is_said_to_be_unknown():
    def main():
        items = {1: [1], 2: [2]}
        both(lambda: copy.deepcopy(items), lambda: items.update({3: 3}))

    (told,) = unseen(main)
    assert told.startswith("copy.deepcopy is not watched")
    assert "--include copy" in told


def test_what_a_lock_keeps_others_from_is_known():
    def main():
        items = {1: [1], 2: [2]}
        lock = threading.Lock()

        def locked(work):
            def call():
                with lock:
                    work()

            return call

        both(locked(lambda: copy.deepcopy(items)), locked(lambda: items.update({3: 3})))

    assert not unseen(main)


def test_two_that_look_do_not_matter():
    def main():
        items = {1: [1], 2: [2]}
        both(*[lambda: copy.deepcopy(items)] * 2)

    assert not unseen(main)


def test_objects_of_packages_are_named():
    def main():
        box = INSTALLED.Box()
        both(lambda: box.add(1), lambda: box.add(2))

    (told,) = unseen(main)
    assert told.startswith("installed.Box.add is not watched")
    assert "--include installed" in told


# The file system ---------------------------------------------------------------------------------------------


def test_files_are_found_to_be_shared(tmp_path):
    path = str(tmp_path / "flag")

    def main():
        pathlib.Path(path).unlink(missing_ok=True)

        def claim():
            if not os.path.exists(path):
                with open(path, "x"):
                    pass

        both(claim, claim)

    assert search(main).failures
    assert unseen(main)


def test_what_is_written_is_read(tmp_path):
    path = tmp_path / "text"

    def main():
        path.write_text("0")

        def add():
            value = int(path.read_text())
            with open(path, "w") as file:
                file.write(f"{value + 1}")

        both(add, add)
        assert path.read_text() == "2"

    assert search(main).failures


def test_other_files_are_other_variables(tmp_path):
    def main():
        def write(name):
            with open(tmp_path / name, "w") as file:
                file.write(name)

        both(lambda: write("a"), lambda: write("b"))

    assert search(main).schedules == 1
    assert not unseen(main)
