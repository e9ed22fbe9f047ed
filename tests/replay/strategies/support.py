"""Executions with strategies, the programs for them, and programs that are played without a kernel."""

import math
import threading

from replay.execution import Execution
from replay.strategies.profile import NOTHING_KNOWN, Profiler
from replay.strategies.random_walk import RandomWalk
from tracer import patch

patch.install()


# Executions ------------------------------------------------------------------------------------------------------


def execute(main, strategy, *, preempt="any", learned=None, **settings):
    """The outcome and the events, as thread, operation and object."""
    execution = Execution(main, strategy=strategy, preempt=preempt, learned=learned, **settings)
    execution.kernel.always_ask()
    execution.run()
    outcome = execution.outcome()
    execution.close()
    return outcome, [(event[0].label, event[1], event[2]) for event in execution.recorder.events]


def profile_of(main, executions=10, **settings):
    """What so many random walks tell."""
    profile, learned = NOTHING_KNOWN, set()
    for seed in range(executions):
        profiler = Profiler(RandomWalk(seed).choose)
        execute(main, profiler, learned=learned, **settings)
        profile = profile.merged(profiler.profile)
    return profile, learned


def failures(main, make, executions, profile=NOTHING_KNOWN, learned=None):
    """How many of so many executions fail."""
    seeds = [number * 0x9E3779B97F4A7C15 % 2**64 for number in range(1, executions + 1)]  # far apart
    return sum(bool(execute(main, make(seed, profile), learned=learned)[0].failures) for seed in seeds)


def random_walk(seed, profile):
    return RandomWalk(seed)


def started(*bodies):
    """Starts a thread for each, in this order, and waits for them."""
    threads = [threading.Thread(target=body) for body in bodies]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


class Wrong(Exception):
    """What goes wrong here. No assertion: pytest rewrites these, and has them take other steps."""


class State:
    """Variables that threads share."""

    def __init__(self, **variables):
        self.__dict__.update(variables)


# Programs of SCTBench (Thomson, Donaldson and Betts, TOPC 2016), each with the bug that it is known for -------------


def reorder(setters, checkers):
    """A checker between the two writes of a setter, before any setter is done, sees one of them."""

    def main():
        state = State(a=0, b=0)

        def set_():
            state.a = 1
            state.b = -1

        def check():
            if not ((state.a == 0 and state.b == 0) or (state.a == 1 and state.b == -1)):
                raise Wrong

        started(*[set_] * setters, *[check] * checkers)

    return main


def account():
    """What is checked last is wrong however it comes about."""
    lock = threading.Lock()
    state = State(balance=1, deposited=False, withdrawn=False)

    def check():
        with lock:
            if state.deposited and state.withdrawn and state.balance != 1 - 2 - 4:
                raise Wrong

    def deposit():
        with lock:
            state.balance += 2
            state.deposited = True

    def withdraw():
        with lock:
            state.balance -= 4
            state.withdrawn = True

    for body in (check, deposit, withdraw):
        threading.Thread(target=body).start()


def two_stages(writers, readers):
    """A reader between the two sections of the first writer."""

    def main():
        first, second = threading.Lock(), threading.Lock()
        state = State(one=0, two=0)

        def write():
            with first:
                state.one = 1
            with second:
                state.two = state.one + 1

        def read():
            with first:
                if state.one == 0:
                    return
                one = state.one
            with second:
                two = state.two
            if two != one + 1:
                raise Wrong

        started(*[write] * writers, *[read] * readers)

    return main


def bluetooth():
    """The driver is stopped between the look at the flag and the count of who uses it."""
    lock = threading.Lock()
    state = State(pending=1, stopping=False, event=False, stopped=False)

    def done():
        with lock:
            state.pending -= 1
            pending = state.pending
        if pending == 0:
            state.event = True

    def stop():
        state.stopping = True
        done()
        if state.event:
            state.stopped = True

    thread = threading.Thread(target=stop)
    thread.start()
    if not state.stopping:
        with lock:
            state.pending += 1
        if state.stopped:
            raise Wrong
    done()
    thread.join()


def stringbuffer():
    """Two sections of one thread between those of another, and they in between: two preemptions."""
    lock = threading.Lock()
    state = State(count=3)

    def modify():
        with lock:
            state.count = 0
        with lock:
            state.count = 3

    thread = threading.Thread(target=modify)
    thread.start()
    with lock:
        count = state.count
    with lock:
        if count > state.count:
            raise Wrong
    thread.join()


def mixed():
    """Objects of one name, a container, a condition, and a thread that starts another one."""
    condition = threading.Condition()
    states = [State(x=0) for _ in range(3)]
    items = [0, 0]

    def read(number):
        for state in states[number:]:
            _ = state.x
        items[number] += 1

    def wait():
        threading.Thread(target=read, args=(1,)).start()
        with condition:
            condition.wait(1)
        items.append(1)
        read(0)

    def write():
        for state in reversed(states):
            state.x = 1
        with condition:
            condition.notify()

    started(wait, write)


# Programs without a kernel -----------------------------------------------------------------------------------------


class Played:
    """A thread that executes these operations on these objects, as far as a strategy can tell."""

    def __init__(self, path, operations):
        self.path = path
        self.operations = operations
        self.executed = 0
        self.alarm = 0
        self.interrupted = False
        self.publish()

    def publish(self):
        self.operation, self.target = self.operations[self.executed]


def play(strategy, programs):
    """The order in which threads execute their operations, by the numbers of the threads."""
    threads = [Played((number,), operations) for number, operations in enumerate(programs)]
    enabled = dict.fromkeys(threads)
    current = threads[0]
    order = []
    while enabled:
        current = strategy.choose(enabled, current)
        order.append(current.path[0])
        current.executed += 1
        if current.executed == len(current.operations):
            del enabled[current]
        else:
            current.publish()
    return order


def share(make, programs, happens, seeds):
    """The share of seeds with which it happens."""
    return sum(happens(play(make(seed), programs)) for seed in range(seeds)) / seeds


def assert_near(share, probability, seeds, deviations=4.0):
    assert abs(share - probability) <= deviations * math.sqrt(probability * (1 - probability) / seeds), share


class Thing:
    """What is accessed."""

    _threadtrace_label = None


def writes(*things):
    return [("memory.write", thing) for thing in things]
