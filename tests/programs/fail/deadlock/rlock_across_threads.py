"""Re-entrant for its owner only."""

import threading

lock = threading.RLock()
lock.acquire()
thread = threading.Thread(target=lock.acquire)
thread.start()
thread.join()
