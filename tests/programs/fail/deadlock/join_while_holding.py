"""The main thread joins a thread that needs the lock it holds."""

# threads: MainThread, Thread-1 (work)
# objects: Thread-1 (work), lock
# cycle: MainThread -> Thread-1 (work) -> lock

import threading

lock = threading.Lock()


def work():
    with lock:
        pass


thread = threading.Thread(target=work)
with lock:
    thread.start()
    thread.join()
