"""The main thread has ended, a thread waits for a lock, and only a daemon is awake: it is the one that releases it."""

import threading
import time


def tick(times, lock):
    for _ in range(times):
        time.sleep(0.002)
    lock.release()
    while True:
        time.sleep(0.01)


def start():
    lock = threading.Lock()
    lock.acquire()
    threading.Thread(target=tick, args=(100, lock), name="Ticker", daemon=True).start()
    threading.Thread(target=lock.acquire, name="Waiter").start()


start()
