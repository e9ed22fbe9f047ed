"""It is a thread of the `_thread` module that releases the lock."""

import _thread
import threading
import time


def work(lock):
    time.sleep(0.2)
    lock.release()


lock = threading.Lock()
lock.acquire()
_thread.start_new_thread(work, (lock,))
lock.acquire()
