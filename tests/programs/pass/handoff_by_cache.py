"""A function that keeps its results gives each caller the same lock for the same name."""

import functools
import threading
import time


@functools.cache
def lock_called(name):
    return threading.Lock()


def work():
    time.sleep(0.2)
    lock_called("first").release()


lock_called("first").acquire()
threading.Thread(target=work, name="Worker").start()
lock_called("first").acquire()
