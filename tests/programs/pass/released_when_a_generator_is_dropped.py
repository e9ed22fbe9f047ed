"""A generator stands inside `with lock`; when the worker ends, the generator is closed, and the lock is free."""

import threading
import time


def numbers_under_a_lock(lock):
    with lock:
        yield from range(10)


def work(lock, started):
    numbers = numbers_under_a_lock(lock)
    next(numbers)
    started.set()
    time.sleep(0.2)


lock, started = threading.Lock(), threading.Event()
threading.Thread(target=work, args=(lock, started), name="Worker").start()
started.wait()
with lock:
    pass
