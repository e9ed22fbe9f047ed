"""Producers and consumers over a bounded queue, ended by sentinels."""

import queue
import threading

jobs = queue.Queue(maxsize=2)
done = []


def produce(first):
    for number in range(first, first + 3):
        jobs.put(number)


def consume():
    while (job := jobs.get()) is not None:
        done.append(job)
        jobs.task_done()
    jobs.task_done()


producers = [threading.Thread(target=produce, args=(first,)) for first in (0, 10)]
consumers = [threading.Thread(target=consume) for _ in range(2)]
for thread in producers + consumers:
    thread.start()
for thread in producers:
    thread.join()
for _ in consumers:
    jobs.put(None)
jobs.join()
for thread in consumers:
    thread.join()
assert sorted(done) == [0, 1, 2, 10, 11, 12]
