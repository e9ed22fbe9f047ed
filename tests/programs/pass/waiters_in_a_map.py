"""The locks are in a list that only a `map` knows, which only the function that empties it knows."""

import threading
import time


def start_waiter(_):
    lock = threading.Lock()
    lock.acquire()
    threading.Thread(target=lock.acquire).start()
    return lock


def release_late(lock):
    time.sleep(0.1)
    lock.release()


list(map(release_late, list(map(start_waiter, range(3)))))
