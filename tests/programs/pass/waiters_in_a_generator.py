"""The locks are local to a generator that releases one after the other, whenever it is asked to go on."""

import threading
import time


def released_one_by_one(count):
    locks = [threading.Lock() for _ in range(count)]
    for lock in locks:
        lock.acquire()
        threading.Thread(target=lock.acquire).start()
    while locks:
        yield len(locks)
        locks.pop().release()


for _ in released_one_by_one(3):
    time.sleep(0.1)
