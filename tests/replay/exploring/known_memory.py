"""Programs with known numbers of traces, whose threads share nothing but memory: see `known_traces`."""

from __future__ import annotations

from threading import Thread
from typing import Any

from tests.replay.exploring.known_programs import Cell, Main, Shared, cells_of, each, run, values
from tests.replay.exploring.programs import Results


def _write_x(value: int, shared: Shared, times: int = 1) -> None:
    for _ in range(times):
        shared.x = value


def _read_x(number: int, shared: Shared, results: Any) -> None:
    results.keep(number, shared.x)


def same_writes(n: int, k: int) -> Main:
    """Each of n threads writes x k times."""

    def main() -> object:
        shared = Shared()
        run(*each(n, _write_x, shared, k))
        return shared.x

    return main


def readers(n: int) -> Main:
    """One thread writes x, n read it."""

    def main() -> object:
        shared, results = Shared(), Results()
        run(Thread(target=_write_x, args=(1, shared)), *each(n, _read_x, shared, results))
        return results.everything()

    return main


def n_writers_a_reader(n: int) -> Main:
    """Each of n threads writes x, one reads it."""

    def main() -> object:
        shared, results = Shared(), Results()
        run(*each(n, _write_x, shared), Thread(target=_read_x, args=(0, shared, results)))
        return shared.x, results.everything()

    return main


def lastwrite(n: int) -> Main:
    """Each of n threads writes x; the main thread reads it at the end."""

    def main() -> object:
        shared = Shared()
        run(*each(n, _write_x, shared))
        return shared.x

    return main


def redundant_co(n: int) -> Main:
    """Two threads write x n times each, the third reads it twice."""

    def read_twice(shared: Shared, results: Any) -> None:
        first = shared.x
        results.keep(0, first, shared.x)

    def main() -> object:
        shared, results = Shared(), Results()
        run(*each(2, _write_x, shared, n), Thread(target=read_twice, args=(shared, results)))
        return shared.x, results.everything()

    return main


def n_writes_a_read_two_threads(n: int) -> Main:
    """Both threads write x n times and then read it."""

    def both(number: int, shared: Shared, results: Any) -> None:
        for _ in range(n):
            shared.x = number
        results.keep(number, shared.x)

    def main() -> object:
        shared, results = Shared(), Results()
        run(*each(2, both, shared, results))
        return shared.x, results.everything()

    return main


def inc(n: int) -> Main:
    """Each of n threads reads x and writes it one greater."""

    def increment(number: int, shared: Shared) -> None:
        shared.x = shared.x + 1

    def main() -> object:
        shared = Shared()
        run(*each(n, increment, shared))
        return shared.x

    return main


def fetch_add(n: int, lists: int) -> Main:
    """Each of n threads appends to each of the lists: one operation that reads and writes."""

    def append(number: int, lists: tuple[list[int], ...]) -> None:
        for one in lists:
            one.append(number)

    def main() -> object:
        made: tuple[list[int], ...] = tuple([] for _ in range(lists))
        run(*each(n, append, made))
        return tuple(tuple(one) for one in made)

    return main


def lastzero(n: int) -> Main:
    """Threads write a[j] = a[j - 1] + 1; one looks for the last zero, from the end of the array."""

    def write(number: int, cells: tuple[Cell, ...]) -> None:
        cells[number].value = cells[number - 1].value + 1

    def search(cells: tuple[Cell, ...], results: Any) -> None:
        at = n
        while cells[at].value != 0:
            at -= 1
        results.keep(0, at)

    def main() -> object:
        cells, results = cells_of(n + 1), Results()
        run(Thread(target=search, args=(cells, results)), *each(n, write, cells))
        return values(cells), results.everything()

    return main


def fib_bench(n: int, *, watched: bool = False) -> Main:
    """One thread adds y to x n times, the other one x to y; `watched`: the main thread reads both meanwhile."""

    def add_y(shared: Shared) -> None:
        for _ in range(n):
            shared.x = shared.x + shared.y

    def add_x(shared: Shared) -> None:
        for _ in range(n):
            shared.y = shared.y + shared.x

    def main() -> object:
        shared = Shared()
        shared.x = shared.y = 1
        threads = Thread(target=add_y, args=(shared,)), Thread(target=add_x, args=(shared,))
        seen = None
        for thread in threads:
            thread.start()
        if watched:
            seen = shared.x, shared.y
        for thread in threads:
            thread.join()
        return shared.x, shared.y, seen

    return main


def sigma(n: int) -> Main:
    """The main thread counts x up n times, and starts a thread each time that writes a[x]."""

    def write(shared: Shared, cells: tuple[Cell, ...]) -> None:
        cells[shared.x].value = 1

    def main() -> object:
        shared, cells = Shared(), cells_of(n + 1)
        threads = tuple(Thread(target=write, args=(shared, cells)) for _ in range(n))
        for thread in threads:
            shared.x += 1
            thread.start()
        for thread in threads:
            thread.join()
        return values(cells)

    return main


def opt_lock(n: int) -> Main:
    """An optimistic lock: a thread announces itself, writes, and begins anew if the other one has announced itself."""

    def attempt(number: int, shared: Shared, results: Any) -> None:
        for _ in range(n):
            shared.y = number
            shared.x = number
            if shared.y == number:
                results.keep(number, shared.x)
                return

    def main() -> object:
        shared, results = Shared(), Results()
        run(*each(2, attempt, shared, results))
        return shared.x, results.everything()

    return main


def store_buffering() -> Main:
    """SB: x = 1; read y | y = 1; read x."""

    def one(shared: Shared, results: Any) -> None:
        shared.x = 1
        results.keep(1, shared.y)

    def two(shared: Shared, results: Any) -> None:
        shared.y = 1
        results.keep(2, shared.x)

    def main() -> object:
        shared, results = Shared(), Results()
        run(Thread(target=one, args=(shared, results)), Thread(target=two, args=(shared, results)))
        return results.everything()

    return main


def _read_x_and_y(shared: Shared, results: Any) -> None:
    first = shared.x
    results.keep(1, first, shared.y)


def _read_y_and_x(shared: Shared, results: Any) -> None:
    first = shared.y
    results.keep(2, first, shared.x)


def _write_y(value: int, shared: Shared) -> None:
    shared.y = value


def message_passing() -> Main:
    """MP: x = 1; y = 1 | read y; read x."""

    def send(shared: Shared) -> None:
        shared.x = 1
        shared.y = 1

    def main() -> object:
        shared, results = Shared(), Results()
        run(Thread(target=send, args=(shared,)), Thread(target=_read_y_and_x, args=(shared, results)))
        return results.everything()

    return main


def independent_reads() -> Main:
    """IRIW: x = 1 | y = 1 | read x; read y | read y; read x."""

    def main() -> object:
        shared, results = Shared(), Results()
        run(
            Thread(target=_write_x, args=(1, shared)),
            Thread(target=_write_y, args=(1, shared)),
            Thread(target=_read_x_and_y, args=(shared, results)),
            Thread(target=_read_y_and_x, args=(shared, results)),
        )
        return results.everything()

    return main


def popl14_example() -> Main:
    """The four threads: x = 1 | y = 1 | if y == 0: z = 1 | if z == 1 and y == 0: x = 2."""

    def third(shared: Shared) -> None:
        if shared.y == 0:
            shared.z = 1

    def fourth(shared: Shared) -> None:
        if shared.z == 1 and shared.y == 0:
            shared.x = 2

    def main() -> object:
        shared = Shared()
        run(
            Thread(target=_write_x, args=(1, shared)),
            Thread(target=_write_y, args=(1, shared)),
            Thread(target=third, args=(shared,)),
            Thread(target=fourth, args=(shared,)),
        )
        return shared.x, shared.y, shared.z

    return main
