"""A consumer waits for an item that nobody will put."""

# threads: MainThread, Thread-1 (get)
# objects: Thread-1 (get), jobs.not_empty

import queue
import threading

jobs = queue.Queue()
thread = threading.Thread(target=jobs.get)
thread.start()
thread.join()
