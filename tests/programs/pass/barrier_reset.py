"""Somebody looks again and again whether all who come have come, and then lets them go by a reset."""

import threading
import time

barrier = threading.Barrier(3)


def wait():
    try:
        barrier.wait()
    except threading.BrokenBarrierError:
        pass


threads = [threading.Thread(target=wait) for _ in range(2)]
for thread in threads:
    thread.start()
while barrier.n_waiting < 2:
    time.sleep(0.01)
time.sleep(0.1)
barrier.reset()
for thread in threads:
    thread.join()
