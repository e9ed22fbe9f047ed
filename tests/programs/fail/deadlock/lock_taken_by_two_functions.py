"""One function calls another with the lock held, and that one takes it, too."""

# threads: MainThread, Worker
# objects: Worker, lock
# cycle: Worker -> lock

import threading

lock = threading.Lock()
entries = []


def record(text):
    with lock:
        entries.append(text)


def deposit():
    with lock:
        record("deposit")


worker = threading.Thread(target=deposit, name="Worker")
worker.start()
worker.join()
