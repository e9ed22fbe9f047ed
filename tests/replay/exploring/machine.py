"""Executes programs of `tests.replay.exploring.language`, one operation at a time, without the kernel.

The semantics are those of CPython. Waiters of a condition are notified first come, first served. Who waits for an event
is woken by the next set, whatever becomes of the flag. A semaphore gives its permits to whoever comes first.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, NamedTuple

from tests.replay.exploring.language import (
    MAIN,
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
    name_of,
)

#: Values of the variables, and registers of the threads in order.
Final = tuple[tuple[int, ...], tuple[tuple[int, ...], ...]]

#: An object, and whether it is written.
Access = tuple[tuple[str, int], bool]

#: What a thread is doing.
UNBORN = "unborn"
READY = "ready"  # it stands before an instruction
WAITING = "waiting"  # in a condition
NOTIFIED = "notified"  # it stands before the lock of the condition
PARKED = "parked"  # in an event
WOKEN = "woken"
ENDED = "ended"


class _Jump(NamedTuple):
    """An If that has been made flat: where it is not taken, so many instructions are left out."""

    register: int
    value: int
    unless: bool
    length: int


class State(NamedTuple):
    """Of a whole program. A thread is (next instruction, registers, what it is doing)."""

    variables: tuple[int, ...]
    owners: tuple[int | None, ...]
    queues: tuple[tuple[int, ...], ...]
    permits: tuple[int, ...]
    flags: tuple[bool, ...]
    threads: tuple[tuple[int, tuple[int, ...], str], ...]


class Machine:
    """Executes a program, one operation at a time."""

    def __init__(self, program: Program, *, failed_tries_write: bool = False) -> None:
        self.program = program
        self.code = [_flat(code) for code in program.threads]
        self.failed_tries_write = failed_tries_write

    def first(self) -> State:
        """The state that the program begins in."""
        program = self.program
        started = program.started
        state = State(
            (0,) * program.variables,
            (None,) * len(program.locks),
            ((),) * len(program.conditions),
            program.semaphores,
            (False,) * program.events,
            tuple((0, (0,) * REGISTERS, UNBORN) for _ in program.threads),
        )
        step = _Step(self, state)
        for thread in range(len(program.threads)):
            if thread not in started:
                step.go_on(thread, 0)
        return step.after()

    def enabled(self, state: State) -> list[int]:
        """The threads that can make a step."""
        return [thread for thread in range(len(self.code)) if self._is_enabled(state, thread)]

    def _is_enabled(self, state: State, thread: int) -> bool:
        at, _, doing = state.threads[thread]
        if doing == READY:
            instruction = self.code[thread][at]
            if isinstance(instruction, Acquire):
                return state.owners[instruction.lock] is None
            if isinstance(instruction, Take):
                return state.permits[instruction.semaphore] > 0
            return not isinstance(instruction, Join) or state.threads[instruction.thread][2] == ENDED
        if doing == NOTIFIED:
            return state.owners[self.program.conditions[self.code[thread][at].condition]] is None
        return doing == WOKEN

    def step(self, state: State, thread: int) -> tuple[State, list[Access]]:
        """The state after the next operation of a thread that is enabled, and what that accesses."""
        step = _Step(self, state)
        accesses = step.make(thread)
        return step.after(), accesses

    def stuck(self, state: State) -> dict[str, str]:
        """The threads that have not ended, where no thread is enabled, and the instructions that they stand in."""
        stuck = {
            name_of(thread): f"{doing} {self.code[thread][at]}"
            for thread, (at, _, doing) in enumerate(state.threads)
            if doing not in (UNBORN, ENDED)
        }
        return {MAIN: "at its end", **stuck} if stuck else {}

    def final(self, state: State) -> Final:
        """The state, where all threads have ended."""
        return state.variables, tuple(registers for _, registers, _ in state.threads)


def _flat(code: Iterable[Instruction]) -> list[Any]:
    flat: list[Any] = []
    for one in code:
        if isinstance(one, If):
            body = _flat(one.body)
            flat += [_Jump(one.register, one.value, one.unless, len(body)), *body]
        else:
            flat.append(one)
    return flat


class _Step:
    """One operation, on a copy of the state. The methods for the instructions give what these access."""

    def __init__(self, machine: Machine, state: State) -> None:
        self._machine = machine
        self._conditions = machine.program.conditions
        self._state = state
        self.variables = list(state.variables)
        self.owners = list(state.owners)
        self.queues = list(state.queues)
        self.permits = list(state.permits)
        self.flags = list(state.flags)
        self.threads = list(state.threads)
        self._ended: list[int] = []

    def after(self) -> State:
        """The new state."""
        return State(
            tuple(self.variables),
            tuple(self.owners),
            tuple(self.queues),
            tuple(self.permits),
            tuple(self.flags),
            tuple(self.threads),
        )

    def make(self, thread: int) -> list[Access]:
        """The next operation of a thread."""
        at, registers, doing = self.threads[thread]
        instruction = self._machine.code[thread][at]
        self.threads[thread] = (at, registers, READY)
        accesses = [_read("birth", thread)]  # no more than the first operation needs it
        if doing == READY:
            accesses += _EFFECTS[type(instruction)](self, thread, instruction)
        else:
            accesses.append(_read("waking", thread))
        if doing == NOTIFIED:
            accesses += self.acquire(thread, self._conditions[instruction.condition])
        if self.threads[thread][2] == READY:
            self.go_on(thread, at + 1)
        return accesses + [_write("end", ended) for ended in self._ended]

    def go_on(self, thread: int, at: int) -> None:
        """The thread comes before the instruction at `at`, or a later one, or to its end."""
        code = self._machine.code[thread]
        registers = self.threads[thread][1]
        while at < len(code) and isinstance(code[at], _Jump):
            jump = code[at]
            taken = (registers[jump.register] == jump.value) is not jump.unless
            at += 1 if taken else 1 + jump.length
        self.threads[thread] = (at, registers, READY if at < len(code) else ENDED)
        if at >= len(code):
            self._ended.append(thread)

    def _be(self, thread: int, doing: str) -> None:
        at, registers, _ = self.threads[thread]
        self.threads[thread] = (at, registers, doing)

    def _keep(self, thread: int, register: int, value: int) -> None:
        at, registers, doing = self.threads[thread]
        self.threads[thread] = (at, (*registers[:register], value, *registers[register + 1 :]), doing)

    def read(self, thread: int, one: Read) -> list[Access]:
        self._keep(thread, one.register, self.variables[one.variable])
        return [_read("variable", one.variable)]

    def write(self, thread: int, one: Write) -> list[Access]:
        added = 0 if one.register is None else self.threads[thread][1][one.register]
        self.variables[one.variable] = added + one.value
        return [_write("variable", one.variable)]

    def acquire(self, thread: int, lock: int) -> list[Access]:
        assert self.owners[lock] is None
        self.owners[lock] = thread
        return [_write("lock", lock)]

    def release(self, thread: int, lock: int) -> list[Access]:
        assert self.owners[lock] == thread
        self.owners[lock] = None
        return [_write("lock", lock)]

    def try_acquire(self, thread: int, one: TryAcquire) -> list[Access]:
        succeeds = self.owners[one.lock] is None
        self._keep(thread, one.register, int(succeeds))
        if succeeds:
            return self.acquire(thread, one.lock)
        return [(("lock", one.lock), self._machine.failed_tries_write)]

    def permit(self, number: int, change: int) -> list[Access]:
        self.permits[number] += change
        assert self.permits[number] >= 0
        return [_write("semaphore", number)]

    def raise_flag(self, event: int) -> list[Access]:
        self.flags[event] = True
        accesses = [_write("event", event)]
        for thread, (at, _, doing) in enumerate(self.threads):
            if doing == PARKED and self._machine.code[thread][at].event == event:
                self._be(thread, WOKEN)
                accesses.append(_write("waking", thread))
        return accesses

    def lower_flag(self, event: int) -> list[Access]:
        self.flags[event] = False
        return [_write("event", event)]

    def is_set(self, thread: int, one: IsSet) -> list[Access]:
        self._keep(thread, one.register, int(self.flags[one.event]))
        return [_read("event", one.event)]

    def wait_for_event(self, thread: int, event: int) -> list[Access]:
        if not self.flags[event]:
            self._be(thread, PARKED)
        return [_read("event", event)]

    def wait(self, thread: int, condition: int) -> list[Access]:
        self.queues[condition] += (thread,)
        self._be(thread, WAITING)
        return [_write("condition", condition), *self.release(thread, self._conditions[condition])]

    def notify(self, thread: int, one: Notify) -> list[Access]:
        assert self.owners[self._conditions[one.condition]] == thread
        queue = self.queues[one.condition]
        count = len(queue) if one.everybody else 1
        for woken in queue[:count]:
            self._be(woken, NOTIFIED)
        self.queues[one.condition] = queue[count:]
        return [_write("condition", one.condition), *(_write("waking", woken) for woken in queue[:count])]

    def start(self, thread: int, other: int) -> list[Access]:
        assert self.threads[other][2] == UNBORN
        self.go_on(other, 0)
        return [_write("birth", other)]


def _read(kind: str, number: int) -> Access:
    return (kind, number), False


def _write(kind: str, number: int) -> Access:
    return (kind, number), True


_EFFECTS: dict[type, Callable[[_Step, int, Any], list[Access]]] = {
    Read: _Step.read,
    Write: _Step.write,
    Acquire: lambda step, thread, one: step.acquire(thread, one.lock),
    Release: lambda step, thread, one: step.release(thread, one.lock),
    TryAcquire: _Step.try_acquire,
    Take: lambda step, thread, one: step.permit(one.semaphore, -1),
    Give: lambda step, thread, one: step.permit(one.semaphore, 1),
    Set: lambda step, thread, one: step.raise_flag(one.event),
    Clear: lambda step, thread, one: step.lower_flag(one.event),
    IsSet: _Step.is_set,
    Await: lambda step, thread, one: step.wait_for_event(thread, one.event),
    Wait: lambda step, thread, one: step.wait(thread, one.condition),
    Notify: _Step.notify,
    Start: lambda step, thread, one: step.start(thread, one.thread),
    Join: lambda step, thread, one: [_read("end", one.thread)],
}
