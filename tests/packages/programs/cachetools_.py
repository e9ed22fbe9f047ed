"""A cache of squares that threads share: who comes second to a key waits for the first, and computes nothing."""

import threading
from concurrent.futures import ThreadPoolExecutor

import cachetools

computed = []
cache = cachetools.TTLCache(maxsize=100, ttl=600)


@cachetools.cached(cache, condition=threading.Condition(), info=True)
def square(number):
    computed.append(number)
    return number * number


recent = cachetools.LRUCache(maxsize=3)
guard = threading.RLock()


def remember(number):
    with guard:
        recent[number] = square(number)
        assert len(recent) <= 3
    return recent.maxsize


with ThreadPoolExecutor(4) as pool:
    squares = list(pool.map(square, [3, 1, 4, 1, 5, 9, 2, 6, 5, 3, 5]))
    sizes = list(pool.map(remember, range(8)))

assert squares == [9, 1, 16, 1, 25, 81, 4, 36, 25, 9, 25]
assert sizes == [3] * 8
assert sorted(computed) == [0, 1, 2, 3, 4, 5, 6, 7, 9], computed
info = square.cache_info()
assert info.hits + info.misses == 19 and info.misses == 9, info
print(f"computed {len(computed)} squares for 19 calls")
