"""How an execution ended, and what went wrong in it."""

from __future__ import annotations

import signal
from enum import Enum

import msgspec


class Ending(Enum):
    """Why an execution ended: every way there is."""

    COMPLETED = "completed"  # the main thread ended, and all threads it has to wait for
    DEADLOCK = "deadlock"  # no thread could go on, and no time limit was pending
    POINTS = "points"  # more scheduling points than allowed
    TIME = "time"  # more real time than allowed
    INTERRUPTED = "interrupted"  # by the user
    STOPPED = "stopped"  # an invariant did not hold
    EXITED = "exited"  # os._exit, or the host process went away by itself
    KILLED = "killed"  # by a signal
    DIVERGED = "diverged"  # a replay came to a difference
    TRACE_ENDED = "trace-ended"  # a replay came to the end of a trace that was cut off
    CUT = "cut"  # a search had seen enough of it


class FailureKind(Enum):
    """Everything that can be wrong with an execution."""

    DEADLOCK = "deadlock"
    EXCEPTION = "exception"
    DATA_RACE = "data-race"
    LIVELOCK = "livelock"
    LEAKED_THREAD = "leaked-thread"
    MISUSE = "misuse"
    LOCK_ORDER = "lock-order"
    CRASH = "crash"


class Holder(msgspec.Struct, frozen=True):
    """A thread that holds something another one waits for, and where it acquired it."""

    thread: str
    place: str | None = None


class Waiting(msgspec.Struct, frozen=True):
    """Where a thread stood at the end: before which operation of which object, at which place, and who holds that.

    `operation` is `running` for the thread that was running then; `timed` tells that it waits for a limited time only.
    `makers` are those of the object, as in its first event, which there may be none of: see `tracer.events.Event`.
    """

    thread: str
    operation: str
    object: str | None
    place: str
    source: str = ""
    daemon: bool = False
    holders: list[Holder] = []
    note: str = ""
    stack: list[str] = []
    timed: bool = False
    makers: list[str] = []


class Failure(msgspec.Struct, frozen=True):
    """Why an execution is bad.

    Of a deadlock, `waiting` are the threads that can never go on, and `cycle` names threads and the objects that they
    wait for, each waiting for the next and the last for the first; it is empty where no such cycle is certain.
    """

    kind: FailureKind
    fingerprint: str
    message: str
    threads: list[str] = []
    objects: list[str] = []
    sites: list[str] = []
    gil: bool | None = None
    waiting: list[Waiting] = []
    cycle: list[str] = []


class Divergence(msgspec.Struct, frozen=True):
    """The first difference between an execution and what it should have repeated.

    `number` is that of the event. The sets of enabled threads are those before it; the expected one is None where it is
    not known. `causes` are the likely reasons, the likeliest first.
    """

    number: int
    expected: str
    actual: str
    expected_enabled: list[str] | None
    actual_enabled: list[str]
    last_common: str
    causes: list[str] = []


def crash(status: int, last: str) -> Failure:
    """The failure of a process that ended without saying so: its status, or the negative number of a signal.

    `last` says what it did last.
    """
    if status < 0:
        message = f"the program was killed by {_signal_name(-status)}; {last}"
    else:
        message = f"the process of the program ended with status {status}, not through Python; {last}"
    return Failure(FailureKind.CRASH, f"{FailureKind.CRASH.value}-{status}", message)


def _signal_name(number: int) -> str:
    try:
        return f"{signal.Signals(number).name} (signal {number})"
    except ValueError:
        return f"signal {number}"


class Outcome(msgspec.Struct, frozen=True):
    """The last line of a trace.

    `exit_status` is the program's own, None where it did not come to one. `abandoned` are the daemon threads that were
    still alive at the end. `waiting` says where each thread stood when the execution was stopped from outside; of one
    that completed, where those of the abandoned stood that waited without a limit.
    `schedule` is the order of the events as text (see `replay.following.schedule`), `sources` a digest of each source
    file of the user's, `notes` what a replay has to say. `uncontrolled` names threads and calls that were not under
    control, with their places. `variable` holds what differs from run to run.
    """

    ending: Ending
    events: int
    points: int
    threads: list[str]
    exit_status: int | None = None
    failures: list[Failure] = []
    abandoned: list[str] = []
    warnings: list[str] = []
    waiting: list[Waiting] = []
    virtual_time: float = 0.0
    schedule: str = ""
    sources: dict[str, str] = {}
    divergence: Divergence | None = None
    notes: list[str] = []
    uncontrolled: list[str] = []
    variable: dict[str, float] = {}


class Verdict(Enum):
    """What can be said of a program after its executions."""

    PASSED = "passed"
    FAILED = "failed"
    EXHAUSTED = "exhausted"
    SAMPLED = "sampled"
    DIVERGED = "diverged"
    NOTHING_TESTED = "nothing-tested"
    UNCONTROLLED = "uncontrolled"


def verdict_of_run(outcome: Outcome) -> Verdict:
    """The verdict on one execution. Without a second thread or a scheduling point nothing was tested.

    It passed only if everything was controlled.
    """
    if outcome.divergence is not None:
        return Verdict.DIVERGED
    if outcome.failures:
        return Verdict.FAILED
    if len(outcome.threads) < 2 or outcome.points == 0:
        return Verdict.NOTHING_TESTED
    return Verdict.UNCONTROLLED if outcome.uncontrolled else Verdict.PASSED
