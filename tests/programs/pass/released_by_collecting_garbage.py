"""A ring of objects that nobody knows any more has a finalizer, and the worker collects the garbage."""

import gc
import threading
import time


class Node:
    def __init__(self, lock):
        self.lock = lock
        self.itself = self

    def __del__(self):
        self.lock.release()


def work():
    time.sleep(0.2)
    gc.collect()


done = threading.Lock()
done.acquire()
Node(done)
threading.Thread(target=work, name="Worker").start()
done.acquire()
