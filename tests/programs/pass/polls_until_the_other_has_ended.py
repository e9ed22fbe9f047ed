"""The thread with the lock looks a hundred times whether another one is still alive before it releases it."""

import threading
import time


def work():
    for _ in range(100):
        time.sleep(0.002)


def watch():
    with lock:
        held.set()
        while worker.is_alive():
            time.sleep(0.002)


lock, held = threading.RLock(), threading.Event()
worker = threading.Thread(target=work, name="Worker")
watcher = threading.Thread(target=watch, name="Watcher")
worker.start()
watcher.start()
held.wait()
with lock:
    pass
