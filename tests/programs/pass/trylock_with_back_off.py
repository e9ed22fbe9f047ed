"""Opposite order, but one of the two only tries, and puts back what it has before it tries again."""

import threading
import time

a, b = threading.Lock(), threading.Lock()


def insist():
    for _ in range(3):
        with a, b:
            pass


def try_to():
    while True:
        with b:
            if a.acquire(blocking=False):
                a.release()
                return
        time.sleep(0.01)


threads = [threading.Thread(target=target) for target in (insist, try_to)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
