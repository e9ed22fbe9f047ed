"""Both threads see the lock held, both release it."""

import threading

lock = threading.Lock()
lock.acquire()


def release():
    if lock.locked():
        lock.release()


threads = [threading.Thread(target=release) for _ in range(2)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
