"""When the worker returns, an object of its own goes away, and takes the signal with it."""

import threading
import time


class Lease:
    def __init__(self, lock):
        self.lock = lock

    def __del__(self):
        self.lock.release()


def work(lease):
    time.sleep(0.2)


def start_worker():
    done = threading.Lock()
    done.acquire()
    threading.Thread(target=work, args=(Lease(done),), name="Worker").start()
    return done


start_worker().acquire()
