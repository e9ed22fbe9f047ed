"""A daemon has a lock and never gives it back; who wants it asks for a limited time."""

import threading
import time

lock = threading.Lock()
held = threading.Event()


def keep():
    with lock:
        held.set()
        while True:
            time.sleep(0.01)


def ask():
    for _ in range(3):
        if lock.acquire(timeout=0.05):
            raise AssertionError("it is the daemon's")


threading.Thread(target=keep, name="Keeper", daemon=True).start()
held.wait()
asking = threading.Thread(target=ask, name="Asking")
asking.start()
asking.join()
