"""Programs of `tests.replay.exploring.language` in Python, which an explorer runs.

`tests.replay.exploring.brute_force` says what the same programs can do, without the kernel.
"""

from __future__ import annotations

import linecache
from collections.abc import Callable, Iterator
from typing import Any

from tests.replay.exploring.language import (
    REGISTERS,
    Acquire,
    Await,
    Clear,
    Code,
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
from tests.replay.exploring.random_programs import generate

__all__ = ["Program", "Results", "compile_to_function", "generate", "keeping", "source_of", "unfinished"]

#: What a thread ends with is kept here. Of code in such a file no access is a scheduling point.
_RESULTS = '''
class Results:
    """What threads end with. To keep that is neither an operation nor an access."""

    def __init__(self):
        self.kept = {}

    def keep(self, thread, *registers):
        self.kept[thread] = registers

    def values(self, shared, count):
        return tuple(getattr(shared, f"x{number}") for number in range(count))

    def everything(self):
        return tuple(self.kept[thread] for thread in sorted(self.kept))


def keeping(function):
    """A function that calls this one, and a list of what that gave."""
    kept = []
    return lambda: kept.append(function()), kept
'''


def _unwatched() -> Any:
    # Of a module of this project: what is kept is no object of the program.
    namespace: dict[str, Any] = {"__name__": "replay.results"}
    exec(compile(_RESULTS, "<frozen results>", "exec"), namespace)
    return namespace


Results: Any = _unwatched()["Results"]
keeping: Callable[[Callable[[], object]], tuple[Callable[[], None], list[Any]]] = _unwatched()["keeping"]


def compile_to_function(program: Program) -> Callable[[], object]:
    """A function that runs the program, with everything in it new each time.

    It returns the values of the variables, and the registers of all threads: a final state as in
    `brute_force.reachable`.
    """
    source = source_of(program)
    filename = f"<program {program.name}>"
    linecache.cache[filename] = (len(source), None, source.splitlines(keepends=True), filename)
    namespace: dict[str, Any] = {"__name__": "program", "Results": Results}
    exec(compile(source, filename, "exec"), namespace)
    main: Callable[[], object] = namespace["main"]
    return main


def source_of(program: Program) -> str:
    """The program in Python."""
    objects = [
        *(f"lock{number}" for number in range(len(program.locks))),
        *(f"condition{number}" for number in range(len(program.conditions))),
        *(f"semaphore{number}" for number in range(len(program.semaphores))),
        *(f"event{number}" for number in range(program.events)),
    ]
    parameters = ["results", "shared", *objects]
    lines = ["import threading", "", "class Shared:", "    pass", ""]
    for number, code in enumerate(program.threads[1:], 1):
        known = [f"t{other}" for other in _known_to(code)]
        lines += [f"def run{number}({', '.join(parameters + known)}):", *_body(number, code), ""]
    lines += ["def main():", *_setting_up(program), *_threads(program, parameters)]
    lines += [f"    t{number}.start()" for number in range(1, len(program.threads)) if number not in program.started]
    lines += _body(0, program.threads[0])[:-1]
    lines += [f"    t{number}.join()" for number in range(1, len(program.threads))]
    lines += ["    results.keep(0, r0, r1)"]
    lines += [f"    return results.values(shared, {program.variables}), results.everything()"]
    return "\n".join(lines) + "\n"


def _known_to(code: Code) -> list[int]:
    """The threads that this one starts and joins."""
    return sorted({one.thread for one in plain(code) if isinstance(one, Start | Join)})


def _setting_up(program: Program) -> Iterator[str]:
    yield "    results, shared = Results(), Shared()"
    for number in range(program.variables):
        yield f"    shared.x{number} = 0"
    for number, kind in enumerate(program.locks):
        yield f"    lock{number} = threading.{kind}()"
    for number, lock in enumerate(program.conditions):
        yield f"    condition{number} = threading.Condition(lock{lock})"
    for number, permits in enumerate(program.semaphores):
        yield f"    semaphore{number} = threading.Semaphore({permits})"
    for number in range(program.events):
        yield f"    event{number} = threading.Event()"


def _threads(program: Program, parameters: list[str]) -> Iterator[str]:
    """Makes the threads: each after those that it starts or joins."""
    made: list[int] = []
    while len(made) < len(program.threads) - 1:
        before = len(made)
        for number, code in enumerate(program.threads[1:], 1):
            known = _known_to(code)
            if number not in made and all(other in made for other in known):
                made.append(number)
                arguments = ", ".join(parameters + [f"t{other}" for other in known])
                yield f'    t{number} = threading.Thread(target=run{number}, name="t{number}", args=({arguments},))'
        assert len(made) > before, "threads join each other"


def _body(number: int, code: Code) -> list[str]:
    names = ", ".join(f"r{register}" for register in range(REGISTERS))
    return ["    r0 = r1 = 0", *_statements(code, "    "), f"    results.keep({number}, {names})"]


def _statements(code: Code, indent: str) -> Iterator[str]:
    for one in code:
        if isinstance(one, If):
            yield f"{indent}if r{one.register} {'!=' if one.unless else '=='} {one.value}:"
            yield from _statements(one.body, indent + "    ")
        else:
            yield indent + _statement(one)


def _statement(instruction: Instruction) -> str:
    match instruction:
        case Read(register, variable):
            return f"r{register} = shared.x{variable}"
        case Write(variable, value, None):
            return f"shared.x{variable} = {value}"
        case Write(variable, value, register):
            return f"shared.x{variable} = r{register} + {value}"
        case Acquire(lock):
            return f"lock{lock}.acquire()"
        case Release(lock):
            return f"lock{lock}.release()"
        case TryAcquire(register, lock):
            return f"r{register} = lock{lock}.acquire(False)"
        case Take(semaphore):
            return f"semaphore{semaphore}.acquire()"
        case Give(semaphore):
            return f"semaphore{semaphore}.release()"
        case Set(event):
            return f"event{event}.set()"
        case Clear(event):
            return f"event{event}.clear()"
        case IsSet(register, event):
            return f"r{register} = event{event}.is_set()"
        case Await(event):
            return f"event{event}.wait()"
        case Wait(condition):
            return f"condition{condition}.wait()"
        case Notify(condition, everybody):
            return f"condition{condition}.notify{'_all' if everybody else ''}()"
        case Start(thread):
            return f"t{thread}.start()"
        case Join(thread):
            return f"t{thread}.join()"
        case _:
            raise AssertionError(instruction)


def unfinished(execution: Any) -> frozenset[str]:
    """The names of the threads that have been started and not ended, of an execution that is over: see `reachable`."""
    return frozenset(thread.label for thread in execution.kernel.program_threads if not thread.finished)
