"""Re-entrant for its owner only."""

# threads: MainThread, Thread-1 (acquire)
# objects: Thread-1 (acquire), lock
# cycle: MainThread -> Thread-1 (acquire) -> lock

import threading

lock = threading.RLock()
lock.acquire()
thread = threading.Thread(target=lock.acquire)
thread.start()
thread.join()
