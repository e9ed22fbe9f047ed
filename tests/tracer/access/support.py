"""All schedules of a short program with two threads."""

import threading

from replay.execution import Execution
from tests.tracer.access.enumerated import Enumerated
from tests.tracer.access.model import STUCK
from tracer.outcome import Ending

#: No snippet has more schedules.
MOST = 3000


def reached(snippet, preempt):
    """The states in which all executions of a snippet end, and how many executions there are."""
    program = compile(snippet.program, "snippet.py", "exec")
    final = compile(snippet.final, "snippet.py", "eval")
    learned = set()
    while True:
        known = frozenset(learned)
        found = set()
        choices = []
        for count in range(1, MOST):
            names = set(known)  # the same in all of these executions, so that the choices mean the same
            found.add(state(program, final, Enumerated(choices), preempt, names, choices))
            learned |= names
            if not choices:
                break
            choices[-1] += 1
        else:
            raise OverflowError(snippet.name)
        if learned == known:
            return found, count


def state(program, final, strategy, preempt, learned, choices):
    """The state in which one execution ends. Leaves the choices up to the last where there is another."""
    namespace = {"__name__": "snippet"}
    value = None

    def main():
        nonlocal value
        exec(program, namespace)
        one = threading.Thread(target=namespace["one"])
        two = threading.Thread(target=namespace["two"])
        one.start()
        two.start()
        one.join()
        two.join()
        value = eval(final, namespace)

    execution = Execution(main, strategy=strategy, preempt=preempt, learned=learned)
    execution.run()
    kernel = execution.kernel
    errors = tuple(sorted(type(error).__name__ for thread, error in kernel.errors if thread.path))
    mine = [error for thread, error in kernel.errors if not thread.path]
    ending = kernel.ending
    execution.close()
    if mine:
        raise mine[0]
    del choices[len(strategy.alternatives) :]
    while choices and choices[-1] + 1 == strategy.alternatives[len(choices) - 1]:
        choices.pop()
    return STUCK if ending is Ending.DEADLOCK else (repr(value), errors)
