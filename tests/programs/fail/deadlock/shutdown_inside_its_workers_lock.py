"""Shutting a pool down waits for a job that needs the lock under which the pool is shut down."""

# threads: MainThread, Worker_0
# objects: Worker_0, lock
# cycle: MainThread -> Worker_0 -> lock

import threading
from concurrent.futures import ThreadPoolExecutor

lock = threading.Lock()


def work():
    with lock:
        pass


pool = ThreadPoolExecutor(1, thread_name_prefix="Worker")
pool.submit(work)
with lock:
    pool.shutdown(wait=True)
