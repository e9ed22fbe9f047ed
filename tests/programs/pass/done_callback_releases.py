"""What is to be done when a job is done is to release a lock: the future knows it, and the worker that gets the job."""

import threading
import time
from concurrent.futures import ThreadPoolExecutor


def slow():
    for _ in range(100):
        time.sleep(0.001)


def start(pool):
    lock = threading.Lock()
    lock.acquire()
    pool.submit(slow).add_done_callback(lambda _: lock.release())
    return lock


with ThreadPoolExecutor(1) as pool:
    start(pool).acquire()
