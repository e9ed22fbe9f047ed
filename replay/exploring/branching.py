"""A program that is executed once up to its first choice, and from there again and again.

Until then nothing can come out otherwise. At the first choice the campaign begins, in the middle of the program: its
workers are copies of the process that go on from there, each with a strategy of its own. The process itself never does.
"""

from __future__ import annotations

import contextlib
import gc
import os
from typing import TYPE_CHECKING, Any, NoReturn

import msgspec

from replay.exploring.campaign import Campaign, Exploration
from replay.exploring.job import PORTFOLIO
from replay.exploring.one import DPOR, Chooser
from replay.exploring.specs import Spec
from replay.exploring.workers.copies import WorkerFailed
from replay.exploring.workers.files import OpenFiles
from replay.exploring.workers.forks import BecameChild, CannotExecute, Forks, die_with_parent, note
from replay.exploring.workers.zygotes import Zygotes
from replay.host import Host
from replay.interruptions import look_by_timer
from replay.job import HOST_FAILED
from replay.plan import Plan
from tracer import real

if TYPE_CHECKING:
    import mmap
    from collections.abc import Callable
    from types import FrameType

    from replay.exploring.batch import Given
    from replay.exploring.job import ExploreJob
    from replay.exploring.plans import Plans
    from replay.exploring.specs import Run
    from replay.exploring.workers import Workers
    from replay.strategies import Choose
    from replay.thread import Thread
    from tracer.events import RawEvent, Recorder
    from tracer.outcome import Outcome
    from tracer.runtime import OperationResult

#: The whole of an execution that never had a choice.
_ONLY = Spec(1, "no-preemption")

_exit = os._exit


class _Opening:
    """Strategy and recorder of everything up to where there may be a choice; then those of one execution."""

    def __init__(self, at_first_choice: Callable[[], Choose], recorder: Callable[[], Recorder]) -> None:
        self._at_first_choice = at_first_choice
        self._recorder = recorder
        self._enabled: dict[Any, None] = {}
        self._inner: Choose | None = None
        self.events: list[RawEvent] = []

    def choose(self, enabled: dict[Thread, None], current: Thread) -> Thread:
        """What the strategy of this execution chooses."""
        if self._inner is None:
            self._inner = self._at_first_choice()
        return self._inner(enabled, current)

    def watch(self, enabled: dict[Any, None]) -> None:
        """They are kept, to see when there is more than one."""
        self._enabled = enabled

    def record(self, event: RawEvent) -> None:
        """The next event. With the start of a thread the opening ends, whether or not there is a choice now.

        What is done next may not count as shared yet, and be found to be: then the others have to begin before it.
        """
        if len(self._enabled) > 1:
            self._inner = self._at_first_choice()
            self._recorder().record(event)
        else:
            self.events.append(event)

    def amend(self, result: OperationResult) -> None:
        """The last event had this result instead."""
        last = self.events[-1]
        self.events[-1] = (*last[:3], result, *last[4:])

    @property
    def count(self) -> int:
        """How many events there were."""
        return len(self.events)


class _Noted:
    """Records also where it survives a crash."""

    def __init__(self, recorder: Recorder, trail: mmap.mmap) -> None:
        self._recorder = recorder
        self._trail = trail
        self.amend = recorder.amend
        self.watch = recorder.watch

    def record(self, event: RawEvent) -> None:
        """The next event."""
        note(self._trail, event[0].index)
        self._recorder.record(event)

    @property
    def count(self) -> int:
        """How many events there were."""
        return self._recorder.count


class BranchingHost(Host):
    """The process that explores, and its copies. `send` gets what was found, `say` how far it is.

    With `plans` others than those of the job's strategy are made. With `only` it makes this one execution, itself, and
    `only_run` is what came of it: that is for systems where a process cannot be copied.
    """

    values = False

    def __init__(
        self,
        work: ExploreJob,
        main: Callable[[], None],
        send: Callable[[Exploration], object],
        say: Callable[[Exploration], object],
        plans: Plans | Given | None = None,
        only: Spec | None = None,
    ) -> None:
        self._work = work
        self._send = send
        self._say = say
        self._plans = plans
        self._only = only
        #: What came of the only execution, where there was no choice.
        self.only_run: Run
        self._opening = _Opening(self._explore, lambda: self._execution.kernel.recorder)
        self._chooser: Chooser | None = None
        self._pipe = -1
        self._is_exploring = False
        self._files: OpenFiles
        self.watches = work.strategy in (DPOR, PORTFOLIO)
        super().__init__(work.job, lambda journal: Plan(self._opening, self._opening), main)

    # In the process that explores ----------------------------------------------------------------------------

    def _explore(self) -> Choose:
        """The first choice: explores, and ends the process; in a copy this gives the strategy."""
        kernel = self._execution.kernel
        if self._only is not None:
            return self._execute_only(self._only)
        if kernel.watch is not None:
            kernel.watch.prepare()
        allocated = gc.get_count()[0]
        gc.collect(0)
        gc.freeze()
        gc.enable()  # for the campaign: of the program nothing is looked at
        self._files = OpenFiles({self._journal.descriptor})
        jobs, seconds = self._work.jobs, self._work.job.time_limit
        self._is_exploring = True
        learn = kernel.watch.learn if kernel.watch is not None else _ignore
        try:
            found = self._campaign(Zygotes(jobs, seconds, learn) if jobs > 1 else Forks(1, seconds, learn)).run()
        except BecameChild as child:
            gc.disable()
            gc.unfreeze()
            kernel.collector.ignore(gc.get_count()[0] - allocated)
            return self._become(child)
        except (CannotExecute, WorkerFailed):
            _exit(HOST_FAILED)
        self._send(found)
        return _exit(0)

    def _campaign(self, workers: Workers) -> Campaign:
        work = self._work
        return Campaign(workers, work.strategy, work.job.seed, work.budget, self._say, self._plans)

    def _interrupted(self, signum: int, frame: FrameType | None) -> None:
        """Ctrl-C for the process that explores; for an execution, that its time is up."""
        if self._chooser is None and self._is_exploring:
            raise KeyboardInterrupt
        if self._chooser is None:
            self._send(Exploration(self._work.strategy, interrupted=True))
            _exit(0)
        self._end_of_time(frame)

    def _start_watch(self) -> None:
        """There must be one OS thread only. Copies are watched by their parent."""

    # In a copy -----------------------------------------------------------------------------------------------

    def _become(self, child: BecameChild) -> Choose:
        """Makes this process one that makes an execution."""
        self._pid = os.getpid()
        self._pipe = child.pipe
        self._begin = real.monotonic()
        die_with_parent()
        self._files.open_anew()
        os.setpgid(0, 0)  # Ctrl-C is the parent's affair
        return self._choose_by(child.spec, child.trail)

    def _execute_only(self, spec: Spec) -> Choose:
        watch = self._execution.kernel.watch
        if watch is not None:
            watch.learn(spec.learned)
        return self._choose_by(spec, None)

    def _choose_by(self, spec: Spec, trail: mmap.mmap | None) -> Choose:
        """Makes this process one that makes this execution."""
        execution = self._execution
        kernel = execution.kernel
        chooser = self._chooser = Chooser(spec, execution.labels, self._job.preempt)
        chooser.begin(kernel)
        if chooser.asks_always:
            kernel.always_ask()
        recorder: Recorder = chooser.recorder if trail is None else _Noted(chooser.recorder, trail)
        for event in self._opening.events:
            recorder.record(event)
        kernel.record_by(recorder)
        execution.recorder = recorder
        look_by_timer(self._interruptions.interrupt)
        return chooser.choose

    def complete(self, outcome: Outcome) -> Outcome:
        """Nobody replays it."""
        return outcome

    def _finish(self, outcome: Outcome) -> None:
        outcome = self.complete(self.judged(outcome))
        learned = self._execution.learned
        if self._chooser is not None and self._only is not None:
            self.only_run = self._chooser.run(outcome, learned)
            self._send(Exploration())
            _exit(0)
        if self._chooser is not None:
            write_all(self._pipe, msgspec.msgpack.encode(self._chooser.run(outcome, learned)))
            _exit(0)
        chooser = Chooser(_ONLY, self._execution.labels, self._job.preempt)
        for event in self._opening.events:
            chooser.recorder.record(event)
        self.only_run = chooser.run(outcome, learned)
        self._send(self._campaign(Forks(1, 0, _ignore)).only(self.only_run))
        _exit(0)

    def forked(self) -> None:
        """In a child that the program forked: it may live longer than its parent."""
        super().forked()
        if self._pipe >= 0:
            real.close(self._pipe)

    def leave(self, status: int) -> NoReturn:
        """Ends the process without finalizing it."""
        _exit(status)


def _ignore(names: list[str]) -> None:
    """Nothing is watched that could be shared."""


def write_all(pipe: int, data: bytes) -> None:
    """Writes it past everything that is under control."""
    with contextlib.suppress(BrokenPipeError):  # nobody wants to know any more
        while data:
            data = data[real.write(pipe, data) :]
