"""A job of a pool of one waits for another job of it."""

# threads: MainThread, ThreadPoolExecutor-0_0
# objects: Future._condition, result._condition

from concurrent.futures import ThreadPoolExecutor

pool = ThreadPoolExecutor(1)


def outer():
    return pool.submit(int).result()


print(pool.submit(outer).result())
