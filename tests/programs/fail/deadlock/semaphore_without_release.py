"""Who fails to give its permit back blocks the next one."""

# threads: MainThread, Thread-1 (acquire)
# objects: Thread-1 (acquire), permits
# or
# threads: MainThread, Thread-2 (acquire)
# objects: Thread-2 (acquire), permits

import threading

permits = threading.BoundedSemaphore(1)
threads = [threading.Thread(target=permits.acquire) for _ in range(2)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
