"""What the barrier does when all have come is to release the lock that others wait for; the last one comes late."""

import threading
import time


def start():
    lock = threading.Lock()
    lock.acquire()
    threading.Thread(target=lock.acquire, name="Waiter").start()
    return threading.Barrier(2, action=lock.release)


barrier = start()
threading.Thread(target=barrier.wait, name="Early").start()
for _ in range(100):
    time.sleep(0.001)
barrier.wait()
