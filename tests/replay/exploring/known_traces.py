"""Programs whose Mazurkiewicz traces others have counted, in Python.

The numbers are those of the test suites of Nidhugg, GenMC and Concuerror, of the papers of Abdulla, Aronis, Jonsson and
Sagonas (POPL 2014) and of Flanagan and Godefroid (POPL 2005), or were enumerated. They count threads that are there
from the beginning. To start threads and to join them one after the other adds no traces: the first operation of a
thread depends on its start alone, and the join on its last one.

Two operations are dependent as `brute_force` says. Where that is open to choice, the numbers are those of a

- try-acquire that reads the lock where it fails: `cas`, `trylock` and `locks_and_trylocks` have more traces for an
  explorer that takes failures for dependent on each other, which `COARSER` tells;
- semaphore whose acquires and releases all depend on each other;
- barrier whose arrivals all depend on each other, as these tell each its number, and whose departures do not.

One number differs from the published ones. There a wait for an event is not enabled while the flag is down, so that
`event_gate` has one trace. In CPython it begins to wait before the set, or finds the flag up.
"""

from __future__ import annotations

from tests.replay.exploring.known_locks import (
    cas,
    filesystem,
    indep_locks,
    indexer,
    lockinc,
    locks_and_trylocks,
    mutex_deadlock,
    philosophers,
    trylock,
)
from tests.replay.exploring.known_memory import (
    fetch_add,
    fib_bench,
    inc,
    independent_reads,
    lastwrite,
    lastzero,
    message_passing,
    n_writers_a_reader,
    n_writes_a_read_two_threads,
    opt_lock,
    popl14_example,
    readers,
    redundant_co,
    same_writes,
    sigma,
    store_buffering,
)
from tests.replay.exploring.known_programs import Main
from tests.replay.exploring.known_waits import barrier, condvar_1, condvar_2waiters, event_gate, prodcons, semaphore

#: Name, program, traces, and how many of these end in a deadlock.
KNOWN: list[tuple[str, Main, int, int]] = [
    ("same_writes(2,2)", same_writes(2, 2), 6, 0),
    ("same_writes(3,2)", same_writes(3, 2), 90, 0),
    ("same_writes(2,4)", same_writes(2, 4), 70, 0),
    ("readers(1)", readers(1), 2, 0),
    ("readers(2)", readers(2), 4, 0),
    ("readers(3)", readers(3), 8, 0),
    ("readers(5)", readers(5), 32, 0),
    ("readers(8)", readers(8), 256, 0),
    ("lastzero(2)", lastzero(2), 5, 0),
    ("lastzero(3)", lastzero(3), 12, 0),
    ("lastzero(4)", lastzero(4), 28, 0),
    ("lastzero(5)", lastzero(5), 64, 0),
    ("lastzero(6)", lastzero(6), 144, 0),
    ("inc(2)", inc(2), 4, 0),
    ("inc(3)", inc(3), 36, 0),
    ("inc(4)", inc(4), 576, 0),
    ("fetch_add(2,1)", fetch_add(2, 1), 2, 0),
    ("fetch_add(3,1)", fetch_add(3, 1), 6, 0),
    ("fetch_add(2,2)", fetch_add(2, 2), 4, 0),
    ("fetch_add(3,2)", fetch_add(3, 2), 36, 0),
    ("fetch_add(2,3)", fetch_add(2, 3), 8, 0),
    ("lockinc(2,1)", lockinc(2, 1), 2, 0),
    ("lockinc(3,1)", lockinc(3, 1), 6, 0),
    ("lockinc(4,1)", lockinc(4, 1), 24, 0),
    ("lockinc(2,2)", lockinc(2, 2), 6, 0),
    ("lockinc(2,3)", lockinc(2, 3), 20, 0),
    ("lockinc(3,2)", lockinc(3, 2), 90, 0),
    ("indep_locks(2,1)", indep_locks(2, 1), 1, 0),
    ("indep_locks(3,1)", indep_locks(3, 1), 1, 0),
    ("indep_locks(4,1)", indep_locks(4, 1), 1, 0),
    ("indep_locks(3,2)", indep_locks(3, 2), 1, 0),
    ("n_writers_a_reader(2)", n_writers_a_reader(2), 6, 0),
    ("n_writers_a_reader(3)", n_writers_a_reader(3), 24, 0),
    ("n_writers_a_reader(4)", n_writers_a_reader(4), 120, 0),
    ("n_writers_a_reader(5)", n_writers_a_reader(5), 720, 0),
    ("n_writes_a_read_two_threads(1)", n_writes_a_read_two_threads(1), 4, 0),
    ("n_writes_a_read_two_threads(2)", n_writes_a_read_two_threads(2), 14, 0),
    ("n_writes_a_read_two_threads(3)", n_writes_a_read_two_threads(3), 50, 0),
    ("n_writes_a_read_two_threads(4)", n_writes_a_read_two_threads(4), 182, 0),
    ("redundant_co(1)", redundant_co(1), 12, 0),
    ("redundant_co(2)", redundant_co(2), 90, 0),
    ("redundant_co(3)", redundant_co(3), 560, 0),
    ("lastwrite(2)", lastwrite(2), 2, 0),
    ("lastwrite(3)", lastwrite(3), 6, 0),
    ("lastwrite(4)", lastwrite(4), 24, 0),
    ("fib_bench(1)", fib_bench(1), 3, 0),
    ("fib_bench(2)", fib_bench(2), 19, 0),
    ("fib_bench(3)", fib_bench(3), 141, 0),
    ("fib_bench(1,watched)", fib_bench(1, watched=True), 11, 0),
    ("fib_bench(2,watched)", fib_bench(2, watched=True), 140, 0),
    ("sigma(2)", sigma(2), 3, 0),
    ("sigma(3)", sigma(3), 15, 0),
    ("sigma(4)", sigma(4), 105, 0),
    ("opt_lock(2)", opt_lock(2), 42, 0),
    ("opt_lock(3)", opt_lock(3), 126, 0),
    ("SB", store_buffering(), 3, 0),
    ("MP", message_passing(), 3, 0),
    ("IRIW", independent_reads(), 15, 0),
    ("popl14_example", popl14_example(), 5, 0),
    ("mutex_deadlock(2)", mutex_deadlock(2), 2, 2),
    ("mutex_deadlock(3)", mutex_deadlock(3), 3, 3),
    ("philosophers(2)", philosophers(2), 3, 1),
    ("philosophers(3)", philosophers(3), 7, 1),
    ("philosophers(4)", philosophers(4), 15, 1),
    ("philosophers(5)", philosophers(5), 31, 1),
    ("philosophers(2,meals=2)", philosophers(2, 2), 11, 5),
    ("philosophers(3,meals=2)", philosophers(3, 2), 106, 16),
    ("philosophers(3,ordered)", philosophers(3, ordered=True), 6, 0),
    ("philosophers(4,ordered)", philosophers(4, ordered=True), 14, 0),
    ("cas(2)", cas(2), 2, 0),
    ("cas(3)", cas(3), 3, 0),
    ("cas(5)", cas(5), 5, 0),
    ("trylock(2)", trylock(2), 4, 0),
    ("trylock(3)", trylock(3), 21, 0),
    ("locks_and_trylocks(2,1)", locks_and_trylocks(2, 1), 10, 0),
    ("locks_and_trylocks(1,2)", locks_and_trylocks(1, 2), 15, 0),
    ("indexer(11)", indexer(11), 1, 0),
    ("indexer(12)", indexer(12), 8, 0),
    ("indexer(13)", indexer(13), 64, 0),
    ("filesystem(13)", filesystem(13), 1, 0),
    ("filesystem(14)", filesystem(14), 2, 0),
    ("filesystem(16)", filesystem(16), 8, 0),
    ("filesystem(18)", filesystem(18), 32, 0),
    ("condvar_1", condvar_1(), 2, 0),
    ("condvar_2waiters(all)", condvar_2waiters(everybody=True), 10, 0),
    ("condvar_2waiters(one)", condvar_2waiters(everybody=False), 8, 2),
    ("prodcons(1)", prodcons(1), 2, 0),
    ("prodcons(2)", prodcons(2), 8, 0),
    ("prodcons(3)", prodcons(3), 32, 0),
    ("semaphore(2,1)", semaphore(2, 1), 2, 0),
    ("semaphore(2,2)", semaphore(2, 2), 10, 0),
    ("semaphore(3,1)", semaphore(3, 1), 6, 0),
    ("semaphore(3,2)", semaphore(3, 2), 126, 0),
    ("event_gate(1)", event_gate(1), 2, 0),
    ("event_gate(2)", event_gate(2), 4, 0),
    ("event_gate(3)", event_gate(3), 8, 0),
    ("barrier(2)", barrier(2), 2, 0),
    ("barrier(3)", barrier(3), 6, 0),
]

#: The traces of some where a try-acquire that fails is taken for dependent on others that do.
COARSER = {
    "cas(2)": 2,
    "cas(3)": 6,
    "cas(5)": 120,
    "trylock(2)": 4,
    "trylock(3)": 24,
    "locks_and_trylocks(2,1)": 10,
    "locks_and_trylocks(1,2)": 16,
}
