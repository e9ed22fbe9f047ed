"""Six threads meet at a barrier for three, twice.

`examples/barrier.py short` lets only two come to a barrier for three: a deadlock that says how many arrived.
`examples/barrier.py broken` shows `timeout`, `abort`, `reset` and `BrokenBarrierError`.
"""

import sys
import threading
import time

VARIANT = sys.argv[1] if len(sys.argv) > 1 else ""

rounds = []
barrier = threading.Barrier(3, action=lambda: rounds.append(len(rounds) + 1))


def meet():
    time.sleep(1)
    place = barrier.wait()
    print(f"{threading.current_thread().name} passed the barrier, as number {place}")


def give_up():
    try:
        barrier.wait(timeout=0.5)
    except threading.BrokenBarrierError:
        print(f"{threading.current_thread().name} found the barrier broken")


def run(target, names):
    threads = [threading.Thread(target=target, name=name) for name in names]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


if VARIANT == "short":
    run(meet, ["First", "Second"])
elif VARIANT == "broken":
    run(give_up, ["First", "Second"])
    assert barrier.broken
    barrier.reset()
    assert not barrier.broken and barrier.n_waiting == 0 and barrier.parties == 3
    barrier.abort()
    run(give_up, ["Third"])
else:
    run(meet, [f"Phase-{phase}-{letter}" for phase in (1, 2) for letter in "abc"])
    assert rounds == [1, 2]
