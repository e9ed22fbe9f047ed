"""Two of three parties wait at a barrier until the third one, after a long time, breaks it."""

import threading
import time

barrier = threading.Barrier(3)
broken = []


def wait():
    try:
        barrier.wait()
    except threading.BrokenBarrierError:
        broken.append("broken")


threads = [threading.Thread(target=wait) for _ in range(2)]
for thread in threads:
    thread.start()
for _ in range(100):
    time.sleep(0.001)
barrier.abort()
for thread in threads:
    thread.join()
assert len(broken) == 2
