"""The lock is the default of a parameter that nobody ever passes."""

import threading
import time


def make_worker():
    def work(steps=100, lock=threading.Lock()):
        while steps:
            time.sleep(0.001)
            steps -= 1
        lock.release()

    return work, work.__defaults__[1]


worker, lock = make_worker()
lock.acquire()
threading.Thread(target=worker, name="Worker").start()
del worker
lock.acquire()
