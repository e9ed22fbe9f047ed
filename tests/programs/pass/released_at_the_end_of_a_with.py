"""An object made for a `with` statement, and named nowhere, releases the lock at its end."""

import threading
import time


class Releasing:
    def __init__(self, lock):
        self.lock = lock

    def __enter__(self):
        return None

    def __exit__(self, *error):
        self.lock.release()


def waiter():
    lock = threading.Lock()
    lock.acquire()
    threading.Thread(target=lock.acquire, name="Waiter").start()
    return lock


with Releasing(waiter()):
    for _ in range(100):
        time.sleep(0.001)
