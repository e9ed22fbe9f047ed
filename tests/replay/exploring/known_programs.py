"""What the programs with known numbers of traces are made of."""

from __future__ import annotations

import threading
from collections.abc import Callable
from threading import Thread

#: Makes everything anew, starts its threads, joins them in that order, and returns the final state.
Main = Callable[[], object]


class Shared:
    """Three variables."""

    def __init__(self) -> None:
        self.x = 0
        self.y = 0
        self.z = 0


class Cell:
    """An element of an array."""

    def __init__(self) -> None:
        self.value = 0


def cells_of(count: int) -> tuple[Cell, ...]:
    return tuple(Cell() for _ in range(count))


def values(cells: tuple[Cell, ...]) -> tuple[int, ...]:
    return tuple(cell.value for cell in cells)


def locks_of(count: int) -> tuple[threading.Lock, ...]:
    return tuple(threading.Lock() for _ in range(count))


def run(*threads: Thread) -> None:
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def each(count: int, function: Callable[..., None], *arguments: object) -> tuple[Thread, ...]:
    """Threads that call a function with their numbers, from 1 on, and the same arguments."""
    return tuple(Thread(target=function, args=(number, *arguments)) for number in range(1, count + 1))
