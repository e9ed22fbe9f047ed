"""Threads that share a cache on disk: counters that lose nothing, and what is computed once."""

import tempfile
import threading

import diskcache

computed = []


def work(cache, name):
    for _ in range(3):
        cache.incr("visits")
        with cache.transact():
            cache[name] = cache.get(name, 0) + 1


with tempfile.TemporaryDirectory() as folder, diskcache.Cache(folder) as cache:

    @cache.memoize()
    @diskcache.barrier(cache, diskcache.Lock)
    def square(number):
        computed.append(number)
        return number * number

    def compute():
        assert [square(number) for number in (2, 3, 2)] == [4, 9, 4]
        cache.close()

    threads = [threading.Thread(target=work, args=(cache, name)) for name in ("ann", "bob")]
    threads += [threading.Thread(target=compute)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert cache["visits"] == 6 and cache["ann"] == cache["bob"] == 3
    assert computed == [2, 3]
print("six visits")
