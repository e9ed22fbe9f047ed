"""Daemons that can never go on hold nobody up: the main thread ends, and so does the program."""

import queue
import threading
import time

lock, condition = threading.Lock(), threading.Condition()
lock.acquire()


def wait_for_notification():
    with condition:
        condition.wait()


stuck = [
    lock.acquire,
    wait_for_notification,
    threading.Event().wait,
    threading.Semaphore(0).acquire,
    threading.Barrier(2).wait,
    queue.Queue().get,
    threading.main_thread().join,
]
for target in stuck:
    threading.Thread(target=target, daemon=True).start()
for _ in range(100):
    time.sleep(0.001)
