"""Two workers, two jobs that each wait for a job of their own: nobody is left to do those."""

# threads: MainThread, Worker_0, Worker_1
# objects: jobs[0]._condition, inner._condition, inner._condition#2

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

pool = ThreadPoolExecutor(2, thread_name_prefix="Worker")
both_at_work = Barrier(2)


def outer():
    both_at_work.wait()
    inner = pool.submit(int)
    return inner.result()


jobs = [pool.submit(outer) for _ in range(2)]
for job in jobs:
    job.result()
