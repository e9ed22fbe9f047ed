"""Random programs, from a seed: small enough for all that they can do to be found."""

from __future__ import annotations

import math
import random

from tests.replay.exploring.language import (
    REGISTERS,
    Acquire,
    Await,
    Clear,
    Give,
    If,
    Instruction,
    IsSet,
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
    plain,
)

#: So many interleavings a program may have, if no instruction had to wait.
_MOST_INTERLEAVINGS = 400_000

#: How many threads there are beside the main thread, and how often that is so.
_THREADS, _HOW_OFTEN = (2, 3, 4), (5, 4, 1)

#: What programs are made of: each of up to three of these.
_KINDS = ("memory", "lock", "try", "semaphore", "event", "condition")

#: The least and the most instructions of a thread, by how many there are; and the most of the main thread, beside
#: starting and joining.
_LENGTHS = {2: (4, 6), 3: (2, 6), 4: (2, 4)}
_LONGEST_IN_MAIN = 3

#: A lock stays locked for ever this often.
_FORGETS = 0.04

#: What somebody waits for and nobody does is added this often.
_HELPS = 0.85

#: A thread is started by another one than the main thread this often, and joins another one.
_GRANDCHILDREN, _JOINS = 0.25, 0.15


def generate(seed: int) -> Program:
    """A random program, the same for the same seed."""
    draw = random.Random(seed)
    while True:
        program = _Generator(draw).program(f"{seed}")
        if _interleavings(program) <= _MOST_INTERLEAVINGS:
            return program


def _interleavings(program: Program) -> int:
    lengths = [sum(1 for one in plain(code) if not isinstance(one, Start | Join)) for code in program.threads]
    together = math.factorial(sum(lengths))
    for length in lengths:
        together //= math.factorial(length)
    return together


class _Generator:
    """Draws one program."""

    def __init__(self, draw: random.Random) -> None:
        self._draw = draw
        kinds = draw.sample(_KINDS, draw.choice((1, 2, 2, 3)))
        self._kinds = kinds if "memory" in kinds or draw.random() < 0.2 else [*kinds, "memory"]
        self._variables = draw.choice((1, 1, 1, 2, 2, 3)) if "memory" in self._kinds or "condition" in kinds else 0
        self._locks = ["Lock"] * draw.choice((1, 1, 2)) if {"lock", "try"} & {*kinds} else []
        self._conditions: list[int] = []
        if "condition" in kinds:
            for _ in range(draw.choice((1, 1, 2))):
                self._conditions.append(self._lock_of_condition())
        self._semaphores = [draw.randint(0, 2) for _ in range(draw.choice((1, 1, 2)))] if "semaphore" in kinds else []
        self._events = draw.choice((1, 1, 2)) if "event" in kinds else 0

    def _lock_of_condition(self) -> int:
        if self._locks and self._draw.random() < 0.4:
            return self._draw.randrange(len(self._locks))
        self._locks.append(self._draw.choice(("Lock", "RLock")))
        return len(self._locks) - 1

    def program(self, name: str) -> Program:
        count = self._draw.choices(_THREADS, _HOW_OFTEN)[0]
        parents = [0, 0] + [
            self._draw.randrange(1, number) if self._draw.random() < _GRANDCHILDREN else 0
            for number in range(2, count + 1)
        ]
        threads = [self._main(parents)]
        threads += [self._thread(number, parents) for number in range(1, count + 1)]
        self._help(threads)
        return Program(
            name,
            tuple(tuple(code) for code in threads),
            self._variables,
            tuple(self._locks),
            tuple(self._conditions),
            tuple(self._semaphores),
            self._events,
        )

    def _help(self, threads: list[list[Instruction]]) -> None:
        """Adds what others wait for and nobody does, mostly."""
        done = [one for code in threads for one in plain(tuple(code))]
        helps: list[list[Instruction]] = []
        for event in {one.event for one in done if isinstance(one, Await)}:
            if Set(event) not in done:
                helps.append([Set(event)])
        for semaphore in {one.semaphore for one in done if isinstance(one, Take)}:
            if not self._semaphores[semaphore] and Give(semaphore) not in done:
                helps.append([Give(semaphore)])
        for condition in {one.condition for one in done if isinstance(one, Wait)}:
            if not any(isinstance(one, Notify) and one.condition == condition for one in done):
                lock = self._conditions[condition]
                helps.append([Acquire(lock), Notify(condition, everybody=True), Release(lock)])
        for code in helps:
            if self._draw.random() < _HELPS:
                self._draw.choice(threads).extend(code)

    def _main(self, parents: list[int]) -> list[Instruction]:
        code: list[Instruction] = []
        children = [number for number in range(1, len(parents)) if parents[number] == 0]
        held: frozenset[int] = frozenset()
        for number in children:
            code.append(Start(number))
            if self._draw.random() < 0.1:
                code += self._block(held, 2)
        if self._draw.random() < 0.4:
            code += self._blocks(held, self._draw.randint(1, _LONGEST_IN_MAIN))
        if self._draw.random() < 0.3:
            code.append(Join(self._draw.choice(children)))
            code += self._blocks(held, self._draw.randint(1, 2))
        return code

    def _thread(self, number: int, parents: list[int]) -> list[Instruction]:
        code = self._blocks(frozenset(), self._draw.randint(*_LENGTHS[len(parents) - 1]))
        joinable = [other for other in range(1, number) if parents[other] == parents[number] == 0]
        if joinable and self._draw.random() < _JOINS:
            self._insert(code, [Join(self._draw.choice(joinable))])
        for child in range(number + 1, len(parents)):
            if parents[child] == number:
                at = self._insert(code, [Start(child)])
                if self._draw.random() < _JOINS:
                    self._insert(code, [Join(child)], at + 1)
        return code

    def _insert(self, code: list[Instruction], new: list[Instruction], first: int = 0) -> int:
        at = self._draw.randint(first, len(code))
        code[at:at] = new
        return at

    def _blocks(self, held: frozenset[int], budget: int) -> list[Instruction]:
        """Instructions that take up the budget, or nearly so; `held` are the locks that the thread holds."""
        code: list[Instruction] = []
        while (left := budget - _length(code)) > 0:
            code += self._block(held, left)
        return code

    def _block(self, held: frozenset[int], budget: int) -> list[Instruction]:
        """At least one and at most so many instructions."""
        for _ in range(10):
            made: list[Instruction] = getattr(self, "_" + self._draw.choice(self._kinds))(held, budget)
            if made and _length(made) <= budget:
                return made
        return self._anything()

    def _anything(self) -> list[Instruction]:
        """One instruction that is always allowed."""
        possible: list[Instruction] = []
        if self._variables:
            possible += [self._read(), self._write()]
        possible += [Give(number) for number in range(len(self._semaphores))]
        possible += [Set(number) for number in range(self._events)]
        return [self._draw.choice(possible)] if possible else [TryAcquire(self._register(), 0)]

    def _register(self) -> int:
        return self._draw.randrange(REGISTERS)

    def _read(self) -> Read:
        return Read(self._register(), self._draw.randrange(self._variables))

    def _write(self) -> Write:
        register = self._register() if self._draw.random() < 0.3 else None
        return Write(self._draw.randrange(self._variables), self._draw.randint(1, 2), register)

    def _memory(self, held: frozenset[int], budget: int) -> list[Instruction]:
        match self._draw.choices(("read", "write", "increment", "check"), (2, 3, 4, 4))[0]:
            case "read":
                return [self._read()]
            case "write":
                return [self._write()]
            case "increment":
                read = self._read()
                return [read, Write(read.variable, 1, read.register)]
        read = self._read()
        return [read, If(read.register, self._draw.randint(0, 1), tuple(self._inside(held, budget - 1)))]

    def _inside(self, held: frozenset[int], budget: int) -> list[Instruction]:
        """What stands between other instructions."""
        return self._block(held, self._draw.randint(1, min(budget, 3))) if budget > 0 else self._anything()

    def _lock(self, held: frozenset[int], budget: int) -> list[Instruction]:
        free = [number for number in range(len(self._locks)) if number not in held]
        if budget < 2 or not free:
            return []
        lock = self._draw.choice(free)
        inside = self._inside(held | {lock}, budget - 2) if budget > 2 else []
        if self._locks[lock] == "Lock" and self._draw.random() < _FORGETS:
            return [Acquire(lock), *inside]
        return [Acquire(lock), *inside, Release(lock)]

    def _try(self, held: frozenset[int], budget: int) -> list[Instruction]:
        plain_locks = [number for number, kind in enumerate(self._locks) if kind == "Lock"]
        lock, register = self._draw.choice(plain_locks), self._register()
        if lock in held:
            return [TryAcquire(register, lock)]
        inside = self._inside(held | {lock}, budget - 2) if budget > 2 else []
        return [TryAcquire(register, lock), If(register, 1, (*inside, Release(lock)))]

    def _semaphore(self, held: frozenset[int], budget: int) -> list[Instruction]:
        number = self._draw.randrange(len(self._semaphores))
        match self._draw.choice(("take", "give", "both", "both")):
            case "take":
                return [Take(number)]
            case "give":
                return [Give(number)]
        return [Take(number), *(self._inside(held, budget - 2) if budget > 2 else []), Give(number)]

    def _event(self, held: frozenset[int], budget: int) -> list[Instruction]:
        number = self._draw.randrange(self._events)
        match self._draw.choice(("set", "set", "clear", "await", "await", "look")):
            case "set":
                return [Set(number)]
            case "clear":
                return [Clear(number)]
            case "await":
                return [Await(number)]
        register = self._register()
        return [IsSet(register, number), If(register, self._draw.randint(0, 1), tuple(self._inside(held, budget - 1)))]

    def _condition(self, held: frozenset[int], budget: int) -> list[Instruction]:
        number = self._draw.randrange(len(self._conditions))
        lock = self._conditions[number]
        if lock in held:
            return self._with_condition(number)
        return [Acquire(lock), *self._with_condition(number), Release(lock)]

    def _with_condition(self, number: int) -> list[Instruction]:
        """What is done with a condition whose lock is held."""
        notify = Notify(number, self._draw.random() < 0.4)
        match self._draw.choice(
            ("wait", "wait unless", "wait unless", "notify", "write and notify", "write and notify")
        ):
            case "wait":
                return [Wait(number)]
            case "wait unless":
                read = self._read()
                return [read, If(read.register, 0, (Wait(number),))]
            case "notify":
                return [notify]
        return [self._write(), notify]


def _length(code: list[Instruction]) -> int:
    return sum(1 for _ in plain(tuple(code)))
