"""A pool that a function made goes away with the function's end, and its workers, who wait for work, end with it."""

import time
from concurrent.futures import ThreadPoolExecutor


def compute():
    pool = ThreadPoolExecutor(2)
    squares = [pool.submit(pow, number, 2) for number in range(3)]
    time.sleep(0.1)
    return sum(square.result() for square in squares)


assert compute() == 5
time.sleep(0.1)
