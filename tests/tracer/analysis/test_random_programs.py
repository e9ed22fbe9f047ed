"""What is read from traces of random programs, against the live objects at their end, and against the events."""

import re
import threading
from collections import Counter

import pytest

from tests.replay.test_enabled_threads import program
from tests.tracer.analysis.support import analysed
from tracer.analysis.state import State
from tracer.labels import Labels
from tracer.primitives.lock import Lock
from tracer.primitives.model import model_of
from tracer.primitives.rlock import RLock

pytestmark = pytest.mark.one_version

SEEDS = range(120)
TAILS = ("thread.join", "program.exit", "lock.acquire", "rlock.acquire", "condition.reacquire")


class Kept(Labels):
    """Keeps the objects of an execution by their names."""

    def __init__(self):
        super().__init__()
        self.objects = {}

    def _find(self, target):
        label = super()._find(target)
        self.objects[label] = target
        return label


def live_state(objects):
    """Owners, waiters and values of live objects."""
    found = {}
    for name, target in objects.items():
        if isinstance(target, Lock | RLock):
            found[name] = [target.owner.label] if target.owner is not None else []
        elif isinstance(target, threading.Condition):
            found[name] = [one.thread.label for one in target._waiters]
        elif isinstance(target, threading.Semaphore):
            found[name] = target._value
        elif isinstance(target, threading.Event):
            found[name] = (target._flag, [one.label for one in model_of(target).waiting])
    return found


def traced_state(state):
    """The same from a trace."""
    found = {}
    for name, one in state.objects.items():
        match one.kind:
            case "lock" | "rlock":
                found[name] = list(one.holds)
            case "condition":
                found[name] = one.waiters
            case "semaphore":
                found[name] = one.value
            case "event":
                found[name] = (one.flag, one.waiters)
    return found


def check(done):
    """That what the findings say stands in the events."""
    events = {one.number: one for one in done.events}
    standing = {one.thread: one for failure in done.outcome.failures for one in failure.waiting}
    for found in done.found:
        for step in found.steps:
            if step.event:
                event = events[step.event]
                assert (event.thread, event.operation, event.object) == (step.thread, step.operation, step.object)
            else:
                one = standing[step.thread]
                assert (one.operation, one.object, one.place) == (step.operation, step.object, step.place)
        notices = [one for one in done.events if one.operation == "condition.notify" and one.object in found.objects]
        sets = [one for one in done.events if one.operation == "event.set" and one.object in found.objects]
        match found.kind.value:
            case "lost-wakeup" if notices:
                assert notices[-1].result == 0
                assert all(step.event > notices[-1].number for step in found.steps[1:])
            case "lost-wakeup":
                assert found.steps[0].event == sets[-1].number < found.steps[1].event < found.steps[2].event
            case "notified-another":
                assert found.steps[0].event == notices[-1].number
                assert notices[-1].result > 0
        if "ever notified" in found.message:
            assert not notices
        if "ever set" in found.message:
            assert not sets
        if number := re.search(r"notify #(\d+)", found.message):
            assert int(number[1]) == len(notices)
    return standing


@pytest.mark.parametrize("block", range(4))
def test_random_programs(block):
    kinds = Counter()
    for seed in SEEDS:
        labels, live = Kept(), {}
        done = analysed(
            lambda seed=seed: program(1000 * block + seed)(),  # its objects are made under control
            look=lambda _, labels=labels, live=live: live.update(live_state(labels.objects)),
            labels=labels,
            strategy="random",
            seed=seed,
            max_points=2000,
        )
        state = State()
        for event in done.events:
            state.feed(event)
        assert traced_state(state) == {name: live[name] for name in traced_state(state)}, seed
        standing = check(done)
        kinds.update(done.kinds)
        explained = {name for found in done.found for name in found.threads}
        for thread, one in standing.items():
            assert thread in explained or one.operation in TAILS, (seed, one, done.found)
        assert bool(standing) == any(found.failure for found in done.found)
    assert len(kinds) > 3, kinds
