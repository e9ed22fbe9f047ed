"""Data races: what orders two accesses, what does not, and what is said of those that nothing orders."""

import pytest

from tests.tracer.analysis.support import written
from tests.tracer.pictures.support import Program
from tracer.analysis import races
from tracer.analysis.accesses import unnumbered
from tracer.analysis.finding import FindingKind
from tracer.analysis.raced import found_in
from tracer.analysis.races import Races

pytestmark = pytest.mark.one_version


class Traced(Program):
    """A trace written by hand, whose lines are named after what is done."""

    def __init__(self, *threads):
        super().__init__()
        self("MainThread", "thread.begin")
        self.start(*(threads or ("A", "B")))

    def reads(self, thread, target="x", place="", **more):
        return self(thread, "memory.read", target, "1", place or f"p.py:{thread}r", **more)

    def writes(self, thread, target="x", place="", **more):
        return self(thread, "memory.write", target, "1", place or f"p.py:{thread}w", **more)

    def adds(self, thread, target="x"):
        return self.reads(thread, target).writes(thread, target)

    @property
    def races(self):
        """Messages of what was found."""
        return [one.message for one in found_in(self.events)]

    @property
    def only(self):
        """The one finding."""
        (found,) = found_in(self.events)
        return found


def steps(made, *lines):
    """Adds events written as `thread operation object result`."""
    values = {"True": True, "False": False, "None": None}
    for line in lines:
        thread, operation, *rest = line.split()
        if operation in ("reads", "writes", "adds"):
            getattr(made, operation)(thread, *rest)
            continue
        target = rest[0] if rest else None
        result = rest[1] if len(rest) > 1 else "None"
        more = {"size": int(rest[2])} if len(rest) > 2 else {}
        if operation.startswith("condition."):
            more["lock"] = "lock"
        result = values[result] if result in values else int(result) if result.isdecimal() else result
        made(thread, operation, target, result, **more)
    return made


ORDERED = {
    "one thread": ["A adds", "A adds"],
    "only reads": ["A reads", "B reads"],
    "a lock": [
        "A lock.acquire lock True", "A adds", "A lock.release lock", "B lock.acquire lock True", "B adds",
        "B lock.release lock",
    ],
    "an acquire with a time limit that succeeded": [
        "A lock.acquire lock True", "A adds", "A lock.release lock", "B lock.acquire lock True", "B adds",
    ],
    "a lock that another thread released before": [
        "A lock.acquire lock True", "A writes", "A lock.release lock", "C lock.acquire lock True",
        "MainThread lock.release lock", "B lock.acquire lock True", "B reads",
    ],
    "an rlock, acquired twice": [
        "A rlock.acquire r True", "A rlock.acquire r True", "A rlock.release r", "A adds", "A rlock.release r",
        "B rlock.acquire r True", "B adds", "B rlock.release r",
    ],
    "locked, which said that it is free": ["A lock.acquire l True", "A adds", "A lock.release l",
                                           "B lock.locked l False", "B adds"],
    "a semaphore as a signal": ["A writes", "A semaphore.release s 1 0", "B semaphore.acquire s True", "B reads"],
    "two permits, and both are waited for": [
        "A writes", "A semaphore.release s 1 0", "C semaphore.release s 1", "B semaphore.acquire s True",
        "B semaphore.acquire s True", "B reads",
    ],
    "a semaphore as a lock": [
        "A semaphore.acquire s True 1", "A adds", "A semaphore.release s 1", "B semaphore.acquire s True", "B adds",
    ],
    "all permits of a semaphore": [
        "A semaphore.acquire s True 2", "A adds", "A semaphore.release s 1", "B semaphore.acquire s True",
        "B semaphore.acquire s True", "B adds",
    ],
    "an event": ["A writes", "A event.set e", "B event.wait e True", "B reads"],
    "an event that was waited for": ["B event.wait e False", "A writes", "A event.set e", "B event.wake e True",
                                     "B reads"],
    "an event that was looked at": ["A writes", "A event.set e", "B event.is_set e True", "B reads"],
    "an event that two have set": ["A writes", "A event.set e", "C event.set e", "B event.wait e True", "B reads"],
    "an event that was cleared before the waiter ran": [
        "B event.wait e False", "A writes", "A event.set e", "A event.clear e", "B event.wake e True", "B reads",
    ],
    "a flag that is cleared as an answer": ["A reads", "A event.clear e", "B event.is_set e False", "B writes"],
    "a notify": [
        "B lock.acquire lock True", "B condition.wait c", "A lock.acquire lock True", "A writes",
        "A condition.notify c 1", "A lock.release lock", "B condition.reacquire c True", "B reads",
        "B lock.release lock",
    ],
    "the lock that a wait gives up": [
        "A lock.acquire lock True", "A writes", "A condition.wait c", "B lock.acquire lock True", "B reads",
    ],
    "the lock that a wait gets back": [
        "A lock.acquire lock True", "A condition.wait c", "B lock.acquire lock True", "B writes",
        "B lock.release lock", "A condition.timeout c False", "A condition.reacquire c False", "A reads",
    ],
    "arriving at a barrier": [
        "A writes", "A barrier.wait b 0 2", "B barrier.wait b 1", "B reads",
    ],
    "leaving a barrier": [
        "A barrier.wait b 0 2", "B writes", "B barrier.wait b 1", "A barrier.leave b", "A reads",
    ],
    "a barrier's action": [
        "A barrier.wait b 0 2", "B barrier.wait b 1", "B writes", "A barrier.leave b", "A reads",
    ],
    "a barrier that was broken": [
        "A barrier.wait b 0 3", "B writes", "B barrier.abort b", "A barrier.leave b BrokenBarrierError", "A reads",
    ],
    "a barrier that was found broken": [
        "B barrier.n_waiting b 0 3", "B writes", "B barrier.abort b", "A barrier.wait b BrokenBarrierError", "A reads",
    ],
    "how many wait at a barrier": ["A writes", "A barrier.wait b 0 3", "B barrier.n_waiting b 1", "B reads"],
    "a join": ["A writes", "A thread.end", "MainThread thread.join A True", "MainThread reads"],
    "a join by another than who started it": ["A writes", "A thread.end", "B thread.join A True", "B reads"],
    "a join by way of a third thread": [
        "A writes", "A thread.end", "C thread.join A True", "C thread.end", "B thread.join C True", "B reads",
    ],
    "is_alive": ["A writes", "A thread.end", "B thread.is_alive A False", "B reads"],
    "a list of threads": ["A writes", "A thread.end", "B thread.enumerate None 2", "B reads"],
    "the exit": ["A writes", "A thread.end", "MainThread program.exit", "MainThread reads"],
    "a start": ["A writes", "A thread.start D", "D thread.begin", "D reads"],
    "a socket": ["A writes", "A socket.send s 1", "B socket.recv s 1", "B reads"],
    "a pipe": ["A writes", "A file.write pipe 1", "B select.wait None True", "B reads"],
    "a database": ["A writes", "A database.commit", "B database.execute", "B reads"],
    "another thread's import": ["A writes", "B import.wait", "B reads"],
    "a use by code that is not watched": ["A writes", "B memory.use x", "C memory.use x"],
    "a flag in memory, and what it says is there": ["A writes data", "A writes ready", "B reads ready", "B reads data"],
}  # fmt: skip

RACES = {
    "nothing": ["A adds", "B adds"],
    "two writes": ["A writes", "B writes"],
    "a read, then a write": ["A reads", "B writes"],
    "two locks": ["A lock.acquire l True", "A adds", "A lock.release l", "B lock.acquire m True", "B adds"],
    "an acquire that failed": ["A writes", "A lock.acquire l True", "A lock.release l", "B lock.acquire l False",
                               "B writes"],
    "a lock that somebody else released": ["A writes", "C lock.acquire l True", "C lock.release l",
                                           "B lock.acquire l True", "B writes"],
    "a release that raised": ["A writes", "A lock.release l RuntimeError", "B lock.acquire l True", "B writes"],
    "what is done after the release": ["A lock.acquire l True", "A lock.release l", "A writes",
                                       "B lock.acquire l True", "B writes"],
    "an event whose wait was over": ["B event.wait e False", "A writes", "A event.set e", "B event.timeout e False",
                                     "B writes"],
    "what is done after the set": ["A event.set e", "A writes", "B event.wait e True", "B writes"],
    "two permits": ["A semaphore.acquire s True 2", "A writes", "A semaphore.release s 1",
                    "B semaphore.acquire s True", "B writes"],
    "an older permit of another thread": ["C semaphore.release s 1 0", "A writes", "A semaphore.release s 1",
                                          "B semaphore.acquire s True", "B writes"],
    "a join that was over": ["A writes", "MainThread thread.timeout A False", "MainThread writes"],
    "a join of another thread": ["A writes", "B thread.end", "MainThread thread.join B True", "MainThread writes"],
    "a thread that is alive": ["A writes", "MainThread thread.is_alive A True", "MainThread writes"],
    "what the parent does after the start": ["MainThread writes", "A writes"],
    "sleeping": ["A writes", "B time.sleep", "B time.wake", "B writes"],
    "a socket the other way": ["A socket.send s 1", "A writes", "B socket.recv s 1", "B writes"],
    "a message that did not come": ["A writes", "A socket.send s 1", "B socket.timeout s False", "B writes"],
    "two reads at once, then a write": ["A reads", "B reads", "C event.set e", "A event.wait e True", "A writes"],
}  # fmt: skip


@pytest.mark.parametrize("how", ORDERED)
def test_ordered(how):
    assert steps(Traced("A", "B", "C"), *ORDERED[how]).races == (
        ["data race on ready: A writes at p.py:Aw, B reads at p.py:Br"] if "flag in memory" in how else []
    )


@pytest.mark.parametrize("how", RACES)
def test_not_ordered(how):
    made = steps(Traced("A", "B", "C"), *RACES[how])
    assert {one.objects[0] for one in found_in(made.events)} == {"x"}


def test_a_barriers_last_thread_goes_on():
    """When the others can go on, the action is over: what the last one does then is ordered no more."""
    for enabled, count in (([1, 2], 1), ([2], 0), (9, 0)):
        made = Traced("A", "B")
        made("A", "barrier.wait", "b", 0, size=2, enabled=[1, 2])
        made("B", "barrier.wait", "b", 1, enabled=[2])
        made("B", "memory.write", "x", "1", enabled=enabled)
        made("A", "barrier.leave", "b", enabled=[1, 2])
        assert len(made.writes("A").races) == count, enabled


def test_a_condition_on_a_lock_of_the_users_own():
    """Its lock is not in the trace; that it was notified is."""
    for notified in (True, False):
        made = Traced()
        made("B", "condition.wait", "c").writes("A")("A", "condition.notify", "c", int(notified))
        made("B", "condition.reacquire", "c", notified).writes("B")
        assert bool(made.races) != notified


def test_what_is_said():
    made = Traced("Adder-1", "Adder-2")
    made("Adder-1", "lock.acquire", "lock_a", True)
    made.reads("Adder-1", "account.balance", "bank.py:11", stack=["bank.py:30 in run"])
    made.writes("Adder-1", "account.balance", "bank.py:12", stack=["bank.py:31 in run"])
    made("Adder-1", "lock.release", "lock_a")
    made.reads("Adder-2", "account.balance", "bank.py:20")
    found = made.only
    assert found.kind is FindingKind.DATA_RACE
    assert not found.failure
    assert found.message == "data race on account.balance: Adder-1 writes at bank.py:12, Adder-2 reads at bank.py:20"
    assert found.reason == (
        "Adder-1 holds lock_a, Adder-2 holds no lock; Adder-1 was started at app/prog.py:900, Adder-2 at "
        "app/prog.py:900, and nothing makes Adder-2 wait for what Adder-1 did there"
    )
    assert found.advice == "hold lock_a at bank.py:20 too, as Adder-1 does at bank.py:12"
    assert (found.threads, found.objects) == (["Adder-1", "Adder-2"], ["account.balance"])
    assert found.sites == ["bank.py:12", "bank.py:20"]
    first, second = found.steps
    assert (first.role, first.thread, first.operation, first.event) == ("first", "Adder-1", "memory.write", 8)
    assert (first.stack, first.holding) == (["bank.py:31 in run"], ["lock_a"])
    assert (second.role, second.place, second.holding) == ("second", "bank.py:20", [])


def test_locks_that_are_held():
    made = Traced()
    steps(made, "A rlock.acquire r True", "A rlock.acquire r True", "A rlock.release r", "A semaphore.acquire s True 1")
    steps(made, "A semaphore.acquire t True 2", "A lock.acquire lock True", "A lock.acquire other True")
    steps(made, "A condition.wait c", "A writes y", "A condition.reacquire c True", "A writes")
    steps(made, "B lock.release other", "A writes z", "B writes x", "B writes y", "B writes z")
    holding = {one.objects[0]: one.steps[0].holding for one in found_in(made.events)}
    assert holding == {"x": ["r", "s", "other", "lock"], "y": ["r", "s", "other"], "z": ["r", "s", "lock"]}


def test_the_main_thread():
    reason = steps(Traced("A"), "A writes", "MainThread reads").only.reason
    assert reason == (
        "neither holds a lock; A was started at app/prog.py:900, and nothing makes MainThread wait for what A did there"
    )


def test_callers_that_an_earlier_event_told_of():
    made = Traced()
    made.reads("A", stack=["p.py:1 in f"]).reads("A")
    made.writes("B", stack=["p.py:2 in g"])
    assert [one.stack for one in made.only.steps] == [["p.py:1 in f"], ["p.py:2 in g"]]


def test_the_same_again_is_one_finding():
    made = Traced("A", "B", "C")
    for target in ("node.x", "node#2.x", "node#3.x", "node.y"):
        steps(made, f"A writes {target}", f"B writes {target}", f"A writes {target}", f"B writes {target}")
    assert [one.objects for one in found_in(made.events)] == [["node.x"], ["node.y"]]
    assert unnumbered("node#12.next#2") == "node.next"
    assert unnumbered("d['#1']") == "d['#1']"
    assert unnumbered("nodes#2[3].x") == "nodes[3].x"


# Containers --------------------------------------------------------------------------------------------------


def element(made, thread, operation, key, *, of="d", atomic=True, place=""):
    return getattr(made, operation)(thread, f"{of}[{key!r}]", place, atomic=atomic, part_of=of)


@pytest.mark.parametrize(
    ("first", "second", "count"),
    [("a", "a", 1), ("a", "b", 0), (None, "a", 1), ("a", None, 1), (None, None, 1)],
)
@pytest.mark.parametrize(("one", "other"), [("reads", "writes"), ("writes", "reads"), ("writes", "writes")])
def test_elements_and_wholes(first, second, count, one, other):
    made = Traced()
    element(made, "C", "reads", "c")
    for thread, operation, key in (("A", one, first), ("B", other, second)):
        if key is None:
            getattr(made, operation)(thread, "d")
        else:
            element(made, thread, operation, key)
    assert len(made.races) == count


def test_the_container_is_named_where_one_is_an_element():
    made = element(Traced(), "A", "writes", "a")
    assert made.reads("B", "d").races == ["data race on d: A writes d['a'] at p.py:Aw, B reads at p.py:Br"]


def test_elements_of_one_container_at_the_same_places_are_one_finding():
    made = Traced()
    for key in range(20):
        element(made, "A", "writes", key, atomic=False)
        element(made, "B", "writes", key, atomic=False)
    assert len(made.races) == 1


def test_whose_part_it_is_may_be_told_by_code_that_is_not_watched():
    made = Traced()
    made("A", "memory.use", "d['a']", part_of="d")
    assert len(made.writes("A", "d['a']").writes("B", "d").races) == 1


def test_an_access_that_repeats_another_one_sees_what_came_between():
    """The last access of a thread is like an earlier one, but the container was accessed meanwhile."""
    made = Traced("A", "B", "C")
    made.reads("A", "d")
    element(made, "A", "reads", "a")
    element(made, "B", "writes", "b")
    assert len(made.reads("A", "d").races) == 1


# What is benign ----------------------------------------------------------------------------------------------


def test_atomic_operations():
    made = Traced()
    found = made.writes("A", "items", atomic=True).writes("B", "items", atomic=True).only
    assert found.benign
    assert found.message.endswith("(benign under the GIL: each is one atomic operation)")
    made = Traced().writes("A", "items", "p.py:sort").writes("B", "items", atomic=True)
    assert not made.only.benign


def test_an_atomic_operation_after_one_that_is_not():
    """The last of them stands for both."""
    for operation in ("reads", "writes"):
        made = Traced()
        getattr(made, operation)("A", "items")
        getattr(made, operation)("A", "items", atomic=True)
        assert not made.writes("B", "items", atomic=True).only.benign


@pytest.mark.parametrize(
    ("order", "benign"),
    [
        ("Aw Br", True),
        ("Aw Bw Ar", True),
        ("Ar Aw Bw", False),
        ("Bw Ar Aw", False),  # the read belonged to something larger, as is known later
        ("Ar Bw Aw", False),
        ("Ar | Aw Bw", True),  # it synchronised in between
        ("Aw Bw Br Bw", False),
    ],
)
@pytest.mark.parametrize("part", ["whole", "element"])
def test_what_belongs_to_something_larger(order, benign, part):
    made = Traced()
    for word in order.split():
        if word == "|":
            steps(made, "A lock.acquire l True", "A lock.release l")
            continue
        operation = "reads" if word[1] == "r" else "writes"
        if part == "whole":
            getattr(made, operation)(word[0], "d", atomic=True)
        else:
            element(made, word[0], operation, "a")
    found = found_in(made.events)
    assert found
    assert all(one.benign for one in found) == benign
    assert found[0].benign == benign  # the weightiest first


def test_a_look_at_the_container_before_an_element_is_written():
    made = Traced()
    made.reads("A", "d", atomic=True)
    element(made, "A", "writes", "a")
    element(made, "B", "writes", "a")
    assert [one.benign for one in found_in(made.events)] == [False, False]


def test_what_is_handed_over_in_a_container():
    made = Traced()
    made.writes("A", "item.value").writes("A", "queue", atomic=True)
    made.writes("B", "queue", atomic=True).reads("B", "item.value")
    assert made.only.objects == ["queue"]
    assert made.only.benign


# Limits ------------------------------------------------------------------------------------------------------


def notes(made):
    watched = Races()
    for event in made.events:
        watched.feed(event)
    return watched.notes


def test_too_many_races(monkeypatch):
    monkeypatch.setattr(races, "_MOST_RACES", 3)
    made = Traced()
    for number in range(5):
        steps(made, f"A writes x{number}", f"B writes x{number}")
    assert len(made.races) == 3
    assert notes(made) == ["there are more than 3 different data races: the later ones are not told"]


def test_too_many_variables(monkeypatch):
    monkeypatch.setattr(races, "_MOST_VARIABLES", 1)
    made = steps(Traced(), "A writes x", "A writes y", "B writes y", "B writes x")
    assert [one.objects for one in found_in(made.events)] == [["x"]]
    assert notes(made) == ["there are more than 1 variables: races on the later ones are not looked for"]


def test_threads_that_nobody_started():
    """Finalizers, and threads of something written in C: what orders them is not in the trace."""
    made = steps(Traced(), "A writes x", "Dummy-9 writes x", "A writes x", "Dummy-9 lock.acquire l True")
    made = steps(made, "Dummy-9 lock.release l", "B lock.acquire l True", "B writes x")
    assert made.races == []
    assert notes(made) == [
        "data races of threads that no thread of the program started are not looked for: Dummy-9"
    ]  # fmt: skip


def test_many_permits():
    made = Traced()
    for _ in range(3000):
        made("A", "semaphore.release", "s", 1, size=0)
    made.writes("A")
    made("A", "semaphore.release", "s", 1)
    for _ in range(3001):
        made("B", "semaphore.acquire", "s", True)
    assert made.writes("B").races == []


# Beside the other findings -----------------------------------------------------------------------------------


def test_the_order_of_findings():
    made = Traced()
    steps(made, "A lock.acquire l True", "A lock.acquire m True", "A lock.release m", "A lock.release l")
    steps(made, "B lock.acquire m True", "B lock.acquire l True", "B lock.release l", "B lock.release m")
    made.writes("A", "items", atomic=True).writes("C", "items", atomic=True)
    made("MainThread", "thread.start", "C")
    made.writes("A").writes("B")
    made.writes("A", "log", atomic=True).writes("B", "log", atomic=True)
    kinds = [(one.kind.value, one.benign) for one in written(made)]
    assert kinds == [("data-race", False), ("lock-order", False), ("data-race", True)]
