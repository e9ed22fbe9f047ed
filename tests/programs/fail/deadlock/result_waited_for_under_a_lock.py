"""The main thread waits for a future under the lock that the job needs."""

# threads: MainThread, Worker_0
# objects: job._condition, lock

import threading
from concurrent.futures import ThreadPoolExecutor

lock = threading.Lock()


def work():
    with lock:
        return 42


with ThreadPoolExecutor(1, thread_name_prefix="Worker") as pool:
    job = pool.submit(work)
    with lock:
        job.result()
