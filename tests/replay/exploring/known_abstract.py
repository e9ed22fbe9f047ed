"""The programs of `known_traces` in the language, under the same names, with their published numbers of interleavings.

Their threads are there from the beginning, and the main thread does nothing unless it takes part: that is what is
counted.
"""

from __future__ import annotations

from itertools import chain, repeat

from tests.replay.exploring.language import (
    Acquire,
    Await,
    Code,
    Give,
    If,
    Instruction,
    Join,
    Notify,
    Program,
    Read,
    Release,
    Set,
    Start,
    Take,
    TryAcquire,
    Wait,
    Write,
)


def _variables(*threads: Code, main: Code = ()) -> Program:
    return Program("", (main, *threads), variables=10)


def _locks(count: int, *threads: Code) -> Program:
    return Program("", ((), *threads), variables=1, locks=("Lock",) * count)


def _times(count: int, *code: Instruction) -> Code:
    return tuple(chain(*repeat(code, count)))


X, Y, Z = 0, 1, 2


def same_writes(n: int, k: int) -> Program:
    return _variables(*(_times(k, Write(X, number)) for number in range(n)))


def readers(n: int) -> Program:
    return _variables((Write(X, 1),), *repeat((Read(0, X),), n))


def n_writers_a_reader(n: int) -> Program:
    return _variables(*((Write(X, number),) for number in range(n)), (Read(0, X),))


def n_writes_a_read_two_threads(n: int) -> Program:
    return _variables(*((*_times(n, Write(X, number)), Read(0, X)) for number in (1, 2)))


def redundant_co(n: int) -> Program:
    return _variables(_times(n, Write(X, 1)), _times(n, Write(X, 2)), (Read(0, X), Read(1, X)))


def lastwrite(n: int) -> Program:
    joins = tuple(Join(number) for number in range(1, n + 1))
    return _variables(*((Write(X, number),) for number in range(n)), main=(*joins, Read(0, X)))


def inc(n: int) -> Program:
    return _variables(*repeat((Read(0, X), Write(X, 1, 0)), n))


def lastzero(n: int) -> Program:
    search: Code = ()
    for number in range(1, n + 1):
        search = (Read(0, number), If(0, 0, (Read(0, number - 1), *search[1:]), unless=True))
    return _variables(search, *((Read(0, number - 1), Write(number, 1, 0)) for number in range(1, n + 1)))


def sigma(n: int) -> Program:
    counting: Code = tuple(chain(*((Read(0, 9), Write(9, 1, 0), Start(number)) for number in range(1, n + 1))))
    writes: Code = tuple(If(0, number, (Write(number, 1),)) for number in range(1, n + 1))
    joins = tuple(Join(number) for number in range(1, n + 1))
    reads = tuple(Read(0, number) for number in range(1, n + 1))
    thread: Code = (Read(0, 9), *writes)
    return _variables(*repeat(thread, n), main=(*counting, *joins, *reads))


def opt_lock(n: int) -> Program:
    def attempt(number: int, left: int) -> Code:
        again = (If(1, number, attempt(number, left - 1), unless=True),) if left > 1 else ()
        won = If(1, number, (Read(0, X),))
        return Write(Y, number), Write(X, number), Read(1, Y), won, *again

    return _variables(attempt(1, n), attempt(2, n))


def fib_bench(n: int, *, watched: bool = False) -> Program:
    add_y = _times(n, Read(0, X), Read(1, Y), Write(X, 1, 0))
    add_x = _times(n, Read(0, Y), Read(1, X), Write(Y, 1, 0))
    return _variables(add_y, add_x, main=(Read(0, X), Read(1, Y)) if watched else ())


def store_buffering() -> Program:
    return _variables((Write(X, 1), Read(0, Y)), (Write(Y, 1), Read(0, X)))


def message_passing() -> Program:
    return _variables((Write(X, 1), Write(Y, 1)), (Read(0, Y), Read(1, X)))


def independent_reads() -> Program:
    return _variables((Write(X, 1),), (Write(Y, 1),), (Read(0, X), Read(1, Y)), (Read(0, Y), Read(1, X)))


def popl14_example() -> Program:
    third = Read(0, Y), If(0, 0, (Write(Z, 1),))
    fourth = Read(0, Z), If(0, 1, (Read(0, Y), If(0, 0, (Write(X, 2),))))
    return _variables((Write(X, 1),), (Write(Y, 1),), third, fourth)


def lockinc(n: int, k: int) -> Program:
    return _locks(1, *repeat(_times(k, Acquire(0), Release(0)), n))


def indep_locks(n: int) -> Program:
    return _locks(n, *((Acquire(number), Release(number)) for number in range(n)))


def mutex_deadlock(n: int) -> Program:
    return _locks(1, *repeat((Acquire(0),), n))


def philosophers(n: int, meals: int = 1, *, ordered: bool = False) -> Program:
    def eat(left: int, right: int) -> Code:
        if ordered and left > right:
            left, right = right, left
        return _times(meals, Acquire(left), Acquire(right), Release(right), Release(left))

    return _locks(n, *(eat(number, (number + 1) % n) for number in range(n)))


def cas(n: int) -> Program:
    return _locks(1, *repeat((TryAcquire(0, 0),), n))


_TRY: Code = (TryAcquire(0, 0), If(0, 1, (Read(1, X), Write(X, 1, 1), Release(0))))


def trylock(n: int) -> Program:
    return _locks(1, *repeat(_TRY, n))


def locks_and_trylocks(locks: int, tries: int) -> Program:
    return _locks(1, *repeat((Acquire(0), Release(0)), locks), *repeat(_TRY, tries))


def _condition(*threads: Code) -> Program:
    return Program("", ((), *threads), variables=1, locks=("RLock",), conditions=(0,))


def condvar(waiters: int, *, everybody: bool) -> Program:
    wait: Code = (Acquire(0), Read(0, X), If(0, 0, (Wait(0),)), Release(0))
    return _condition(*repeat(wait, waiters), (Acquire(0), Write(X, 1), Notify(0, everybody), Release(0)))


def prodcons(items: int) -> Program:
    def wait_while(value: int, left: int = 3) -> Code:
        return Read(0, X), If(0, value, (Wait(0), *wait_while(value, left - 1)) if left else ())

    produce = _times(items, Acquire(0), *wait_while(1), Write(X, 1), Notify(0), Release(0))
    consume = _times(items, Acquire(0), *wait_while(0), Write(X, 0), Notify(0), Release(0))
    return _condition(produce, consume)


def semaphore(n: int, permits: int) -> Program:
    threads = ((Take(0), Write(X, number), Give(0)) for number in range(n))
    return Program("", ((), *threads), variables=1, semaphores=(permits,))


def event_gate(n: int) -> Program:
    threads: tuple[Code, ...] = tuple((Await(0), Write(number, 1)) for number in range(n))
    return Program("", ((), *threads, (Set(0),)), variables=n, events=1)


#: By name: the program; how many interleavings it has, where that was published; and how many of these end in a
#: deadlock.
ABSTRACT: dict[str, tuple[Program, int | None, int]] = {
    "same_writes(2,2)": (same_writes(2, 2), 6, 0),
    "same_writes(3,2)": (same_writes(3, 2), 90, 0),
    "same_writes(2,4)": (same_writes(2, 4), 70, 0),
    "readers(1)": (readers(1), 2, 0),
    "readers(2)": (readers(2), 6, 0),
    "readers(3)": (readers(3), 24, 0),
    "readers(5)": (readers(5), 720, 0),
    "readers(8)": (readers(8), 362880, 0),
    "lastzero(2)": (lastzero(2), 35, 0),
    "lastzero(3)": (lastzero(3), 920, 0),
    "lastzero(4)": (lastzero(4), 44300, 0),
    "lastzero(5)": (lastzero(5), 3487880, 0),
    "inc(2)": (inc(2), 6, 0),
    "inc(3)": (inc(3), 90, 0),
    "inc(4)": (inc(4), 2520, 0),
    "n_writers_a_reader(2)": (n_writers_a_reader(2), 6, 0),
    "n_writers_a_reader(3)": (n_writers_a_reader(3), 24, 0),
    "n_writers_a_reader(4)": (n_writers_a_reader(4), 120, 0),
    "n_writes_a_read_two_threads(1)": (n_writes_a_read_two_threads(1), 6, 0),
    "n_writes_a_read_two_threads(2)": (n_writes_a_read_two_threads(2), 20, 0),
    "n_writes_a_read_two_threads(3)": (n_writes_a_read_two_threads(3), 70, 0),
    "n_writes_a_read_two_threads(4)": (n_writes_a_read_two_threads(4), 252, 0),
    "redundant_co(1)": (redundant_co(1), 12, 0),
    "redundant_co(2)": (redundant_co(2), 90, 0),
    "redundant_co(3)": (redundant_co(3), 560, 0),
    "lastwrite(2)": (lastwrite(2), 3, 0),
    "lastwrite(3)": (lastwrite(3), 15, 0),
    "lastwrite(4)": (lastwrite(4), 105, 0),
    "fib_bench(1)": (fib_bench(1), 20, 0),
    "fib_bench(2)": (fib_bench(2), 924, 0),
    "fib_bench(3)": (fib_bench(3), 48620, 0),
    "fib_bench(1,watched)": (fib_bench(1, watched=True), 560, 0),
    "fib_bench(2,watched)": (fib_bench(2, watched=True), 84084, 0),
    "sigma(2)": (sigma(2), 46, 0),
    "sigma(3)": (sigma(3), 6724, 0),
    "opt_lock(2)": (opt_lock(2), 674, 0),
    "opt_lock(3)": (opt_lock(3), 7574, 0),
    "SB": (store_buffering(), 6, 0),
    "MP": (message_passing(), 6, 0),
    "IRIW": (independent_reads(), 180, 0),
    "popl14_example": (popl14_example(), 69, 0),
    "lockinc(2,1)": (lockinc(2, 1), 2, 0),
    "lockinc(3,1)": (lockinc(3, 1), 6, 0),
    "lockinc(4,1)": (lockinc(4, 1), 24, 0),
    "lockinc(2,2)": (lockinc(2, 2), 6, 0),
    "lockinc(2,3)": (lockinc(2, 3), 20, 0),
    "lockinc(3,2)": (lockinc(3, 2), 90, 0),
    "indep_locks(2,1)": (indep_locks(2), 6, 0),
    "indep_locks(3,1)": (indep_locks(3), 90, 0),
    "indep_locks(4,1)": (indep_locks(4), 2520, 0),
    "mutex_deadlock(2)": (mutex_deadlock(2), 2, 2),
    "mutex_deadlock(3)": (mutex_deadlock(3), 3, 3),
    "philosophers(2)": (philosophers(2), 6, 2),
    "philosophers(3)": (philosophers(3), 168, 6),
    "philosophers(4)": (philosophers(4), 98184, 24),
    "philosophers(2,meals=2)": (philosophers(2, 2), 48, 20),
    "philosophers(3,meals=2)": (philosophers(3, 2), 135639, 3849),
    "philosophers(3,ordered)": (philosophers(3, ordered=True), 142, 0),
    "philosophers(4,ordered)": (philosophers(4, ordered=True), 64000, 0),
    "cas(2)": (cas(2), 2, 0),
    "cas(3)": (cas(3), 6, 0),
    "cas(5)": (cas(5), 120, 0),
    "trylock(2)": (trylock(2), None, 0),
    "trylock(3)": (trylock(3), 78, 0),
    "locks_and_trylocks(2,1)": (locks_and_trylocks(2, 1), None, 0),
    "locks_and_trylocks(1,2)": (locks_and_trylocks(1, 2), None, 0),
    "condvar_1": (condvar(1, everybody=True), 2, 0),
    "condvar_2waiters(all)": (condvar(2, everybody=True), 10, 0),
    "condvar_2waiters(one)": (condvar(2, everybody=False), 8, 2),
    "prodcons(1)": (prodcons(1), 2, 0),
    "prodcons(2)": (prodcons(2), 8, 0),
    "prodcons(3)": (prodcons(3), 32, 0),
    "semaphore(2,1)": (semaphore(2, 1), 2, 0),
    "semaphore(2,2)": (semaphore(2, 2), 20, 0),
    "semaphore(3,1)": (semaphore(3, 1), 6, 0),
    "semaphore(3,2)": (semaphore(3, 2), 384, 0),
    "event_gate(1)": (event_gate(1), None, 0),
    "event_gate(2)": (event_gate(2), None, 0),
    "event_gate(3)": (event_gate(3), None, 0),
}
