"""A lock is not re-entrant."""

# threads: MainThread
# objects: lock
# cycle: MainThread -> lock

import threading

lock = threading.Lock()
threading.Thread(target=print).start()
with lock, lock:
    pass
