"""The programs that `benchmarks.peers` gives to threadtrace and its peers.

Each is written once: `setup` makes what is shared, `workers` are functions of it, one for each thread, and `holds`
judges it afterwards. Nothing here may need anything but the standard library: the peers import it.
"""

from __future__ import annotations

import threading
import types
from functools import partial
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable

#: What is measured of a program: the search for its failure, the search that comes to its end, executions a second.
FIND, ALL, RATE = "find", "all", "rate"


class Program(NamedTuple):
    """What is executed. `operations` is how often its threads acquire or release a lock."""

    measured: str
    setup: Callable[[], Any]
    workers: list[Callable[[Any], object]]
    holds: Callable[[Any], bool]
    operations: int = 0


def shared(*locks: str, **values: Any) -> Callable[[], Any]:
    """What makes an object with these attributes, some of them locks."""
    return lambda: types.SimpleNamespace(**{name: threading.Lock() for name in locks}, **values)


def counted(times: int) -> Callable[[Any], bool]:
    return lambda state: state.value == times


def nothing_wrong(state: Any) -> bool:
    return True


def add(state: Any) -> None:
    state.value = state.value + 1


def add_locked(state: Any) -> None:
    with state.lock:
        state.value = state.value + 1


def forwards(state: Any) -> None:
    with state.lock, state.other:
        pass


def backwards(state: Any) -> None:
    with state.other, state.lock:
        pass


def forks(seats: int) -> Callable[[], Any]:
    return lambda: [threading.Lock() for _ in range(seats)]


def dine(seat: int, state: Any) -> None:
    left, right = state[seat], state[(seat + 1) % len(state)]
    with left, right:
        pass


def write_all(stores: int, state: Any) -> None:
    for number in range(1, stores + 1):
        state.value = number


def look(state: Any) -> None:
    state.seen = state.value


def write(state: Any) -> None:
    state.value = 1


def read(state: Any) -> int:
    return state.value


def zeros(writers: int) -> Callable[[], Any]:
    return lambda: [0] * (writers + 1)


def copy_one_more(number: int, state: Any) -> None:
    state[number] = state[number - 1] + 1


def find_zero(writers: int, state: Any) -> None:
    index = writers
    while state[index]:
        index -= 1


def take_turns(times: int, state: Any) -> None:
    for _ in range(times):
        state.lock.acquire()
        state.lock.release()


def needle(stores: int) -> Program:
    """One thread writes numbers, another one looks once: it fails on the number in the middle."""
    return Program(
        FIND,
        shared(value=0, seen=0),
        [partial(write_all, stores), look],
        lambda state: state.seen != (stores + 1) // 2,
    )


def locked(threads: int) -> Program:
    return Program(ALL, shared("lock", value=0), [add_locked] * threads, counted(threads))


def philosophers(seats: int) -> Program:
    return Program(FIND, forks(seats), [partial(dine, seat) for seat in range(seats)], nothing_wrong)


def rate(times: int) -> Program:
    return Program(RATE, shared("lock"), [partial(take_turns, times)] * 3, nothing_wrong, 3 * 2 * times)


PROGRAMS: dict[str, Program] = {
    "lost update, 2 threads": Program(FIND, shared(value=0), [add, add], counted(2)),
    "ABBA": Program(FIND, shared("lock", "other"), [forwards, backwards], nothing_wrong),
    **{f"philosophers({seats})": philosophers(seats) for seats in (3, 4, 5, 6)},
    **{f"needle({stores})": needle(stores) for stores in (5, 10, 20)},
    **{f"counter with a lock, {threads} threads": locked(threads) for threads in (2, 3, 4)},
    "readers(4)": Program(ALL, shared(value=0), [write, *[read] * 4], nothing_wrong),
    "lastzero(3)": Program(
        ALL,
        zeros(3),
        [partial(find_zero, 3), *(partial(copy_one_more, number) for number in (1, 2, 3))],
        nothing_wrong,
    ),
    **{f"3 threads, {times} acquires": rate(times) for times in (5, 20, 100)},
}

#: What is executed before the time is taken.
WARMING = Program(ALL, shared("lock", value=0), [add_locked, read], nothing_wrong)


def main_of(program: Program) -> Callable[[], None]:
    """The program as a function that starts its threads."""

    def main() -> None:
        state = program.setup()
        threads = [threading.Thread(target=worker, args=(state,)) for worker in program.workers]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert program.holds(state)

    return main
