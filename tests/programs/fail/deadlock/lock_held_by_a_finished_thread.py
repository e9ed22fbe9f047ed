"""A thread ends without releasing its lock."""

import threading

lock = threading.Lock()
thread = threading.Thread(target=lock.acquire)
thread.start()
thread.join()
lock.acquire()
