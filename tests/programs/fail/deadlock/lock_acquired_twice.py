"""A lock is not re-entrant."""

import threading

lock = threading.Lock()
threading.Thread(target=print).start()
with lock, lock:
    pass
