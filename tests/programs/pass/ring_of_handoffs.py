"""Two threads wait for a lock that the other one acquired, but it is a third one's business to release them."""

import threading
import time

a, b = threading.Lock(), threading.Lock()
both = threading.Barrier(2)


def work(mine, other):
    mine.acquire()
    both.wait()
    other.acquire()


def release():
    for _ in range(100):
        time.sleep(0.001)
    for lock in (a, b):
        while not lock.locked():
            time.sleep(0.001)
        lock.release()


threads = [
    threading.Thread(target=work, args=(a, b), name="Left"),
    threading.Thread(target=work, args=(b, a), name="Right"),
    threading.Thread(target=release, name="Releaser"),
]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
