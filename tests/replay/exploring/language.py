"""A language of small concurrent programs.

Each instruction is one operation of the project, or one access to one attribute of one shared object, with two
exceptions: `Wait` is two operations, and so is `Await` when the flag is down. `If` only looks at a register.

A thread has two registers of its own, 0 at first, and so are the shared variables. Thread 0 is the main thread. A
thread that no instruction starts is there from the beginning: in Python the main thread starts it before anything
else. At its end the main thread waits for all threads in the order of their numbers. So a thread has to be started by
the main thread or by one with a smaller number, and joined where it has certainly been started.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Read:
    """register = variable."""

    register: int
    variable: int


@dataclass(frozen=True, slots=True)
class Write:
    """variable = value; with a register, variable = register + value."""

    variable: int
    value: int
    register: int | None = None


@dataclass(frozen=True, slots=True)
class Acquire:
    lock: int


@dataclass(frozen=True, slots=True)
class Release:
    """Of a lock that the thread holds."""

    lock: int


@dataclass(frozen=True, slots=True)
class TryAcquire:
    """register = whether the lock was free and has been acquired."""

    register: int
    lock: int


@dataclass(frozen=True, slots=True)
class Take:
    """Acquires a semaphore."""

    semaphore: int


@dataclass(frozen=True, slots=True)
class Give:
    """Releases a semaphore."""

    semaphore: int


@dataclass(frozen=True, slots=True)
class Set:
    event: int


@dataclass(frozen=True, slots=True)
class Clear:
    event: int


@dataclass(frozen=True, slots=True)
class IsSet:
    register: int
    event: int


@dataclass(frozen=True, slots=True)
class Await:
    """Waits for an event."""

    event: int


@dataclass(frozen=True, slots=True)
class Wait:
    """Waits for a condition, whose lock the thread holds."""

    condition: int


@dataclass(frozen=True, slots=True)
class Notify:
    """Of a condition whose lock the thread holds; `everybody` or the first who waits."""

    condition: int
    everybody: bool = False


@dataclass(frozen=True, slots=True)
class Start:
    thread: int


@dataclass(frozen=True, slots=True)
class Join:
    thread: int


@dataclass(frozen=True, slots=True)
class If:
    """Does what is inside if the register has the value, or if `unless` only if it has another one."""

    register: int
    value: int
    body: Code
    unless: bool = False


Instruction = (
    Read | Write | Acquire | Release | TryAcquire | Take | Give | Set | Clear | IsSet | Await | Wait | Notify | Start
    | Join | If
)  # fmt: skip

#: What a thread does.
Code = tuple[Instruction, ...]

#: The registers of each thread.
REGISTERS = 2

#: Name of the main thread.
MAIN = "MainThread"


@dataclass(frozen=True)
class Program:
    """`locks` are classes of `threading`, of which an RLock is never acquired twice; `conditions` have these locks."""

    name: str
    threads: tuple[Code, ...]
    variables: int = 0
    locks: tuple[str, ...] = ()
    conditions: tuple[int, ...] = ()
    semaphores: tuple[int, ...] = ()
    events: int = 0

    @property
    def started(self) -> frozenset[int]:
        """The threads that an instruction starts."""
        return frozenset(one.thread for code in self.threads for one in plain(code) if isinstance(one, Start))


def plain(code: Code) -> Iterator[Instruction]:
    """The instructions of a thread in order, those inside of an If too, but not the If."""
    for one in code:
        if isinstance(one, If):
            yield from plain(one.body)
        else:
            yield one


def name_of(thread: int) -> str:
    """The name of a thread."""
    return f"t{thread}" if thread else MAIN
