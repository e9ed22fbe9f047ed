"""A thread ends without releasing its lock."""

# threads: MainThread
# objects: lock

import threading

lock = threading.Lock()
thread = threading.Thread(target=lock.acquire)
thread.start()
thread.join()
lock.acquire()
