"""One operation on an open file, which may have to wait for it.

The file is asked first whether the operation would block, and only then is the real operation executed: nothing ever
blocks the process. What is ready may be taken by another thread before this one's turn, which then waits again.
"""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from tracer.primitives.outside.descriptors import Files
from tracer.primitives.outside.polling import ready
from tracer.runtime import OperationResult, Runtime, door

if TYPE_CHECKING:
    import socket
    from collections.abc import Callable, Iterator, Mapping


def wait_for(
    runtime: Runtime,
    operation: str,
    target: object,
    wanted: Mapping[int, int],
    timeout: int | None,
    owner: socket.socket | None = None,
) -> Files | None:
    """A scheduling point before `operation`; gives the files when one is ready for what is wanted, to be let go.

    None when `timeout` nanoseconds are over, which is logged then.
    """
    files = Files(wanted, owner)
    if runtime.current.within and files.is_ready():
        return files
    try:
        if runtime.reach_outside(operation, target, files, timeout):
            return files
    except BaseException:
        files.let_go()
        raise
    files.let_go()
    runtime.time_out(f"{operation.partition('.')[0]}.timeout", target, False)
    return None


def execute(
    runtime: Runtime,
    operation: str,
    target: object,
    call: Callable[[], Any],
    shown: Callable[[Any], OperationResult] = lambda result: True,
) -> Any:
    """Executes what does not block, logs it with what is `shown` of its result, and lets others see what it did."""
    if runtime.current.within:
        try:
            return call()
        finally:
            runtime.outside_changed()
    try:
        result = call()
    except Exception as error:
        runtime.log(operation, target, type(error).__name__)
        runtime.outside_changed()
        raise
    runtime.log(operation, target, shown(result))
    runtime.outside_changed()
    return result


def as_one(
    runtime: Runtime,
    operation: str,
    target: object,
    wanted: Mapping[int, int],
    call: Callable[[], Any],
    shown: Callable[[Any], OperationResult] = lambda result: True,
) -> Any:
    """All that `call` does as one operation, which is logged when it is complete.

    It may wait meanwhile, for what is `wanted` first or for more of it, and others go on. Of how many pieces the
    outside makes it is none of the program's affair, and may differ each time; so nothing that is recorded tells.
    """
    thread = runtime.current
    if thread.within:
        return call()
    thread.within = True
    try:
        if ready(wanted):  # else it is not enabled, and the scheduling point comes when it waits
            runtime.point(operation, target)
        result = call()
    except Exception as error:
        thread.within = False
        runtime.complete(operation, target)
        runtime.log(operation, target, False if isinstance(error, StopIteration) else type(error).__name__)
        raise
    finally:
        thread.within = False
    runtime.complete(operation, target)
    runtime.log(operation, target, shown(result))
    return result


@contextmanager
def real_primitives() -> Iterator[None]:
    """What is executed within is no affair of the program's threads: the primitives are the real ones."""
    runtime, door.runtime = door.runtime, None
    try:
        yield
    finally:
        door.runtime = runtime


def count(result: Any) -> int:
    """What is shown of an operation that gives what it read."""
    return result if isinstance(result, int) else len(result)
