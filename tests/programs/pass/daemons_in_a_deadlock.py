"""Two daemons wait for each other's lock; the main thread goes on for a while, and ends."""

import threading
import time

a, b = threading.Lock(), threading.Lock()
both = threading.Barrier(2)


def work(mine, other):
    with mine:
        both.wait()
        with other:
            pass


daemons = [threading.Thread(target=work, args=pair, daemon=True) for pair in ((a, b), (b, a))]
for daemon in daemons:
    daemon.start()
for _ in range(100):
    time.sleep(0.001)
for daemon in daemons:
    daemon.join(timeout=0.01)
