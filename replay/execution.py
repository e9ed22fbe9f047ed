"""One execution of a program under control, from start to outcome."""

from __future__ import annotations

import gc
import itertools
import os
import random
import sys
import threading
import traceback
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any
from weakref import WeakSet

import msgspec

from replay.blocked import deadlock, fingerprint, waiting_of
from replay.clocks import CLOCKS
from replay.kernel import Kernel
from replay.settings import MAX_POINTS
from replay.strategies import make_fair
from replay.strategies.gil import UnderGil
from replay.strategies.only_sync import OnlySync
from replay.teardown import unwind
from replay.uncontrolled import MAY_HELP, is_proxy
from tracer import patch, real
from tracer.access.scope import STANDARD_LIBRARY
from tracer.access.watch import Watch
from tracer.events import MemoryRecorder
from tracer.forked import first_in_child
from tracer.labels import Labels
from tracer.outcome import Ending, Failure, FailureKind, Outcome
from tracer.places import Origin, origins, shown_path
from tracer.primitives import randomness
from tracer.primitives.local import outside_life
from tracer.primitives.outside import descriptors
from tracer.primitives.signals import Handlers, keep_by
from tracer.primitives.thread import adopt, release
from tracer.primitives.timeouts import SECOND
from tracer.runtime import ThreadAbandoned, door

if TYPE_CHECKING:
    from types import FrameType, TracebackType

    from replay.strategies import Strategy
    from replay.thread import Thread
    from tracer.access.watch import Kept
    from tracer.events import Recorder


# The bookkeeping of the threading module; typeshed does not know it.
_threading: Any = threading


class Execution:
    """One execution: made, run once, then asked for its outcome.

    `main` is what the main thread does; `at_exit` what it does once the threads it has to wait for have ended.
    Not reusable, and one at a time in a process. With `keep_going` threads that can never go on are reported, and the
    others go on.

    With `preempt` at `any` accesses to shared memory are scheduling points too, with `gil` those that CPython may let
    others go before. `include` names packages and modules whose accesses count beside the user's own, `learned` what
    turned out to be shared in other executions; with `values` events tell what was read and written. With `watches`
    accesses are events also where they are no scheduling points. With `spurious` each thread's wait for a condition may
    return once although nobody has notified it, which CPython never does, and other systems may. With `kept`
    executions of one function share what it takes to watch it. `run` raises
    `tracer.access.watch.Unavailable` where accesses cannot be watched.
    """

    def __init__(
        self,
        main: Callable[[], object],
        *,
        strategy: str | Strategy = "round-robin",
        seed: int = 0,
        clock: str = "virtual",
        recorder: Recorder | None = None,
        labels: Labels | None = None,
        max_points: int = MAX_POINTS,
        at_exit: Callable[[], object] | None = None,
        keep_going: bool = False,
        preempt: str = "sync",
        include: Iterable[str] = (),
        learned: set[str] | None = None,
        values: bool = False,
        watches: bool = False,
        spurious: bool = False,
        kept: Kept | None = None,
    ) -> None:
        self._main = main
        self._at_exit = at_exit
        self._seed = seed
        chosen = make_fair(strategy, seed, preempt) if isinstance(strategy, str) else strategy
        choose = chosen.choose
        if preempt == "gil":
            choose = UnderGil(choose).choose
        elif preempt == "sync" and watches:
            choose = OnlySync(choose, self._interrupt_soon).choose
        self._kept = kept
        self._watches = watches or preempt != "sync"
        self._preempt = preempt
        self._include = tuple(include)
        self._values = values
        self.learned = learned if learned is not None else set()
        self.labels = labels or Labels()
        self.recorder = recorder if recorder is not None else MemoryRecorder(self.labels)
        self.kernel = Kernel(choose, CLOCKS[clock](), self.recorder, self.labels, max_points)
        self.kernel.spurious = spurious
        if getattr(chosen, "asks_always", False):
            self.kernel.always_ask()
        self.exit_status: int | None = None
        #: Of a child that the program forked: whether a thread did that which is not the main thread.
        self._forked_by_another = False
        self._reported: list[Failure] = []
        if keep_going:
            self.kernel.stuck.go_on_without = self._report

    def run(self) -> None:
        """Runs the program until the execution is over. Its threads stay as they are; `close` unwinds them.

        Raises RuntimeError inside another execution, and `tracer.access.watch.Unavailable` where accesses cannot be
        watched.
        """
        if door.runtime is not None:
            raise RuntimeError("an execution cannot run inside another one")
        patch.install()
        main_thread: Any = threading.main_thread()
        kernel = self.kernel
        record = kernel.make_main(self._body, main_thread.name)
        record.life = outside_life()
        kernel.signals.callers.begin()
        saved, handlers = _Bookkeeping(main_thread), Handlers()
        try:
            adopt(main_thread, record)
            _seed_random(self._seed)
            descriptors.known.shared = False  # processes that are left from before have none of the files to come
            _collect_what_is_left()
            if self._watches:
                kernel.watch = Watch(
                    kernel,
                    self._include,
                    self.learned,
                    follows_gil=self._preempt == "gil",
                    values=self._values,
                    kept=self._kept,
                )
            self._run()
        finally:
            saved.restore(main_thread)
            handlers.restore()

    def _run(self) -> None:
        """All that happens under control."""
        kernel = self.kernel
        kernel.uncontrolled.begin()
        door.runtime = kernel
        collecting = gc.isenabled()
        gc.disable()  # the kernel has it done where it does no harm
        first_in_child.append(self._forked)
        try:
            kernel.run()
            if self._forked_by_another:
                os._exit(0)  # the thread has ended, and nothing is left that could go on
        finally:
            first_in_child.remove(self._forked)
            door.runtime = None
            if kernel.watch is not None:
                kernel.watch.end()
            kernel.uncontrolled.end()
            if collecting:
                gc.enable()

    def close(self) -> None:
        """Unwinds the threads that are left, and frees everything.

        Raises what a handler of a signal has raised that was there before the execution.
        """
        callers = self.kernel.signals.callers
        try:
            unwind(self.kernel)
        finally:
            callers.end()

    def _forked(self) -> None:
        """In a child that the program forked: the thread that forked goes on, alone and not under control."""
        kernel = self.kernel
        thread: Any = threading.current_thread()
        door.runtime = None
        kernel.uncontrolled.forked()
        keep_by(None)
        if kernel.watch is not None:
            kernel.watch.end()
        kernel.ending = Ending.EXITED
        self._forked_by_another = bool(kernel.current.path)
        for other in kernel.threads:
            other.finished = other is not kernel.current
        release(thread, real.get_ident())

    def outcome(self) -> Outcome:
        """What came of it. To be asked after `run` and before `close`."""
        kernel = self.kernel
        ending = kernel.ending or Ending.COMPLETED
        threads = kernel.program_threads
        abandoned = [thread for thread in threads if not thread.finished and not is_proxy(thread)]
        abandoned = abandoned if ending is Ending.COMPLETED else []
        failures = [_exception(self.labels, thread, error) for thread, error in kernel.errors] + self._reported
        if ending is Ending.DEADLOCK:
            failures += map(self._with_who_did_not_help, self._deadlock())
        elif ending is Ending.POINTS:
            limit = f"it met {kernel.max_points:,} scheduling points; --max-points sets the limit"
            failures.append(self.endless(kernel.livelock.message or limit))
        return Outcome(
            ending=ending,
            events=self.recorder.count,
            points=kernel.points,
            threads=[thread.label for thread in threads],
            exit_status=self.exit_status,
            failures=failures,
            abandoned=[thread.label for thread in abandoned],
            waiting=[waiting_of(kernel, thread) for thread in abandoned if self._is_blocked(thread)],
            virtual_time=kernel.now / SECOND,
            uncontrolled=kernel.uncontrolled.found,
            warnings=[
                *[
                    f"--include {name}: the program has imported no such module"
                    for name in self._include
                    if name not in sys.modules and name != STANDARD_LIBRARY
                ],
                *(() if kernel.follows else kernel.computing.warnings),
            ],
        )

    def _is_blocked(self, thread: Thread) -> bool:
        """Whether a thread waits without a limit."""
        return thread not in self.kernel.enabled and not thread.alarm

    def _report(self, lost: list[Thread]) -> None:
        """Threads that can never go on, in an execution that goes on without them."""
        self._reported.append(deadlock(self.kernel, lost))

    def _deadlock(self) -> list[Failure]:
        """The deadlock that ended the execution, unless all of it was reported before."""
        kernel = self.kernel
        if kernel.stuck.go_on_without is None:
            return [deadlock(kernel, kernel.stuck.lost)]
        others = [thread for thread in kernel.stuck_threads if thread not in kernel.stuck.lost and not thread.daemon]
        if self._reported and all(thread.operation in ("thread.join", "program.exit") for thread in others):
            return []
        return [deadlock(kernel)]

    def _with_who_did_not_help(self, failure: Failure) -> Failure:
        """A ring of threads under control needs no help; others may have waited for a thread that is not controlled."""
        others = self.kernel.uncontrolled.earlier
        if failure.cycle or not others:
            return failure
        message = f"{failure.message}, and {' and '.join(others)}, not controlled, did not help for {MAY_HELP:g} s"
        return msgspec.structs.replace(failure, message=message)

    def endless(self, why: str) -> Failure:
        """The failure of an execution that was stopped because it did not end."""
        kernel = self.kernel
        thread = kernel.current
        where = waiting_of(kernel, thread)
        place = where.place or "an unknown place"
        return Failure(
            kind=FailureKind.LIVELOCK,
            fingerprint=fingerprint(FailureKind.LIVELOCK, where.place),
            message=f"the program did not end: {why}. {thread.label} was running last, at {place}",
            threads=[thread.label],
            sites=[where.place] if where.place else [],
        )

    def _interrupt_soon(self, frame: FrameType) -> None:
        self.kernel.computing.interrupt_soon(frame)

    def _body(self) -> None:
        kernel = self.kernel
        try:
            self._main()
        except ThreadAbandoned:
            raise
        except SystemExit as error:
            self.exit_status = _status(error)
        except BaseException as error:
            self.exit_status = 1
            kernel.uncaught(error)
        else:
            self.exit_status = 0
        if kernel.ending is not None:  # this is a child that the program forked
            return
        kernel.finish_main()
        if self._at_exit is not None:
            self._at_exit()


def _collect_what_is_left() -> None:
    """Garbage of the execution before this one: what its finalizers do is none of this one's affair."""
    global _executions
    if _executions:
        gc.collect(_YOUNG if _executions % _ALL_EVERY else _ALL)
    _executions += 1


#: Generations of objects that an execution can have left garbage in, unless what it left is kept by what is older.
_YOUNG, _ALL = 1, 2

#: After so many executions all garbage is looked for, which takes as long as a hundred small ones.
_ALL_EVERY = 5_000

_executions = 0


def _seed_random(seed: int) -> None:
    """`random.seed(seed)`, without its examination of what a seed may be: half of its time."""
    generator: Any = random._inst
    super(random.Random, generator).seed(seed)
    generator.gauss_next = None
    randomness.seeds.begin(seed)


class _Bookkeeping:
    """What the threading module knows, put back when an execution is over."""

    def __init__(self, main_thread: Any) -> None:
        self._idents = (main_thread._ident, main_thread._native_id)
        self._active = dict(_threading._active)
        self._counter = _threading._counter
        self._dangling = _threading._dangling
        _threading._dangling = WeakSet([main_thread])  # not those that earlier executions have left as garbage
        _threading._active.pop(main_thread._ident, None)
        # Every execution names its threads from Thread-1 on, and its executors from 0 on.
        _threading._counter = itertools.count(1).__next__
        executors = sys.modules.get("concurrent.futures.thread")
        if executors is not None:
            executors.ThreadPoolExecutor._counter = itertools.count().__next__

    def restore(self, main_thread: Any) -> None:
        main_thread._ident, main_thread._native_id = self._idents
        main_thread.__dict__.pop("_threadtrace_thread", None)
        now = dict(_threading._active)  # without real threads that have ended meanwhile
        before = {ident: now.get(ident) for ident in self._active}
        _threading._active.clear()
        _threading._active.update({ident: thread for ident, thread in before.items() if thread is not None})
        _threading._active[main_thread._ident] = main_thread
        _threading._counter = self._counter
        _threading._dangling = self._dangling


def _status(error: SystemExit) -> int:
    """The exit status that `sys.exit` asked for; prints what is no number, as Python does."""
    if error.code is None:
        return 0
    if isinstance(error.code, int):
        return error.code & 0xFF
    print(error.code, file=sys.stderr)
    return 1


def _exception(labels: Labels, thread: Thread, error: BaseException) -> Failure:
    """The failure of a thread that an exception ended."""
    place = _raised_at(error.__traceback__)
    text = "".join(traceback.format_exception_only(error)).strip().splitlines() or [type(error).__name__]
    summary = text[-1 if isinstance(error, SyntaxError) else 0]  # which shows the line that is wrong first
    return Failure(
        kind=FailureKind.EXCEPTION,
        fingerprint=fingerprint(FailureKind.EXCEPTION, type(error).__name__, place),
        message=f"{thread.label}: {summary[:500]}",
        threads=[thread.label],
        sites=[place] if place else [],
    )


def _raised_at(tb: TracebackType | None) -> str:
    """The innermost place of the user in a traceback."""
    place = ""
    while tb is not None:
        filename = tb.tb_frame.f_code.co_filename
        if origins[filename] is Origin.USER:
            place = f"{shown_path(filename)}:{tb.tb_lineno}"
        tb = tb.tb_next
    return place
