"""The set of enabled threads is kept by the operations; here it is computed anew at every choice and compared."""

import random
import threading
import time

import pytest

from replay.strategies import RandomWalk
from tests.support import execute
from tracer.primitives.model import model_of
from tracer.runtime import door


def can_go_on(thread):
    """Whether the pending operation of a thread can be executed, from the states of the objects alone."""
    target = thread.target
    match thread.operation:
        case "lock.acquire":
            return target.owner is None
        case "rlock.acquire":
            return target.owner is None or target.owner is thread
        case "condition.reacquire":
            return target._lock.owner is None
        case "semaphore.acquire":
            return target._value > 0
        case "condition.wait" | "event.wait":
            return thread not in model_of(target).waiting
        case "barrier.wait":
            return thread not in model_of(target).waiting and target._state in (0, -2)
        case "thread.join":
            return target._threadtrace_thread.finished
        case "time.sleep":
            return not thread.alarm
        case "program.exit":
            return not any(other for other in everybody(thread) if not other.finished and other.path)
    return True


def everybody(thread):
    return [Auditor.kernel.threads[index] for index in range(len(Auditor.kernel.threads))]


class Auditor:
    """A random walk that checks what it is offered."""

    kernel = None

    def __init__(self, seed):
        self.walk = RandomWalk(seed)
        self.checked = 0

    def choose(self, enabled, current):
        Auditor.kernel = door.runtime
        for thread in Auditor.kernel.threads:
            if thread.finished and thread.path:
                assert thread not in enabled
            elif thread is not current and thread.operation != "thread.begin":
                # Within a timeout, or beyond it, a thread may stand before an operation it could not execute.
                timed = thread.alarm or (thread.deadline and thread.queue is None)
                if thread.queue is None and thread.operation.endswith(".acquire"):
                    timed = True  # it only tries
                assert (thread in enabled) == can_go_on(thread) or timed, (thread, thread.operation, thread.target)
        self.checked += 1
        return self.walk.choose(enabled, current)


def program(seed):
    """A random program over all primitives. It may deadlock; the sets must be right all the same."""
    choice = random.Random(seed)
    locks = [threading.Lock(), threading.RLock()]
    condition, semaphore = threading.Condition(locks[choice.randrange(2)]), threading.Semaphore(1)
    event, barrier = threading.Event(), threading.Barrier(2)

    def work(script):
        for step in script:
            match step:
                case 0 | 1:
                    with locks[step]:
                        semaphore.release()
                case 2:
                    with condition:
                        condition.wait()
                case 3:
                    with condition:
                        condition.notify(1)
                case 4:
                    with condition:
                        condition.notify_all()
                case 5:
                    semaphore.acquire()
                case 6:
                    event.set()
                case 7:
                    event.wait()
                    event.clear()
                case 8:
                    try:
                        barrier.wait()
                    except threading.BrokenBarrierError:
                        pass
                case 9:
                    with locks[0], locks[1]:
                        pass
                case 10:
                    with locks[1], locks[0], locks[1]:
                        pass
                case 11:
                    time.sleep(choice.randrange(3))
                case 12 if locks[0].acquire(timeout=1):
                    locks[0].release()
                case 13 if locks[1].acquire(blocking=False):
                    locks[1].release()
                case 14:
                    with condition:
                        condition.wait(1)
                case 15:
                    event.wait(1)
                case 16:
                    semaphore.acquire(timeout=1)
                case 17 if not barrier.broken:
                    try:
                        barrier.wait(1)
                    except threading.BrokenBarrierError:
                        barrier.reset()

    def main():
        scripts = [[choice.randrange(18) for _ in range(6)] for _ in range(4)]
        threads = [threading.Thread(target=work, args=(script,)) for script in scripts]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

    return main


@pytest.mark.parametrize("clock", ["virtual", "any"])
@pytest.mark.parametrize("block", range(4))
def test_enabled_threads_are_those_that_can_go_on(block, clock):
    checked = 0
    endings = set()
    for seed in range(block * 100, block * 100 + 100):
        auditor = Auditor(seed)
        run = execute(lambda seed=seed: program(seed)(), strategy=auditor, clock=clock)
        assert all(failure.kind.value == "deadlock" for failure in run.outcome.failures), run.outcome.failures
        endings.add(run.outcome.ending.value)
        checked += auditor.checked
    assert checked > 2000
    assert endings == {"completed", "deadlock"}
