"""A consumer waits for an item that nobody will put."""

import queue
import threading

jobs = queue.Queue()
thread = threading.Thread(target=jobs.get)
thread.start()
thread.join()
