"""The main thread has ended, a thread waits for a lock of its own, and only a daemon goes on."""

# threads: MainThread, Worker
# objects: lock
# cycle: Worker -> lock

import threading
import time

lock = threading.Lock()


def tick():
    while True:
        time.sleep(1)


def work():
    threading.main_thread().join()
    with lock, lock:
        pass


threading.Thread(target=tick, name="Ticker", daemon=True).start()
threading.Thread(target=work, name="Worker").start()
