"""Programs with known numbers of traces, whose threads have locks: see `known_traces`."""

from __future__ import annotations

import threading
from typing import Any

from tests.replay.exploring.known_programs import Cell, Main, Shared, cells_of, each, locks_of, run, values
from tests.replay.exploring.programs import Results


def lockinc(n: int, k: int) -> Main:
    """Each of n threads counts x up k times, each time with the lock."""

    def increment(number: int, shared: Shared, lock: threading.Lock) -> None:
        for _ in range(k):
            with lock:
                shared.x += 1

    def main() -> object:
        shared = Shared()
        run(*each(n, increment, shared, threading.Lock()))
        return shared.x

    return main


def indep_locks(n: int, k: int) -> Main:
    """Each of n threads has a lock of its own."""

    def lock_own(number: int, locks: tuple[threading.Lock, ...]) -> None:
        for _ in range(k):
            with locks[number - 1]:
                pass

    def main() -> object:
        run(*each(n, lock_own, locks_of(n)))
        return None

    return main


def mutex_deadlock(n: int) -> Main:
    """Each of n threads acquires the lock, none releases it."""

    def lock_for_ever(number: int, shared: Shared, lock: threading.Lock) -> None:
        lock.acquire()
        shared.x = number

    def main() -> object:
        shared = Shared()
        run(*each(n, lock_for_ever, shared, threading.Lock()))
        return shared.x

    return main


def philosophers(n: int, meals: int = 1, *, ordered: bool = False) -> Main:
    """Each of n threads acquires its own lock and then that of the next one; `ordered`: the lower number first."""

    def eat(number: int, forks: tuple[threading.Lock, ...]) -> None:
        left, right = number - 1, number % n
        if ordered and left > right:
            left, right = right, left
        for _ in range(meals):
            with forks[left], forks[right]:
                pass

    def main() -> object:
        run(*each(n, eat, locks_of(n)))
        return None

    return main


def cas(n: int) -> Main:
    """Each of n threads tries to be the one who acquires the lock: a compare-and-swap of its state."""

    def swap(number: int, lock: threading.Lock, results: Any) -> None:
        results.keep(number, lock.acquire(blocking=False))

    def main() -> object:
        results = Results()
        run(*each(n, swap, threading.Lock(), results))
        return results.everything()

    return main


def _try_lock(number: int, shared: Shared, lock: threading.Lock, results: Any) -> None:
    acquired = lock.acquire(blocking=False)
    if acquired:
        shared.x += 1
        lock.release()
    results.keep(number, acquired)


def trylock(n: int) -> Main:
    """Each of n threads tries to acquire the lock; who does counts x up and releases it."""

    def main() -> object:
        shared, results = Shared(), Results()
        run(*each(n, _try_lock, shared, threading.Lock(), results))
        return shared.x, results.everything()

    return main


def locks_and_trylocks(locks: int, tries: int) -> Main:
    """Some threads acquire and release the lock, others try to."""

    def hold(number: int, lock: threading.Lock) -> None:
        with lock:
            pass

    def main() -> object:
        shared, lock, results = Shared(), threading.Lock(), Results()
        run(*each(locks, hold, lock), *each(tries, _try_lock, shared, lock, results))
        return shared.x, results.everything()

    return main


#: The size of the hash table, how many keys each thread puts in, and the distance between these.
_TABLE, _KEYS, _STEP = 128, 4, 11


def indexer(n: int) -> Main:
    """Each of n threads puts keys into a hash table, whose cells are locks: acquired once, they are taken for good."""

    def insert(number: int, table: tuple[threading.Lock, ...], results: Any) -> None:
        places: tuple[int, ...] = ()
        for index in range(_KEYS):
            at = (index * _STEP + number - 1) * 7 % _TABLE
            while not table[at].acquire(blocking=False):
                at = (at + 1) % _TABLE
            places += (at,)
        results.keep(number, *places)

    def main() -> object:
        results = Results()
        run(*each(n, insert, locks_of(_TABLE), results))
        return results.everything()

    return main


_INODES, _BLOCKS = 32, 26


def filesystem(n: int) -> Main:
    """Each of n threads gives an inode the first free block, from one that its number tells; all have locks."""

    def allocate(
        number: int,
        inodes: tuple[Cell, ...],
        busy: tuple[Cell, ...],
        locks: tuple[threading.Lock, ...],
        block_locks: tuple[threading.Lock, ...],
    ) -> None:
        inode = (number - 1) % _INODES
        with locks[inode]:
            if inodes[inode].value == 0:
                block = inode * 2 % _BLOCKS
                while True:
                    with block_locks[block]:
                        if not busy[block].value:
                            busy[block].value = 1
                            inodes[inode].value = block + 1
                            break
                    block = (block + 1) % _BLOCKS

    def main() -> object:
        inodes, busy = cells_of(_INODES), cells_of(_BLOCKS)
        run(*each(n, allocate, inodes, busy, locks_of(_INODES), locks_of(_BLOCKS)))
        return values(inodes), values(busy)

    return main
