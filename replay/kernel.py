"""The kernel: runs the threads of one execution one at a time.

Threads are greenlets of one OS thread, so that at any moment exactly one runs and a switch costs a fraction of
a microsecond. There is no central loop: the thread that reaches a scheduling point asks the strategy itself and
switches straight to the thread that was chosen, or goes on without a switch when it was chosen again.

A thread *publishes* its pending operation before it lets others go first. The set of enabled threads is kept up
to date by the operations themselves (see `tracer.runtime` for the queues). It is a dict, because that is
insertion-ordered, hence deterministic, and takes a whole queue in one call.

When no thread is enabled, time moves to the next deadline; without a deadline the execution is over, or it is a
deadlock: `next_thread` is the only place that decides this. Threads that can never go on although others can are found
by `replay.stuck`, which is asked when a blocked thread closes a ring, and now and then.

`reach` is the path of every operation: each line in it is paid for hundreds of thousands of times a second.
"""

from __future__ import annotations

import sys
import threading
import traceback
from functools import partial
from typing import TYPE_CHECKING, Any, NoReturn

import greenlet
from greenlet import getcurrent

from replay.atomic import Atomic
from replay.collector import COLLECTOR, Collector
from replay.computing import Computing
from replay.deadlines import Deadlines
from replay.livelock import Livelock
from replay.outside import Outside
from replay.signals import Signals
from replay.stuck.search import is_suspicious
from replay.stuck.watch import Watch as StuckWatch
from replay.thread import Thread
from replay.uncontrolled import Uncontrolled
from tracer import real
from tracer.outcome import Ending
from tracer.places import origins, user_frame
from tracer.primitives.earlier import look_again
from tracer.primitives.timeouts import SECOND
from tracer.real import getframe
from tracer.runtime import Life, ThreadAbandoned

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import FrameType

    from replay.clocks import Clock
    from replay.strategies import Choose
    from tracer.access.watch import Watch
    from tracer.events import Place, RawEvent, Recorder
    from tracer.labels import Labels
    from tracer.runtime import Awaited, ControlledThread, OperationResult, Queue


#: What a thread stands before that computes: nothing.
RUNNING = "running"

#: How many scheduling points there are between two looks at the clock and the garbage.
ATTEND_EVERY = 1000

#: Threads of the program are numbered from 0, the main thread.
_COLLECTORS_INDEX = -1

#: The place of what no line of the user's does.
_NOWHERE: Place = ((lambda: None).__code__, 0)


class Kernel:
    """One execution under control. Implements `tracer.runtime.Runtime`.

    `recorder` takes each event as it happens; `max_points` bounds the scheduling points, so that a program that
    never ends is ended.
    """

    def __init__(self, choose: Choose, clock: Clock, recorder: Recorder, labels: Labels, max_points: int) -> None:
        self.labels = labels
        self.clock = clock
        self.recorder = recorder
        self.max_points = max_points
        self.points_left = max_points
        self.now = 0
        #: How far `points_left` may fall before something else than the next operation is looked after.
        self._attention = max(0, max_points - ATTEND_EVERY)
        #: When it was looked last whether time passes: the time, and the scheduling points that were left.
        self._now_then, self._then = 0, max_points
        self.collector = Collector()
        self.threads: list[Thread] = []
        self.enabled: dict[Thread, None] = {}
        #: Counts what may have changed `enabled`, so that a recorder need not compare sets.
        self.changes = 0
        self.deadlines = Deadlines()
        #: Exceptions that ended threads, in order.
        self.errors: list[tuple[Thread, BaseException]] = []
        #: Threads that the main thread has to wait for at its end, and where it waits.
        self.living = 0
        self.main_ended = False
        self.exit_queue: Queue = {}
        #: Misuse by a thread that is being unwound is no error of the program; see `replay.teardown`.
        self.over = False
        #: Why the execution ended; None while it goes on.
        self.ending: Ending | None = None
        self.current: Thread
        self._record: Callable[[RawEvent], object] = recorder.record
        self._choose = clock.watch(choose, self)
        #: With at most this many enabled threads there is nothing to choose.
        self._no_choice = 0 if clock.runs_by_itself else 1
        self._strategy_choose = self._choose
        self._born = 0
        #: Of a recording that is followed: the path of who has to go next.
        self.next_in_recording: Callable[[], tuple[int, ...] | None] = lambda: None
        #: Whether the strategy is to follow it.
        self.follows = False
        self.stuck = StuckWatch(self, ATTEND_EVERY)
        self.livelock = Livelock(self)
        self.computing = Computing(self)
        self.outside = Outside(self)
        self.uncontrolled = Uncontrolled(self)
        self.signals = Signals(self)
        self.atomic = Atomic(self)
        #: An invariant sees the states between operations, of which equivalent schedules have different ones.
        self.has_invariant = False
        #: What stands for the main thread in queues, while it runs handlers of signals.
        self.asides = self.signals.asides
        #: Watches accesses to shared memory, where these are scheduling points.
        self.watch: Watch | None = None
        self._births: dict[tuple[int, ...], int] = {}
        #: The threads that others have woken, or time has; None where nobody asks.
        self.woken: list[Thread] | None = None
        #: Whether a wait for a condition may return for no reason, and the threads of which one has.
        self.spurious = False
        #: The moment of the real clock at which the execution is given up.
        self.until: float | None = None
        self._surprised: set[Thread] = set()
        self._after_switch: dict[Callable[[], None], None] = {}
        self._runner = getcurrent()
        recorder.watch(self.enabled)

    def always_ask(self) -> None:
        """Has the strategy asked where only one thread is enabled, too: it may want to let time pass instead."""
        self._no_choice = 0

    @property
    def has_begun(self) -> bool:
        """Whether there is a main thread."""
        return hasattr(self, "current")

    @property
    def points(self) -> int:
        """How many scheduling points were met."""
        return self.max_points - max(0, self.points_left)

    @property
    def progress(self) -> tuple[int, int]:
        """Where the execution is: two equal values, and no thread has done anything between."""
        return self.points, self.recorder.count

    @property
    def program_threads(self) -> list[Thread]:
        """All threads of the program, in the order of creation."""
        return [thread for thread in self.threads if thread.path is not COLLECTOR]

    @property
    def thread_count(self) -> int:
        """How many threads of the program there are beside the main thread."""
        return sum(1 for thread in self.program_threads if thread.path and not thread.finished)

    @property
    def stuck_threads(self) -> list[Thread]:
        """The threads of the program that stand somewhere: begun, and not ended.

        The thread that ended last is still alive when it is the one that found that no other can go on.
        """
        return [t for t in self.program_threads if t.greenlet and not (t.finished and t.path)]

    # Scheduling points -------------------------------------------------------------------------------------

    def reach(
        self, operation: str, target: object, ready: bool, queue: Queue | None, result: OperationResult = None
    ) -> Place:
        """A scheduling point; returns when it is this thread's turn, and logs the operation with `result`."""
        thread = self.current
        thread.operation = operation
        thread.target = target
        self.points_left = left = self.points_left - 1
        if left < self._attention:
            self._attend()
            if thread.interrupted:
                ready = self.signals.handle_before(ready, queue)
        if ready:
            enabled = self.enabled
            if len(enabled) > self._no_choice:
                chosen = self._choose(enabled, thread)
                if chosen is not thread:
                    self.current = chosen
                    if queue is None:
                        chosen.switch()
                        if thread.interrupted:
                            self.signals.handle()
                    else:
                        queue[thread] = None
                        thread.queue = queue
                        chosen.switch()
                        if thread.interrupted:
                            self.signals.handle()
                        del queue[thread]
                        thread.queue = None
        else:
            self.block(thread, queue)
        frame = getframe(2)
        code = frame.f_code
        if origins[code.co_filename]:
            frame = user_frame(frame)
            code = frame.f_code
        place = (code, frame.f_lasti)
        self._record((thread, operation, target, result, place, self.now, self.changes))
        thread.target = None
        return place

    def point(self, operation: str, target: object) -> None:
        """A scheduling point before an operation that can always be executed; logs nothing."""
        thread = self.current
        thread.operation = operation
        thread.target = target
        self.points_left = left = self.points_left - 1
        if left < self._attention:
            self._attend()
            if thread.interrupted:
                self.signals.handle_before(True, None)
        enabled = self.enabled
        if len(enabled) > self._no_choice:
            chosen = self._choose(enabled, thread)
            if chosen is not thread:
                self.current = chosen
                chosen.switch()
                if thread.interrupted:
                    self.signals.handle()

    def access(
        self,
        operation: str,
        variable: object,
        offered: bool,
        place: Place,
        value: str | Callable[[], str | None] | None,
    ) -> None:
        """Logs an access to shared memory that is about to be made; if it is `offered`, others may go first.

        Called back by the interpreter, see `_switch_to`.
        """
        thread = self.current
        if offered or self.follows:  # a recording knows best where others went first
            thread.operation = operation
            thread.target = variable
            if offered:
                self.points_left = left = self.points_left - 1
                if left < self._attention:
                    self._attend()
            enabled = self.enabled
            if len(enabled) > self._no_choice:
                chosen = self._choose(enabled, thread)
                if chosen is not thread:
                    self.current = chosen
                    assert self.watch is not None
                    self.watch.switch(chosen)
            if thread.interrupted:
                self.signals.handle_at(place)
            thread.may_switch = thread.called = False
        if callable(value):
            value = value()
        self._record((thread, operation, variable, value, place, self.now, self.changes))
        thread.operation = RUNNING
        thread.target = None

    def not_controlled(self, what: str) -> None:
        """From now on something is not under control, which the outcome has to say."""
        self.uncontrolled.calls.append(what)

    def reach_within(self, operation: str, target: object, ready: bool, queue: Queue | None, timeout: int) -> None:
        """Like `reach`, but for at most `timeout` nanoseconds, and logs nothing.

        Whoever asked must look whether the operation can be executed now, and call `time_out` if not.
        """
        thread = self.current
        thread.operation = operation
        thread.target = target
        self.points_left = left = self.points_left - 1
        if left < self._attention:
            self._attend()
            if thread.interrupted:
                ready = self.signals.handle_before(ready, queue)
        if ready and len(self.enabled) <= self._no_choice:
            return
        self.deadlines.add(thread, self.now + timeout)
        if self.clock.timeouts_at_will:
            self.let_others_go(thread, None)  # in no queue: whatever becomes of the object, it may go on
        elif ready:
            self.let_others_go(thread, queue)
        else:
            self.block(thread, queue)
        self.deadlines.remove(thread)

    def park(self, operation: str, target: object, queue: Queue, timeout: int | None = None) -> None:
        """Blocks the running thread, in `queue`, in the middle of an operation: this is no scheduling point.

        It goes on after `requeue`, or when `timeout` nanoseconds are over.
        """
        thread = self.current
        thread.operation = operation
        thread.target = target
        if timeout is None:
            if self.spurious and operation == "condition.wait" and thread not in self._surprised:
                self._wait_without_need(thread, queue)
            else:
                self.block(thread, queue)
            return
        if timeout == 0:
            thread.deadline = self.now
            return
        self.deadlines.add(thread, self.now + timeout)
        if self.clock.timeouts_at_will:
            self.let_others_go(thread, queue)  # in the queue, so that it can be woken, and enabled all the same
        else:
            self.block(thread, queue)
        self.deadlines.remove(thread)

    def _wait_without_need(self, thread: Thread, queue: Queue) -> None:
        """Has a wait go on when somebody wakes the thread, or whenever the strategy likes.

        Once for each thread: one that waits in a loop, as it should, would otherwise never be found to wait in vain.
        """
        self.let_others_go(thread, queue)
        if thread.operation == "condition.wait":
            self._surprised.add(thread)

    def reach_outside(self, operation: str, target: object, awaited: Awaited, timeout: int | None) -> bool:
        """A scheduling point before an operation that the outside lets through, within `timeout` nanoseconds.

        Returns whether it did; logs nothing. With a timeout of 0 nobody waits.
        """
        if timeout == 0 or awaited.is_ready():
            self.point(operation, target)
            if timeout == 0 or awaited.is_ready():
                return True
        return self.outside.wait(operation, target, awaited, timeout)

    def stand_before(self, operation: str, target: object) -> None:
        """A scheduling point of the running thread, which is going to be blocked there."""
        self.current.operation = operation
        self.current.target = target
        self.points_left -= 1
        if self.points_left < self._attention:
            self._attend()
            if self.current.interrupted:
                self.signals.handle_before(True, None)

    def complete(self, operation: str, target: object) -> None:
        """The running thread has done all of an operation that has parts, and is going to log it.

        In a recording others may have gone on before, while it waited for a part that is there sooner now.
        """
        if self.follows and self.next_in_recording() not in (None, self.current.path):
            self.point(operation, target)

    def polls(self, awaited: Awaited) -> None:
        """The running thread has asked for what is not ready yet, and will ask again: until then time is real."""
        self.outside.polled = awaited

    def outside_changed(self) -> None:
        """The running thread did something outside that others may wait for."""
        if self.outside.waits:
            self.outside.look()

    def time_out(self, operation: str, target: object, result: OperationResult = None) -> Place:
        """Logs that the time of the running thread's last `reach_within` is over."""
        self.now = max(self.now, self.current.deadline)
        return self.log(operation, target, result)

    def read_clock(self) -> int:
        """What a clock shows, in nanoseconds since the execution began. Reading it is an operation."""
        self.point("time.read", None)
        self.clock.read(self)
        self.log("time.read", None, self.now / SECOND)
        return self.now

    def log(self, operation: str, target: object, result: OperationResult = None) -> Place:
        """Logs an operation that the running thread executed just now."""
        frame = user_frame(getframe(1))
        place = (frame.f_code, frame.f_lasti)
        self._record((self.current, operation, target, result, place, self.now, self.changes))
        self.current.target = None
        return place

    def signalled(self, number: int, frame: FrameType | None, *, sent: bool, wakes: bool) -> bool:
        """A signal has come that the program handles, while `frame` was executed, the innermost one.

        Whether its handler is to be run at once. Otherwise the main thread will run it. `sent`: the program has sent it
        to itself; `wakes`: it ends a wait of the main thread.
        """
        return self.signals.came(number, frame, sent, wakes)

    def heed_signals(self, sent: int = 0) -> None:
        """The running thread has sent this signal, if any; if it is the main thread, it handles what has come now."""
        self.signals.heed(sent)

    def set_timer(self, delay: int, interval: int) -> tuple[int, int]:
        """Has SIGALRM sent in `delay` nanoseconds, and then in each `interval`; 0 for never. What was set before."""
        return self.signals.timers.set(delay, interval)

    @property
    def timer(self) -> tuple[int, int]:
        """The nanoseconds that are left, and the interval."""
        return self.signals.timers.left

    def amend(self, result: OperationResult) -> None:
        """Replaces the result of the event that was logged last."""
        self.recorder.amend(result)

    # Who is enabled ----------------------------------------------------------------------------------------

    def enable(self, queue: Queue) -> None:
        """The object of this queue lets operations through from now on."""
        self.enabled.update(queue)
        self.changes += 1
        if self.asides:
            self.signals.hold_back()

    def disable(self, queue: Queue) -> None:
        """The object of this queue lets no operation through from now on."""
        enabled = self.enabled
        for thread in self.signals.without_asides(queue) if self.asides else queue:
            del enabled[thread]
            thread.may_switch = True  # as in `block`: it may have had its turn meanwhile, and found that it has to wait
        self.changes += 1

    def requeue(self, thread: Thread, operation: str, queue: Queue | None, ready: bool) -> None:
        """A parked thread now stands before `operation`, in `queue`, enabled if `ready`."""
        if self.asides:
            thread = self.signals.in_queue(thread)  # what stands for it, like a thread
        self._leave_queue(thread)
        self.deadlines.remove(thread)
        self.changes += 1
        thread.operation = operation
        if self.woken is not None:
            self.woken.append(thread)
        if queue is not None:
            queue[thread] = None
            thread.queue = queue
        if ready:
            self.enabled[thread] = None
        else:
            self.enabled.pop(thread, None)
        if self.asides:
            self.signals.hold_back()

    def let_others_go(self, thread: Thread, queue: Queue | None) -> None:
        """Lets the strategy choose, while `thread` stays enabled as long as its queue is."""
        if len(self.enabled) <= self._no_choice:
            return
        if queue is not None:  # before the choice: with the clock `real`, it may be then that the time is over
            queue[thread] = None
            thread.queue = queue
        chosen = self._choose(self.enabled, thread)
        if chosen is not thread:
            self.current = chosen
            chosen.switch()
            if thread.interrupted:
                self.signals.handle()
        self._leave_queue(thread)

    def block(self, thread: Thread, queue: Queue | None) -> None:
        """Takes `thread` out of the enabled threads until its queue or its deadline brings it back."""
        del self.enabled[thread]
        self.changes += 1
        thread.may_switch = True  # who waits has given up the GIL, and others can go on before it has it again
        if queue is not None:
            queue[thread] = None
            thread.queue = queue
        if thread.interrupted:
            self.signals.look()
        elif not thread.alarm and is_suspicious(thread, self.enabled):
            self.stuck.suspect(getframe(1))
        chosen = self.next_thread(thread)
        if chosen is not thread:
            self.current = chosen
            chosen.switch()
        if thread.interrupted:
            self.signals.handle()
        self._leave_queue(thread)

    def _leave_queue(self, thread: Thread) -> None:
        if thread.queue is not None:
            del thread.queue[thread]
            thread.queue = None

    def expire(self) -> None:
        """Enables the threads whose deadline has come."""
        for thread in self.deadlines.due(self.now):
            self._leave_queue(thread)
            self.enabled[thread] = None
            if self.woken is not None:
                self.woken.append(thread)
            self.changes += 1
            if self.asides:
                self.signals.hold_back()

    def next_thread(self, thread: Thread) -> Thread:
        """The thread to run when `thread` cannot go on."""
        enabled = self.enabled
        while not enabled:
            if self.signals.look():
                break
            deadline = self.deadlines.earliest()
            if self.next_in_recording() == COLLECTOR and self.collect_now() is not None:
                break
            if self.computing.threads:
                self.computing.go_on(self.computing.longest_ago())
            elif self._comes_from_outside(deadline):
                pass
            elif deadline is None:
                self._as_a_last_resort()
            elif not (self.clock.runs_by_itself and self.stuck.look_while_waiting(getframe())):
                self.clock.advance(self, deadline)
                self.expire()
        if len(enabled) > self._no_choice:
            return self._choose(enabled, thread)
        return next(iter(enabled))

    def _comes_from_outside(self, deadline: int | None) -> bool:
        """Whether somebody can go on after a while because of what is not under control."""
        if self.outside.waits or self.outside.polled:
            return self.outside.came(deadline)
        return self.uncontrolled.may_help(deadline)

    def _as_a_last_resort(self) -> None:
        """Nobody can go on, unless a finalizer helps: the garbage could have been collected before."""
        collector = self.collector.collect(self)
        if collector is not None:
            self.detour(collector)
        elif not self.signals.may_come():
            self.stop(Ending.DEADLOCK)

    def collect_now(self) -> Thread | None:
        """Has garbage collected by a thread that this gives and enables, before anything else; None without any."""
        collector = self.collector.collect(self)
        if collector is not None:
            self.enabled[collector] = None
        return collector

    def detour(self, thread: Thread) -> None:
        """Lets `thread`, one that the strategy knows nothing of, run before the next choice, whose turn it now is."""
        self.enabled[thread] = None

        def choose(enabled: dict[Thread, None], current: Thread) -> Thread:
            self._choose = self._strategy_choose
            return thread

        self._choose = choose

    def end_detour(self, thread: Thread, current: Thread) -> None:
        """Blocks the running thread, which made a detour, and makes the choice that `current` stood before."""
        self._choose = self._strategy_choose
        del self.enabled[thread]
        self.current = current  # who is left standing there if nobody can go on
        self.current = self.next_thread(current)
        self.current.switch()

    def attend_soon(self) -> None:
        """Has all that is looked after now and then looked after at the next scheduling point."""
        self._attention = self.points_left

    @property
    def is_waiting(self) -> bool:
        """Whether the kernel itself waits in real time now."""
        return self.outside.is_waiting or self.clock.is_waiting or self.signals.is_waiting

    def _attend(self) -> None:
        """Looks after what need not be looked after at every scheduling point."""
        if self.points_left < 0:
            self.stop(Ending.POINTS)
        if self.until is not None and real.monotonic() >= self.until:
            self.stop(Ending.TIME)
        self._attention = max(0, self.points_left - ATTEND_EVERY)
        self.signals.look()
        if self._then - self.points_left >= ATTEND_EVERY:
            if self.now == self._now_then:
                self.clock.hurry(self)
            self._now_then, self._then = self.now, self.points_left
        self.computing.go_on_all()
        look_again()
        self.uncontrolled.attend()
        self.outside_changed()
        self.stuck.look(getframe(1))
        self.collector.look(self)
        if len(self.enabled) == 1 and self.livelock.look(getframe(1)):
            self.stop(Ending.POINTS)

    # The life of threads -----------------------------------------------------------------------------------

    def make_main(self, main: Callable[[], None], name: str) -> Thread:
        """Makes the main thread, which will execute `main`."""
        self.current = self.add_thread(main, name, (), daemon=False)
        return self.current

    def run(self) -> None:
        """Runs the threads until the execution is over; then `ending` says how it ended.

        Every thread is begun from here, however deep the thread was that let it go first: a greenlet starts at the
        depth of recursion, and of the C stack, that it is switched to from, and its limit counts from there.
        """
        self.collector.begin()
        beginning: Thread | None = self.current
        try:
            while beginning is not None:
                beginning.switch = _switch_to(beginning.greenlet.switch)
                beginning = beginning.switch()
        finally:
            greenlet.settrace(None)

    def spawn(self, body: Callable[[], None], name: str, daemon: bool, begins: Place | None = None) -> ControlledThread:
        """Makes a new enabled thread that will execute `body`, whose code begins at `begins`."""
        parent = self.current
        path = (*parent.path, parent.children)
        parent.children += 1
        if self.watch is not None:
            self.watch.begin()
        return self.add_thread(body, name, path, daemon, begins)

    def add_thread(
        self, body: Callable[[], None], name: str, path: tuple[int, ...], daemon: bool, begins: Place | None = None
    ) -> Thread:
        """Makes a new enabled thread. `path` is that of its parent and its number among the parent's children."""

        def life() -> Thread | None:
            try:
                if path is not COLLECTOR:
                    if self.watch is not None:
                        self.watch.begin_thread()
                    self._record((added, "thread.begin", None, None, added.begins, self.now, self.changes))
                try:
                    body()
                except SystemExit:
                    pass  # from a hook for exceptions: it ends the thread, as everywhere
                if self.ending is not None:  # this is a child that the program forked: its only thread ends
                    return None
                return self._finish(added)
            except ThreadAbandoned:
                return None

        index = _COLLECTORS_INDEX if path is COLLECTOR else self._born
        added = Thread(index, name, self.labels, path, daemon, life, self._runner)
        added.begins = begins or _NOWHERE
        added.switch = _switch_to(self._runner.switch, added)  # until it has begun; see `run`
        self.threads.append(added)
        if path is not COLLECTOR:
            self._born += 1
            self.enabled[added] = None
            self.changes += 1
        if path and not daemon:
            self.living += 1
            if self.living == 1:
                self.disable(self.exit_queue)
        return added

    def finish_main(self) -> None:
        """The main thread's own code has ended: it can be joined, and waits for the threads that are no daemons."""
        main = self.current
        main.finished = self.main_ended = True
        self.enable(main.ending_queue)
        try:
            self.reach("program.exit", None, self.living == 0, self.exit_queue)
        except ThreadAbandoned:
            raise
        except BaseException as error:  # of a signal's handler: Python says so, and waits for nobody any more
            _ignored(error)

    def _finish(self, thread: Thread) -> Thread | None:
        """Ends a thread whose body has returned, and has its greenlet return into the next one.

        That is into the runner where the next one is yet to begin; then this gives it.
        """
        self._record((thread, "thread.end", None, None, _NOWHERE, self.now, self.changes))
        thread.finished = True
        thread.life = Life()  # that of what the finalizers of its local values do
        if not thread.path:
            self.ending = Ending.COMPLETED
            return None  # into the runner
        del self.enabled[thread]
        self.changes += 1
        self.enable(thread.ending_queue)
        if not thread.daemon:
            self.living -= 1
            if self.living == 0:
                self.enable(self.exit_queue)
        chosen = self.next_thread(thread)
        self.current = chosen
        if not chosen.greenlet:
            return chosen
        thread.greenlet.parent = chosen.greenlet
        return None

    def after_each_switch(self, call: Callable[[], None]) -> None:
        """Has this called each time another thread goes on, in that thread."""
        self._after_switch[call] = None
        greenlet.settrace(self._call_after_switch)

    def _call_after_switch(self, event: str, greenlets: object) -> None:
        for call in self._after_switch:
            call()

    def uncaught(self, error: BaseException) -> None:
        """The running thread is ended by this exception."""
        self.errors.append((self.current, error))

    def stop(self, ending: Ending) -> NoReturn:
        """Ends the execution at once. The threads stay where they are, for the report, until they are unwound."""
        self.ending = ending
        sys.call_tracing(self._runner.switch, (None,))  # from wherever: the interpreter may be calling back
        raise ThreadAbandoned

    def notice(self, record: Callable[[RawEvent], object]) -> Callable[[RawEvent], object]:
        """Has this called for each event from now on, in the place of what is given back."""
        before, self._record = self._record, record
        return before

    def choose_by(self, choose: Choose) -> Choose:
        """Has this choose from now on; gives what chose before."""
        before, self._strategy_choose = self._strategy_choose, choose
        if self._choose == before:  # else there is a detour first
            self._choose = choose
        return before

    def begin_atomic(self) -> None:
        """From now on no other thread goes first while the running one can go on."""
        self.atomic.begin()

    def end_atomic(self) -> None:
        """That is over."""
        self.atomic.end()

    def forget_strategy(self) -> None:
        """The execution is over: what chose may know this kernel, and each would keep the other."""
        del self._choose, self._strategy_choose, self._record

    def record_by(self, recorder: Recorder) -> None:
        """From now on another recorder takes the events."""
        self.recorder = recorder
        self._record = recorder.record
        recorder.watch(self.enabled)

    def count_birth(self, place: tuple[int, ...]) -> int:
        """How many objects were created at this place before, in this execution."""
        count = self._births.get(place, 0)
        self._births[place] = count + 1
        return count

    def next_birth(self) -> tuple[tuple[int, ...], int]:
        """The path of the running thread, and how many objects it has created before."""
        thread = self.current
        thread.births += 1
        return thread.path, thread.births


def _ignored(error: BaseException) -> None:
    """Reports an exception at the end of the program, as CPython does."""
    print(f"Exception ignored in: {threading!r}", file=sys.stderr)
    traceback.print_exception(error, file=sys.stderr)


def _switch_to(switch: Callable[..., Any], *arguments: object) -> Callable[[], Any]:
    """Has another thread go on by `switch`.

    While the interpreter calls a tool back, here for an access or a tool of the program, its tracing is off. That is
    kept per OS thread: a thread that is switched to from inside the call needs it on.
    """
    return partial(sys.call_tracing, switch, arguments)
