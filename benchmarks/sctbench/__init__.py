"""Programs of SCTBench, rewritten from descriptions of them, and how many schedules other tools need for their bugs.

SCTBench: Thomson, Donaldson and Betts, Concurrency testing using schedule bounding: an empirical study, PPoPP 2014.
reorder_50, reorder_100, twostage_20, twostage_50 and boundedBuffer are those of PERIOD (ICSE 2022).

A program is a function that can be called again and again: its state is made when it begins. Threads, critical
sections, and accesses to variables that are not guarded are those of the originals. What C aborts with ends a thread in
Python, and releases its locks; so others may wait for ever for a thread that has failed. The threads that an original
does not join go on after its main function has returned; C would end them.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Literal

from benchmarks.sctbench import (
    account,
    aget,
    arithmetic_prog,
    bluetooth_driver,
    bounded_buffer,
    carter01,
    circular_buffer,
    deadlock01,
    din_phil,
    fsbench,
    lazy01,
    phase01,
    qsort_mt,
    queue,
    reorder,
    safe_stack,
    stack,
    stringbuffer,
    sync,
    token_ring,
    twostage,
    work_steal_queue,
    wronglock,
)
from benchmarks.sctbench.published import PUBLISHED

Kind = Literal["exception", "deadlock"]


@dataclass(frozen=True)
class Program:
    """A program, and its bug.

    `kind` is that of the first failure. `published` has, by the name of a tool or strategy, the mean number of
    schedules to the first bug, None where it was not found; those without a figure are left out.
    """

    name: str
    main: Callable[[], None]
    kind: Kind
    published: Mapping[str, float | None]


def _program(name: str, main: Callable[[], None], kind: Kind = "exception") -> Program:
    return Program(name, main, kind, PUBLISHED[name])


PROGRAMS: tuple[Program, ...] = (
    _program("account", account.account),
    _program("aget-bug2", aget.aget_bug2),
    _program("arithmetic_prog", arithmetic_prog.arithmetic_prog),
    _program("bluetooth_driver", bluetooth_driver.bluetooth_driver),
    _program("boundedBuffer", bounded_buffer.bounded_buffer),
    _program("carter01", carter01.carter01, "deadlock"),
    _program("circular_buffer", circular_buffer.circular_buffer),
    _program("deadlock01", deadlock01.deadlock01, "deadlock"),
    _program("din_phil2_sat", din_phil.din_phil2_sat),
    _program("din_phil3_sat", din_phil.din_phil3_sat),
    _program("din_phil4_sat", din_phil.din_phil4_sat),
    _program("din_phil5_sat", din_phil.din_phil5_sat),
    _program("din_phil6_sat", din_phil.din_phil6_sat),
    _program("din_phil7_sat", din_phil.din_phil7_sat),
    _program("fsbench", fsbench.fsbench),
    _program("InterlockedWorkStealQueue", work_steal_queue.interlocked_work_steal_queue),
    _program("lazy01", lazy01.lazy01),
    _program("phase01", phase01.phase01, "deadlock"),
    _program("qsort_mt", qsort_mt.qsort_mt),
    _program("queue", queue.queue),
    _program("reorder_3", reorder.reorder_3),
    _program("reorder_4", reorder.reorder_4),
    _program("reorder_5", reorder.reorder_5),
    _program("reorder_10", reorder.reorder_10),
    _program("reorder_20", reorder.reorder_20),
    _program("reorder_50", reorder.reorder_50),
    _program("reorder_100", reorder.reorder_100),
    _program("SafeStack", safe_stack.safe_stack),
    _program("stack", stack.stack),
    _program("stringbuffer-jdk1.4", stringbuffer.stringbuffer),
    _program("sync01", sync.sync01, "deadlock"),
    _program("sync02", sync.sync02, "deadlock"),
    _program("token_ring", token_ring.token_ring),
    _program("twostage", twostage.twostage),
    _program("twostage_20", twostage.twostage_20),
    _program("twostage_50", twostage.twostage_50),
    _program("twostage_100", twostage.twostage_100),
    _program("WorkStealQueue", work_steal_queue.work_steal_queue),
    _program("wronglock", wronglock.wronglock),
    _program("wronglock_3", wronglock.wronglock_3),
)
