"""Acquired twice, released once, and then its owner waits for somebody who needs it."""

# threads: MainThread, Worker
# objects: Worker, lock
# cycle: MainThread -> Worker -> lock

import threading

lock = threading.RLock()


def work():
    with lock:
        pass


lock.acquire()
with lock:
    worker = threading.Thread(target=work, name="Worker")
    worker.start()
worker.join()
lock.release()
