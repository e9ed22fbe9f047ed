"""The lock is on its way back to the caller, who releases it, but a `finally` takes its time."""

import threading
import time


def start_waiter():
    try:
        lock = threading.Lock()
        lock.acquire()
        threading.Thread(target=lock.acquire, name="Waiter").start()
        return [lock].pop()
    finally:
        del lock
        for _ in range(100):
            time.sleep(0.001)


start_waiter().release()
