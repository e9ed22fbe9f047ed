"""Between acquire and release something goes wrong; the thread ends, its lock stays locked."""

# threads: MainThread
# objects: lock

import threading

lock = threading.Lock()


def work():
    try:
        lock.acquire()
        int("not a number")
        lock.release()
    except ValueError:
        pass


worker = threading.Thread(target=work, name="Worker")
worker.start()
worker.join()
with lock:
    pass
