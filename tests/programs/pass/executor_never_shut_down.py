"""Nobody shuts the pool down: its workers wait for work until the main thread ends, which takes a while."""

import time
from concurrent.futures import ThreadPoolExecutor

pool = ThreadPoolExecutor(2)
assert pool.submit(pow, 2, 5).result() == 32
assert pool.submit(pow, 2, 6).result() == 64
for _ in range(100):
    time.sleep(0.001)
