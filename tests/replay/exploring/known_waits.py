"""Programs with known numbers of traces, whose threads wait for each other: see `known_traces`."""

from __future__ import annotations

import threading
from threading import Thread

from tests.replay.exploring.known_programs import Cell, Main, Shared, cells_of, each, run, values


def _wait_unless_x(number: int, shared: Shared, condition: threading.Condition) -> None:
    with condition:
        if not shared.x:
            condition.wait()


def condvar(waiters: int, *, everybody: bool) -> Main:
    """Threads wait unless x was written; one writes it, and notifies everybody or the first one."""

    def write_and_notify(shared: Shared, condition: threading.Condition) -> None:
        with condition:
            shared.x = 1
            if everybody:
                condition.notify_all()
            else:
                condition.notify()

    def main() -> object:
        shared, condition = Shared(), threading.Condition()
        run(
            *each(waiters, _wait_unless_x, shared, condition),
            Thread(target=write_and_notify, args=(shared, condition)),
        )
        return shared.x

    return main


def condvar_1() -> Main:
    """One waiter."""
    return condvar(1, everybody=True)


def condvar_2waiters(*, everybody: bool) -> Main:
    """Two waiters."""
    return condvar(2, everybody=everybody)


def prodcons(items: int) -> Main:
    """A producer and a consumer, with room for one item between them, and one condition."""

    def produce(shared: Shared, condition: threading.Condition) -> None:
        for _ in range(items):
            with condition:
                while shared.x == 1:
                    condition.wait()
                shared.x = 1
                condition.notify()

    def consume(shared: Shared, condition: threading.Condition) -> None:
        for _ in range(items):
            with condition:
                while shared.x == 0:
                    condition.wait()
                shared.x = 0
                condition.notify()

    def main() -> object:
        shared, condition = Shared(), threading.Condition()
        run(Thread(target=produce, args=(shared, condition)), Thread(target=consume, args=(shared, condition)))
        return shared.x

    return main


def semaphore(n: int, permits: int) -> Main:
    """Each of n threads acquires the semaphore, writes x and releases it."""

    def write(number: int, shared: Shared, semaphore: threading.Semaphore) -> None:
        with semaphore:
            shared.x = number

    def main() -> object:
        shared = Shared()
        run(*each(n, write, shared, threading.Semaphore(permits)))
        return shared.x

    return main


def event_gate(n: int) -> Main:
    """Each of n threads waits for an event that one sets, and then writes a variable of its own."""

    def wait(number: int, event: threading.Event, cells: tuple[Cell, ...]) -> None:
        event.wait()
        cells[number - 1].value = 1

    def open_gate(event: threading.Event) -> None:
        event.set()

    def main() -> object:
        event, cells = threading.Event(), cells_of(n)
        run(*each(n, wait, event, cells), Thread(target=open_gate, args=(event,)))
        return values(cells)

    return main


def barrier(n: int) -> Main:
    """Each of n threads writes a variable of its own before a barrier and after it."""

    def meet(number: int, barrier: threading.Barrier, cells: tuple[Cell, ...]) -> None:
        cells[number - 1].value = 1
        barrier.wait()
        cells[number - 1].value = 2

    def main() -> object:
        cells = cells_of(n)
        run(*each(n, meet, threading.Barrier(n), cells))
        return values(cells)

    return main
