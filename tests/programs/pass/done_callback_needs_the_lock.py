"""The main thread waits for a result with the lock that a callback needs; but the result comes before the callback."""

import threading
import time
from concurrent.futures import ThreadPoolExecutor

lock = threading.Lock()
called = []


def note(future):
    with lock:
        called.append(future.result())


with ThreadPoolExecutor(1) as pool:
    job = pool.submit(time.sleep, 0.1)
    job.add_done_callback(note)
    with lock:
        job.result()
assert called == [None]
