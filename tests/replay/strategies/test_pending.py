"""Which pending operations race."""

import threading

from replay.strategies.pending import race_with
from tests.replay.strategies.support import Played
from tracer.access import variables


def racing(*operations):
    """The numbers of the threads whose operations race with that of the first thread."""
    threads = [Played((number,), [operation]) for number, operation in enumerate(operations)]
    return {other.path[0] for other in race_with(threads[0], dict.fromkeys(threads))} - {0}


def test_elements_race_with_all_of_their_container():
    items, other = variables.Thing([], "items"), variables.Thing([], "items")
    pending = [
        ("memory.write", items.item(0)),
        ("memory.write", items.whole),
        ("memory.read", items.item(1)),
        ("memory.read", items.item(0)),
        ("memory.write", other.whole),
        ("time.sleep", None),
    ]
    assert racing(*pending) == {1, 3}
    assert racing(pending[1], *pending) == {1, 2, 3, 4}
    assert racing(pending[3], *pending) == {1, 2}  # two reads do not race


def test_who_waits_for_a_condition_races_for_its_lock():
    lock = threading.Lock()
    condition, another = threading.Condition(lock), threading.Condition(lock)
    reacquire = "condition.reacquire"
    pending = [("lock.acquire", lock), (reacquire, condition), (reacquire, another), ("lock.acquire", threading.Lock())]
    assert racing(*pending) == {1, 2}
    assert racing(pending[1], *pending) == {1, 2, 3}
