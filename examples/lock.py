"""Ten threads add to one counter, under a lock: 100,000 on every schedule.

Optional arguments: the number of threads, and of increments of each.
"""

import sys
import threading

THREADS = int(sys.argv[1]) if len(sys.argv) > 1 else 10
INCREMENTS = int(sys.argv[2]) if len(sys.argv) > 2 else 10_000

counter = 0
lock = threading.Lock()


def with_statement():
    global counter
    for _ in range(INCREMENTS):
        with lock:
            counter += 1


def acquire_and_release():
    global counter
    for _ in range(INCREMENTS):
        lock.acquire()
        try:
            counter += 1
        finally:
            lock.release()


workers = [
    threading.Thread(target=with_statement if number % 2 else acquire_and_release, name=f"Worker-{number}")
    for number in range(THREADS)
]
for worker in workers:
    worker.start()
for worker in workers:
    worker.join()

print(f"counter: {counter}")
assert counter == THREADS * INCREMENTS
