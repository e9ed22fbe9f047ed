"""The main thread joins a thread that needs its lock; a third one sleeps, and then computes for ever."""

# threads: MainThread, Worker
# objects: Worker, lock
# cycle: MainThread -> Worker -> lock

import threading
import time

lock = threading.Lock()


def work():
    with lock:
        pass


def compute():
    time.sleep(1)
    x = 0
    while True:
        x += 1


threading.Thread(target=compute, name="Computer").start()
worker = threading.Thread(target=work, name="Worker")
with lock:
    worker.start()
    worker.join()
