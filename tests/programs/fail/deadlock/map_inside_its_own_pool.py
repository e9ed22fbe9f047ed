"""A job of a pool of one maps over the same pool, and has to wait for itself to end first."""

# threads: MainThread, Worker_0
# objects: job._condition, numbers._condition

from concurrent.futures import ThreadPoolExecutor

pool = ThreadPoolExecutor(1, thread_name_prefix="Worker")


def total():
    numbers = list(pool.map(abs, [-1, -2]))
    return sum(numbers)


job = pool.submit(total)
job.result()
