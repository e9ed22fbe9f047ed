"""The workers of a pool have nothing to do and wait, until the end of the `with` statement wakes them all."""

import time
from concurrent.futures import ThreadPoolExecutor

with ThreadPoolExecutor(3) as pool:
    assert sorted(pool.map(abs, [-1, -2, -3])) == [1, 2, 3]
    for _ in range(100):
        time.sleep(0.001)
