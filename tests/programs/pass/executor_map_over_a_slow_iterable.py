"""The workers are idle while the items for them are still computed."""

import time
from concurrent.futures import ThreadPoolExecutor


def numbers():
    for number in range(4):
        time.sleep(0.02)
        yield number


with ThreadPoolExecutor(2) as pool:
    assert list(pool.map(str, numbers())) == ["0", "1", "2", "3"]
