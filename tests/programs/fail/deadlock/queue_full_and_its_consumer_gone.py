"""The consumer takes one item and ends; the queue fills up, and the producer waits for room."""

# threads: MainThread
# objects: jobs.not_full

import queue
import threading

jobs = queue.Queue(maxsize=1)
threading.Thread(target=jobs.get, name="Consumer").start()
for number in range(3):
    jobs.put(number)
